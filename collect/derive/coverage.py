"""Which windows of a query still count: those that no later, finer or coarser slicing of the same time has replaced."""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

_NEXT = timedelta(seconds=1)
"""Windows are given to the second, both ends included."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window of a query, and when it was asked for last, as a number that grows."""

    start: datetime
    end: datetime
    asked: int


def replaced(windows: Iterable[Window], since: datetime, until: datetime) -> Iterator[Window]:
    """The windows whose whole time, within the study's, was asked for again later, in other windows.

    Args:
        windows: All windows of one query at one site.
        since: First moment of the study.
        until: First moment behind it; time outside is not asked for any more.
    """
    newer: list[tuple[datetime, datetime]] = []
    for window in sorted(windows, key=lambda w: w.asked, reverse=True):
        start, end = max(window.start, since), min(window.end, until - _NEXT)
        if start > end or _covered(start, end, newer):
            yield window
        else:
            insort(newer, (window.start, window.end))


def _covered(start: datetime, end: datetime, spans: list[tuple[datetime, datetime]]) -> bool:
    for first, last in spans:
        if first > start:
            return False
        if last >= start:
            start = last + _NEXT
        if start > end:
            return True
    return False
