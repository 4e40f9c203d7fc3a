"""Counts of distinct units by two variables.

A unit counts in a cell if it has both values. Two variables of one table have to stand in one row of it (theme
by coder: the coder gave that theme), variables of different tables in joined rows. A variable beside itself, and codes
beside themes, count the units that have both values, in whatever rows. Totals are distinct units as well.

A unit is without code only where nobody gave it one. That is decided before conditions on themes and codes are applied:
they leave codes out, and do not make a unit one that has none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from analysis.joins import conditions, from_clause
from analysis.question import Condition, Question
from analysis.values import Value, chosen, in_order, known
from analysis.variables import Variable
from codebook.study import Study
from codebook.themes import Codebook


@dataclass(frozen=True, slots=True)
class Crosstab:
    """A counted question.

    Args:
        question: What was asked.
        book: The codebook, where codes were asked for.
        rows: Values of the row variable, in order.
        cols: Values of the column variable, in order.
        n: Distinct units by row and column; cells without units are not in it.
        row_n: Distinct units by row.
        col_n: Distinct units by column.
        n_all: Distinct units that have any value of both variables.
    """

    question: Question
    book: Codebook | None
    rows: tuple[Value, ...]
    cols: tuple[Value, ...]
    n: dict[tuple[Value, Value], int]
    row_n: dict[Value, int]
    col_n: dict[Value, int]
    n_all: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """An open connection with the temporary table ``pairs(unit, r, c)``: every unit with the values that it has.

    Args:
        con: The connection; it closes with :func:`pairs`.
        question: What was asked.
        book: The codebook, where codes are asked for.
        where: The conditions that every row behind the pairs fulfils, as SQL; those on codes are apart.
        of_codes: The conditions on themes and codes.
    """

    con: duckdb.DuckDBPyConnection
    question: Question
    book: Codebook | None
    where: "Where"
    of_codes: "Where"

    @property
    def values(self) -> tuple[object, ...]:
        """The parameters of :meth:`joined`, in order."""
        return (*self.where.values, *self.of_codes.values)

    def joined(self) -> str:
        """``FROM`` and ``WHERE`` of the rows behind the pairs, to be followed by ``AND``; needs ``values``."""
        return f"FROM {from_clause(self.question.tables)} WHERE {self.where.sql} AND {self.of_codes.sql}"


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions as SQL, with the values of its parameters in order."""

    sql: str
    values: tuple[object, ...]


@contextmanager
def pairs(study: Study, question: Question) -> Iterator[Pairs]:
    """Join the tables of a question and find every unit with its pairs of values.

    Raises:
        StudyError: The codebook cannot be read, or a condition names a value that there is not.
    """
    book = study.codebook if question.needs_codebook else None
    with study.connect() as con:
        con.execute("CREATE TEMP TABLE codes (code VARCHAR, theme VARCHAR)")
        for code_id in book.codes if book else ():
            con.execute("INSERT INTO codes VALUES (?, ?)", [code_id, book.theme_of(code_id).id if book else None])
        made = Pairs(con, question, book, *_where(con, question, book))
        _fill(made)
        yield made


def count(made: Pairs) -> Crosstab:
    """Count the pairs."""
    con, question = made.con, made.question
    cells = con.execute("SELECT r, c, count(*) FROM pairs GROUP BY r, c").fetchall()
    row_n = dict(con.execute("SELECT r, count(DISTINCT unit) FROM pairs GROUP BY r").fetchall())
    col_n = dict(con.execute("SELECT c, count(DISTINCT unit) FROM pairs GROUP BY c").fetchall())
    (n_all,) = con.execute("SELECT count(DISTINCT unit) FROM pairs").fetchall()[0]
    return Crosstab(
        question=question,
        book=made.book,
        rows=tuple(in_order(question.rows, row_n, made.book)),
        cols=tuple(in_order(question.cols, col_n, made.book)),
        n={(r, c): n for r, c, n in cells},
        row_n=row_n,
        col_n=col_n,
        n_all=n_all,
    )


def _where(con: duckdb.DuckDBPyConnection, question: Question, book: Codebook | None) -> tuple[Where, Where]:
    """The joins and conditions of a question, and its conditions on codes."""
    parts = {False: [f"{question.key} IS NOT NULL", *conditions(question.tables)], True: ["true"]}
    values: dict[bool, list[object]] = {False: [], True: []}
    if "threads" in question.tables and not question.every:
        parts[False].append("threads.included")
    for condition in question.conditions:
        same = "IS NOT DISTINCT FROM" if condition.equal else "IS DISTINCT FROM"
        of_codes = condition.variable.of_codebook
        parts[of_codes].append(f"CAST({condition.variable.sql} AS VARCHAR) {same} ?")
        values[of_codes].append(_meant(con, condition, book))
    return Where(" AND ".join(parts[False]), tuple(values[False])), Where(
        " AND ".join(parts[True]), tuple(values[True])
    )


def _meant(con: duckdb.DuckDBPyConnection, condition: Condition, book: Codebook | None) -> str | None:
    """The value of a condition, checked against those that there are (in an empty table, any may be asked for)."""
    there = known(condition.variable, present(con, condition.variable), book)
    value = chosen(condition.variable, condition.value, there or [condition.value], book)
    return None if value is None else str(value)


def present(con: duckdb.DuckDBPyConnection, variable: Variable) -> list[Value]:
    """The distinct values of a variable in its table."""
    found = con.execute(f"SELECT DISTINCT {variable.sql} FROM {from_clause([variable.table])}").fetchall()  # noqa: S608 - declared names only
    return [value for (value,) in found]


def _fill(made: Pairs) -> None:
    """Make the table ``pairs``; values come as parameters, names and joins are the declared ones."""
    question, con = made.question, made.con
    if not question.together:
        _distinct(made, "pairs", {"r": question.rows, "c": question.cols})
        return
    _distinct(made, "rows_of", {"r": question.rows})
    _distinct(made, "cols_of", {"c": question.cols})
    con.execute("CREATE TEMP TABLE pairs AS SELECT unit, r, c FROM rows_of JOIN cols_of USING (unit)")


def _distinct(made: Pairs, name: str, variables: dict[str, Variable]) -> None:
    """Make a table of every unit with its values; a unit is without code only where nobody gave it one."""
    question = made.question
    selected = ", ".join([f"{question.key} AS unit", *(f"{v.sql} AS {column}" for column, v in variables.items())])
    if not question.needs_codebook:
        made.con.execute(f"CREATE TEMP TABLE {name} AS SELECT DISTINCT {selected} {made.joined()}", list(made.values))
        return
    among = ", ".join([question.key, *(v.sql for v in variables.values() if not v.of_codebook)])
    rows = f"""SELECT {selected}, {question.origin}.code <> '' AS coded, {made.of_codes.sql} AS asked_for,
        bool_or({question.origin}.code <> '') OVER (PARTITION BY {among}) AS coded_by_anybody
        FROM {from_clause(question.tables)} WHERE {made.where.sql}"""  # noqa: S608 - declared names only
    made.con.execute(
        f"""CREATE TEMP TABLE {name} AS SELECT DISTINCT unit, {", ".join(variables)}
        FROM ({rows}) WHERE asked_for AND (coded OR NOT coded_by_anybody)""",  # noqa: S608 - declared names only
        [*made.of_codes.values, *made.where.values],
    )
