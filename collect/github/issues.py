"""Issues and pull requests: search for them in windows of time, then ask for everything that is said in them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import github

from collect.github.client import PER_PAGE, Client, refused_search
from collect.github.pages import is_pull_request, native_id
from collect.github.queries import CAP, Window, must_be_halved, query
from collect.github.shapes import Item, inside, readable
from collect.source import Site

KINDS = {"issues": "is:issue", "pull_requests": "is:pr"}
"""The search qualifier of each kind; a query for both would mix them, and one of the two is required."""


@dataclass(frozen=True, slots=True)
class _Hit:
    thread: str
    pulled: bool
    commented: bool


def fetch(client: Client, site: Site, kind: str, whole: set[str]) -> Iterator[str]:
    """Ask for all threads of a kind; yield a thread once all of it is stored.

    Args:
        client: Asks.
        site: Keywords, dates and where they must match.
        kind: One of :data:`KINDS`.
        whole: Threads that are stored already; gets the new ones.

    Raises:
        StudyError: The site refuses a query.
    """
    for keyword in site.keywords:
        asked = query(keyword, site.match, KINDS[kind])
        for hits in _windows(client, asked, Window.between(site.since, site.until)):
            for hit in hits:
                if hit.thread not in whole:
                    _posts(client, hit)
                    whole.add(hit.thread)
                    yield hit.thread


def _windows(client: Client, asked: str, window: Window) -> Iterator[list[_Hit]]:
    """List a window, or its halves; each list is whole before anything else is asked, so that it cannot shift.

    The page that made a window to be halved is a list too: what it shows and the halves do not must not lack its posts.
    """
    body = _page(client, asked, window, 1)
    total = inside(body, "total_count")
    reported = total if isinstance(total, int) else 0
    hits = list(_hits(body))
    if must_be_halved(window, first_page=True, reported=reported, incomplete=bool(inside(body, "incomplete_results"))):
        yield hits
        for half in window.halves():
            yield from _windows(client, asked, half)
        return
    for number in range(2, -(-min(reported, CAP) // PER_PAGE) + 1):
        hits += _hits(_page(client, asked, window, number))
    yield hits


def _page(client: Client, asked: str, window: Window, number: int) -> Any:
    parameters: dict[str, str | int] = {"q": f"{asked} {window}", "sort": "created", "order": "asc"}
    try:
        return client.get("/search/issues", **parameters, per_page=PER_PAGE, page=number)[1]
    except github.GithubException as error:
        raise refused_search(f"{asked} {window}", error.status, error.data) from error


def _hits(body: Any) -> Iterator[_Hit]:
    for item in readable(inside(body, "items"), Item, [], "item"):  # what cannot be read is said by parse
        thread = native_id(item)
        if thread:
            yield _Hit(thread, is_pull_request(item), item.comments > 0)


def _posts(client: Client, hit: _Hit) -> None:
    repository, _, number = hit.thread.partition("#")
    parts = [f"issues/{number}/comments"] if hit.commented else []
    if hit.pulled:
        parts += [f"pulls/{number}/comments", f"pulls/{number}/reviews"]
    for part in parts:
        # Gone, locked away or blocked since it was listed: the answer is stored, and parse says so.
        with suppress(github.GithubException):
            for _ in client.pages(f"/repos/{repository}/{part}"):
                pass
