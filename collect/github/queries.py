"""What is asked of GitHub's search: queries, windows of time, and when a window has to be cut in two.

The texts are the same for both APIs, so that a study that gets a token later goes on with the windows that it has.

GitHub lists at most 1,000 results of a query, and says so only by the number that it reports. So a query is asked for
windows of creation time, and a window with more results, or with results that GitHub calls incomplete, is halved.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

CAP = 1000
"""Results that GitHub lists of one query (docs.github.com/rest/search, "About search")."""

LAG = timedelta(hours=1)
"""How far the index of the search may lag behind."""

_SHORTEST = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
_MOMENT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_WINDOW = re.compile(rf" created:{_MOMENT}\.\.{_MOMENT}(?: updated:>={_MOMENT})?(?: sort:created-asc)?\Z")


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the kinds of thread that GitHub has.

    Args:
        item: What it is in ``threads``.
        qualifier: Restricts a search to it; a search for both issues and pull requests would mix them. None for
            discussions, which are another type of search.
    """

    item: Literal["issue", "pull_request", "discussion"]
    qualifier: str | None = None

    def query(self, keyword: str) -> str:
        """The search for a keyword as a phrase, wherever it stands, without its window.

        GitHub has no escape for a quotation mark inside a phrase and does not index it, so it becomes a space.
        """
        phrase = " ".join(keyword.replace('"', " ").split())
        return " ".join(filter(None, (f'"{phrase}"', self.qualifier, "in:title,body,comments")))

    def named(self, asked: str) -> str:
        """A query as it stands in ``slices``, where the type of a search has to be told too."""
        return f"type:DISCUSSION {asked}" if self.qualifier is None else asked


KINDS = {
    "issues": Kind("issue", "is:issue"),
    "pull_requests": Kind("pull_request", "is:pr"),
    "discussions": Kind("discussion"),
}
"""The kinds by their names in ``study.toml``."""


@dataclass(frozen=True, slots=True)
class Window:
    """The moments from ``start`` to ``last``, both in UTC and both asked for; GitHub counts in seconds."""

    start: datetime
    last: datetime

    @classmethod
    def between(cls, since: date, until: date) -> "Window":
        """The days from ``since`` up to, not including, ``until``."""
        return cls(datetime.combine(since, time(), UTC), datetime.combine(until, time(), UTC) - _SECOND)

    def __str__(self) -> str:
        return f"created:{stamp(self.start)}..{stamp(self.last)}"

    @property
    def can_be_halved(self) -> bool:
        """Whether it is longer than one hour."""
        return self.last - self.start >= _SHORTEST

    def halves(self) -> tuple["Window", "Window"]:
        """Its earlier and its later half; together they are all of it, and they share no second."""
        middle = self.start + (self.last + _SECOND - self.start) // _SECOND // 2 * _SECOND
        return Window(self.start, middle - _SECOND), Window(middle, self.last)


def stamp(at: datetime) -> str:
    """A moment as GitHub writes it."""
    return f"{at.astimezone(UTC):{_FORMAT}}"


def updated_since(since: datetime) -> str:
    """The qualifier for what changed since a moment, with an hour before it: the index of the search lags behind."""
    return f"updated:>={stamp(since - LAG)}"


def without_window(asked: str) -> tuple[str, Window | None]:
    """Take a search that was sent apart: the query, and its window if it ends in one."""
    found = _WINDOW.search(asked)
    if not found:
        return asked, None
    start, last = (datetime.strptime(moment, _FORMAT).replace(tzinfo=UTC) for moment in found.groups()[:2])
    return asked[: found.start()], Window(start, last)


def must_be_halved(window: Window | None, *, first_page: bool, reported: int, incomplete: bool) -> bool:
    """Whether a window is asked for again in two halves, which then stand for it.

    Only its first page decides, so that every page tells by itself whether its window stands.
    """
    return bool(first_page and window and window.can_be_halved and (reported > CAP or incomplete))


def why_not_whole(*, reported: int, incomplete: bool) -> str | None:
    """Why a window that stands was not got whole, as far as one of its pages tells; None if nothing says so."""
    if reported > CAP:
        return f"GitHub lists {CAP} of {reported} results, and the window is not halved further"
    return "GitHub says that these results are incomplete (its search ran out of time)" if incomplete else None
