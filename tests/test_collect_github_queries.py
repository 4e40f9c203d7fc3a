"""Queries and windows of time for GitHub's search."""

from datetime import date, timedelta

import pytest
from github_rig import at
from hypothesis import example, given
from hypothesis import strategies as st

from collect.github.queries import Window, must_be_halved, query, why_not_whole, without_window

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
    ("match", "kind", "expected"),
    [
        ("any", "is:issue", '"trust_remote_code" is:issue in:title,body,comments'),
        ("title", "is:pr", '"trust_remote_code" is:pr in:title'),
        ("body", "", '"trust_remote_code" in:body'),
        ("comments", "", '"trust_remote_code" in:comments'),
    ],
)
def test_a_query_is_a_phrase_a_kind_and_where_it_must_stand(match: str, kind: str, expected: str) -> None:
    assert query("trust_remote_code", match, kind) == expected


def test_a_keyword_cannot_leave_its_phrase() -> None:
    assert query('a" repo:x/y "b', "title") == '"a repo:x/y b" in:title'


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


@example("created:2019-01-01T00:00:00Z..2020-01-01T00:00:00Z", "any", Window(at("2023-01-01"), at("2023-01-02")))
@given(st.text(), st.sampled_from(["title", "body", "comments", "any"]), WINDOWS)
def test_a_search_that_was_sent_can_be_taken_apart_again(keyword: str, match: str, window: Window) -> None:
    asked = query(keyword, match, "is:issue")

    assert without_window(f"{asked} {window}") == (asked, window)


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
