"""What the tests say, in the tables of :mod:`analysis.layout`: columns of the long form, signs in the wide one.

Signs stand beside the number, so that nothing is said by colour alone; a sentence says what they mean
(:mod:`analysis.tested.sentences`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Self

from analysis.crosstab import Crosstab
from analysis.tested.found import Cell, RowTest, Tested
from codebook.render import Rows

SMALL, MORE, FEWER, GREY = "*", "▲", "▼", "†"

LONG = (
    "expected",
    "residual",
    "test",
    "p",
    "p_holm",
    "p_bh",
    "p_max",
    "v",
    "v_low",
    "v_high",
    "flags",
)
"""Columns that :func:`long` adds: of the cell, then of its row."""


class Signed(int):
    """A count that is printed with a sign behind it."""

    sign: str

    def __new__(cls, n: int, sign: str) -> Self:
        """Give a count a sign."""
        made = super().__new__(cls, n)
        made.sign = sign
        return made

    def __str__(self) -> str:
        return f"{int(self)}{self.sign}"


def long(lines: Rows, parts: Sequence[Tested]) -> Rows:
    """Objects of cells, with what the tests say of them.

    Args:
        lines: The cells of each layer, then those of all, equally many of each.
        parts: What the tests say of each layer, then of all.
    """
    size = len(lines) // len(parts)
    return [
        line | _of(tests, line["row_id"], line["col_id"])
        for place, tests in enumerate(parts)
        for line in lines[place * size : (place + 1) * size]
    ]


def _of(tests: Tested, row: object, col: object) -> dict[str, object]:
    cells: Mapping[object, Cell] = tests.cells  # type: ignore[assignment]  # any object may be looked up
    rows: Mapping[object, RowTest] = tests.rows  # type: ignore[assignment]
    cell, test = cells.get((row, col)), rows.get(row)
    said = {name: getattr(test, name) if test else None for name in LONG[2:-1]}
    small = ("small",) if cell and cell.small else ()
    low = ("low agreement",) if row in tests.greyed else ()
    of_cell = {"expected": cell.expected if cell else None, "residual": cell.residual if cell else None}
    return of_cell | said | {"flags": [*small, *low]}


def signed(table: Crosstab, tests: Tested) -> Crosstab:
    """The table with signs at its counts and at the labels of its rows, to be printed."""
    signs = {place: sign(cell) for place, cell in tests.cells.items()}
    counts = {place: Signed(table.n.get(place, 0), sign) for place, sign in signs.items() if sign}
    return replace(table, n={**table.n, **counts}, signs=dict.fromkeys(tests.greyed, f" {GREY}"))


def sign(cell: Cell) -> str:
    """What stands beside the count of a cell; nothing beside most."""
    if cell.small:
        return SMALL
    return "" if not cell.marked else MORE if (cell.residual or 0) > 0 else FEWER
