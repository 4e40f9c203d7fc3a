"""Slices over several runs: what changes add, what is gone, and windows that other windows have replaced."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from derive_rig import SITE, Scripted, corpus, gone, part, run_id, tables, thread
from hypothesis import given
from hypothesis import strategies as st

from codebook.raw import Page, RawStore
from collect.derive import Gathered
from collect.derive.coverage import Window, replaced

Q1 = ("2024-01-01T00:00:00+00:00", "2024-03-31T23:59:59+00:00")
Q2 = ("2024-04-01T00:00:00+00:00", "2024-06-30T23:59:59+00:00")
HALF = (Q1[0], Q2[1])


def window(span: tuple[str, str], hits: list[str], **values: Any) -> Any:
    return part(hits, window_start=span[0], window_end=span[1], **values)


def states(rows: dict[str, list[Any]]) -> list[tuple[object, ...]]:
    return [(s.window_start.month, s.got, s.reported, s.state, s.run_id[-1]) for s in rows["slices"]]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([part(["3"], reported=3, changes=True)], (3, 3, "complete")),
        ([part([], reported=2, changes=True)], (2, 2, "complete")),
        ([part(["2"], reported=None, changes=True)], (2, None, "complete")),
        ([part(["3"], reported=4, changes=True)], (3, 4, "unfinished")),
        ([part(["3"], reported=4, changes=True), part(["2", "3", "4", "5"], reported=4)], (4, 4, "complete")),
        ([part(["2"], reported=1)], (1, 1, "complete")),
    ],
)
def test_changes_add_to_what_earlier_runs_have_got_and_a_new_list_replaces_it(
    tmp_path: Path, later: list[Any], expected: tuple[Any, ...]
) -> None:
    (row,) = corpus(tmp_path, [part(["1", "2"], reported=2)], *([p] for p in later), runs="122")["slices"]

    assert (row.got, row.reported, row.state, row.run_id) == (*expected, run_id(2))


def test_changes_of_several_runs_add_up_although_the_request_is_the_same(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    body = '[["slice", {"query": "q", "reported": %d, "hits": ["%d"], "changes": %s}]]'
    for run, path in enumerate(("/list", "/changes", "/changes"), 1):
        text = body % (run, run, "false" if run == 1 else "true")
        store.append(Page(f"GET {path}", 200, {}, text.encode(), run_id(run)))
    store.close()
    (row,) = tables(tmp_path, Gathered(Scripted(), SITE, store))["slices"]

    assert (row.got, row.reported, row.state) == (3, 3, "complete")


def test_hits_that_are_gone_since_they_were_listed_are_taken_out(tmp_path: Path) -> None:
    first = [part(["1", "2", "3"]), thread("1"), thread("2"), thread("3")]
    later = [part([], reported=2, changes=True), gone("2", "deleted")]
    rows = corpus(tmp_path, first, later, runs="12")

    assert [(s.got, s.reported, s.state) for s in rows["slices"]] == [(2, 2, "complete")]


def test_a_hit_that_its_own_listing_still_counted_stays(tmp_path: Path) -> None:
    """A search may list what is deleted: its count and its hits agree, and the slice is whole."""
    rows = corpus(tmp_path, [part(["1", "2", "3"])], [gone("2", "gone")], runs="11")

    assert [(s.got, s.state) for s in rows["slices"]] == [(3, "complete")]


def test_a_renamed_hit_counts_once(tmp_path: Path) -> None:
    rows = corpus(
        tmp_path,
        [part(["1", "2"], reported=2), thread("1", uid="a"), thread("2", uid="b")],
        [part(["9"], reported=2, changes=True), thread("9", uid="a")],
        runs="12",
    )

    assert [(s.got, s.state) for s in rows["slices"]] == [(2, "complete")]


def test_a_window_that_finer_ones_replaced_is_no_slice_any_more(tmp_path: Path) -> None:
    coarse = window(HALF, ["1"], reported=9, problem="over the cap")
    rows = corpus(tmp_path, [coarse], [window(Q1, ["1", "2", "3"])], [window(Q2, ["4"], reported=1)], runs="122")
    half_done = corpus(tmp_path / "half", [coarse], [window(Q1, ["1", "2", "3"])], runs="12")

    assert states(rows) == [(1, 3, 3, "complete", "2"), (4, 1, 1, "complete", "2")]
    assert sorted(states(half_done)) == [(1, 1, 9, "truncated", "1"), (1, 3, 3, "complete", "2")]


def test_a_window_outside_the_study_is_no_slice_any_more(tmp_path: Path) -> None:
    narrow = replace(SITE, since=date(2024, 4, 1))
    rows = corpus(tmp_path, [window(Q1, ["1"], problem="cut"), window(HALF, ["1"], problem="cut")], site=narrow)
    later = corpus(
        tmp_path / "later", [window(HALF, ["1"], problem="cut")], [window(Q2, ["1"])], site=narrow, runs="12"
    )

    assert [s.window_end.month for s in rows["slices"]] == [6]
    assert states(later) == [(4, 1, 3, "unfinished", "2")]


def moment(hour: int) -> datetime:
    return datetime(2024, 1, 1 + hour // 24, hour % 24)  # noqa: DTZ001 - as tables hold it


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30)), min_size=1, max_size=8, unique=True)


@given(spans)
def test_a_window_is_replaced_exactly_if_every_hour_of_it_was_asked_for_again(
    given_spans: list[tuple[int, int]],
) -> None:
    """Against counting hours; windows begin at full hours and end a second before one."""
    windows = [
        Window(moment(start), datetime.fromtimestamp(moment(start + size).timestamp() - 1), number)  # noqa: DTZ006
        for number, (start, size) in enumerate(given_spans)
    ]
    hours = [set(range(start, start + size)) for start, size in given_spans]
    since, until = moment(0), moment(100)

    standing: set[int] = set()
    expected = set()
    for number in reversed(range(len(windows))):
        if hours[number] <= standing:
            expected.add(number)
        standing |= hours[number]
    assert {w.asked for w in replaced(windows, since, until)} == expected
