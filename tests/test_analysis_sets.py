"""Threads counted by the set of their codes are those counted coding by coding."""

from collections.abc import Iterable

import pytest
from hand_study import BOOK, coding, thread
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import sets
from analysis.crosstab import Pairs, by_layer, count, pairs
from analysis.question import Asked, resolve
from codebook.rows import Coding, Thread
from codebook.study import Study

CODES = ("USE.err", "USE.place", "SEC.mal", "SEC.trust", "not.in.the.book", "")
ASKED = (
    Asked(rows="theme", cols="source"),
    Asked(rows="year", cols="code"),
    Asked(rows="theme", cols="source", layers="year"),
    Asked(rows="code", cols="source", where=("state=open",)),
    Asked(rows="source", cols="state", layers="theme", every=True),
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("sets")
    (folder / "study.toml").write_text('[study]\ntitle = "Sets"\nkeywords = ["x"]\n', encoding="utf-8")
    (folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    return Study.open(folder)


def fill(study: Study, codings: Iterable[tuple[int, str, str]]) -> None:
    sources, states, years = ("a", "b", "=1"), ("open", None), (2020, None, 2021)
    study.write(
        Thread,
        [thread(f"t{n}", sources[n % 3], years[n // 2 % 3], state=states[n % 2], included=n != 5) for n in range(8)],
    )
    study.write(Coding, [coding(f"t{n}", who, code) for n, who, code in codings])


def counted(study: Study, asked: Asked, way: str) -> list[object]:
    """Every count, and every unit with its values; asserts that they were found in this way."""
    with pairs(study, resolve(study, asked)) as made:
        table = count(made)
        layers = by_layer(made, table)
        found = [each.n | each.row_n | each.col_n | {"all": each.n_all} for each in (table, *layers.values())]
        assert made.counted == way
        return [table.rows, table.cols, [*layers], found, units(made)]


def units(made: Pairs) -> list[tuple[object, ...]]:
    rows = made.con.execute("SELECT DISTINCT unit, r, c, l, times FROM pairs").fetchall()
    return sorted(rows, key=str)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: " ".join([asked.rows, asked.cols, asked.layers or ""]))
@settings(max_examples=8, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 8), st.sampled_from("xy"), st.sampled_from(CODES)), min_size=1, max_size=30))
def test_both_ways_count_the_same(study: Study, asked: Asked, codings: set[tuple[int, str, str]]) -> None:
    fill(study, codings)
    by_set = counted(study, asked, sets.COUNTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "MOST", -1)
        one_by_one = counted(study, asked, "pairs")

    assert one_by_one == by_set


def test_more_codes_than_a_number_has_bits_are_counted_one_by_one(study: Study) -> None:
    """62 codes are numbered up to the last bit, 63 are not; a thread has them all either way."""
    for codes, way in ((62, sets.COUNTED), (63, "pairs")):
        fill(study, [(1, "x", f"code {n:02}") for n in range(codes)])
        with pairs(study, resolve(study, Asked(rows="code", cols="source"))) as made:
            table = count(made)

            assert (made.counted, len(table.rows), table.n_all) == (way, codes, 1)
            assert set(table.n.values()) == {1}


def test_what_only_codings_say_is_counted_one_by_one(study: Study) -> None:
    fill(study, [(1, "x", "USE.err"), (1, "y", "SEC.mal")])
    for asked in (
        Asked(rows="theme", cols="coder"),
        Asked(rows="theme", cols="code"),
        Asked(rows="theme", cols="source", where=("coder=x",)),
        Asked(rows="theme", cols="source", where=("code=USE.err",)),
        Asked(rows="theme", cols="source", unit="coding"),
    ):
        with pairs(study, resolve(study, asked)) as made:
            assert made.counted == "pairs"
