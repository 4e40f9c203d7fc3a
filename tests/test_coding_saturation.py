"""Saturation: codes found against threads coded, in the order of coding and in random ones."""

import csv
import io
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hand_study import HOSTILE, row
from hypothesis import given
from hypothesis import strategies as st
from live_studio import put_threads

from codebook.rows import Coding
from codebook.study import Study
from coding.saturation.curve import CodedThread, coded_threads, curve, curves, expected, permuted
from coding.saturation.picture import picture

MakeStudy = Callable[..., Study]

SETS = st.lists(st.frozensets(st.sampled_from("ABCDEFGH"), max_size=4), min_size=1, max_size=12)


def threads(sets: list[frozenset[str]]) -> list[CodedThread]:
    return [CodedThread(f"t{n:03d}", datetime(2026, 1, 1 + n, tzinfo=UTC), codes) for n, codes in enumerate(sets)]


def coding(thread: str, code: str, day: int, coder: str = "coder_a") -> Coding:
    moment = datetime(2026, 1, day, tzinfo=UTC)
    return row(Coding, unit_id=thread, thread_id=thread, coder=coder, code=code, coded_at=moment)


GIVEN = [
    coding("t2", "A", 1),
    coding("t1", "A", 2),
    coding("t1", "B", 2),
    coding("t3", "", 3),
    coding("t4", "C", 4),
    coding("t4", "A", 9, "coder_b"),
]


def test_the_table_by_hand() -> None:
    (found,) = curves(coded_threads(GIVEN), None, permutations=200, seed=1)

    assert [(r["n"], r["thread_id"], r["new_codes"], r["found"]) for r in found.rows()] == [
        (1, "t2", 1, 1),
        (2, "t1", 1, 2),
        (3, "t3", 0, 2),
        (4, "t4", 1, 3),
    ]
    # A is in 3 of 4 threads, B and C in 1: after one thread 3/4 + 1/4 + 1/4, after two 1 + 1/2 + 1/2, …
    assert found.expected == pytest.approx((1.25, 2.0, 2.5, 3.0))
    assert (found.low, found.high) == ((0, 1, 2, 3), (2, 3, 3, 3))
    assert (
        found.said == "all: 3 codes in 4 threads; the last new one came with thread 4; 2 of them are in one thread only"
    )


def test_every_source_has_a_curve_of_its_own() -> None:
    sources = {"t1": "github", "t2": "forum", "t3": "forum"}
    found = curves(coded_threads(GIVEN), sources, permutations=100, seed=1)

    assert [(c.name, [t.thread_id for t in c.threads], c.found) for c in found] == [
        ("(unknown)", ["t4"], (2,)),
        ("forum", ["t2", "t3"], (1, 1)),
        ("github", ["t1"], (2,)),
    ]


def test_the_mean_over_all_orders_is_the_closed_form() -> None:
    sets = [frozenset("AB"), frozenset("A"), frozenset(), frozenset("CD"), frozenset("AD")]
    orders = [[len(set().union(*order[:n])) for n in range(1, 6)] for order in itertools.permutations(sets)]

    assert expected(sets) == pytest.approx([sum(column) / len(orders) for column in zip(*orders, strict=True)])


def test_random_orders_have_the_mean_of_all_orders() -> None:
    sets = [
        frozenset(code for code, step in (("A", 2), ("B", 3), ("C", 7), ("D", 11)) if n % step == 0) for n in range(30)
    ]
    found = permuted(sets, 4000, seed=5)

    assert found.mean(axis=0) == pytest.approx(expected(sets), abs=0.08)


@given(SETS)
def test_a_curve_never_falls_and_ends_at_the_number_of_distinct_codes(sets: list[frozenset[str]]) -> None:
    found = curve("all", threads(sets), permutations=100, seed=3)
    distinct = len(set().union(*sets))

    for line in (found.found, found.low, found.high, tuple(round(value, 9) for value in found.expected)):
        assert list(line) == sorted(line)
        assert line[-1] == distinct
    for low, mean, high in zip(found.low, found.expected, found.high, strict=True):
        assert low <= high
        assert 0 <= mean <= distinct + 1e-9


@given(SETS, st.randoms(use_true_random=False))
def test_mean_and_band_do_not_hang_on_the_order_of_rows(sets: list[frozenset[str]], chance: Any) -> None:
    given_order = threads(sets)
    other = list(given_order)
    chance.shuffle(other)
    one, two = (curve("all", order, permutations=100, seed=3) for order in (given_order, other))

    assert (one.expected, one.low, one.high) == (two.expected, two.low, two.high)


@given(st.permutations(GIVEN))
def test_the_order_of_coding_is_told_by_the_clock_and_not_by_the_order_of_rows(rows: list[Coding]) -> None:
    assert coded_threads(rows) == coded_threads(GIVEN)


@given(SETS, st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_band(sets: list[frozenset[str]], seed: int) -> None:
    assert (permuted(sets, 100, seed) == permuted(sets, 100, seed)).all()


def test_the_command_prints_a_table_or_draws_a_picture(make_study: MakeStudy, run: Callable[..., Any]) -> None:
    study = make_study()
    nothing = run("coding", "saturation", "--study", study.path)
    put_threads(study, {f"t{n}": ["A post."] for n in range(1, 5)})
    study.write(Coding, GIVEN)
    table = run("coding", "saturation", "--study", study.path, "--format", "csv")
    again = run("coding", "saturation", "--study", study.path, "--format", "csv")
    by_source = run("coding", "saturation", "--by", "source", "--study", study.path, "--format", "csv")
    drawn = run("coding", "saturation", "--study", study.path, "--output", study.path / "curve.svg")

    assert (nothing.code, "nothing is coded yet" in nothing.err) == (2, True)
    assert [line["found"] for line in csv.DictReader(io.StringIO(table.out))] == ["1", "2", "2", "3"]
    assert table.out == again.out
    assert {line["source"] for line in csv.DictReader(io.StringIO(by_source.out))} == {"github"}
    assert "all: 3 codes in 4 threads" in table.err
    assert (drawn.code, drawn.out) == (0, "")
    assert ET.fromstring((study.path / "curve.svg").read_text()).tag == "{http://www.w3.org/2000/svg}svg"


def test_a_picture_has_a_panel_per_curve_and_no_name_in_it_acts() -> None:
    sources = {"t1": HOSTILE, "t2": "forum", "t3": "forum", "t4": "forum"}
    drawn = picture(curves(coded_threads(GIVEN), sources, permutations=100, seed=1))
    root = ET.fromstring(drawn)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}

    assert tags == {"svg", "title", "rect", "g", "polygon", "polyline", "text"}
    assert len(root.findall("{*}g")) == 2
    assert any("<script>alert(1)</script>" in (text.text or "") for text in root.findall(".//{*}text")), "as text"
    assert "\x1b" not in drawn


def test_no_code_at_all_is_a_flat_curve() -> None:
    found = curve("all", threads([frozenset(), frozenset()]), permutations=100, seed=1)

    assert (found.found, found.expected, found.low, found.high) == ((0, 0), (0.0, 0.0), (0, 0), (0, 0))
    assert found.said == "all: 0 codes in 2 threads; 0 of them are in one thread only"
    assert "polyline" in picture([found])
