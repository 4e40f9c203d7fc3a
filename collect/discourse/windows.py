"""What is asked of a Discourse forum's search, and in which windows of time.

The search gives ten pages of 50 topics, and on a large forum even these have gaps: when a result reaches back over the
newest posts that have an index of their own (``search_recent_regular_posts_offset_post_id``), the older ones are joined
in at the offset of the page instead of from their first (``Search#aggregate_search`` in Discourse's ``lib/search.rb``).
A result that ends on its first page is whole. So a window is halved until it does, down to one day.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

from collect.covered import Stretch, stretches
from collect.source import Whole

PAGES = 10
"""Result pages of one query that are told apart (``PAGE_LIMIT``): an eleventh is refused, or is the first again."""

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_EARLIEST = date(1990, 1, 1)
"""Before any forum. Discourse passes over a year that is not written with four digits (``Search.word_to_date``)."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days in UTC, from ``start`` to the day before ``end``.

    ``after:`` and ``before:`` both leave out the midnight that they name, and on imported forums many posts were made
    at midnight sharp. So the query begins one day early, and hits of that day are left to the window before.
    """

    start: date
    end: date

    @classmethod
    def between(cls, since: date, until: date) -> Self:
        """The window that a study asks for."""
        return cls(max(since, _EARLIEST), until)

    @classmethod
    def of(cls, stretch: Stretch) -> Self:
        """The days of a stretch of time."""
        return cls(stretch.start.date(), stretch.end.date() + _DAY)

    def __str__(self) -> str:
        return f"after:{self.start - _DAY} before:{self.end} order:latest"

    @property
    def first(self) -> datetime:
        """The first moment."""
        return datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)

    @property
    def last(self) -> datetime:
        """The last second."""
        return datetime(self.end.year, self.end.month, self.end.day, tzinfo=UTC) - _SECOND

    def halves(self) -> tuple[Self, Self]:
        """The window in two, the newer half first, as results come."""
        middle = self.start + timedelta(days=(self.end - self.start).days // 2)
        return type(self)(middle, self.end), type(self)(self.start, middle)

    def must_be_halved(self, *, more: bool) -> bool:
        """Whether a first page that says whether there are more shows that the window has to be asked for in two."""
        return more and self.end - self.start > _DAY


def query(keyword: str) -> str:
    """A query without its window: the keyword as a phrase, wherever it stands."""
    phrase = keyword.replace('"', " ").strip()
    return f'"{phrase}"'


def parts(whole: Window, known: Iterable[Whole]) -> list[Stretch]:
    """A window as those that finished runs know, each of which one result page shows, and the days between them.

    Only a known day may have more pages than one.
    """
    days = (each for each in known if _is_of_days(each))
    return stretches(days, whole.first, whole.last) if whole.start < whole.end else []


def _is_of_days(window: Whole) -> bool:
    start, end = window.window_start, window.window_end
    return start is not None and end is not None and not _time_of_day(start) and not _time_of_day(end + _SECOND)


def _time_of_day(moment: datetime) -> timedelta:
    return moment - datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def without_window(asked: str) -> tuple[str, Window | None]:
    """A query as it was sent, in its two parts."""
    found = re.fullmatch(r"(.*) after:(\d{4}-\d\d-\d\d) before:(\d{4}-\d\d-\d\d) order:latest", asked, re.DOTALL)
    if found is None:
        return asked, None
    return found[1], Window(date.fromisoformat(found[2]) + _DAY, date.fromisoformat(found[3]))
