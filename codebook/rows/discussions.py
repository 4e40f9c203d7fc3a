"""What developers say: threads, their posts, how complete the collection is, and what was left out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Time, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread(Row):
    """One issue, pull request, discussion, question or topic with its posts."""

    KEY: ClassVar[tuple[str, ...]] = ("thread_id",)

    thread_id: Annotated[str, "Stable id: `<site>:<native_id>`"]
    source: Annotated[str, "Where it was said: the site's name in `study.toml`, or the row's own `source` for files"]
    site: Annotated[str, "The `[sources.<site>]` section that brought it in"]
    item: Annotated[
        Literal["issue", "pull_request", "discussion", "question", "topic", "thread"],
        "What the site calls such a thread",
    ]
    native_id: Annotated[str, "The site's own id, with the repository where ids are counted per repository"]
    url: Annotated[str, "Permanent link for a reader; it and the ids name a place, a repository with its owner"]
    title: Annotated[str, "Title, pseudonymised"]
    state: Annotated[str | None, "Open, closed, merged, answered, … in the site's word"]
    created_at: Annotated[Time | None, "When it was opened"]
    author: Annotated[str | None, "Pseudonym of who opened it; null where the account is gone or unknown"]
    labels: Annotated[tuple[str, ...], "Tags or labels in the site's spelling, sorted, pseudonymised"]
    n_posts: Annotated[int, "Posts of this thread in `posts`", Unit("posts")]
    n_reported: Annotated[int | None, "Posts the site says there are; null where it does not say", Unit("posts")]
    matched_in: Annotated[
        tuple[Literal["title", "body", "comments", "code", "quote", "log"], ...],
        "Where a keyword occurs: title, prose of the opening post, prose of a later post, or in any post code, "
        "what is quoted from others, a log or traceback",
    ]
    language: Annotated[str | None, "Language of title and prose (ISO 639); null where there is too little to tell"]
    duplicate_group: Annotated[
        str | None, "Smallest `thread_id` among the copies of one discussion, for all of them; null without a copy"
    ]
    included: Annotated[bool, "False if `exclusions` has a row for it"]
    gone: Annotated[
        Literal["deleted", "private", "renamed", "gone"] | None,
        "Why it is not where it was; `gone` where the site does not tell; null while it is there",
    ]
    uid: Annotated[str | None, "The site's id that stays when a thread moves; null where it has none"]
    version: Annotated[str | None, "The site's mark that changes with the thread, as its time of last update"]
    page: Annotated[str, "The first raw page that shows its header as it is now (`page` in the raw store)"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Row):
    """One message in a thread: the opening text, a comment, an answer, a review."""

    KEY: ClassVar[tuple[str, ...]] = ("thread_id", "position")

    post_id: Annotated[str, "Stable id: `<thread_id>/<native_id>`"]
    thread_id: Annotated[str, "The thread it belongs to"]
    native_id: Annotated[str, "The site's own id of the post; `0` for an opening text without one"]
    position: Annotated[int, "0 for the opening post, then by time and native id"]
    role: Annotated[
        Literal["opening", "comment", "answer", "review", "review_comment", "reply"], "What the post is in its thread"
    ]
    created_at: Annotated[Time | None, "When it was written"]
    author: Annotated[str | None, "Pseudonym of who wrote it; null where the account is gone or unknown"]
    author_kind: Annotated[
        Literal["person", "bot"] | None, "Whether the site marks the account as a bot; null if it does not say"
    ]
    body: Annotated[str, "The text as Markdown, pseudonymised"]
    code_share: Annotated[
        float, "Share of the body's characters that stand in code blocks, code spans or logs", Unit("0 to 1")
    ]
    score: Annotated[int | None, "Votes, likes or reactions; null where the site has none", Unit("votes")]
    accepted: Annotated[bool | None, "Marked as the answer; null where the site has no such mark"]
    hidden: Annotated[bool, "Hidden or minimised by the site"]
    reply_to: Annotated[str | None, "`native_id` of the post it answers, where the site says so"]
    licence: Annotated[str | None, "Licence of the text where the site states one per post"]
    matched_in: Annotated[
        tuple[Literal["prose", "code", "quote", "log"], ...], "Where a keyword occurs in this post; see `matches`"
    ]
    gone: Annotated[bool, "The thread was got whole again, and this post was not in it any more"]
    page: Annotated[str, "The first raw page that shows it as it is now (`page` in the raw store)"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Row):
    """One query in one window of time, and whether all of it was got."""

    KEY: ClassVar[tuple[str, ...]] = ("site", "query", "window_start", "window_end")

    source: Annotated[str, "The site's name in `study.toml`"]
    site: Annotated[str, "The same as `source`"]
    query: Annotated[str, "The query as sent, without its window"]
    window_start: Annotated[Time | None, "First moment asked for; null where the site knows no windows"]
    window_end: Annotated[Time | None, "Last moment asked for; null where the site knows no windows"]
    reported: Annotated[int | None, "Hits that the site reports; null where it does not say", Unit("hits")]
    got: Annotated[int, "Distinct hits that were received", Unit("hits")]
    state: Annotated[Literal["complete", "truncated", "skipped", "unfinished"], "Whether the window was got whole"]
    reason: Annotated[str | None, "Why it is not complete"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion(Row):
    """One reason why a thread is left out; a thread may have several."""

    KEY: ClassVar[tuple[str, ...]] = ("thread_id", "stage", "reason", "by")

    thread_id: Annotated[str, "The thread that is left out"]
    stage: Annotated[Literal["collect", "screen"], "Where it was decided"]
    reason: Annotated[str, "Why, in one of the words that the stage documents"]
    by: Annotated[str, "The rule or the coder that decided"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Row):
    """A keyword in one place of a thread: why it is a thread about the topic."""

    KEY: ClassVar[tuple[str, ...]] = ("thread_id", "post_id", "keyword", "place")

    thread_id: Annotated[str, "The thread"]
    post_id: Annotated[str | None, "The post; null for the title"]
    keyword: Annotated[str, "The keyword as `study.toml` spells it"]
    place: Annotated[
        Literal["title", "prose", "code", "quote", "log"],
        "Where: what its author wrote (with code spans), a code block, what is quoted from others, a log or traceback",
    ]
    opening: Annotated[bool | None, "Whether the post opens the thread; null for the title"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Row):
    """What a finished run found new or changed against the finished runs before it."""

    KEY: ClassVar[tuple[str, ...]] = ("thread_id", "run_id")

    thread_id: Annotated[str, "The thread; of a renamed one, the id that it had"]
    change: Annotated[
        Literal["new", "updated", "renamed", "deleted", "private", "gone"],
        "What became of it; `gone` where the site does not tell deleted from private",
    ]
    before: Annotated[str | None, "Its `version` before; of a renamed thread its `native_id`"]
    after: Annotated[str | None, "Its `version` now; of a renamed thread its `native_id` where the site says it"]
    n_posts: Annotated[int, "Posts that are new, differ, or did not come again", Unit("posts")]
    run_id: Annotated[str, "The run that found it (`runs.jsonl`)"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPost(Row):
    """A text that a post had before it was edited."""

    KEY: ClassVar[tuple[str, ...]] = ("post_id", "sha256")

    post_id: Annotated[str, "The post"]
    thread_id: Annotated[str, "Its thread"]
    sha256: Annotated[str, "SHA-256 of `body`, hexadecimal"]
    body: Annotated[str, "The text as it was, as Markdown, pseudonymised"]
    page: Annotated[str, "The first raw page that shows it so (`page` in the raw store)"]
    run_id: RunId
