"""Which table is to blame when DuckDB cannot answer a question about a study."""

from pathlib import Path

import duckdb

from codebook import tables
from codebook.bringing import REBUILT_BY
from codebook.errors import StudyError
from codebook.rows import TABLES, Row
from codebook.study import Study


def damaged(study: Study, error: duckdb.Error | None = None) -> StudyError | None:
    """The error for the first table that cannot be read to its end, or has other columns; None if all are whole.

    Args:
        study: The study.
        error: What DuckDB said; a table that has not the column it names comes first.
    """
    there = {name: study.table(name) for name in TABLES if study.table(name).exists()}
    lacking = {name: found for name, path in there.items() if (found := _lacking(path, TABLES[name]))}
    by_name = sorted(lacking, key=lambda name: not any(f'"{column}"' in str(error) for column in lacking[name]))
    for name in by_name:
        return StudyError(
            f"the table cannot be read: it is from another version of qualdev: {_columns(lacking[name])}",
            where=str(there[name]),
            hint=f"Delete it and rebuild it from the raw records in this version: {REBUILT_BY[name]}.",
        )
    for name, path in there.items():
        problem = _problem(path, TABLES[name])
        if problem:
            return tables.unreadable(path, problem)
    return None


def _columns(lacking: list[str]) -> str:
    return f"it has no column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}"


def _lacking(path: Path, row_type: type[Row]) -> list[str]:
    """Columns that a table of an older version has not; none if it is no table with its key, or cannot be read."""
    try:
        found = set(_found(path))
    except duckdb.Error:
        return []
    expected = [c.name for c in tables.columns(row_type)]
    return [name for name in expected if name not in found] if found >= set(row_type.KEY) else []


def _found(path: Path) -> dict[str, str]:
    with tables.connect(path.parent) as con:
        described = con.execute(f"DESCRIBE SELECT * FROM {tables.parquet(path)}").fetchall()  # noqa: S608 - our names
        return {name: kind for name, kind, *_ in described}


def _problem(path: Path, row_type: type[Row]) -> Exception | None:
    expected = {c.name: c.sql_type for c in tables.columns(row_type)}
    names = ", ".join(f'"{name}"' for name in expected)
    try:
        other = sorted({n for n, _ in _found(path).items() ^ expected.items()})
        if other:
            return ValueError(f"it has not the columns of the data dictionary ({', '.join(other[:4])})")
        with tables.connect(path.parent) as con:
            con.execute(f"SELECT bit_xor(hash({names})) FROM {tables.parquet(path)}").fetchall()  # noqa: S608 - every value is read
    except duckdb.Error as error:
        return error
    return None
