"""Which joined rows count: the joins and conditions of a question as SQL, values as parameters."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from analysis.joins import conditions, from_clause
from analysis.question import Condition, Question
from analysis.values import Value, chosen, known
from analysis.variables import Variable
from codebook.themes import Codebook


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions as SQL, with the values of its parameters in order."""

    sql: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The conditions of a question by the relation that they are about; :meth:`of` puts some of them together."""

    by_table: tuple[tuple[str, Where], ...]

    def of(self, tables: Iterable[str], *, codes: bool = False) -> Where:
        """The conditions on these relations, and their joins; of those on themes and codes only these, or none."""
        present = set(tables)
        chosen_ones = [where for table, where in self.by_table if table in present and (table == _CODES) == codes]
        joins = [] if codes else conditions(present)
        sql = " AND ".join([*joins, *(each.sql for each in chosen_ones)]) or "true"
        return Where(sql, tuple(value for each in chosen_ones for value in each.values))


_CODES = "codes"
"""Conditions on themes and codes stand under this name, whichever table the codes come from."""


def select(con: duckdb.DuckDBPyConnection, question: Question, book: Codebook | None) -> Selection:
    """The conditions of a question.

    Raises:
        StudyError: A condition names a value that there is not.
    """
    found: list[tuple[str, Where]] = []
    if "threads" in question.tables and not question.every:
        found.append(("threads", Where("threads.included")))
    for condition in question.conditions:
        same = "IS NOT DISTINCT FROM" if condition.equal else "IS DISTINCT FROM"
        variable = condition.variable
        sql = f"CAST({variable.sql} AS VARCHAR) {same} ?"
        table = _CODES if variable.of_codebook else variable.table
        found.append((table, Where(sql, (_meant(con, condition, book),))))
    return Selection(tuple(found))


def codes_of(selection: Selection) -> Where:
    """The conditions on themes and codes."""
    return selection.of([_CODES], codes=True)


def _meant(con: duckdb.DuckDBPyConnection, condition: Condition, book: Codebook | None) -> str | None:
    """The value of a condition, checked against those that there are (in an empty table, any may be asked for)."""
    there = known(condition.variable, present(con, condition.variable), book)
    value = chosen(condition.variable, condition.value, there or [condition.value], book)
    return None if value is None else str(value)


def present(con: duckdb.DuckDBPyConnection, variable: Variable) -> list[Value]:
    """The distinct values of a variable in its table."""
    found = con.execute(f"SELECT DISTINCT {variable.sql} FROM {from_clause([variable.table])}").fetchall()  # noqa: S608 - declared names only
    return [value for (value,) in found]
