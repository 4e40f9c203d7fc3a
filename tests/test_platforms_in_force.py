"""Intervals of gates over releases by date, and the level in force at a date as analysis asks for it."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hand_study import row
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from codebook.in_force import Held, define, level_at
from codebook.mechanisms import LEVELS, MECHANISMS, standing, strongest
from codebook.rows import Claim, InForce, Release
from codebook.study import Study
from platforms.in_force import intervals


def day(number: int) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number)


def release(version: str, number: int | None, **values: Any) -> Release:
    dates = {"released": None if number is None else day(number), "platform": "hub", "package": "client"}
    return row(Release, version=version, **{"state": "read"} | dates | values)


def claim(version: str, level: str, default: str | None = None, **values: Any) -> Claim:
    about = {"platform": "hub", "package": "client", "component": "sdk", "mechanism": "execution gate"}
    given_ = {"claim_id": f"{version}:{level}", "surface": "load", "parameter": "trust", "symbol": "load"}
    return row(Claim, version=version, level=level, default=default, **about | given_ | values)


def shown(rows: list[InForce]) -> list[tuple[object, ...]]:
    return [
        (r.level, r.default, r.since, r.until, r.first_version, r.last_version, r.before_version, r.adjacent)
        for r in rows
    ]


def test_a_level_holds_from_the_release_that_has_it_until_one_that_has_another() -> None:
    releases = [release("1.0", 0), release("1.1", 10), release("1.2", 20), release("2.0", 30)]
    claims = [claim("1.0", "none"), claim("1.1", "none"), claim("1.2", "warn", "None"), claim("2.0", "prompt", "None")]

    expected = [
        ("none", None, day(0), day(20), "1.0", "1.1", None, True),
        ("warn", "None", day(20), day(30), "1.2", "1.2", "1.1", True),
        ("prompt", "None", day(30), None, "2.0", "2.0", "1.2", True),
    ]
    assert expected == shown(list(intervals(claims, releases)))


def test_a_maintenance_release_of_an_old_line_changes_nothing() -> None:
    """4.29.3 came out after 4.30.0: whoever installed then got 4.30.0."""
    releases = [release("4.29.2", 0), release("4.30.0", 10), release("4.29.3", 20)]
    claims = [claim("4.29.2", "opt-in"), claim("4.30.0", "prompt"), claim("4.29.3", "opt-in")]

    assert [("opt-in", day(0), day(10)), ("prompt", day(10), None)] == [
        (r.level, r.since, r.until) for r in intervals(claims, releases)
    ]


def test_releases_that_were_not_read_and_lie_at_a_change_are_told() -> None:
    releases = [release("1.0", 0), release("1.1", 5, state="not_read"), release("1.2", 10)]
    rows = list(intervals([claim("1.0", "none"), claim("1.2", "warn")], releases))

    assert [(r.before_version, r.adjacent) for r in rows] == [(None, True), ("1.0", False)]


def test_pre_releases_withdrawn_and_undated_releases_do_not_count_where_there_are_others() -> None:
    releases = [
        *(release("1.0", 0), release("1.1rc1", 5), release("1.1", 10, yanked=True), release("1.2", None)),
        release("not a version", 12),
    ]
    claims = [claim("1.0", "none"), claim("1.1rc1", "warn"), claim("1.1", "warn"), claim("1.2", "warn")]

    assert [(r.level, r.until) for r in intervals(claims, releases)] == [("none", None)]
    assert [r.level for r in intervals([claim("1.1rc1", "warn")], [release("1.1rc1", 5)])] == ["warn"]


def test_a_gate_that_is_gone_is_in_force_no_longer_and_may_come_back() -> None:
    releases = [release("1.0", 0), release("1.1", 10), release("1.2", 20)]

    assert [(day(0), day(10)), (day(20), None)] == [
        (r.since, r.until) for r in intervals([claim("1.0", "warn"), claim("1.2", "warn")], releases)
    ]


def test_a_correction_counts_in_place_of_what_it_corrects() -> None:
    wrong = claim("1.0", "none")
    right = claim("1.0", "warn", claim_id="c", corrects=wrong.claim_id, review="corrected")

    assert [right] == standing([wrong, right])
    assert [r.level for r in intervals([wrong, right], [release("1.0", 0)])] == ["warn"]


VERSIONS = st.lists(
    st.tuples(
        st.tuples(st.integers(0, 3), st.integers(0, 5)), st.integers(0, 30), st.sampled_from(LEVELS), st.booleans()
    ),
    max_size=12,
    unique_by=lambda each: each[0],
)


@given(VERSIONS, st.integers(-2, 32))
def test_at_any_moment_one_level_is_in_force_that_of_the_highest_version_that_is_out(
    made: list[tuple[tuple[int, int], int, str, bool]], moment: int
) -> None:
    releases = [release(f"{a}.{b}", on, state="read" if read else "not_read") for (a, b), on, _, read in made]
    claims = [claim(f"{a}.{b}", level) for (a, b), _, level, read in made if read]
    holding = [
        r.level
        for r in intervals(claims, releases)
        if r.since <= day(moment) and (r.until is None or day(moment) < r.until)
    ]
    out = [(Version(f"{a}.{b}"), level) for (a, b), on, level, read in made if read and on <= moment]
    heads = [
        (Version(f"{a}.{b}"), on, read)
        for (a, b), on, _, read in made
        if on <= moment and not any(Version(f"{c}.{d}") > Version(f"{a}.{b}") and o <= on for (c, d), o, _, _ in made)
    ]
    readable = [number for number, _, read in heads if read]
    expected = [dict(out)[max(readable)]] if readable else []

    assert expected == holding


@given(VERSIONS)
def test_intervals_of_a_gate_follow_each_other_and_neighbours_differ(
    made: list[tuple[tuple[int, int], int, str, bool]],
) -> None:
    releases = [release(f"{a}.{b}", on) for (a, b), on, _, _ in made]
    rows = list(intervals([claim(f"{a}.{b}", level) for (a, b), _, level, _ in made], releases))

    assert all(one.until == two.since for one, two in itertools.pairwise(rows))
    assert all(one.level != two.level for one, two in itertools.pairwise(rows))
    assert all(r.until is None or r.since < r.until for r in rows)


def in_force(level: str, since: int, until: int | None, **values: Any) -> InForce:
    about = {"platform": "hub", "package": "client", "mechanism": "execution gate", "surface": "load"}
    own = {"parameter": "trust", "symbol": "load", "since": day(since), "until": None if until is None else day(until)}
    return row(InForce, level=level, **about | own | values)


def test_the_level_at_a_date_is_that_of_the_weakest_and_of_the_strongest_gate(
    make_study: Callable[..., Study],
) -> None:
    """Calls within a client that set the switch are left out; an unknown level is none of both."""
    study = make_study()
    rows = [
        *(in_force("none", 0, 10), in_force("prompt", 10, None), in_force("warn", 5, None, symbol="other")),
        *(in_force("none", 0, None, symbol="f > g = True"), in_force("unknown", 20, None, package="second")),
    ]
    study.write(InForce, rows)
    with study.connect() as con:
        asked = [level_at(con, "hub", "execution gate", day(n)) for n in (-1, 0, 9, 10, 20)]
        narrow = level_at(con, "hub", "execution gate", day(20), package="second")
        parameter = level_at(con, "hub", "execution gate", day(20), parameter="no such")

    assert [
        Held(None, None, 0),
        Held("none", "none", 1),
        Held("none", "warn", 2),
        Held("warn", "prompt", 2),
        Held("warn", "prompt", 3),
    ] == asked
    assert (Held("unknown", "unknown", 1), Held(None, None, 0)) == (narrow, parameter)


def test_threads_join_with_what_was_in_force_when_they_began(make_study: Callable[..., Study]) -> None:
    study = make_study()
    study.write(InForce, [in_force("none", 0, 10), in_force("prompt", 10, None)])
    with study.connect() as con:
        define(con)
        query = """
            SELECT said.day, weakest_level('hub', 'execution gate', said.began),
                   level_rank(strongest_level('hub', 'execution gate', said.began, of_parameter := 'trust'))
            FROM (VALUES (1, TIMESTAMP '2024-01-02'), (2, TIMESTAMP '2024-02-01')) AS said (day, began) ORDER BY 1
        """
        assert con.execute(query).fetchall() == [(1, "none", 0), (2, "prompt", 3)]


def test_the_strongest_level_of_a_cell() -> None:
    assert [
        strongest(each) for each in (["warn", "prompt", "unknown"], ["unknown", "not_documented"], [], ["none"])
    ] == ["prompt", "not_documented", "unknown", "none"]
    assert all(name == name.strip() and meaning for name, meaning in MECHANISMS.items())
