"""Whatever was coded: carried over to a later codebook, nothing is lost, doubled, or left with a dead code."""

import json
from pathlib import Path

from hand_study import row
from hypothesis import given
from hypothesis import strategies as st
from test_coding_recode import FIRST, SECOND

from codebook.rows import Coding
from codebook.themes import Codebook
from codebook.versions.chain import Chain
from coding.recode import carried

BOOKS = tuple(Codebook.parse(Path("codebook.yaml"), text.encode()) for text in (FIRST, SECOND))
CODES = sorted({code for book in BOOKS for code in book.codes} | {"", "NOPE"})
ROWS = st.lists(
    st.builds(
        lambda unit, code, start, version: row(
            Coding,
            unit_id=unit,
            code=code,
            start=start,
            end=None if start is None else start + 3,
            codebook_version=version,
            annotation_id=f"3/1/{unit}",
        ),
        st.sampled_from(["t1", "t2"]),
        st.sampled_from(CODES),
        st.sampled_from([None, 0, 5]),
        st.sampled_from(["1.0.0", "2.0.0"]),
    ),
    max_size=12,
    unique_by=lambda coding: (coding.unit_id, coding.code, coding.start),
)


def key(coding: Coding) -> tuple[object, ...]:
    return tuple(getattr(coding, name) for name in Coding.KEY)


@given(ROWS)
def test_every_coding_is_in_one_place_and_no_code_is_dead(rows: list[Coding]) -> None:
    result = carried(rows, Chain(BOOKS))
    leaves = {leaf.id for leaf in BOOKS[-1].leaves()}

    as_given = [
        (each.unit_id, code, each.start)
        for each in result.codings
        if each.code or not each.code_as_given
        for code in (each.code_as_given or each.code).split(", ")
    ]
    said = [json.loads(each.value) for each in result.apart]
    apart = [(each.unit_id, value["code"], value.get("start")) for each, value in zip(result.apart, said, strict=True)]
    again = [(each.unit_id, each.code, each.start) for each in result.recode]
    assert sorted([*as_given, *apart, *again], key=str) == sorted([(r.unit_id, r.code, r.start) for r in rows], key=str)
    assert {each.code for each in result.codings} <= leaves | {""}
    assert all(set(each.choices) <= leaves and each.choices for each in result.recode)
    assert len({key(each) for each in result.codings}) == len(result.codings)
    of_units = [{each.unit_id for each in kind} for kind in (result.codings, result.apart, result.recode)]
    gone = {each.unit_id for each in result.apart if each.reason != "code is retired"}
    assert {each.unit_id for each in rows} - gone <= of_units[0] | of_units[2], "who read a unit has read it"


@given(ROWS)
def test_what_was_carried_over_once_stays_as_it_is(rows: list[Coding]) -> None:
    once = carried(rows, Chain(BOOKS)).codings
    twice = carried(once, Chain(BOOKS))

    assert [key(each) for each in twice.codings] == [key(each) for each in once]
    assert (twice.apart, twice.recode) == ([], [])


@given(ROWS)
def test_without_recorded_versions_nothing_changes(rows: list[Coding]) -> None:
    assert carried(rows, Chain()).codings == rows


def test_codes_that_are_merged_stay_apart_where_their_passages_are() -> None:
    given_rows = [
        row(Coding, code=code, start=start, end=9, quote=code, codebook_version="1.0.0")
        for code, start in (("USE.msg", None), ("USE.msg", 0), ("USE.log", 0), ("USE.log", 4))
    ]
    found = [(each.code, each.start, each.code_as_given) for each in carried(given_rows, Chain(BOOKS)).codings]

    assert found == [("USE.err", None, "USE.msg"), ("USE.err", 0, "USE.log, USE.msg"), ("USE.err", 4, "USE.log")]
