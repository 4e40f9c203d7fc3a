"""Which table is to blame when DuckDB cannot answer a question about a study."""

from pathlib import Path

import duckdb

from codebook import tables
from codebook.errors import StudyError
from codebook.rows import TABLES, Row
from codebook.study import Study


def damaged(study: Study) -> StudyError | None:
    """The error for the first table that cannot be read to its end, or has other columns; None if all are whole."""
    for name, row_type in TABLES.items():
        path = study.table(name)
        problem = _problem(path, row_type) if path.exists() else None
        if problem:
            return tables.unreadable(path, problem)
    return None


def _problem(path: Path, row_type: type[Row]) -> Exception | None:
    source = tables.parquet(path)
    expected = {c.name: c.sql_type for c in tables.columns(row_type)}
    names = ", ".join(f'"{name}"' for name in expected)
    try:
        with tables.connect(path.parent) as con:
            found = {n: t for n, t, *_ in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}  # noqa: S608 - our names
            other = sorted({n for n, _ in found.items() ^ expected.items()})
            if other:
                return ValueError(f"it has not the columns of the data dictionary ({', '.join(other[:4])})")
            con.execute(f"SELECT bit_xor(hash({names})) FROM {source}").fetchall()  # noqa: S608 - every value is read
    except duckdb.Error as error:
        return error
    return None
