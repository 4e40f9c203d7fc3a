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
    url: Annotated[str, "Permanent link for a reader"]
    title: Annotated[str, "Title, pseudonymised"]
    state: Annotated[str | None, "Open, closed, merged, answered, … in the site's word"]
    created_at: Annotated[Time | None, "When it was opened"]
    author: Annotated[str | None, "Pseudonym of who opened it; null where the account is gone or unknown"]
    labels: Annotated[tuple[str, ...], "Tags or labels in the site's spelling, sorted"]
    n_posts: Annotated[int, "Posts of this thread in `posts`", Unit("posts")]
    n_reported: Annotated[int | None, "Posts the site says there are; null where it does not say", Unit("posts")]
    matched_in: Annotated[
        tuple[Literal["title", "body", "comments", "code"], ...],
        "Where a keyword occurs: title, prose of the opening post, prose of a later post, code or log of any post",
    ]
    language: Annotated[str | None, "Language of the prose (ISO 639-1); null until it is determined"]
    duplicate_group: Annotated[str | None, "Same value for copies of one discussion; null until it is determined"]
    included: Annotated[bool, "False if `exclusions` has a row for it"]
    uid: Annotated[str | None, "The site's id that stays when a thread moves; null where it has none"]
    version: Annotated[str | None, "The site's mark that changes with the thread, as its time of last update"]
    page: Annotated[str, "The raw page of its header (`page` in the raw store)"]
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
        float, "Share of the body's characters that stand in code blocks or code spans", Unit("0 to 1")
    ]
    score: Annotated[int | None, "Votes, likes or reactions; null where the site has none", Unit("votes")]
    accepted: Annotated[bool | None, "Marked as the answer; null where the site has no such mark"]
    hidden: Annotated[bool, "Hidden or minimised by the site"]
    reply_to: Annotated[str | None, "`native_id` of the post it answers, where the site says so"]
    licence: Annotated[str | None, "Licence of the text where the site states one per post"]
    matched_in: Annotated[tuple[Literal["prose", "code"], ...], "Where a keyword occurs in this post"]
    page: Annotated[str, "The raw page it comes from (`page` in the raw store)"]
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
