"""Relations of crosstabs that are not one statement of SQL: each is laid out on the connection before it is joined."""

from collections.abc import Callable, Iterable

import duckdb

from codebook.study import Study

Prepare = Callable[[duckdb.DuckDBPyConnection, Study], None]

PREPARED: dict[str, Prepare] = {}
"""Relation → what makes a temporary table of this name; it may be called again on the same connection."""


def prepare(con: duckdb.DuckDBPyConnection, study: Study, tables: Iterable[str]) -> None:
    """Lay out those of the relations that need it."""
    for table in tables:
        if table in PREPARED:
            PREPARED[table](con, study)
