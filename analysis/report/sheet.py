"""A table of the report: what readers see, and what they download."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from analysis.report.downloads import Download, of_rows

OPEN = 20
"""Rows of the longest table that is shown at once."""

_SHORT = 27
"""Characters of a value that stands on one line, such as a share with its interval."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its caption.

    Args:
        id: Anchor, and name of its files.
        caption: What it shows, with its denominator.
        names: Headings.
        rows: Values, one tuple a row; the first heads the row.
        note: What is to be known about it.
        missing: Said where there are no rows: what is missing, and which command brings it.
        columns: The columns of its files, where they have more than is shown.
        data: The rows of its files, under these columns.
    """

    kind: ClassVar[str] = "sheet"

    id: str
    caption: str
    names: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]
    note: str = ""
    missing: str = ""
    columns: tuple[str, ...] = ()
    data: Sequence[Mapping[str, object]] = ()

    @property
    def closed(self) -> bool:
        """Whether it is so long that it waits until it is asked for."""
        return len(self.rows) > OPEN

    @property
    def tight(self) -> set[int]:
        """The columns of short values, which are not broken into lines."""
        return {
            place
            for place in range(len(self.names))
            if all(len(str(row[place])) <= _SHORT for row in self.rows if row[place] is not None)
        }

    @property
    def numeric(self) -> set[int]:
        """The columns that hold numbers only."""
        values = {place: [row[place] for row in self.rows] for place in range(len(self.names))}
        return {
            place
            for place, column in values.items()
            if any(_is_number(v) for v in column) and all(v is None or _is_number(v) for v in column)
        }

    @property
    def files(self) -> tuple[Download, ...]:
        """The table as CSV and JSON; nothing if it is empty."""
        if not self.rows:
            return ()
        if self.columns:
            return of_rows(self.id, self.data, self.columns)
        return of_rows(self.id, [dict(zip(self.names, row, strict=True)) for row in self.rows], self.names)


def chosen(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> list[tuple[object, ...]]:
    """The values of some columns, one tuple a row."""
    return [tuple(row.get(name) for name in columns) for row in rows]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


SHOWN = 60
"""Rows of a long table that are shown; its files have all."""


def of_table(
    name: str,
    caption: str,
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[str],
    *,
    note: str = "",
    missing: str = "",
) -> Sheet:
    """A table whose rows come under names, at most :data:`SHOWN` of them shown, columns without any value left out.

    Args:
        name: Anchor, and name of its files, which have all rows and columns.
        caption: What it shows, with its denominator.
        rows: One mapping a row.
        columns: The columns, in order; ``_`` is read as a space.
        note: What is to be known about it.
        missing: Said where there are no rows.
    """
    kept = [column for column in columns if any(row.get(column) is not None for row in rows)]
    more = f"{len(rows) - SHOWN:,} more rows are in the files. " if len(rows) > SHOWN else ""
    return Sheet(
        id=name,
        caption=caption,
        names=tuple(column.replace("_", " ") for column in kept),
        rows=chosen(rows[:SHOWN], kept),
        note=more + note,
        missing=missing,
        columns=tuple(columns),
        data=rows,
    )
