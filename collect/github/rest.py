"""Issues and pull requests from the REST API, which also answers without a token: a search, then a thread at a time."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import github

from codebook.harmless import one_line
from collect.github.client import PER_PAGE, Client, refused_search
from collect.github.doubts import Pages, unheeded
from collect.github.listing import Found, Hit
from collect.github.pages import is_pull_request, native_id
from collect.github.queries import CAP, LAG, Kind, Window, stamp
from collect.github.shapes import Item, inside, readable

_INCOMPLETE_IN_A_ROW = 50
"""Windows that cannot be halved and that GitHub calls incomplete, one after the other, before that is not believed."""


class OneByOne:
    """See :class:`collect.github.listing.Api`; a thread's lists are their paths."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._incomplete = 0

    def listed(self, kind: Kind, asked: str, window: Window, below: int | None) -> Iterator[Found[str]]:  # noqa: ARG002 - the query names it
        """Ask for the pages of a window, of which the first says how many there are."""
        come = Pages(f"{asked} {window}")
        body = self._page(f"{asked} {window}", "created", "asc", 1, come, below)
        if not window.can_be_halved:
            self._incomplete = self._incomplete + 1 if _found(body).incomplete else 0
        yield _found(body)
        for number in range(2, -(-min(_total(body) or 0, CAP) // PER_PAGE) + 1):
            yield _found(self._page(f"{asked} {window}", "created", "asc", number, come))

    def changed(self, kind: Kind, asked: str, window: Window, since: datetime) -> Iterator[Found[str]]:  # noqa: ARG002
        """Ask for the pages of a window, what changed last first, as far as that is new."""
        known, come = stamp(since - LAG), Pages(f"{asked} {window}")
        for number in range(1, CAP // PER_PAGE + 1):
            found = _found(self._page(f"{asked} {window}", "updated", "desc", number, come))
            yield found
            oldest = found.hits[-1].version if found.hits else None
            if len(found.hits) < PER_PAGE or (oldest is not None and oldest < known):
                return

    def complete(self, hits: list[Hit[str]]) -> Iterator[str]:
        """Ask for everything that is said in threads; yield each of them."""
        for hit in hits:
            for path in hit.lists:
                # Gone, locked away or blocked since it was listed: the answer is stored, and parse says so.
                with suppress(github.GithubException):
                    for _ in self._client.pages(path):
                        pass
            yield hit.thread

    def looked_up(self, kind: Kind, threads: list[str]) -> Iterator[Hit[str]]:  # noqa: ARG002 - numbers are shared
        """Ask for threads by name, one a request."""
        for thread in threads:
            repository, _, number = thread.partition("#")
            with suppress(github.GithubException):  # parse says what the answer is
                _, body = self._client.get(f"/repos/{repository}/issues/{number}", _no_object)
                yield from _hits([body])

    def _page(self, asked: str, sort: str, order: str, number: int, come: Pages, below: int | None = None) -> Any:
        def doubt(body: Any) -> str | None:
            items = inside(body, "items")
            if not isinstance(items, list):
                return "the answer is no result of a search"
            # What its index counts and does not show, GitHub leaves out at the end; and there one may have moved.
            repeated = come.doubt(items) if number > 1 and len(items) >= PER_PAGE else None
            return repeated or unheeded(asked, _total(body), below) or self._never_complete(asked, body)

        parameters: dict[str, str | int] = {"q": asked, "sort": sort, "order": order}
        try:
            body = self._client.get("/search/issues", doubt, **parameters, per_page=PER_PAGE, page=number)[1]
        except github.GithubException as error:
            raise refused_search(asked, error.status, error.data) from error
        come.take(inside(body, "items") or ())
        return body

    def _never_complete(self, asked: str, body: Any) -> str | None:
        """Doubt what no halving mends: GitHub means by it a search that ran out of time, and an hour takes none."""
        if self._incomplete < _INCOMPLETE_IN_A_ROW or not inside(body, "incomplete_results"):
            return None
        return one_line(f"incomplete results for every window, however short: {asked}", 300)


def _no_object(body: Any) -> str | None:
    return None if isinstance(body, dict) and body else "the answer is no issue or pull request"


def _total(body: Any) -> int | None:
    total = inside(body, "total_count")
    return total if isinstance(total, int) else None


def _found(body: Any) -> Found[str]:
    return Found(list(_hits(inside(body, "items"))), _total(body), bool(inside(body, "incomplete_results")))


def _hits(items: Any) -> Iterator[Hit[str]]:
    for item in readable(items, Item, [], "item"):  # what cannot be read is said by parse
        thread = native_id(item)
        if thread:
            yield Hit(thread, item.node_id, item.updated_at, tuple(_lists(thread, item)))


def _lists(thread: str, item: Item) -> Iterator[str]:
    repository, _, number = thread.partition("#")
    if item.comments > 0:
        yield f"/repos/{repository}/issues/{number}/comments"
    if is_pull_request(item):
        yield f"/repos/{repository}/pulls/{number}/comments"
        yield f"/repos/{repository}/pulls/{number}/reviews"
