"""A crosstab as a heat map: the count in each cell, its share of the column as a shade, and what is out of line."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.crosstab import Crosstab
from analysis.figures.drawing import COLUMN, INK, LINE, SHADES, SMALL, SOFT, TEXT, WIDE, wrapped
from analysis.figures.picture import Picture, nothing, sentence
from analysis.layout import LONG, long, share
from analysis.values import Value, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Cell = tuple[Value, Value]

ROWS, COLS = 40, 24
"""What fits on a page; of larger crosstabs, the rows and columns with most units are drawn."""

_STEPS = (0, 10, 25, 50, 75, 100)
_HIGH, _LABELS, _TOTALS = 0.27, 1.75, 0.5  # inches: a row, the labels of rows, the column of totals


def heatmap(table: Crosstab, marks: Mapping[Cell, float] | None = None, greyed: Collection[Value] = ()) -> Picture:
    """Draw a crosstab.

    Args:
        table: What was counted.
        marks: The cells that are out of line after correction for many tests, with their adjusted residuals.
        greyed: Values of the rows whose letters stand back, for example codes on which coders do not agree.
    """
    rows, cols = table.question.rows.name, table.question.cols.name
    name, title = f"{rows}-by-{cols}".replace("_", "-"), f"{rows.capitalize()} by {cols}"
    if not table.n_all:
        return nothing(name, title, f"no {table.question.unit.plural} have both {rows} and {cols}")
    shown = largest(table)
    marks = marks or {}
    return Picture(
        name,
        title,
        _caption(table, shown, marks, greyed),
        _alt(table, shown, marks),
        LONG,
        long(table),
        lambda: _draw(table, shown, marks, greyed),
    )


def largest(table: Crosstab, rows: int = ROWS, cols: int = COLS) -> tuple[list[Value], list[Value]]:
    """The rows and columns with most units, as many as fit, in the order of the table."""
    return _most(table.rows, table.row_n, rows), _most(table.cols, table.col_n, cols)


def _most(values: Sequence[Value], n: Mapping[Value, int], fit: int) -> list[Value]:
    kept = set(sorted(values, key=lambda value: -n[value])[:fit])
    return [value for value in values if value in kept]


def left_out(table: Crosstab, shown: tuple[list[Value], list[Value]]) -> str:
    """A sentence about the rows and columns that do not fit; empty if all do."""
    rows, cols = len(table.rows) - len(shown[0]), len(table.cols) - len(shown[1])
    return f" {rows} rows and {cols} columns with fewest units are not drawn." if rows or cols else ""


def _caption(
    table: Crosstab,
    shown: tuple[list[Value], list[Value]],
    marks: Mapping[Cell, float],
    greyed: Collection[Value],
) -> str:
    rows, cols, units = table.question.rows.name, table.question.cols.name, table.question.unit.plural
    said = f"{units.capitalize()} by {rows} and {cols} (n = {table.n_all}). The shade is the share of the column."
    if marks:
        said += " ▲ more and ▼ fewer than expected (adjusted residuals, with Holm's correction over all cells)."
    if greyed:
        said += " In grey: rows on which coders agree less than the study asks for."
    return said + left_out(table, shown)


def _alt(table: Crosstab, shown: tuple[list[Value], list[Value]], marks: Mapping[Cell, float]) -> str:
    question, book = table.question, table.book
    parts = [
        f"{label(question.rows, r, book)}, {label(question.cols, c, book)}: "
        f"{table.n.get((r, c), 0)} of {table.col_n[c]}"
        + (f" ({'more' if marks[r, c] > 0 else 'fewer'} than expected)" if (r, c) in marks else "")
        for r in shown[0]
        for c in shown[1]
    ]
    return f"Heat map of {question.rows.name} by {question.cols.name}, {question.unit.plural}: {sentence(parts)}"


def _draw(
    table: Crosstab,
    shown: tuple[list[Value], list[Value]],
    marks: Mapping[Cell, float],
    greyed: Collection[Value],
) -> "Figure":
    from matplotlib.figure import Figure

    rows, cols = shown
    lines = _lines(table, rows)
    upright = len(cols) > 9  # noqa: PLR2004 - beside each other, more heads do not fit
    width = COLUMN if len(cols) <= 2 else WIDE  # noqa: PLR2004 - two columns and the labels fill a column of a paper
    top, foot = (1.0 if upright else 0.5), 0.45
    height = top + _HIGH * len(lines) + foot
    figure = Figure(figsize=(width, height))
    place = (_LABELS / width, foot / height, (width - _LABELS - _TOTALS) / width, _HIGH * len(lines) / height)
    axes = figure.add_axes(place)
    axes.set(xlim=(0, len(cols)), ylim=(len(lines), 0))
    axes.set_axis_off()
    _heads(axes, table, cols, upright=upright)
    for y, line in enumerate(lines):
        if isinstance(line, str):
            axes.text(0, y + 0.62, wrapped(line, 70, 1), va="center", fontsize=SMALL, weight="bold")
        else:
            _row(axes, table, (y, line[0]), cols, marks, stands_back=line[0] in greyed)
    _legend(figure, width, height)
    return figure


def _lines(table: Crosstab, rows: Sequence[Value]) -> list[str | tuple[Value]]:
    """The rows, each in a tuple; of codes, with the name of their theme before the first."""
    book = table.book
    found: list[str | tuple[Value]] = []
    last = None
    for r in rows:
        theme = book.theme_of(str(r)).name if book and table.question.rows.name == "code" and r in book.codes else None
        if theme != last:
            found.append(theme or "")
        last = theme
        found.append((r,))
    return found


def _heads(axes: "Axes", table: Crosstab, cols: Sequence[Value], *, upright: bool) -> None:
    size = max(6, int((axes.bbox.width / axes.figure.dpi) * 17 / len(cols)))
    for x, c in enumerate(cols):
        name = label(table.question.cols, c, table.book)
        if upright:
            axes.text(x + 0.35, -0.2, wrapped(name, 16, 1), va="bottom", rotation=60, fontsize=SMALL)
        else:
            text = f"{wrapped(name, size, 2)}\n{table.col_n[c]}"
            axes.text(x + 0.5, -0.2, text, ha="center", va="bottom", fontsize=SMALL)
    text = f"all\n{table.n_all}"
    axes.annotate(text, (len(cols), -0.2), (30, 0), textcoords="offset points", ha="right", va="bottom", fontsize=SMALL)


def _row(
    axes: "Axes",
    table: Crosstab,
    row: tuple[int, Value],
    cols: Sequence[Value],
    marks: Mapping[Cell, float],
    *,
    stands_back: bool,
) -> None:
    from matplotlib.patches import Rectangle

    y, r = row
    ink = SOFT if stands_back else INK
    look: dict[str, Any] = {"va": "center", "color": ink, "style": "italic" if stands_back else "normal"}
    name = wrapped(label(table.question.rows, r, table.book), 30)
    axes.annotate(
        name, (0, y + 0.5), (-6, 0), textcoords="offset points", ha="right", fontsize=SMALL, linespacing=1.1, **look
    )
    for x, c in enumerate(cols):
        n = table.n.get((r, c), 0)
        fill = SHADES[0] if stands_back else shade(n, table.col_n[c])
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, edgecolor=LINE, linewidth=0.5))
        axes.text(x + 0.5, y + 0.52, str(n), ha="center", fontsize=TEXT, **look | ({} if n else {"color": SOFT}))
        sign = "" if (r, c) not in marks else "▲" if marks[r, c] > 0 else "▼"
        axes.text(x + 0.95, y + 0.52, sign, ha="right", fontsize=SMALL, **look)
    axes.annotate(str(table.row_n[r]), (len(cols), y + 0.52), (30, 0), textcoords="offset points", ha="right", **look)


def shade(n: int, of: int) -> str:
    """The colour of a share."""
    percent = share(n, of) or 0.0
    return SHADES[next(place for place, step in enumerate(_STEPS) if percent <= step)]


def _legend(figure: "Figure", width: float, height: float) -> None:
    from matplotlib.patches import Rectangle

    axes = figure.add_axes((0, 0, 1, 0.36 / height))
    axes.set(xlim=(0, width), ylim=(0, 0.36))
    axes.set_axis_off()
    step_width = 0.58 if width > COLUMN else 0.53
    left = _LABELS if width > COLUMN else 0.1
    for place, step in enumerate(_STEPS):
        x = left + place * step_width
        axes.add_patch(Rectangle((x, 0.12), 0.13, 0.1, facecolor=SHADES[place], edgecolor=LINE))
        axes.text(x + 0.17, 0.12, f"≤ {step} %" if step else "none", fontsize=SMALL, color=SOFT)
    if width > COLUMN:
        axes.text(left - 0.08, 0.12, "share of the column", fontsize=SMALL, color=SOFT, ha="right")
