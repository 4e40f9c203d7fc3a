"""What an answer must be to be believed. One that is not is asked for again, and is not stored.

So a site that answers nonsense, or lists the same things for ever, is asked as often as the wire's policy allows, and
the run stops; and once the site is itself again, the same command goes on.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from codebook.harmless import one_line
from collect.github.queries import CAP
from collect.github.shapes import inside


class Pages:
    """The pages of one list that have come: the next one has to bring something new as long as it promises more.

    Args:
        what: The list, for errors.
        most: Things that the list can have.
    """

    def __init__(self, what: str, most: int | None = None) -> None:
        self._what = one_line(what, 200)
        self._most = most
        self._things: set[str] = set()
        self._cursors: set[object] = {None}
        self._hidden = 0

    def doubt(self, things: Sequence[Any]) -> str | None:
        """Say why a page that promises more cannot be one of this list; None if it can."""
        hidden = sum(thing is None for thing in things)
        fresh = set(_names(things)) - self._things
        if not fresh and not hidden:
            return f"a page of {self._what} promises more, and lists nothing that was not listed before"
        total = len(self._things | fresh) + self._hidden + hidden
        if self._most is not None and total > self._most:
            return f"a page of {self._what} promises more than the {self._most} that the site lists"
        return None

    def doubt_connection(self, connection: Any) -> str | None:
        """As :meth:`doubt`, of a GraphQL connection, whose cursor has to lead on, too."""
        if not inside(connection, "pageInfo", "hasNextPage"):
            return None
        if _cursor(connection) in self._cursors:
            return f"a page of {self._what} promises more, and its cursor does not lead on"
        return self.doubt(_nodes(connection))

    def take(self, things: Sequence[Any]) -> None:
        """Note what was on a page that has come."""
        self._things.update(_names(things))
        self._hidden += sum(thing is None for thing in things)

    def take_connection(self, connection: Any) -> None:
        """As :meth:`take`, of a GraphQL connection."""
        self.take(_nodes(connection))
        self._cursors.add(_cursor(connection))


def no_answer(body: Any) -> str | None:
    """Doubt what is no answer of the GraphQL API: neither data nor an error."""
    if inside(body, "errors") or isinstance(inside(body, "data"), dict):
        return None
    return "the answer has neither data nor an error"


def no_search(body: Any) -> str | None:
    """Doubt what is no answer to a search of the GraphQL API."""
    if no_answer(body):
        return no_answer(body)
    if inside(body, "errors") or isinstance(inside(body, "data", "search"), dict):
        return None
    return "the answer is no result of a search"


def unheeded(asked: str, reported: int | None, below: int | None) -> str | None:
    """Doubt the count of a window: with the other half's, it would be twice that of the whole."""
    if below is None or (reported or 0) < max(below, CAP + 1):
        return None
    return one_line(
        f"{reported} results in every window, however short, as if the dates of the search were not heeded: {asked}",
        300,
    )


def _nodes(connection: Any) -> list[Any]:
    found = inside(connection, "nodes")
    return found if isinstance(found, list) else []


def _cursor(connection: Any) -> str | None:
    after = inside(connection, "pageInfo", "endCursor")
    return after if isinstance(after, str) else None


def _names(things: Iterable[Any]) -> Iterable[str]:
    """What tells things apart: their ids, else all that they are. A null is something that a token may not see."""
    for thing in things:
        if thing is not None:
            yield str(inside(thing, "id") or json.dumps(thing, sort_keys=True))
