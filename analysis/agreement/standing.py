"""Whether the tables that are measured on codings are there, and still say what the codings would."""

from collections.abc import Iterator

import duckdb

from codebook.agreed import MEASURED, basis
from codebook.study import Study


def standing(con: duckdb.DuckDBPyConnection, study: Study, table: str) -> str:
    """What a reader of a table has to know before its numbers; empty if there is nothing.

    Args:
        con: A connection of the study.
        study: The study.
        table: ``agreement`` or ``saturation``.
    """
    written = {found for (found,) in con.execute(f"SELECT DISTINCT basis FROM {table}").fetchall()}  # noqa: S608 - two words
    if not written:
        coded = con.execute("SELECT 1 FROM codings LIMIT 1").fetchone()
        first = "" if coded else "there are no codings yet; run coding pull, then "
        return f"{table} has not been measured: {first}run: coding {table}"
    if written != {basis(con, study, MEASURED[table])}:
        changed = "codings or the codebook" if table == "agreement" else "codings"
        return f"{table} is older than the {changed}, its numbers are of what was there before; run: coding {table}"
    return ""


def warnings(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """What :func:`standing` says of both tables, for the caveats of a report; nothing before there are codings."""
    if con.execute("SELECT 1 FROM codings LIMIT 1").fetchone():
        for table in MEASURED:
            said = standing(con, study, table)
            if said:
                yield f"{said[0].upper()}{said[1:]}."
