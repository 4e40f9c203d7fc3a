"""Queries and windows of time for GitHub's search."""

from datetime import date, timedelta

import pytest
from github_rig import at
from hypothesis import example, given
from hypothesis import strategies as st

from collect.github.queries import KINDS, Window, must_be_halved, updated_since, why_not_whole, without_window

SECOND = timedelta(seconds=1)
DAYS = st.dates(date(2008, 1, 1), date(2030, 1, 1))
WINDOWS = st.builds(
    lambda start, seconds: Window(start, start + timedelta(seconds=seconds)),
    st.datetimes(at("2008-01-01").replace(tzinfo=None), at("2030-01-01").replace(tzinfo=None)).map(
        lambda d: at(d.replace(microsecond=0).isoformat())
    ),
    st.integers(1, 10**9),
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("issues", '"trust_remote_code" is:issue in:title,body,comments'),
        ("pull_requests", '"trust_remote_code" is:pr in:title,body,comments'),
        ("discussions", '"trust_remote_code" in:title,body,comments'),
    ],
)
def test_a_query_is_a_phrase_and_a_kind_and_looks_everywhere(kind: str, expected: str) -> None:
    assert KINDS[kind].query("trust_remote_code") == expected


def test_a_search_for_discussions_says_so_in_the_slices() -> None:
    """It is another type of search, which is sent beside the query."""
    assert KINDS["discussions"].named('"x" in:title') == 'type:DISCUSSION "x" in:title'
    assert KINDS["issues"].named('"x" is:issue in:title') == '"x" is:issue in:title'


def test_a_keyword_cannot_leave_its_phrase() -> None:
    assert KINDS["issues"].query('a" repo:x/y "b') == '"a repo:x/y b" is:issue in:title,body,comments'


def test_what_changed_is_asked_for_with_an_hour_for_the_lag_of_the_index() -> None:
    assert updated_since(at("2026-11-21T15:04:05")) == "updated:>=2026-11-21T14:04:05Z"


def test_a_window_holds_its_first_day_and_not_the_day_after_its_last() -> None:
    window = Window.between(date(2019, 1, 1), date(2026, 1, 1))

    assert str(window) == "created:2019-01-01T00:00:00Z..2025-12-31T23:59:59Z"


@given(WINDOWS.filter(lambda w: w.can_be_halved))
def test_halves_are_all_of_a_window_and_share_no_second(window: Window) -> None:
    earlier, later = window.halves()

    assert (earlier.start, later.last) == (window.start, window.last)
    assert earlier.last + SECOND == later.start
    assert earlier.start <= earlier.last
    assert later.start <= later.last


@example("created:2019-01-01T00:00:00Z..2020-01-01T00:00:00Z", Window(at("2023-01-01"), at("2023-01-02")), "")
@given(st.text(), WINDOWS, st.sampled_from(["", f" {updated_since(at('2026-11-21'))}", " sort:created-asc"]))
def test_a_search_that_was_sent_can_be_taken_apart_again(keyword: str, window: Window, more: str) -> None:
    asked = KINDS["issues"].query(keyword)

    assert without_window(f"{asked} {window}{more}") == (asked, window)


def test_a_search_without_a_window_has_none() -> None:
    assert without_window("compile language:C++") == ("compile language:C++", None)


@pytest.mark.parametrize(
    ("hours", "reported", "incomplete", "expected"),
    [
        (2, 1000, False, False),
        (2, 1001, False, True),
        (2, 1, True, True),
        (1, 1001, True, False),  # an hour is not cut in two
    ],
)
def test_a_window_is_halved_while_it_has_too_much_or_is_not_whole(
    hours: int, reported: int, incomplete: bool, expected: bool
) -> None:
    window = Window(at("2023-01-01"), at("2023-01-01") + timedelta(hours=hours) - SECOND)

    assert must_be_halved(window, first_page=True, reported=reported, incomplete=incomplete) is expected
    assert must_be_halved(window, first_page=False, reported=reported, incomplete=incomplete) is False
    assert must_be_halved(None, first_page=True, reported=reported, incomplete=incomplete) is False


@given(WINDOWS)
def test_halving_ends_at_windows_of_at_most_an_hour(window: Window) -> None:
    while window.can_be_halved:
        window = window.halves()[1]

    assert window.last - window.start < timedelta(hours=1)


def test_a_window_that_stands_says_why_it_is_not_whole() -> None:
    assert why_not_whole(reported=1000, incomplete=False) is None
    assert why_not_whole(reported=1001, incomplete=True) == (
        "GitHub lists 1000 of 1001 results, and the window is not halved further"
    )
    assert why_not_whole(reported=3, incomplete=True) == (
        "GitHub says that these results are incomplete (its search ran out of time)"
    )
