"""Known windows and the gaps between them are just the time that is asked for."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collect.covered import Stretch, stretches
from collect.source import Whole

START = datetime(2024, 1, 1, tzinfo=UTC)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def whole(first: int, last: int) -> Whole:
    return Whole(at(first), at(last), None, 1)


def test_time_that_nobody_covered_is_one_gap() -> None:
    assert stretches([], at(0), at(99)) == [Stretch(at(0), at(99))]


def test_gaps_lie_before_between_and_after_known_windows() -> None:
    early, late = whole(10, 19), whole(30, 39)

    expected = [
        Stretch(at(0), at(9)),
        Stretch(at(10), at(19), early),
        Stretch(at(20), at(29)),
        Stretch(at(30), at(39), late),
        Stretch(at(40), at(99)),
    ]
    assert stretches([late, early], at(0), at(99)) == expected


def test_a_window_that_was_halved_since_gives_way_to_its_halves() -> None:
    older, newer = whole(0, 49), whole(50, 99)

    expected = [Stretch(at(0), at(49), older), Stretch(at(50), at(99), newer)]
    assert stretches([whole(0, 99), older, newer], at(0), at(99)) == expected


def test_a_window_that_reaches_outside_counts_for_nothing() -> None:
    outside = [whole(-1, 10), whole(90, 100), Whole(None, None, 3, 3)]

    assert stretches(outside, at(0), at(99)) == [Stretch(at(0), at(99))]


@given(st.lists(st.tuples(st.integers(-5, 40), st.integers(0, 20)), max_size=8))
def test_stretches_are_just_the_time_that_is_asked_for(windows: list[tuple[int, int]]) -> None:
    cut = stretches([whole(first, first + length) for first, length in windows], at(0), at(30))

    assert cut[0].start == at(0)
    assert cut[-1].end == at(30)
    assert all(a.end + timedelta(seconds=1) == b.start for a, b in pairwise(cut))
    assert all(s.start <= s.end for s in cut)
    assert all(s.known is None or (s.known.window_start, s.known.window_end) == (s.start, s.end) for s in cut)
