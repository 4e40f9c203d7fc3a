"""Which part of a time finished runs have covered, and which is left: what a later run asks for, stretch by stretch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from collect.source import Whole

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole seconds from ``start`` to ``end``, both included.

    Args:
        start: First second.
        end: Last second.
        known: The window that finished runs have whole; None for time that none of them covers.
    """

    start: datetime
    end: datetime
    known: Whole | None = None


def stretches(windows: Iterable[Whole], start: datetime, end: datetime) -> list[Stretch]:
    """Cut the seconds from ``start`` to ``end`` into windows that are known and the gaps between them.

    A window that reaches outside, or that holds another (it was halved since), counts for nothing.

    Returns:
        Stretches in order of time; together they are just the seconds from ``start`` to ``end``.
    """
    found: list[Stretch] = []
    at = start
    for window, first, last in _apart(windows, start, end):
        if at < first:
            found.append(Stretch(at, first - _SECOND))
        found.append(Stretch(first, last, window))
        at = last + _SECOND
    if at <= end:
        found.append(Stretch(at, end))
    return found


def _apart(windows: Iterable[Whole], start: datetime, end: datetime) -> list[tuple[Whole, datetime, datetime]]:
    """The windows inside, the shorter ones first choice, none of which overlaps another, in order of time."""
    inside = [
        (window, window.window_start, window.window_end)
        for window in windows
        if window.window_start and window.window_end and start <= window.window_start <= window.window_end <= end
    ]
    chosen: list[tuple[Whole, datetime, datetime]] = []
    at: datetime | None = None
    for each in sorted(inside, key=lambda w: (w[2], -w[1].timestamp())):  # the first to end; of those, the shortest
        if at is None or at < each[1]:
            chosen.append(each)
            at = each[2]
    return chosen
