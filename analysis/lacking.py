"""What a study does not have yet, with the command that brings it."""

from collections.abc import Iterable, Iterator

import duckdb

from codebook.bringing import BROUGHT_BY


def lacking(con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> Iterator[str]:
    """One sentence for each of the tables that has no rows, with the command that brings it."""
    for table in tables:
        if con.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None:  # noqa: S608 - a name of BROUGHT_BY
            yield f"no rows yet in {table}; run: {BROUGHT_BY[table]}"
