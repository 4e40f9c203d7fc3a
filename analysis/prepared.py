"""Relations of crosstabs that are not one statement of SQL: each is laid out on the connection before it is joined."""

from collections.abc import Callable, Iterable

import duckdb

from codebook.study import Study

Prepare = Callable[[duckdb.DuckDBPyConnection, Study], None]


def _platforms(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    from analysis.integration import about

    about.lay_out(con, study)


def _levels(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    from analysis.integration import levels

    levels.lay_out(con, study)


def _changes(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    from analysis.integration import changes

    changes.lay_out(con, study)


def _models(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    from analysis.integration import naming

    naming.lay_out(con, study)


def _findings(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    from analysis.integration import naming

    naming.lay_out_findings(con, study)


PREPARED: dict[str, Prepare] = {
    "thread_platforms": _platforms,
    "thread_levels": _levels,
    "thread_changes": _changes,
    "thread_models": _models,
    "thread_findings": _findings,
}
"""Relation → what makes a temporary table of this name; it may be called again on the same connection."""


def prepare(con: duckdb.DuckDBPyConnection, study: Study, tables: Iterable[str]) -> None:
    """Lay out those of the relations that need it."""
    for table in tables:
        if table in PREPARED:
            PREPARED[table](con, study)
