"""What stands on a page of GitHub's GraphQL API: threads, with their posts or the first of them, and lists that go on.

Ids are those of ``pages``. A discussion is ``owner/name#d12``: discussions have numbers of the same kind as issues,
and the ``d`` keeps them apart. Its comments and replies are ``discussioncomment-1``.

Posts that are reported: the opening text and the comments, as in REST; reviews and replies are not among them, so the
number is a lower bound. The score is the number of reactions; a review has none in REST, so it has none here. Upvotes,
which only discussions have and which start at one, stay in the raw records.
"""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from itertools import count
from typing import Any, Literal

from codebook.raw import Page
from collect.github.pages import refusal
from collect.github.queries import KINDS, must_be_halved, why_not_whole, without_window
from collect.github.shapes import Node, Said, inside, nodes, other_names, person, readable, what_it_says
from collect.source import Seen, SeenGone, SeenPost, SeenSlice, SeenThread

_FULL_NAME = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9._-]+")
_TIMED_OUT = ("Something went wrong", "We couldn't respond to your request in time")
_ITEMS: dict[str, Literal["issue", "pull_request"]] = {"Issue": "issue", "PullRequest": "pull_request"}

Role = Literal["comment", "reply", "review", "review_comment"]
_ANCHORS: dict[Role, str] = {
    "comment": "issuecomment-",
    "reply": "discussioncomment-",
    "review": "pullrequestreview-",
    "review_comment": "discussion_r",
}


def out_of_time(status: int, body: object) -> bool:
    """Whether an answer says that GitHub did not carry a query out in time."""
    said = what_it_says(body)
    return status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT) or said.startswith(_TIMED_OUT)


def can_be_smaller(variables: Any) -> bool:
    """Whether a query can be asked again for less: for fewer threads on a page, or for fewer lists at once."""
    first = inside(variables, "first")
    return (isinstance(first, int) and first > 1) or inside(variables, "o1") is not None


def parse(page: Page) -> Iterator[Seen]:
    """Say what stands on a page, whichever query asked for it."""
    asked = _object(page.asked.encode())
    variables = inside(asked, "variables") or {}
    body = _object(page.body)
    if out_of_time(page.status, body) and can_be_smaller(variables):
        return  # all of it has been asked for again, less at a time
    refused = refusal(page)
    data = None if refused else inside(body, "data")
    if "query" in variables:
        yield from _search(data, variables, [refused] if refused else _errors(body))
        return
    yield from _headers([*nodes(data, "repository", "discussions"), inside(data, "node")], None)
    looked_up = str(inside(asked, "query")).startswith("query Threads")
    for k, thread in _asked_for(variables):
        problems = [refused] if refused else _errors(body, k)
        if looked_up and _is_missing(body, k):
            yield SeenGone(native_id=thread, why="gone")
            continue
        yield from _asked(data, k, thread, problems)
        if problems:
            what = "whereabouts" if looked_up else "comments"
            yield SeenSlice(query=f"{what} of {thread}", problem="; ".join(problems))


def native_id(node: Node) -> str | None:
    """The id of a thread; None if its repository is not named."""
    of = node.repository
    full = of and (of.full or f"{of.owner.login if of.owner else ''}/{of.name}")
    mark = "#" if node.type in _ITEMS else "#d"
    return f"{full}{mark}{node.number}" if full and _FULL_NAME.fullmatch(full) else None


def answer_of(data: Any, k: str) -> tuple[Any, Any]:
    """What came for one of the threads that a request names: the thread, and the post or review thread inside it."""
    repository, parent = (f"t{k}", f"p{k}") if k else ("repository", "node")
    fields = inside(data, repository) or {}
    found = (inside(fields, name) for name in ("issue", "pullRequest", "discussion", "issueOrPullRequest"))
    return next((node for node in found if node is not None), None), inside(data, parent)


def _object(text: bytes) -> Any:
    try:
        return json.loads(text or b"{}")
    except (ValueError, RecursionError):
        return None


def _asked_for(variables: Any) -> Iterator[tuple[str, str]]:
    """The threads that a request names, each with what its fields in the answer end with."""
    owner, repo, number = (inside(variables, name) for name in ("owner", "repo", "number"))
    if owner and repo and number:  # one a request: raw records outlive the queries that made them
        yield "", f"{owner}/{repo}#d{number}"
    for k in map(str, count()):
        owner, repo = inside(variables, f"o{k}"), inside(variables, f"r{k}")
        if owner is None:
            return
        number = inside(variables, f"n{k}")
        yield k, f"{owner}/{repo}#{number if number is not None else 'd' + str(inside(variables, f'd{k}'))}"


def _errors(body: Any, k: str = "") -> list[str]:
    """The first error of an answer, or of what it says about one thread."""
    mine = [error for error in _listed(body) if not k or _start(error) in (None, f"t{k}", f"p{k}")]
    return [f"GitHub answers with an error: {what_it_says({'errors': mine})}"] if mine else []


def _is_missing(body: Any, k: str) -> bool:
    return any(_start(error) == f"t{k}" and inside(error, "type") == "NOT_FOUND" for error in _listed(body))


def _listed(body: Any) -> list[Any]:
    errors = inside(body, "errors")
    return errors if isinstance(errors, list) else [{"message": str(errors)}] if errors else []


def _start(error: Any) -> str | None:
    """The field that an error is about; None if it does not say, so that it is about all."""
    path = inside(error, "path")
    return path[0] if isinstance(path, list) and path and isinstance(path[0], str) else None


def _search(data: Any, variables: Any, problems: list[str]) -> Iterator[Seen]:
    query, window = without_window(str(variables["query"]))
    found = inside(data, "search")
    changes = "window" in variables
    reported = counted(inside(data, "window") if changes else found)
    hits = []
    values = inside(found, "nodes")
    for each in readable(nodes(found) if isinstance(values, list) else values, Node, problems, "thread"):
        thread = native_id(each)
        if thread is None:
            problems.append(f"thread {each.number} names no repository")
            continue
        hits.append(thread)
        yield from _thread(each, thread, problems)
    first = changes or inside(variables, "after") is None
    if must_be_halved(window, first_page=first, reported=reported or 0, incomplete=False):
        return
    short = why_not_whole(reported=reported or 0, incomplete=False)
    discussed = not re.search(r" is:(issue|pr) in:\S+\Z", query)
    yield SeenSlice(
        query=KINDS["discussions"].named(query) if discussed else query,
        window_start=window.start if window else None,
        window_end=window.last if window else None,
        reported=reported,
        hits=tuple(hits),
        problem="; ".join([short, *problems] if short else problems) or None,
        changes=changes,
    )


def counted(found: Any) -> int | None:
    """How many threads a search finds, whatever they are; None if it does not say."""
    both = (inside(found, "issueCount"), inside(found, "discussionCount"))
    return next((value for value in both if isinstance(value, int)), None)


def _headers(values: list[Any], asked_for: str | None) -> Iterator[Seen]:
    """Threads outside a search: in a list of a repository's, or alone."""
    for each in readable([v for v in values if inside(v, "title") is not None], Node, [], "thread"):
        thread = native_id(each) or asked_for
        if thread:
            if asked_for and thread != asked_for:
                yield SeenGone(native_id=asked_for, why="renamed", now=thread)
            yield from _thread(each, thread, [])


def _asked(data: Any, k: str, thread: str, problems: list[str]) -> Iterator[Seen]:
    node, parent = answer_of(data, k)
    if inside(node, "title") is not None:
        yield from _headers([node], thread)
        return
    talk = _Talk(thread, inside(node, "category", "isAnswerable") is not False, problems)
    yield from talk.all(inside(node, "comments"), inside(node, "reviews"), inside(node, "reviewThreads"))
    if parent is not None:
        yield from talk.replies(parent)
        yield from talk.review_comments(parent)


def _state(node: Node) -> str | None:
    if node.type in _ITEMS:
        return node.state and node.state.lower()
    return "answered" if node.answered else "closed" if node.closed else "open"


def _thread(node: Node, thread: str, problems: list[str]) -> Iterator[Seen]:
    author, kind = person(node.author)
    names = other_names(node.author)
    total = inside(node.comments, "totalCount")
    yield SeenThread(
        native_id=thread,
        item=_ITEMS.get(node.type, "discussion"),
        url=node.url,
        title=node.title,
        state=_state(node),
        created_at=node.created_at,
        author=author,
        author_names=names,
        labels=tuple(label.name for label in node.labels.nodes) if node.labels else (),
        n_reported=1 + total if isinstance(total, int) else None,
        uid=node.id,
        version=node.updated_at,
    )
    if node.body is not None:
        yield SeenPost(
            thread=thread,
            native_id="0",
            role="opening",
            body=node.body,
            created_at=node.created_at,
            author=author,
            author_names=names,
            author_kind=kind,
            score=node.reactions.total if node.reactions else None,
        )
    talk = _Talk(thread, inside(node.category, "isAnswerable") is not False, problems)
    yield from talk.all(node.comments, node.reviews, node.review_threads)


class _Talk:
    """What is said in one thread after its opening text."""

    def __init__(self, thread: str, answerable: bool, problems: list[str]) -> None:
        self.thread = thread
        self.discussed = "#d" in thread
        self.answerable = answerable
        self.problems = problems

    def all(self, comments: Any, reviews: Any, review_threads: Any) -> Iterator[SeenPost]:
        """The posts that came of the lists of a thread, and of the lists inside those."""
        yield from self._posts(nodes(comments), "comment")
        for comment in nodes(comments) if self.discussed else ():
            yield from self.replies(comment)
        yield from self._posts(nodes(reviews), "review")
        for each in nodes(review_threads):
            yield from self.review_comments(each)

    def replies(self, comment: Any) -> Iterator[SeenPost]:
        """The replies to a comment on a discussion."""
        to = inside(comment, "databaseId") or inside(comment, "id")
        yield from self._posts(nodes(comment, "replies"), "reply", str(to))

    def review_comments(self, review_thread: Any) -> Iterator[SeenPost]:
        """What is said about one place in the code."""
        yield from self._posts(nodes(review_thread, "comments"), "review_comment")

    def _posts(self, values: list[Any], role: Role, to: str | None = None) -> Iterator[SeenPost]:
        anchor = _ANCHORS["reply" if self.discussed else role]
        for each in readable(values, Said, self.problems, role.replace("_", " ")):
            if role == "review" and not each.body.strip():  # a verdict without a word is no post
                continue
            author, kind = person(each.author)
            answers = each.reply_to.number if each.reply_to else to
            yield SeenPost(
                thread=self.thread,
                native_id=f"{anchor}{each.number}",
                role=role,
                body=each.body,
                created_at=each.submitted_at or each.created_at,
                author=author,
                author_names=other_names(each.author),
                author_kind=kind,
                score=each.reactions.total if each.reactions else None,
                accepted=each.answer if self.discussed and self.answerable else None,
                hidden=each.minimized,
                reply_to=f"{anchor}{answers}" if answers else None,
            )
