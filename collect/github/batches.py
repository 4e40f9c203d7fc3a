"""Threads with what is said in them, many in a request: the GraphQL API, which wants a token.

A page of a search brings threads whole, but for lists that are longer than what is asked for at once. Those go on in
requests for several lists, of whichever threads. What GitHub does not carry out in time is asked for again, half as
much at a time.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import github

from collect.github.batch_pages import answer_of, counted, native_id
from collect.github.client import Client, TooMuch, refused_search
from collect.github.documents import FIRST, JOBS, Tail, search, tails, threads
from collect.github.doubts import Pages, no_answer, no_search, unheeded
from collect.github.listing import Found, Hit
from collect.github.queries import CAP, Kind, Window, updated_since
from collect.github.shapes import Node, inside, nodes, readable
from collect.plausible import Wrong

_LISTS = {
    "issue": (("comments", "issue comments"),),
    "pull_request": (("comments", "pull comments"), ("reviews", "reviews"), ("reviewThreads", "review threads")),
    "discussion": (("comments", "discussion comments"),),
}
_INNER = {"review threads": ("comments", "review comments"), "discussion comments": ("replies", "replies")}


class Batches:
    """See :class:`collect.github.listing.Api`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._first = dict(FIRST)
        self._jobs = JOBS

    def listed(self, kind: Kind, asked: str, window: Window, below: int | None) -> Iterator[Found[Tail]]:
        """Ask for the pages of a window."""
        sort = " sort:created-asc" if kind.qualifier else ""  # GitHub documents no order for discussions
        yield from self._pages(kind, search(kind), {"query": f"{asked} {window}{sort}"}, below)

    def changed(self, kind: Kind, asked: str, window: Window, since: datetime) -> Iterator[Found[Tail]]:
        """Ask for the pages with what changed in a window since a moment, and how many threads it holds."""
        variables = {"query": f"{asked} {window} {updated_since(since)}", "window": f"{asked} {window}"}
        yield from self._pages(kind, search(kind, changes=True), variables)

    def complete(self, hits: list[Hit[Tail]]) -> Iterator[str]:
        """Ask for the lists that go on, several in a request; yield the threads."""
        yield from (hit.thread for hit in hits if not hit.lists)
        waiting = [each for hit in hits for each in hit.lists]
        asked: set[Tail] = set()
        come: dict[Tail, Pages] = {}
        while waiting:
            batch, waiting = waiting[: self._jobs], waiting[self._jobs :]
            try:
                goes_on = self._go_on(batch, come)
            except TooMuch:
                self._jobs = max(1, len(batch) // 2)
                waiting = batch + waiting
                continue
            asked.update(batch)  # a cursor that comes back would lead in a circle
            waiting += [each for each in goes_on if each not in asked]
        yield from (hit.thread for hit in hits if hit.lists)

    def looked_up(self, kind: Kind, threads: list[str]) -> Iterator[Hit[Tail]]:
        """Ask for threads by name, several in a request."""
        waiting = list(threads)
        while waiting:
            batch = waiting[: self._first[kind]]
            try:
                yield from self._look_up(kind, batch)
            except TooMuch:
                self._first[kind] = max(1, len(batch) // 2)
                continue
            waiting = waiting[len(batch) :]

    def _pages(
        self, kind: Kind, document: str, variables: dict[str, Any], below: int | None = None
    ) -> Iterator[Found[Tail]]:
        after: str | None = None
        passed: set[str | None] = set()
        come = Pages(variables["query"], CAP)

        def doubt(body: Any) -> str | None:
            found = inside(body, "data", "search")
            many = unheeded(variables["query"], counted(found), below) if passed == {None} else None
            return many or no_search(body) or come.doubt_connection(found)

        while after not in passed:
            passed.add(after)
            data = self._page(kind, document, variables | {"after": after}, doubt)
            found = inside(data, "search")
            come.take_connection(found)
            count = counted(found)
            if "window" in variables:
                cut = count is None or count > CAP
                yield Found(list(_hits(nodes(found))), counted(inside(data, "window")), cut)
            else:
                yield Found(list(_hits(nodes(found))), count)
            if not inside(found, "pageInfo", "hasNextPage"):
                return
            after = inside(found, "pageInfo", "endCursor")

    def _page(self, kind: Kind, document: str, variables: dict[str, Any], doubt: Wrong) -> Any:
        while True:
            try:
                body = self._client.graphql(document, variables | {"first": self._first[kind]}, doubt)
            except TooMuch:
                self._first[kind] //= 2
                continue
            except github.GithubException as error:
                raise refused_search(variables["query"], error.status, error.data) from error
            if inside(body, "data", "search") is None:
                raise refused_search(variables["query"], 200, body)
            return inside(body, "data")

    def _go_on(self, batch: list[Tail], come: dict[Tail, Pages]) -> list[Tail]:
        for each in batch:
            come.setdefault(each.of, Pages(f"the {each.part} of {each.thread}"))

        def doubted(body: Any) -> str | None:
            lists = ((each, inside(answer, _FIELDS[each.part])) for each, answer in _answers(batch, body))
            return next(filter(None, (come[each.of].doubt_connection(found) for each, found in lists)), None)

        try:
            body = self._client.graphql(*tails(batch), lambda body: no_answer(body) or doubted(body))
        except github.GithubException:
            return []  # the answer is stored, and parse says what it refuses
        found: list[Tail] = []
        for each, answer in _answers(batch, body):
            come[each.of].take_connection(inside(answer, _FIELDS[each.part]))
            if each.parent is None:
                found += _of_list(each.thread, each.part, answer, _FIELDS[each.part])
            else:
                found += _goes_on(each.thread, each.part, inside(answer, _FIELDS[each.part]), each.parent)
        return found

    def _look_up(self, kind: Kind, batch: list[str]) -> list[Hit[Tail]]:
        try:
            body = self._client.graphql(*threads(kind, batch), no_answer)
        except github.GithubException:
            return []
        answers = (answer_of(inside(body, "data"), str(k))[0] for k in range(len(batch)))
        return list(_hits([node for node in answers if node is not None]))


_FIELDS = {part: field for lists in _LISTS.values() for field, part in lists} | {
    part: field for field, part in _INNER.values()
}


def _answers(batch: list[Tail], body: Any) -> Iterator[tuple[Tail, Any]]:
    """What has each of the lists that a request was for: a thread, or something inside it."""
    for k, each in enumerate(batch):
        node, parent = answer_of(inside(body, "data"), str(k))
        yield each, node if each.parent is None else parent


def _hits(values: list[Any]) -> Iterator[Hit[Tail]]:
    for value in values:
        for node in readable([value], Node, [], "thread"):  # what cannot be read is said by parse
            thread = native_id(node)
            if thread:
                yield Hit(thread, node.id, node.updated_at, tuple(_tails(thread, value)))


def _tails(thread: str, value: Any) -> Iterator[Tail]:
    kinds = {"Issue": "issue", "PullRequest": "pull_request"}
    for field, part in _LISTS[kinds.get(inside(value, "__typename"), "discussion")]:
        yield from _of_list(thread, part, value, field)


def _of_list(thread: str, part: str, node: Any, field: str) -> Iterator[Tail]:
    """What goes on of a list, and of the lists inside it."""
    yield from _goes_on(thread, part, inside(node, field))
    if part in _INNER:
        inner_field, inner_part = _INNER[part]
        for each in nodes(node, field):
            yield from _goes_on(thread, inner_part, inside(each, inner_field), inside(each, "id"))


def _goes_on(thread: str, part: str, connection: Any, parent: str | None = None) -> Iterator[Tail]:
    after = inside(connection, "pageInfo", "endCursor")
    if inside(connection, "pageInfo", "hasNextPage") and isinstance(after, str):
        yield Tail(thread, part, after, parent)
