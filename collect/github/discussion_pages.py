"""What stands on a page of GitHub's GraphQL API: discussions, their comments, and replies to those.

Ids. A thread is ``owner/name#d12``: discussions have numbers of the same kind as issues, and the ``d`` keeps them
apart. A comment or reply is its anchor on the web page, ``discussioncomment-1``; the opening text is ``0``.

Posts that are reported: the opening text and the comments. Replies are counted nowhere before they are listed, so the
number is a lower bound. The score is the number of reactions, as on issues; upvotes, which only discussions have and
which start at one, stay in the raw records.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from codebook.raw import Page
from collect.github.pages import refusal
from collect.github.queries import must_be_halved, why_not_whole, without_window
from collect.github.shapes import Discussion, DiscussionComment, Repository, inside, person, readable, what_it_says
from collect.source import Seen, SeenPost, SeenSlice, SeenThread

KIND = "type:DISCUSSION"
"""What tells these queries from those for issues in ``slices``; it is sent as an argument, not in the query."""

_FULL_NAME = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9._-]+")


def parse(page: Page) -> Iterator[Seen]:
    """Say what stands on a page, whichever query asked for it."""
    variables = inside(json.loads(page.asked or "{}"), "variables") or {}
    refused = refusal(page)
    body = {} if refused else page.json()
    problems = [refused] if refused else []
    if inside(body, "errors"):
        problems.append(f"GitHub answers with an error: {what_it_says(body)}")
    data = inside(body, "data")
    if "query" in variables:
        yield from _search(inside(data, "search"), variables, problems)
        return
    thread = _asked_for(variables)
    yield from _headers(data, thread)
    if thread:
        yield from _comments(data, thread, problems)
        if problems:
            yield SeenSlice(query=f"comments of {thread}", problem="; ".join(problems))


def native_id(repository: Repository | None, number: int) -> str | None:
    """The id of a discussion; None if its repository is not named."""
    if repository is None:
        return None
    full = repository.full or f"{repository.owner.login if repository.owner else ''}/{repository.name}"
    return f"{full}#d{number}" if _FULL_NAME.fullmatch(full) else None


def _asked_for(variables: Any) -> str | None:
    owner, repo, number = (inside(variables, name) for name in ("owner", "repo", "number"))
    return f"{owner}/{repo}#d{number}" if owner and repo and number else None


def _present(nodes: object) -> list[Any]:
    return [node for node in nodes if node is not None] if isinstance(nodes, list) else []


def _search(found: Any, variables: Any, problems: list[str]) -> Iterator[Seen]:
    query, window = without_window(str(variables["query"]))
    count = inside(found, "discussionCount")
    reported = count if isinstance(count, int) else None
    nodes = inside(found, "nodes")
    hits = []
    for each in readable(_present(nodes) if nodes else nodes, Discussion, problems, "discussion"):
        thread = native_id(each.repository, each.number)
        if thread is None:
            problems.append(f"discussion {each.number} names no repository")
            continue
        hits.append(thread)
        yield from _thread(each, thread)
    first = inside(variables, "after") is None
    if must_be_halved(window, first_page=first, reported=reported or 0, incomplete=False):
        return
    short = why_not_whole(reported=reported or 0, incomplete=False)
    yield SeenSlice(
        query=f"{KIND} {query}",
        window_start=window.start if window else None,
        window_end=window.last if window else None,
        reported=reported,
        hits=tuple(hits),
        problem="; ".join([short, *problems] if short else problems) or None,
    )


def _headers(data: Any, asked_for: str | None) -> Iterator[Seen]:
    """Discussions outside a search: in a list of a repository's, or alone."""
    alone = (inside(data, "repository", "discussion"), inside(data, "node"))
    nodes = [*_present(inside(data, "repository", "discussions", "nodes")), *alone]
    for each in readable([n for n in nodes if inside(n, "title") is not None], Discussion, [], "discussion"):
        thread = native_id(each.repository, each.number) or asked_for
        if thread:
            yield from _thread(each, thread)


def _thread(discussion: Discussion, thread: str) -> Iterator[Seen]:
    author, kind = person(discussion.author)
    labels = discussion.labels.nodes if discussion.labels else ()
    yield SeenThread(
        native_id=thread,
        item="discussion",
        url=discussion.url,
        title=discussion.title,
        state="answered" if discussion.answered else "closed" if discussion.closed else "open",
        created_at=discussion.created_at,
        author=author,
        labels=tuple(label.name for label in labels),
        n_reported=1 + discussion.comments.total if discussion.comments else None,
    )
    if discussion.body is not None:
        yield SeenPost(
            thread=thread,
            native_id="0",
            role="opening",
            body=discussion.body,
            created_at=discussion.created_at,
            author=author,
            author_kind=kind,
            score=discussion.reactions.total if discussion.reactions else None,
        )


def _comments(data: Any, thread: str, problems: list[str]) -> Iterator[Seen]:
    discussion, node = inside(data, "repository", "discussion"), inside(data, "node")
    answerable = inside(discussion, "category", "isAnswerable") is not False
    comments = _present(inside(discussion, "comments", "nodes"))
    yield from _posts(comments, thread, answerable, None, problems)
    for comment in [*comments, node]:
        replies = _present(inside(comment, "replies", "nodes"))
        yield from _posts(replies, thread, answerable, comment, problems)


def _posts(nodes: list[Any], thread: str, answerable: bool, parent: Any, problems: list[str]) -> Iterator[SeenPost]:
    what = "comment" if parent is None else "reply"
    for each in readable(nodes, DiscussionComment, problems, what):
        author, kind = person(each.author)
        yield SeenPost(
            thread=thread,
            native_id=f"discussioncomment-{each.number or each.id}",
            role="comment" if parent is None else "reply",
            body=each.body,
            created_at=each.created_at,
            author=author,
            author_kind=kind,
            score=each.reactions.total if each.reactions else None,
            accepted=each.answer if answerable else None,
            hidden=each.minimized,
            reply_to=None if parent is None else f"discussioncomment-{_number(parent)}",
        )


def _number(comment: Any) -> str:
    return str(inside(comment, "databaseId") or inside(comment, "id"))
