"""How many rows stand together in a table's file: what is held in memory while it is written, and read at once."""

import duckdb

ROW_GROUP = 10_240
"""Rows that are held in memory while a table is written, at least; posts may be long."""

_GROUPS, _BYTES = 160, 40_000_000
"""A long table has about so many row groups, each of which takes at most so much as JSON, on average."""


def row_group(rows: int, size: int) -> int:
    """How many rows a row group has: many in a long table of short rows, which is read twice as fast then.

    Args:
        rows: Rows of the table.
        size: Bytes that they take as JSON lines.

    Returns:
        A multiple of 2,048 (DuckDB's vectors), :data:`ROW_GROUP` at least.
    """
    most = min(rows // _GROUPS, _BYTES * rows // max(size, 1))
    return max(ROW_GROUP, most // 2048 * 2048)


def largest(con: duckdb.DuckDBPyConnection, file: str) -> int:
    """How many rows the largest row group of a table has, :data:`ROW_GROUP` at least.

    Args:
        con: Any connection.
        file: The table's file as SQL (:func:`codebook.tables.one_file`).
    """
    ((rows,),) = con.execute(f"SELECT max(row_group_num_rows) FROM parquet_metadata({file})").fetchall()  # noqa: S608 - see file
    return max(ROW_GROUP, rows or 0)
