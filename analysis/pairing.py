"""Every counted unit with the values that it has: the temporary table ``pairs``.

Two variables of one table have to stand in one row of it (theme by coder: the coder gave that theme), variables of
different tables in joined rows. A variable beside itself, and codes beside themes, go together where a unit has both,
in whatever rows.

A unit is without code only where nobody gave it one. That is decided before conditions on themes and codes are applied:
they leave codes out, and do not make a unit one that has none.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb

from analysis import alike, sets, weights
from analysis.joins import from_clause
from analysis.prepared import prepare
from analysis.question import Question
from analysis.selection import Selection, codes_of, select
from analysis.variables import Variable
from codebook.study import Study
from codebook.themes import Codebook

_THREADS, _MEMORY = 4, "1GB"
"""What a count may take: threads at most, and memory beyond which DuckDB spills to disk."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """An open connection with the temporary table ``pairs(unit, r, c, l, times)``, one row per unit and its values.

    ``l`` is null without layers. ``times`` is how many units are alike and stand as one: 1, but for findings.

    Args:
        con: The connection; it closes with :func:`pairs`.
        question: What was asked.
        book: The codebook, where codes are asked for.
        selection: The conditions that every row behind the pairs fulfils.
        alike: Whether ``unit`` numbers groups of units, each ``times`` large, instead of naming units.
        counted: The table with the same counts that is quickest to count: ``pairs``, or one of groups of units.
    """

    con: duckdb.DuckDBPyConnection
    question: Question
    book: Codebook | None
    selection: Selection
    alike: bool
    counted: str = "pairs"

    @property
    def values(self) -> tuple[object, ...]:
        """The parameters of :meth:`joined`, in order."""
        return (*self.selection.of(self.question.tables).values, *codes_of(self.selection).values)

    def joined(self) -> str:
        """``FROM`` and ``WHERE`` of the rows behind the pairs, to be followed by ``AND``; needs ``values``."""
        question = self.question
        return f"FROM {from_clause(question.tables)} WHERE {_rows(question, self.selection)} AND {_asked(self)}"


@contextmanager
def pairs(study: Study, question: Question) -> Iterator[Pairs]:
    """Join the tables of a question and find every unit with its pairs of values.

    Raises:
        StudyError: The codebook cannot be read, a condition names a value that there is not, or weights are wanted
            and the plan has none.
    """
    book = study.codebook if question.needs_codebook else None
    with study.connect() as con:
        con.execute(f"SET threads = {min(_THREADS, os.cpu_count() or 1)}")
        con.execute(f"SET memory_limit = '{_MEMORY}'")
        con.execute("SET preserve_insertion_order = false")
        con.execute("CREATE TEMP TABLE codes (code VARCHAR, theme VARCHAR)")
        if book:
            con.executemany("INSERT INTO codes VALUES (?, ?)", [[code, book.theme_of(code).id] for code in book.codes])
        prepare(con, study, question.tables)
        made = Pairs(con, question, book, select(con, question, book), alike.is_counted_so(question))
        if made.alike:
            alike.fill(con, question, made.selection)
        elif sets.fill(con, question, made.selection):
            made = replace(made, counted=sets.COUNTED)
        else:
            _fill(made)
        if question.weighted:
            weights.lay_out(con, question, study)
        yield made


def _rows(question: Question, selection: Selection) -> str:
    return f"{question.key} IS NOT NULL AND {selection.of(question.tables).sql}"


def _asked(made: Pairs) -> str:
    return codes_of(made.selection).sql


def _fill(made: Pairs) -> None:
    """Make the table ``pairs``; values come as parameters, names and joins are the declared ones."""
    first, *others = made.question.parts
    for number, part in enumerate((first, *others)):
        _distinct(made, f"part_{number}", part)
    joined, found = "part_0", dict.fromkeys(first, "part_0")
    for number, part in enumerate(others, 1):
        table = f"part_{number}"
        shared = [f"{found[side]}.{side} IS NOT DISTINCT FROM {table}.{side}" for side in part if side in found]
        joined += f" JOIN {table} ON {' AND '.join([f'part_0.unit = {table}.unit', *shared])}"
        found |= {side: table for side in part if side not in found}
    sides = ", ".join(f"{found[side]}.{side}" if side in found else f"NULL::VARCHAR AS {side}" for side in "rcl")
    kind = "TABLE" if others else "VIEW"
    made.con.execute(f"CREATE TEMP {kind} pairs AS SELECT part_0.unit, {sides}, 1 AS times FROM {joined}")  # noqa: S608 - our names


def _distinct(made: Pairs, name: str, sides: dict[str, Variable]) -> None:
    """Make a table of every unit with its values; a unit is without code only where nobody gave it one."""
    question, con = made.question, made.con
    rows, asked = made.selection.of(question.tables), codes_of(made.selection)
    instead = alike.fewer_findings(question)
    said = ", ".join([f"{question.key} AS unit", *(f"{v.sql} AS {side}" for side, v in sides.items())])
    source = f"FROM {from_clause(question.tables, instead)} WHERE {_rows(question, made.selection)}"
    if not question.needs_codebook:
        con.execute(f"CREATE TEMP TABLE {name} AS SELECT DISTINCT {said} {source}", list(rows.values))
        return
    coded = f"{question.origin}.code <> '' AS coded, {asked.sql} AS asked_for"
    con.execute(
        f"CREATE TEMP TABLE any_{name} AS SELECT DISTINCT {said}, {coded} {source}",
        [*asked.values, *rows.values],
    )
    among = ["unit", *(side for side, v in sides.items() if not v.of_codebook)]
    same = " AND ".join(f"other.{column} IS NOT DISTINCT FROM one.{column}" for column in among)
    columns = ", ".join(["unit", *sides])
    con.execute(
        f"""CREATE TEMP TABLE {name} AS SELECT {columns} FROM any_{name} WHERE asked_for AND coded
        UNION ALL SELECT {columns} FROM any_{name} AS one WHERE asked_for AND NOT coded
        AND NOT EXISTS (FROM any_{name} AS other WHERE other.coded AND {same})"""  # noqa: S608 - declared names only
    )
