"""Rows to Parquet and back: the schema that the data dictionary gives, and files that appear whole or not at all.

DuckDB does the work: rows are spooled as JSON lines, sorted (on disk where memory would not do) and written
with one thread, so that the same rows give the same bytes. A file is written aside, flushed to disk and renamed.
"""

import dataclasses
import json
import math
import os
import re
import types
import typing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import duckdb

from codebook.bringing import REBUILT_BY
from codebook.errors import StoppedEarly, StudyError
from codebook.harmless import valid_text
from codebook.moments import in_utc
from codebook.row_groups import row_group
from codebook.row_order import KeyOrder
from codebook.rows import TABLES, Row, Unit

R = TypeVar("R", bound=Row)

_SQL_TYPES: dict[type, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    datetime: "TIMESTAMP",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the data dictionary."""

    name: str
    type: type
    many: bool
    nullable: bool
    choices: tuple[str, ...]
    unit: str
    meaning: str

    @property
    def sql_type(self) -> str:
        """The Parquet type in DuckDB's words."""
        return _SQL_TYPES[self.type] + ("[]" if self.many else "")

    def problem(self, value: object) -> str | None:
        """Say why ``value`` cannot stand in this column, or None."""
        if value is None:
            return None if self.nullable else "is empty"
        if self.many:
            if not isinstance(value, tuple):
                return f"is {type(value).__name__}, not tuple"
            return next(filter(None, map(self._problem_of_one, value)), None)
        return self._problem_of_one(value)

    def _problem_of_one(self, value: object) -> str | None:
        if self.type is float and type(value) is int:
            return None
        if type(value) is not self.type:
            return f"is {type(value).__name__}, not {self.type.__name__}"
        if self.choices and value not in self.choices:
            return f"is {value!r}, not one of {', '.join(self.choices)}"
        if isinstance(value, float) and not math.isfinite(value):
            return f"is {value}"
        if not isinstance(value, str) and plain(value) is None:
            return "is beyond what a table can hold"
        return None

    def fits(self, value: object) -> bool:
        """Whether :meth:`problem` has nothing to say, told at once for the plainest values."""
        plainest = type(value) is self.type and self.type in (str, bool) and not self.many and not self.choices
        return plainest or self.problem(value) is None


def columns(row_type: type[Row]) -> tuple[Column, ...]:
    """Read the columns of a row class off its annotations."""
    hints = typing.get_type_hints(row_type, include_extras=True)
    return tuple(_column(field.name, hints[field.name]) for field in dataclasses.fields(cast(Any, row_type)))


def _column(name: str, hint: Any) -> Column:
    notes: list[object] = []
    nullable = many = False
    choices: tuple[str, ...] = ()
    while typing.get_origin(hint) is not None:
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin is typing.Annotated:
            notes.extend(hint.__metadata__)
            hint = hint.__origin__
        elif origin in (types.UnionType, typing.Union):
            nullable = True
            (hint,) = (a for a in arguments if a is not type(None))
        elif origin is tuple:
            many, hint = True, arguments[0]
        elif origin is Literal:
            choices, hint = arguments, str
        else:
            raise TypeError(f"column {name}: the data dictionary has no {hint}")
    unit = next((n.name for n in notes if isinstance(n, Unit)), "")
    meaning = next((n for n in notes if isinstance(n, str)), "")
    return Column(name, hint, many, nullable, choices, unit, meaning)


def struct(row_type: type[Row]) -> str:
    """The columns as DuckDB's struct literal, for readers that need every type said."""
    return "{" + ", ".join(f"'{c.name}': '{c.sql_type}'" for c in columns(row_type)) + "}"


def plain(value: object) -> object:
    """A value as the spool files hold it: valid text, moments in UTC without a zone, lists.

    A number or a moment that no column can hold is None.
    """
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return None  # no site means such a number
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return value


def _moment(value: datetime) -> str | None:
    try:
        return in_utc(value).isoformat(" ", "microseconds")
    except OverflowError:  # before the year 1 or after 9999, in UTC
        return None


def checked(row: Row, row_columns: tuple[Column, ...]) -> dict[str, object]:
    """Give a row as JSON-ready values, or raise what does not fit the data dictionary.

    Raises:
        StudyError: A value has the wrong type or is not one of the column's words.
    """
    values: dict[str, object] = {}
    for column in row_columns:
        value = getattr(row, column.name)
        if not column.fits(value):
            key = {k: getattr(row, k) for k in row.KEY}
            raise StudyError(f"{type(row).__name__}.{column.name} {column.problem(value)}", where=f"row {key}")
        values[column.name] = plain(value)
    return values


@contextmanager
def spool(path: Path, rows: Iterable[Row], row_type: type[Row]) -> Iterator[Path]:
    """Hold rows as JSON lines in ``path`` while they are sorted; the file is gone afterwards."""
    row_columns = columns(row_type)
    try:
        with path.open("w", encoding="utf-8") as out:
            for row in rows:
                out.write(json.dumps(checked(row, row_columns)) + "\n")
        yield path
    finally:
        path.unlink(missing_ok=True)


def write(path: Path, row_type: type[Row], rows: Iterable[Row]) -> None:
    """Write a table, in the order of its rows, so that ``path`` is the old file or the whole new one.

    Raises:
        StudyError: A row does not fit the data dictionary, or two rows share a key.
        StoppedEarly: The system takes no more, as on a full disk; ``path`` is as before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        order = KeyOrder(row_type.order(), plain)
        with spool(path.with_suffix(".spool"), map(order.note, rows), row_type) as lines:
            group = row_group(order.seen, lines.stat().st_size)
            _copy(lines, part, row_type, group, in_order=order.kept)
        _flush(part)
        part.replace(path)
        _flush(path.parent)
    except (OSError, duckdb.IOException) as error:
        raise StoppedEarly(
            f"could not write: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            hint="The table is as it was before. Make room, or mend what is said, and run the same command again.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _copy(lines: Path, part: Path, row_type: type[Row], group: int, *, in_order: bool) -> None:
    keys = ", ".join(f'"{k}"' for k in row_type.KEY)
    order = "" if in_order else " ORDER BY " + ", ".join(f'"{k}" NULLS FIRST' for k in row_type.order())
    source = spooled(lines, struct(row_type))
    with connect(lines.parent) as con:
        twice = con.execute(f"SELECT {keys} FROM {source} GROUP BY ALL HAVING count(*) > 1 LIMIT 1").fetchone()  # noqa: S608
        if twice:
            key = dict(zip(row_type.KEY, twice, strict=True))
            raise StudyError("two rows with one key", where=f"{row_type.__name__} {key}")
        con.execute(
            f"COPY (SELECT * FROM {source}{order}) TO {literal(part)} "  # noqa: S608
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group})"
        )


def spooled(lines: Path, types: str) -> str:
    """SQL that reads JSON lines with stated types; a record may have 32 MB."""
    return (
        f"read_json({one_file(lines)}, columns = {types}, format = 'newline_delimited', "
        "maximum_object_size = 33554432, hive_partitioning = false)"
    )


def parquet(path: Path) -> str:
    """SQL that reads just this Parquet file: ``*`` in a path is no pattern, ``name=value`` no column."""
    return f"read_parquet({one_file(path)}, hive_partitioning = false)"


def one_file(path: Path) -> str:
    """A path as SQL string for DuckDB's readers, in which ``*``, ``?`` and ``[`` are no pattern."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def literal(value: Path | str) -> str:
    """A path or text as SQL string, for the places where DuckDB takes no parameter."""
    return "'" + str(value).replace("'", "''") + "'"


@contextmanager
def connect(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB in memory, one thread, spilling to ``spill`` beyond 300 MB."""
    con = duckdb.connect(config={"threads": 1, "memory_limit": "300MB", "temp_directory": str(spill / ".spill")})
    try:
        yield con
    finally:
        con.close()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path, row_type: type[R]) -> Iterator[R]:
    """Read a table's rows in the order in which it holds them; none if the file is not there."""
    if not path.exists():
        return
    row_columns = columns(row_type)
    many = [i for i, c in enumerate(row_columns) if c.many]
    names = ", ".join(f'"{c.name}"' for c in row_columns)
    with connect(path.parent) as con:
        try:
            cursor = con.execute(f"SELECT {names} FROM {parquet(path)}")  # noqa: S608
        except duckdb.Error as error:
            raise unreadable(path, error) from error
        while batch := cursor.fetchmany(1000):
            for values in batch:
                fields = list(values)
                for i in many:
                    fields[i] = None if fields[i] is None else tuple(fields[i])
                yield row_type(**dict(zip((c.name for c in row_columns), fields, strict=True)))


def unreadable(path: Path, error: Exception) -> StudyError:
    """The error for a table that is damaged or from another version."""
    command = REBUILT_BY.get(path.stem, "codebook check says which")
    raw = " from the raw records" if command.endswith("--from-raw") else ""
    what = f"the table cannot be read: {str(error).splitlines()[0]}"
    return StudyError(what, where=str(path), hint=f"Delete it and rebuild it{raw}: {command}.")


def dictionary() -> Iterator[dict[str, object]]:
    """The data dictionary as rows: table, column, type, unit, empty allowed, meaning."""
    for table, row_type in TABLES.items():
        for column in columns(row_type):
            words = f" One of: {', '.join(f'`{c}`' for c in column.choices)}." if column.choices else ""
            yield {
                "table": table,
                "column": column.name,
                "type": column.type.__name__ + (" list" if column.many else ""),
                "unit": column.unit,
                "key": "key" if column.name in row_type.KEY else "",
                "empty": "may be empty" if column.nullable else "",
                "meaning": column.meaning + ("." if words else "") + words,
            }
