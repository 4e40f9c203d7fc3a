"""A crosstab for the report: its cells, and behind each cell its threads and runs."""

import shlex
from dataclasses import dataclass
from itertools import groupby

from analysis.crosstab import Crosstab, Pairs, count, pairs
from analysis.layout import share
from analysis.question import Asked, resolve
from analysis.values import NONE, Value, in_order, label
from codebook.study import Study

THREADS_SHOWN = 50
"""Threads listed behind one cell; the rest is counted, and the command that lists them is given."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A count; ``percent`` is of the threads of the column, ``shade`` 0 to 4, ``anchor`` empty where n is 0."""

    n: int
    percent: float | None
    shade: int
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the grid; ``group`` is its theme where rows are codes."""

    label: str
    group: str
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True, slots=True)
class Behind:
    """What is behind one cell: ids of its first threads, how many more there are, its runs, and the command."""

    anchor: str
    row: str
    col: str
    n: int
    threads: tuple[str, ...]
    runs: tuple[str, ...]
    command: str

    @property
    def more(self) -> int:
        """Threads that are not listed."""
        return self.n - len(self.threads)


@dataclass(frozen=True, slots=True)
class Grid:
    """A crosstab with everything that the report says about it."""

    rows: str
    cols: str
    origin: str
    heads: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    totals: tuple[Cell, ...]
    n_all: int
    behind: tuple[Behind, ...]


def grid(study: Study, rows: str, cols: str) -> Grid:
    """Count two variables by included thread, with all codes of the codebook, and find what is behind each cell."""
    with pairs(study, resolve(study, Asked(rows=rows, cols=cols))) as made:
        table = count(made)
        values = _rows(table)
        lines = [_line(table, number, value) for number, value in enumerate(values)]
        grouped = groupby(lines, key=lambda line: line.group)
        return Grid(
            rows=rows,
            cols=cols,
            origin=table.question.origin or "threads",
            heads=tuple(label(table.question.cols, c, table.book) for c in table.cols),
            groups=tuple((name, tuple(members)) for name, members in grouped),
            totals=(*(_cell(table.col_n[c], table.col_n[c]) for c in table.cols), _cell(table.n_all, table.n_all)),
            n_all=table.n_all,
            behind=tuple(_behind(made, table, values)),
        )


def _rows(table: Crosstab) -> list[Value]:
    """The counted values, and the active codes that nobody used."""
    book, variable = table.book, table.question.rows
    if book is None or not variable.of_codebook:
        return list(table.rows)
    codes = book.themes() if variable.name == "theme" else book.leaves()
    return in_order(variable, [*table.rows, *(c.id for c in codes if c.status == "active")], book)


def _cell(n: int, of: int, anchor: str = "") -> Cell:
    percent = share(n, of)
    shade = 0 if not n or percent is None else min(4, 1 + int(percent // 25))
    return Cell(n, percent, shade, anchor if n else "")


def _anchor(table: Crosstab, row: int, col: int) -> str:
    return f"{table.question.rows.name}-{row + 1}-{col + 1}"


def _line(table: Crosstab, number: int, value: Value) -> Line:
    book, variable = table.book, table.question.rows
    theme = book.theme_of(str(value)) if book and variable.name == "code" and value in book.codes else None
    cells = tuple(
        _cell(table.n.get((value, c), 0), table.col_n[c], _anchor(table, number, place))
        for place, c in enumerate(table.cols)
    )
    total = _cell(table.row_n.get(value, 0), table.n_all)
    return Line(label(variable, value, book), theme.name if theme else "", cells, total)


def _behind(made: Pairs, table: Crosstab, values: list[Value]) -> list[Behind]:
    threads, runs = _threads(made), _runs(made)
    question = table.question
    found = []
    for number, r in enumerate(values):
        for place, c in enumerate(table.cols):
            if not table.n.get((r, c)):
                continue
            cell = shlex.join(["--explain", *(NONE if v is None else str(v) for v in (r, c))])
            found.append(
                Behind(
                    anchor=_anchor(table, number, place),
                    row=label(question.rows, r, table.book),
                    col=label(question.cols, c, table.book),
                    n=table.n[r, c],
                    threads=tuple(threads[r, c]),
                    runs=tuple(sorted(runs.get((r, c), ()))),
                    command=f"analysis crosstab {question.rows.name} {question.cols.name} {cell}",
                )
            )
    return found


def _threads(made: Pairs) -> dict[tuple[Value, Value], list[str]]:
    """The first threads of every cell by id."""
    listed = made.con.execute(
        "SELECT r, c, unit FROM pairs QUALIFY row_number() OVER (PARTITION BY r, c ORDER BY unit) <= ? ORDER BY unit",
        [THREADS_SHOWN],
    ).fetchall()
    threads: dict[tuple[Value, Value], list[str]] = {}
    for r, c, unit in listed:
        threads.setdefault((r, c), []).append(unit)
    return threads


def _runs(made: Pairs) -> dict[tuple[Value, Value], set[str]]:
    """The runs that wrote the threads, and the codings or decisions, of every cell."""
    question = made.question
    written = ", ".join(f"{t}.run_id" for t in question.tables if t in ("threads", "codings", "decisions"))
    rows = f"SELECT DISTINCT {question.key} AS unit, {question.rows.sql} AS r, {question.cols.sql} AS c"
    query = f"""SELECT DISTINCT p.r, p.c, q.run FROM pairs p JOIN (
        {rows}, unnest([{written}]) AS run {made.joined()}) q
        ON p.unit = q.unit AND p.r IS NOT DISTINCT FROM q.r AND p.c IS NOT DISTINCT FROM q.c"""  # noqa: S608 - declared names
    runs: dict[tuple[Value, Value], set[str]] = {}
    for r, c, run in made.con.execute(query, list(made.values)).fetchall():
        runs.setdefault((r, c), set()).add(run)
    return runs
