"""Tables and crosstabs of the report as LaTeX tabulars with the rules of booktabs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.report.grids import Cell, Grid
from analysis.report.sheet import Sheet
from codebook import render

LONG = 45
"""Rows of a table that fit on a page."""

_WIDE = 32
"""Characters from which on a column is set as a paragraph."""


@dataclass(frozen=True, slots=True)
class Tabular:
    """A table for a paper.

    Args:
        name: Stem of its file: letters, digits and dashes.
        caption: What stands above it, plain text.
        latex: The tabular.
        rows: How many rows it has.
    """

    name: str
    caption: str
    latex: str
    rows: int


def of_sheet(sheet: Sheet) -> Tabular | None:
    """A table; None if it has no rows."""
    if not sheet.rows:
        return None
    caption = f"{sheet.caption.rstrip('.')}. {sheet.note}".strip()
    return Tabular(sheet.id, caption, _tabular(sheet.names, sheet.rows), len(sheet.rows))


def of_grid(grid: Grid) -> Tabular | None:
    """A crosstab with percentages of its columns, codes under their themes; None if nothing was counted."""
    if not grid.n_all:
        return None
    rows: list[tuple[object, ...]] = []
    for group, lines in grid.groups:
        rows += [(group, *[""] * (len(grid.heads) + 1))] if group else []
        rows += [(line.label, *(_cell(c) for c in line.cells), _cell(line.total)) for line in lines]
    rows.append(("total", *(str(c.n) for c in grid.totals)))
    hidden = f" {grid.hidden} columns are not shown." if grid.hidden else ""
    caption = (
        f"{grid.rows.capitalize()} by {grid.cols}: distinct threads, with percentages of the threads of the column "
        f"(n = {grid.n_all}). A thread may have several values.{hidden}"
    )
    return Tabular(grid.id, caption, _tabular((grid.rows, *grid.heads, "total"), rows), len(rows))


def _cell(cell: Cell) -> str:
    return f"{cell.n} ({cell.percent:.0f} %)" if cell.n and cell.percent is not None else str(cell.n)


def _tabular(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> str:
    heads = _unique(names)
    latex = render.table([dict(zip(heads, row, strict=True)) for row in rows], heads, "latex")
    wide = [max(len(str(row[place] or "")) for row in rows) > _WIDE for place in range(len(heads))]
    opening = re.match(r"\\begin\{tabular\}\{([lr]+)\}", latex)
    if opening is None or not any(wide):
        return latex + "\n"
    width = min(0.4, 0.75 / sum(wide))
    paragraph = f">{{\\raggedright\\arraybackslash}}p{{{width:.2f}\\linewidth}}"
    columns = "".join(paragraph if w else letter for letter, w in zip(opening[1], wide, strict=True))
    return f"\\begin{{tabular}}{{{columns}}}{latex[opening.end() :]}\n"


def _unique(names: Sequence[str]) -> list[str]:
    """Headings that differ; a repeated one gets a number."""
    found: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name} ({number})"
        found.append(unique)
    return found
