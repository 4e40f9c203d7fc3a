"""A crosstab as a mosaic: areas are counts, shades are adjusted residuals.

Source: M. Friendly, Mosaic displays for multi-way contingency tables, Journal of the American Statistical Association
89 (1994), 190-200: shades begin at residuals of 2 and of 4.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.crosstab import Crosstab
from analysis.figures.drawing import (
    COLUMN,
    FEWER,
    FEWER_STILL,
    INK,
    LINE,
    MORE,
    MORE_STILL,
    PAPER,
    SMALL,
    SOFT,
    WIDE,
    wrapped,
)
from analysis.figures.heatmap import Cell, largest, left_out
from analysis.figures.picture import Picture, nothing, sentence
from analysis.layout import LONG, long
from analysis.values import Value, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROWS, _COLS = 12, 10
_LABELS, _TOP, _TURNED, _FOOT, _HIGH = 1.75, 0.5, 1.1, 0.4, 3.1  # inches
_GAP = 0.006
_BOUNDS = (2.0, 4.0)
_HATCHES = {FEWER: "////", FEWER_STILL: "//////"}
_SHADES = (
    (FEWER_STILL, "below -4"),
    (FEWER, "-4 to -2"),
    (PAPER, "-2 to 2"),
    (MORE, "2 to 4"),
    (MORE_STILL, "above 4"),
)


def mosaic(table: Crosstab, residuals: Mapping[Cell, float] | None = None) -> Picture:
    """Draw a crosstab as areas.

    Args:
        table: What was counted.
        residuals: Adjusted residuals of cells; without them, nothing is shaded.
    """
    rows, cols, units = table.question.rows.name, table.question.cols.name, table.question.unit.plural
    name, title = f"{rows}-by-{cols}-mosaic".replace("_", "-"), f"{rows.capitalize()} by {cols}, as areas"
    if not table.n_all:
        return nothing(name, title, f"no {units} have both {rows} and {cols}")
    shown = largest(table, _ROWS, _COLS)
    known = residuals or {}
    said = (
        f"{units.capitalize()} by {rows} and {cols} (n = {table.n_all}). Widths are the shares of the columns, heights "
        "those of the rows within them; what has several values counts under each."
    )
    if known:
        said += (
            " Shades are adjusted residuals: blue where there are more than expected, orange and hatched where fewer."
        )
    parts = [
        f"{label(table.question.rows, r, table.book)}, {label(table.question.cols, c, table.book)}: "
        f"{table.n.get((r, c), 0)}" + (f" (residual {known[r, c]:.1f})" if (r, c) in known else "")
        for c in shown[1]
        for r in shown[0]
    ]
    alt = f"Mosaic of {rows} by {cols}, {units}: {sentence(parts)}"
    return Picture(
        name, title, said + left_out(table, shown), alt, LONG, long(table), lambda: _draw(table, shown, known)
    )


def _draw(table: Crosstab, shown: tuple[list[Value], list[Value]], residuals: Mapping[Cell, float]) -> "Figure":
    from matplotlib.figure import Figure

    rows, cols = shown
    width = COLUMN if len(cols) == 1 else WIDE
    sums = [sum(table.n.get((r, c), 0) for r in rows) for c in cols]
    room = 1 - _GAP * (len(cols) - 1)
    wides = [room * n / (sum(sums) or 1) for n in sums]
    heads = [label(table.question.cols, c, table.book) for c in cols]
    letters = [int(wide * (width - _LABELS) * 17) for wide in wides]
    turned = any(fit < min(len(head), 12) for head, fit in zip(heads, letters, strict=True))
    height = (_TURNED if turned else _TOP) + _HIGH + _FOOT
    figure = Figure(figsize=(width, height))
    edge = 0.4 if turned else 0.1
    place = (_LABELS / width, _FOOT / height, (width - _LABELS - edge) / width, _HIGH / height)
    axes = figure.add_axes(place)
    axes.set(xlim=(0, 1), ylim=(1, 0))
    axes.set_axis_off()
    x = 0.0
    for number, (c, wide) in enumerate(zip(cols, wides, strict=True)):
        _column(axes, table, (c, x, wide), rows, residuals, labelled=number == 0)
        _head(axes, x + wide / 2, (heads[number], letters[number], table.col_n[c]), turned=turned)
        x += wide + _GAP
    if residuals:
        _legend(figure, width, height)
    return figure


def _head(axes: "Axes", x: float, head: tuple[str, int, int], *, turned: bool) -> None:
    """The name of a column and its units; turned where names would run into each other."""
    name, fit, n = head
    if turned:
        axes.text(x, -0.02, f"{wrapped(name, 16, 1)}: {n}", va="bottom", rotation=60, fontsize=SMALL)
    else:
        axes.text(x, -0.02, f"{wrapped(name, max(4, fit), 2)}\n{n}", ha="center", va="bottom", fontsize=SMALL)


def _column(
    axes: "Axes",
    table: Crosstab,
    column: tuple[Value, float, float],
    rows: Sequence[Value],
    residuals: Mapping[Cell, float],
    *,
    labelled: bool,
) -> None:
    from matplotlib.patches import Rectangle

    c, x, wide = column
    counts = [table.n.get((r, c), 0) for r in rows]
    room = 1 - 2 * _GAP * (len(rows) - 1)
    y = 0.0
    for number, (r, n) in enumerate(zip(rows, counts, strict=True)):
        high = room * n / (sum(counts) or 1)
        colour, hatch = _shade(residuals.get((r, c)))
        area = Rectangle((x, y), wide, high, facecolor=colour, edgecolor=SOFT if n else LINE)
        area.set(hatch=hatch, clip_on=False)
        axes.add_patch(area)
        if high > 0.04 and wide > 0.03:  # noqa: PLR2004 - else the number would not fit
            look = {"boxstyle": "round,pad=0.12", "facecolor": colour, "linewidth": 0} if hatch else None
            axes.text(
                x + wide / 2, y + high / 2, str(n), ha="center", va="center", fontsize=SMALL, color=INK, bbox=look
            )
        if labelled:
            name = wrapped(label(table.question.rows, r, table.book), 30)
            even = (number + 0.5) / len(rows)
            axes.plot([-0.025, -0.004], [even, y + high / 2], color=LINE, linewidth=0.6, clip_on=False)
            axes.annotate(
                name, (0, even), (-15, 0), textcoords="offset points", ha="right", va="center", fontsize=SMALL
            )
        y += high + 2 * _GAP


def _shade(residual: float | None) -> tuple[str, str]:
    """Colour and hatch of a residual."""
    if residual is None or abs(residual) < _BOUNDS[0]:
        return PAPER, ""
    strong = abs(residual) >= _BOUNDS[1]
    colour = (MORE_STILL if strong else MORE) if residual > 0 else FEWER_STILL if strong else FEWER
    return colour, _HATCHES.get(colour, "")


def _legend(figure: "Figure", width: float, height: float) -> None:
    from matplotlib.patches import Rectangle

    axes = figure.add_axes((0, 0, 1, 0.32 / height))
    axes.set(xlim=(0, width), ylim=(0, 0.32))
    axes.set_axis_off()
    axes.text(_LABELS - 0.08, 0.1, "adjusted residual", fontsize=SMALL, color=SOFT, ha="right")
    for place, (colour, said) in enumerate(_SHADES):
        x = _LABELS + place * 0.85
        mark = Rectangle((x, 0.1), 0.16, 0.11, facecolor=colour, edgecolor=SOFT)
        mark.set_hatch(_HATCHES.get(colour, ""))
        axes.add_patch(mark)
        axes.text(x + 0.21, 0.1, said, fontsize=SMALL, color=SOFT)
