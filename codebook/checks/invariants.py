"""What must hold in every study, whatever it found: keys, totals, ranges, and rows that need other rows.

Declared as data. A query gives the rows that break it, as text, so that the first of them can be named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from codebook import tables
from codebook.rows import TABLES
from codebook.study import Study
from codebook.tables import Column

Result = tuple[str, str, str, str]
"""What was checked, where, the result (ok, failed or not checked), and what is to be said of it."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must hold.

    Args:
        holds: What must hold, in words.
        table: The table whose rows break it.
        breaks: SQL: the key of each row that does, as one text.
        needs: Other tables without which it cannot be told.
    """

    holds: str
    table: str
    breaks: str
    needs: tuple[str, ...] = ()


INVARIANTS = (
    Invariant(
        "n_posts counts the thread's posts",
        "threads",
        "SELECT thread_id || ': n_posts ' || n_posts || ', posts ' || coalesce(n, 0) FROM threads LEFT JOIN "
        "(SELECT thread_id, count(*) AS n FROM posts GROUP BY thread_id) USING (thread_id) "
        "WHERE n_posts <> coalesce(n, 0)",
        ("posts",),
    ),
    Invariant(
        "included is false where there is an exclusion, and only there",
        "threads",
        "SELECT thread_id FROM threads WHERE included = (thread_id IN (SELECT thread_id FROM exclusions))",
        ("exclusions",),
    ),
    Invariant(
        "a unit that was decided was read by somebody",
        "decisions",
        "SELECT DISTINCT unit_id FROM decisions ANTI JOIN codings USING (unit_id)",
        ("codings",),
    ),
    Invariant(
        "a thread that was screened has a verdict",
        "screened",
        "SELECT thread_id FROM screened ANTI JOIN screenings USING (thread_id)",
        ("screenings",),
    ),
    Invariant(
        "a unit without a code has no other row of that reading",
        "codings",
        "SELECT unit_id || ', ' || coder || ', round ' || round FROM codings GROUP BY unit_id, coder, round, arm "
        "HAVING bool_or(code = '') AND bool_or(code <> '')",
    ),
    Invariant(
        "a decided set is empty or has codes",
        "decisions",
        "SELECT unit_id FROM decisions GROUP BY unit_id HAVING bool_or(code = '') AND bool_or(code <> '')",
    ),
    Invariant(
        "a passage ends behind its beginning",
        "codings",
        'SELECT unit_id || \', \' || coder FROM codings WHERE "end" < start OR (start IS NULL) <> ("end" IS NULL)',
    ),
    Invariant(
        "a finding ends behind its beginning",
        "findings",
        "SELECT finding_id FROM findings WHERE end_line < line",
    ),
    Invariant(
        "a finding's content was looked at by its tool",
        "findings",
        "SELECT finding_id FROM findings ANTI JOIN outcomes USING (tool, tool_version, rules_hash, sha256) "
        "WHERE sha256 IS NOT NULL",
        ("outcomes",),
    ),
    Invariant(
        "a finding about a repository is about a model",
        "findings",
        "SELECT finding_id FROM findings ANTI JOIN models USING (model_id) WHERE model_id IS NOT NULL",
        ("models",),
    ),
    Invariant(
        "a level holds until after it began",
        "in_force",
        "SELECT platform || ', ' || mechanism || ', since ' || strftime(since, '%Y-%m-%d') FROM in_force "
        "WHERE until <= since",
    ),
    Invariant(
        "a gate has one level at a time",
        "in_force",
        "SELECT platform || ', ' || mechanism || ', since ' || strftime(since, '%Y-%m-%d') FROM in_force "
        "QUALIFY coalesce(until, 'infinity'::TIMESTAMP) > lead(since) OVER "
        "(PARTITION BY platform, package, mechanism, surface, parameter, symbol ORDER BY since)",
    ),
    Invariant(
        "a level in force has its claim",
        "in_force",
        "SELECT DISTINCT claim_id FROM in_force ANTI JOIN claims USING (claim_id)",
        ("claims",),
    ),
    Invariant(
        "a disagreement is between claims",
        "disagreements",
        "SELECT disagreement_id FROM disagreements WHERE "
        "(documented IS NOT NULL AND documented NOT IN (SELECT claim_id FROM claims)) OR "
        "(in_code IS NOT NULL AND in_code NOT IN (SELECT claim_id FROM claims))",
        ("claims",),
    ),
)
"""Every invariant that is not of one column."""

_AT_LEAST_ZERO = ("posts", "hits", "downloads", "bytes", "lines", "rules", "steps", "seconds", "characters", "files")
_BETWEEN = {"0 to 1": (0, 1), "lines from 1": (1, None), **dict.fromkeys(_AT_LEAST_ZERO, (0, None))}
"""Units of columns, with the least and the most that their values can be."""


def results(study: Study, readable: Sequence[str]) -> Iterator[Result]:
    """One result per table and invariant.

    Args:
        study: The study.
        readable: Its tables that are there and fit the data dictionary.
    """
    with tables.connect(study.path / "tables") as con:
        _lay_out(con, study, readable)
        for name in readable:
            yield _keys(con, name)
            ranged = [column for column in tables.columns(TABLES[name]) if column.unit in _BETWEEN]
            if ranged:
                yield _ranges(con, name, ranged)
        for each in INVARIANTS:
            if each.table in readable and _can_be_told(study, each, readable):
                yield _checked(con, each)


def _lay_out(con: duckdb.DuckDBPyConnection, study: Study, readable: Sequence[str]) -> None:
    """A view per table that can be read, an empty one per table that is not there; none for one that is damaged."""
    for name, row_type in TABLES.items():
        if name in readable:
            con.execute(f"CREATE VIEW {name} AS SELECT * FROM {tables.parquet(study.table(name))}")  # noqa: S608 - our names
        elif not study.table(name).exists():
            empty = ", ".join(f'NULL::{c.sql_type} AS "{c.name}"' for c in tables.columns(row_type))
            con.execute(f"CREATE VIEW {name} AS SELECT {empty} WHERE false")


def _can_be_told(study: Study, each: Invariant, readable: Sequence[str]) -> bool:
    """A table that is not there is an empty one; one that cannot be read tells nothing, and its own row says so."""
    return all(name in readable or not study.table(name).exists() for name in each.needs)


def _checked(con: duckdb.DuckDBPyConnection, each: Invariant) -> Result:
    count, first = con.execute(f"SELECT count(*), min(what) FROM ({each.breaks}) AS broken(what)").fetchall()[0]  # noqa: S608 - from above
    return each.holds, f"tables/{each.table}.parquet", *_said(count, first)


def _said(count: int, first: str | None) -> tuple[str, str]:
    """The result, and how many rows break it with the first of them."""
    return ("failed", f"{count} do not: {first}") if count else ("ok", "")


def _keys(con: duckdb.DuckDBPyConnection, name: str) -> Result:
    keys = TABLES[name].KEY
    listed = ", ".join(f'"{key}"' for key in keys)
    shown = " || ', ' || ".join(f"coalesce(CAST(\"{key}\" AS VARCHAR), '-')" for key in keys)
    query = f"SELECT {shown} FROM {name} GROUP BY {listed} HAVING count(*) > 1"  # noqa: S608 - names of the data dictionary
    count, first = con.execute(f"SELECT count(*), min(what) FROM ({query}) AS twice(what)").fetchall()[0]  # noqa: S608
    what = f"{count} keys stand in several rows: {first}" if count else ""
    return "no two rows have one key", f"tables/{name}.parquet", "failed" if count else "ok", what


def _ranges(con: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Column]) -> Result:
    wrong = []
    for column in columns:
        least, most = _BETWEEN[column.unit]
        outside = f'"{column.name}" < {least}' + (f' OR "{column.name}" > {most}' if most is not None else "")
        (count,) = con.execute(f"SELECT count(*) FROM {name} WHERE {outside}").fetchall()[0]  # noqa: S608 - as above
        if count:
            wrong.append(f"{column.name} in {count} rows")
    return "values can be", f"tables/{name}.parquet", "failed" if wrong else "ok", "; ".join(wrong)
