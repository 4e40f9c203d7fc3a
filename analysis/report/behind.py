"""What is behind the cells of a crosstab: threads, runs, and the command that lists all of it."""

import shlex
from dataclasses import dataclass

from analysis.crosstab import Crosstab, Pairs
from analysis.values import NONE, Value, label

THREADS_SHOWN = 50
"""Threads listed behind one cell; the rest is counted, and the command that lists them is given."""

CELLS_SHOWN = 1000
"""Cells of a crosstab behind which threads are listed; of the others the command is to be asked."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What is behind one cell: ids of its first threads, how many more there are, its runs, and the commands."""

    anchor: str
    row: str
    col: str
    n: int
    threads: tuple[str, ...]
    runs: tuple[str, ...]
    command: str
    quotes: str

    @property
    def more(self) -> int:
        """Threads that are not listed."""
        return self.n - len(self.threads)


def anchor(table: Crosstab, row: int, col: int) -> str:
    """Where on the page it is said what is behind a cell."""
    question = table.question
    return f"{question.rows.name}-{question.cols.name}-{row + 1}-{col + 1}".replace("_", "-")


def behind(made: Pairs, table: Crosstab, rows: list[Value], cols: tuple[Value, ...]) -> tuple[Behind, ...]:
    """The cells with a thread in them, line by line, at most :data:`CELLS_SHOWN`.

    Args:
        made: The open pairs of the table.
        table: What was counted.
        rows: The values of the lines that are shown.
        cols: Those of the columns.
    """
    places = [(y, x) for y, r in enumerate(rows) for x, c in enumerate(cols) if table.n.get((r, c))][:CELLS_SHOWN]
    threads, runs = _threads(made), _runs(made)
    question = table.question
    found = []
    for y, x in places:
        cell = (rows[y], cols[x])
        named = [NONE if v is None else str(v) for v in cell]
        sides = (question.rows.name, question.cols.name)
        quoted = [f"{side}={value}" for side, value in zip(sides, named, strict=True)]
        found.append(
            Behind(
                anchor=anchor(table, y, x),
                row=label(question.rows, cell[0], table.book),
                col=label(question.cols, cell[1], table.book),
                n=table.n[cell],
                threads=tuple(threads[cell]),
                runs=tuple(sorted(runs.get(cell, ()))),
                command=shlex.join(["analysis", "crosstab", *sides, "--explain", *named]),
                quotes=shlex.join(["analysis", "quotes", *quoted]),
            )
        )
    return tuple(found)


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
