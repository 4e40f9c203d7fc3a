"""The level of each gate by date, and how many threads were opened each month meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analysis.figures.drawing import BAND, INK, LEVEL_COLOURS, LINE, SERIES, SMALL, SOFT, WIDE, wrapped
from analysis.figures.picture import Picture, nothing, sentence
from codebook.mechanisms import CALL
from codebook.moments import in_utc
from codebook.render import Rows
from codebook.rows import InForce

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE = "Levels in force by date"
NAMES = (
    "platform",
    "package",
    "symbol",
    "parameter",
    "mechanism",
    "level",
    "default",
    "since",
    "until",
    "first_version",
)
GATES = 24
"""What fits on a page; of more, those that changed most often are drawn."""

_LABELS, _ROW, _BAR, _TOP, _FOOT, _COUNTS = 2.35, 0.34, 0.14, 0.34, 0.3, 0.75  # inches
_LETTER = 0.075

Month = tuple[int, int]
Gate = tuple[str, ...]


def timeline(intervals: Sequence[InForce], last: datetime | None, threads: Mapping[Month, int]) -> Picture:
    """Draw the rows of the table ``in_force``; switches that one call within a client sets are left out.

    Args:
        intervals: The rows.
        last: Where bars end that nothing has ended: the newest date that the tables know.
        threads: How many included threads were opened in each month (year, month).
    """
    gates: dict[Gate, list[InForce]] = {}
    for row in sorted(intervals, key=lambda row: row.since):
        if CALL not in row.symbol:
            key = (row.platform, row.package, row.symbol, row.parameter, row.mechanism, row.surface)
            gates.setdefault(key, []).append(row)
    if not gates:
        return nothing(
            "timeline", _TITLE, "no gate of a client is known by date; run: platforms fetch, platforms claims"
        )
    shown = _most_changed(gates)
    end = max(in_utc(day) for row in intervals for day in (last, row.since, row.until) if day)
    said = f"{_TITLE}: {len(gates)} gates of client packages, each from the first release that has it"
    if len(shown) < len(gates):
        said += f"; {len(shown)} are drawn, those whose level is known and changed most often"
    said += ". Under each bar stands the release that changed it."
    said += " Below: included threads opened per month." if threads else ""
    alt = f"{_TITLE}: " + sentence([_words(key, own) for key, own in shown])
    rows: Rows = [{name: getattr(row, name) for name in NAMES} for _, own in sorted(gates.items()) for row in own]
    return Picture("timeline", _TITLE, said, alt, NAMES, rows, lambda: _draw(shown, end, threads))


def _most_changed(gates: Mapping[Gate, list[InForce]]) -> list[tuple[Gate, list[InForce]]]:
    """The gates that fit on a page, by name: of those that ever had a known level, if any did, who changed it most."""
    known = {key: sum(row.level in LEVEL_COLOURS for row in own) for key, own in gates.items()}
    ever = [key for key in gates if known[key]] or list(gates)
    return [(key, gates[key]) for key in sorted(sorted(ever, key=lambda key: (-known[key], key))[:GATES])]


def _name(key: Gate) -> str:
    _, package, symbol, parameter, *_ = key
    return f"{package}: {symbol}" + (f" ({parameter})" if parameter not in ("", symbol) else "")


def _words(key: Gate, own: Sequence[InForce]) -> str:
    steps = (f"{row.level} from {row.since:%Y-%m-%d} ({row.first_version})" for row in own)
    end = f", until {own[-1].until:%Y-%m-%d}" if own[-1].until else ""
    return f"{_name(key)}: {', '.join(steps)}{end}"


def _year(moment: datetime) -> float:
    """A moment as a year with its fraction."""
    moment = in_utc(moment)
    start = moment.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return moment.year + (moment - start) / (start.replace(year=moment.year + 1) - start)


def _draw(shown: Sequence[tuple[Gate, list[InForce]]], end: datetime, threads: Mapping[Month, int]) -> "Figure":
    from matplotlib.figure import Figure

    counts = _COUNTS if threads else 0.0
    body = _ROW * len(shown)
    height = _TOP + body + counts + _FOOT
    figure = Figure(figsize=(WIDE, height))
    wide = WIDE - _LABELS - 0.15
    axes = figure.add_axes((_LABELS / WIDE, (_FOOT + counts) / height, wide / WIDE, body / height))
    first = min(_year(own[0].since) for _, own in shown)
    limits = (first, max(_year(end), first + 0.25))
    axes.set(xlim=limits, ylim=(body, 0), yticks=[])
    axes.spines[["left", "bottom"]].set_visible(False)
    per_inch = (limits[1] - limits[0]) / wide
    for place, (key, own) in enumerate(shown):
        _gate(axes, (_ROW * place, key), own, limits[1], per_inch)
    _years(axes, limits, labelled=not threads)
    _legend(figure, height)
    if threads:
        below = figure.add_axes((_LABELS / WIDE, _FOOT / height, wide / WIDE, (counts - 0.15) / height))
        _threads(below, threads, limits)
    return figure


def _years(axes: "Axes", limits: tuple[float, float], *, labelled: bool) -> None:
    years = [year for year in range(int(limits[0]), int(limits[1]) + 2) if limits[0] <= year <= limits[1]]
    axes.set_xticks(years, [str(year) for year in years] if labelled else [""] * len(years))
    axes.tick_params(axis="x", length=3 if labelled else 0)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def _gate(axes: "Axes", row: tuple[float, Gate], own: Sequence[InForce], end: float, per_inch: float) -> None:
    from matplotlib.patches import Rectangle

    y, key = row
    look: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "fontsize": SMALL}
    _, package, symbol, parameter, *_ = key
    name = f"{wrapped(f'{package} ({parameter})' if parameter else package, 40, 1)}\n{wrapped(symbol, 40, 1)}"
    axes.annotate(name, (0, y + 0.13), (-6, 0), ha="right", va="center", **look)
    free = -1.0
    for each in own:
        left, right = _year(each.since), min(_year(each.until), end) if each.until else end
        colour = LEVEL_COLOURS.get(each.level)
        bar = Rectangle((left, y + 0.04), max(right - left, 0.004), _BAR, facecolor=colour or BAND, edgecolor=SOFT)
        bar.set(hatch="" if colour else "/////", clip_on=False)
        axes.add_patch(bar)
        if left >= free and left + per_inch * _LETTER * len(each.first_version) <= end + per_inch * 0.15:
            text = wrapped(each.first_version, 14, 1)
            axes.text(left, y + 0.055 + _BAR, text, va="top", fontsize=SMALL, color=SOFT)
            free = left + per_inch * _LETTER * (len(text) + 1)


def _legend(figure: "Figure", height: float) -> None:
    from matplotlib.patches import Rectangle

    axes = figure.add_axes((0, 1 - 0.26 / height, 1, 0.26 / height))
    axes.set(xlim=(0, WIDE), ylim=(0, 0.26))
    axes.set_axis_off()
    x = _LABELS
    for level in (*LEVEL_COLOURS, "unknown"):
        colour = LEVEL_COLOURS.get(level)
        mark = Rectangle((x, 0.08), 0.13, 0.1, facecolor=colour or BAND, edgecolor=SOFT)
        mark.set_hatch("" if colour else "/////")
        axes.add_patch(mark)
        axes.text(x + 0.17, 0.08, level, fontsize=SMALL, color=INK)
        x += 0.28 + 0.06 * len(level)


def _threads(axes: "Axes", threads: Mapping[Month, int], limits: tuple[float, float]) -> None:
    from matplotlib.ticker import MaxNLocator

    x = [year + (month - 0.5) / 12 for year, month in threads]
    axes.bar(x, list(threads.values()), width=1 / 14, color=SERIES[0], linewidth=0)
    axes.set(xlim=limits)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=2))
    axes.spines["left"].set_edgecolor(LINE)
    axes.annotate(
        "threads per month",
        (0, 0.5),
        (-24, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=SMALL,
    )
    _years(axes, limits, labelled=True)
