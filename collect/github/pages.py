"""What stands on a page of GitHub's REST API: items, comments, review comments and reviews.

Ids. A thread is ``owner/name#12``; issues and pull requests of a repository share one sequence of numbers. A post is
the anchor that GitHub gives it on the thread's web page (``issuecomment-1``, ``discussion_r1``,
``pullrequestreview-1``), because those three are counted apart; the opening text is ``0``.

Posts that are reported: the opening text and the comments. How many reviews a pull request has is not said on any page
that is asked for, so its number is a lower bound.

What cannot be read does not take the rest of its page with it, and does not go unsaid: it becomes the problem of the
page's slice. A page of comments has a slice, ``comments of owner/name#12``, only if there is a problem.
"""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from codebook.raw import Page
from collect.github.queries import must_be_halved, why_not_whole, without_window
from collect.github.shapes import Comment, Item, inside, person, readable, what_it_says
from collect.source import Seen, SeenGone, SeenPost, SeenSlice, SeenThread

_ITEMS = re.compile(r"/(?:repos/[^/]+/[^/]+|repositories/\d+)/issues")
_ONE = re.compile(r"/repos/([^/]+/[^/]+)/issues/(\d+)")
_POSTS = re.compile(r"/repos/([^/]+/[^/]+)/(issues|pulls)/(?:(\d+)/)?(comments|reviews)")
_REPOSITORY = re.compile(r"/repos/([A-Za-z0-9_-]+/(?!\.\.?(?:/|\Z))[A-Za-z0-9._-]+)(?:/|\Z)")

Role = Literal["comment", "review", "review_comment"]
_ROLES: dict[tuple[str, str], tuple[Role, str, str]] = {
    ("issues", "comments"): ("comment", "issuecomment-", "comments"),
    ("pulls", "comments"): ("review_comment", "discussion_r", "review comments"),
    ("pulls", "reviews"): ("review", "pullrequestreview-", "reviews"),
}
_GONE: dict[int, Literal["deleted", "gone"]] = {404: "gone", 410: "deleted", 451: "gone"}


def parse(page: Page) -> Iterator[Seen]:
    """Say what stands on a page; nothing for a page that is not one of these."""
    path = urlsplit(page.path)
    posts, one = _POSTS.fullmatch(path.path), _ONE.fullmatch(path.path)
    if path.path == "/search/issues":
        yield from _search(page, parse_qs(path.query))
    elif posts:
        yield from _posts(page, *posts.groups())
    elif one:
        yield from _looked_up(page, f"{one[1]}#{one[2]}")
    elif _ITEMS.fullmatch(path.path) and page.status == HTTPStatus.OK:
        yield from _threads(page.json(), [], [])


def refusal(page: Page) -> str | None:
    """Why a page holds no data, in the site's words; None if it is an answer."""
    if page.status == HTTPStatus.OK:
        return None
    try:
        said = what_it_says(json.loads(page.body))
    except ValueError:
        said = ""
    return f"HTTP {page.status}" + (f": {said}" if said else "")


def native_id(item: Item) -> str | None:
    """The id of an item's thread; None if no field says which repository it is in."""
    repository = _REPOSITORY.search(item.repository_url) or _REPOSITORY.search(item.url)
    return f"{repository[1]}#{item.number}" if repository else None


def is_pull_request(item: Item) -> bool:
    """Whether an item is a pull request."""
    return bool(item.pull_request and (item.pull_request.url or item.pull_request.html_url))


def _search(page: Page, parameters: dict[str, list[str]]) -> Iterator[Seen]:
    query, window = without_window("".join(parameters.get("q", ())))
    start, last = (window.start, window.last) if window else (None, None)
    refused = refusal(page)
    if refused:
        yield SeenSlice(query=query, window_start=start, window_end=last, problem=refused)
        return
    body = page.json()
    total, incomplete = inside(body, "total_count"), bool(inside(body, "incomplete_results"))
    reported = total if isinstance(total, int) else None
    hits: list[str] = []
    problems: list[str] = []
    yield from _threads(inside(body, "items"), hits, problems)
    changes = parameters.get("sort") == ["updated"]
    first = changes or parameters.get("page", ["1"]) == ["1"]
    if must_be_halved(window, first_page=first, reported=reported or 0, incomplete=incomplete):
        return
    short = why_not_whole(reported=reported or 0, incomplete=incomplete)
    yield SeenSlice(
        query=query,
        window_start=start,
        window_end=last,
        reported=reported,
        hits=tuple(hits),
        problem="; ".join([short, *problems] if short else problems) or None,
        changes=changes,
    )


def _looked_up(page: Page, asked_for: str) -> Iterator[Seen]:
    """A thread that a search does not list any more; within the host, its redirect has been followed."""
    if page.status in _GONE:
        yield SeenGone(native_id=asked_for, why=_GONE[page.status])
        return
    refused = refusal(page)
    problems = [refused] if refused else []
    now: list[str] = []
    yield from _threads([] if refused else [page.json()], now, problems)
    if now and now[0] != asked_for:
        yield SeenGone(native_id=asked_for, why="renamed", now=now[0])
    if problems:
        yield SeenSlice(query=f"whereabouts of {asked_for}", problem="; ".join(problems))


def _threads(values: Any, hits: list[str], problems: list[str]) -> Iterator[Seen]:
    for item in readable(values, Item, problems, "item"):
        thread = native_id(item)
        if thread is None:
            problems.append(f"item {item.number} names no repository")
            continue
        hits.append(thread)
        author, kind = person(item.user)
        pulled = is_pull_request(item)
        yield SeenThread(
            native_id=thread,
            item="pull_request" if pulled else "issue",
            url=item.html_url,
            title=item.title or "",
            state="merged" if item.pull_request and item.pull_request.merged_at else item.state,
            created_at=item.created_at,
            author=author,
            labels=tuple(label if isinstance(label, str) else label.name for label in item.labels),
            n_reported=1 + item.comments,
            uid=item.node_id,
            version=item.updated_at,
        )
        yield SeenPost(
            thread=thread,
            native_id="0",
            role="opening",
            body=item.body or "",
            created_at=item.created_at,
            author=author,
            author_kind=kind,
            score=item.reactions.total if item.reactions else None,
        )


def _posts(page: Page, repository: str, group: str, number: str | None, part: str) -> Iterator[Seen]:
    if (group, part) not in _ROLES:
        return
    role, anchor, name = _ROLES[group, part]
    thread = f"{repository}#{number}" if number else None
    problems = [problem for problem in [refusal(page)] if problem]
    values = [] if problems else page.json()
    for comment in readable(values, Comment, problems, part.removesuffix("s")):
        of = thread or _thread_of(comment)
        if of is None:
            problems.append(f"comment {comment.id} names no thread")
        elif role != "review" or (comment.body or "").strip():  # a verdict without a word is no post
            yield _post(comment, of, role, anchor)
    if problems:
        yield SeenSlice(query=f"{name} of {thread or repository}", problem="; ".join(problems))


def _thread_of(comment: Comment) -> str | None:
    repository = _REPOSITORY.search(comment.issue_url)
    number = re.search(r"/issues/(\d+)\Z", comment.issue_url)
    return f"{repository[1]}#{number[1]}" if repository and number else None


def _post(comment: Comment, thread: str, role: Role, anchor: str) -> SeenPost:
    author, kind = person(comment.user)
    return SeenPost(
        thread=thread,
        native_id=f"{anchor}{comment.id}",
        role=role,
        body=comment.body or "",
        created_at=comment.created_at or comment.submitted_at,
        author=author,
        author_kind=kind,
        score=comment.reactions.total if comment.reactions else None,
        reply_to=f"{anchor}{comment.in_reply_to_id}" if comment.in_reply_to_id else None,
    )
