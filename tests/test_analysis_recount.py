"""Crosstabs of random tables: margins hold, and every count equals a recount in plain Python and in pandas."""

from collections.abc import Iterable
from itertools import product

import pandas as pd
import pytest
from hand_study import BOOK, coding, thread
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.crosstab import Crosstab, count, pairs
from analysis.joins import connected
from analysis.layout import long, wide
from analysis.question import Asked, resolve
from analysis.units import UNITS
from analysis.variables import VARIABLES
from codebook.errors import StudyError
from codebook.rows import Coding, Thread
from codebook.study import Study

CODES = ("USE.err", "USE.place", "SEC.mal", "SEC.trust", "")
NAMES = ("theme", "code", "coder", "source", "state", "year")

THREADS = st.lists(
    st.tuples(
        st.sampled_from(("a", "b", "total", "=1")),
        st.sampled_from((None, "open", "closed")),
        st.sampled_from((None, 2020, 2021)),
        st.booleans(),
    ),
    max_size=8,
)
CODINGS = st.sets(st.tuples(st.integers(0, 7), st.sampled_from("xy"), st.sampled_from(CODES)), max_size=30)

Facts = dict[str, object]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("random")
    (folder / "study.toml").write_text('[study]\ntitle = "Random"\nkeywords = ["x"]\n', encoding="utf-8")
    (folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    return Study.open(folder)


def fill(
    study: Study, threads: list[tuple[str, str | None, int | None, bool]], codings: Iterable[tuple[int, str, str]]
) -> list[Facts]:
    """Write the tables; give the rows of included threads joined with their codings, theme included."""
    rows = [thread(f"t{n}", s, y, state=w, included=i) for n, (s, w, y, i) in enumerate(threads)]
    study.write(Thread, rows)
    given = [coding(f"t{n}", who, code) for n, who, code in codings if n < len(threads)]
    study.write(Coding, given)
    by_id = {t.thread_id: t for t in rows}
    return [
        {
            "thread": t.thread_id,
            "source": t.source,
            "state": t.state,
            "year": t.created_at.year if t.created_at else None,
            "coder": c.coder,
            "code": c.code or None,
            "theme": c.code.split(".")[0] or None,
        }
        for c in given
        for t in [by_id[c.thread_id]]
        if t.included
    ]


def counted(study: Study, rows: str, cols: str, *where: str) -> Crosstab:
    with pairs(study, resolve(study, Asked(rows=rows, cols=cols, where=where))) as made:
        return count(made)


def recount(facts: list[Facts], rows: str, cols: str) -> set[tuple[object, object, object]]:
    """Every (thread, row value, column value) there is; no code only where there is no other."""
    if {rows, cols} <= {"theme", "code"} or rows == cols:
        found = {(f["thread"], f[rows], g[cols]) for f, g in product(facts, facts) if f["thread"] == g["thread"]}
    else:
        found = {(f["thread"], f[rows], f[cols]) for f in facts}
    if rows in ("theme", "code"):
        found = {(t, r, c) for t, r, c in found if r or not any(u == t and d == c and q for u, q, d in found)}
    if cols in ("theme", "code"):
        found = {(t, r, c) for t, r, c in found if c or not any(u == t and q == r and d for u, q, d in found)}
    return found


@settings(max_examples=35, deadline=None)
@given(threads=THREADS, codings=CODINGS, rows=st.sampled_from(("theme", "code", "coder")), cols=st.sampled_from(NAMES))
def test_counts_equal_a_recount_and_margins_hold(
    study: Study,
    threads: list[tuple[str, str | None, int | None, bool]],
    codings: set[tuple[int, str, str]],
    rows: str,
    cols: str,
) -> None:
    facts = fill(study, threads, codings)
    table = counted(study, rows, cols)
    found = recount(facts, rows, cols)

    cells = {(r, c): len({t for t, q, d in found if (q, d) == (r, c)}) for _, r, c in found}
    assert table.n == cells
    assert table.row_n == {r: len({t for t, q, _ in found if q == r}) for _, r, _ in found}
    assert table.col_n == {c: len({t for t, _, d in found if d == c}) for _, _, c in found}
    assert table.n_all == len({t for t, _, _ in found})
    for (r, c), n in table.n.items():
        assert 0 < n <= min(table.row_n[r], table.col_n[c]) <= max(table.row_n[r], table.col_n[c]) <= table.n_all
    for r in table.rows:
        assert table.row_n[r] <= sum(table.n.get((r, c), 0) for c in table.cols)
    assert table.n_all <= sum(table.row_n.values())


@settings(max_examples=25, deadline=None)
@given(
    threads=THREADS,
    codings=CODINGS,
    rows=st.sampled_from(("theme", "code")),
    cols=st.sampled_from(("source", "year", "coder")),
    left_out=st.sampled_from(("SEC", "USE")),
)
def test_leaving_a_theme_out_takes_its_rows_out_and_changes_no_other(
    study: Study,
    threads: list[tuple[str, str | None, int | None, bool]],
    codings: set[tuple[int, str, str]],
    rows: str,
    cols: str,
    left_out: str,
) -> None:
    fill(study, threads, codings)
    before, after = (counted(study, rows, cols, *where) for where in ((), (f"theme!={left_out}",)))

    expected = {(r, c): n for (r, c), n in before.n.items() if not str(r).startswith(left_out)}
    assert expected == after.n
    assert after.row_n == {r: n for r, n in before.row_n.items() if not str(r).startswith(left_out)}


@settings(max_examples=25, deadline=None)
@given(threads=THREADS, codings=CODINGS, cols=st.sampled_from(("source", "state", "year", "coder")))
def test_counts_equal_those_of_pandas(
    study: Study, threads: list[tuple[str, str | None, int | None, bool]], codings: set[tuple[int, str, str]], cols: str
) -> None:
    facts = pd.DataFrame(fill(study, threads, codings), columns=["thread", "code", cols]).dropna()
    table = counted(study, "code", cols)

    expected = facts.groupby(["code", cols])["thread"].nunique().to_dict()
    assert expected == {k: n for k, n in table.n.items() if None not in k}


@settings(max_examples=25, deadline=None)
@given(threads=THREADS, codings=CODINGS)
def test_layouts_hold_the_counts(
    study: Study, threads: list[tuple[str, str | None, int | None, bool]], codings: set[tuple[int, str, str]]
) -> None:
    """The long layout has every cell; the wide one has unique headings and the same numbers."""
    fill(study, threads, codings)
    table = counted(study, "code", "source")
    cells = long(table)
    lines, names = wide(table, "row")

    assert len(cells) == len(table.rows) * len(table.cols)
    assert sum(c["n"] for c in cells) == sum(table.n.values())  # type: ignore[misc] # whole numbers, typed as object
    assert len(set(names)) == len(names) == 3 + 2 * len(table.cols)
    assert [line["total"] for line in lines] == [*(table.row_n[r] for r in table.rows), table.n_all]


def test_every_pair_of_variables_can_be_counted_or_is_one_clear_error(study: Study) -> None:
    """Each is resolved; of those that join the same tables one is counted."""
    fill(study, [("a", "open", 2020, True)], [(0, "x", "SEC.mal")])
    counted_once: dict[tuple[str, ...], tuple[str, str]] = {}
    for rows, cols in product(VARIABLES, VARIABLES):
        homes = [connected([r.table, c.table]) for r, c in product(VARIABLES[rows], VARIABLES[cols])]
        if any(tables and not {"codings", "decisions"} <= set(tables) for tables in homes):
            tables = resolve(study, Asked(rows=rows, cols=cols)).tables
            counted_once.setdefault(tuple(sorted(tables)), (rows, cols))
        else:
            with pytest.raises(StudyError, match="no join connects"):
                resolve(study, Asked(rows=rows, cols=cols))

    assert len(counted_once) > 20
    for rows, cols in counted_once.values():
        assert counted(study, rows, cols).n_all <= 1


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_counts_something(study: Study, unit: str) -> None:
    names = {"thread": "source", "post": "role", "coding": "code", "finding": "cwe", "file": "status"}
    name = names.get(unit, {"model": "formats", "claim": "level"}.get(unit, ""))
    question = resolve(study, Asked(rows=name, cols=name, unit=unit))

    assert question.key == next(sql for table, sql in UNITS[unit].keys.items() if table in question.tables)
