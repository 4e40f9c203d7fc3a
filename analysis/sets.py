"""Codes and themes of threads, counted by the set that a thread has.

A thread may be coded many times; what counts is the set of all that it was given. So codings are grouped by thread
alone, each set is a number with a bit for every value, and threads are counted by set: codings are not compared one by
one. That holds where the question has nothing else of that table; others :mod:`analysis.pairing` counts.
"""

import duckdb

from analysis.joins import ROWS, from_clause
from analysis.question import Question
from analysis.selection import Selection, Where, codes_of

MOST = 62
"""So many values fit into a whole number of DuckDB."""

COUNTED = "alike_by_set"
"""The table that is counted in place of ``pairs``: its units are groups of threads, each ``times`` large."""


def fill(con: duckdb.DuckDBPyConnection, question: Question, selection: Selection) -> bool:
    """Make ``pairs`` and the table :data:`COUNTED`, where a question can be counted so and has few enough values.

    Returns:
        Whether it was done.
    """
    if not _is_of_sets(question, selection) or not _number(con, question):
        return False
    own = {side: v.sql for side, v in question.sides.items() if not v.of_codebook}
    _lay_out(con, question, own, selection.of(["threads"]))
    sides = ", ".join(
        side if side in own else f"value AS {side}" if side in question.sides else f"NULL::VARCHAR AS {side}"
        for side in "rcl"
    )
    con.execute(
        f"""CREATE TEMP TABLE {COUNTED} AS SELECT unit, {sides}, times FROM (
            SELECT row_number() OVER () AS unit, * FROM (
                SELECT {", ".join(["given", *own])}, count(*) AS times FROM sets GROUP BY ALL)
        ) JOIN in_set USING (given)"""  # noqa: S608 - declared names only
    )
    con.execute(f"CREATE TEMP VIEW pairs AS SELECT unit, {sides}, 1 AS times FROM sets JOIN in_set USING (given)")  # noqa: S608 - our names
    return True


def _is_of_sets(question: Question, selection: Selection) -> bool:
    """Whether threads are counted by one variable of the codebook, and all else is said by threads themselves."""
    others = {v.table for v in question.variables if not v.of_codebook}
    return (
        question.unit.name == "thread"
        and question.origin is not None
        and {*question.tables} == {"threads", question.origin}
        and others <= {"threads"}
        and len(question.parts) == 1
        and any(v.of_codebook for v in question.sides.values())
        and not codes_of(selection).values
        and not question.weighted
    )


def _number(con: duckdb.DuckDBPyConnection, question: Question) -> bool:
    """Make ``bits(code, value, bit)``, no code being no bit, and say whether there are few enough values."""
    (variable,) = (v for v in question.sides.values() if v.of_codebook)
    origin = question.origin
    con.execute(
        f"""CREATE TEMP TABLE given_codes AS SELECT code, {variable.sql} AS value FROM (
        SELECT each.code, coalesce(codes.theme, nullif(each.code, '')) AS theme
        FROM (SELECT DISTINCT code FROM {ROWS[str(origin)]}) AS each LEFT JOIN codes USING (code)) AS {origin}"""  # noqa: S608 - declared names only
    )
    ((values,),) = con.execute("SELECT count(DISTINCT value) FROM given_codes").fetchall()
    if values > MOST:
        return False
    con.execute(
        """CREATE TEMP TABLE bits AS SELECT code, value, CASE WHEN value IS NULL THEN 0
        ELSE 1::BIGINT << (dense_rank() OVER (ORDER BY value NULLS LAST) - 1)::INTEGER END AS bit FROM given_codes"""
    )
    return True


def _lay_out(con: duckdb.DuckDBPyConnection, question: Question, own: dict[str, str], rows: Where) -> None:
    """Make ``sets``, every thread with its set and what else is asked of it, and ``in_set``, the values of each set."""
    said = "".join(f", {sql} AS {side}" for side, sql in own.items())
    con.execute(
        f"""CREATE TEMP TABLE sets AS SELECT threads.thread_id AS unit, given{said}
        FROM {from_clause(["threads"])} JOIN (
            SELECT thread_id, bit_or(bit) AS given FROM {ROWS[str(question.origin)]} JOIN bits USING (code)
            GROUP BY thread_id
        ) USING (thread_id) WHERE {rows.sql}""",  # noqa: S608 - declared names only
        list(rows.values),
    )
    con.execute(
        """CREATE TEMP TABLE in_set AS SELECT given, value FROM (SELECT DISTINCT given FROM sets)
        JOIN (SELECT DISTINCT value, bit FROM bits) ON (given & bit) <> 0 OR (given = 0 AND bit = 0)"""
    )
