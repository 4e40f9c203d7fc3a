"""Estimates with their intervals, one below the other: a marker, a line, and the numbers beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.figures.drawing import BAND, INK, MARKERS, PAPER, SERIES, SMALL, SOFT, WIDE, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINE, _BETWEEN, _TOP, _FOOT = 0.17, 0.09, 0.12, 0.42  # inches: an estimate, two groups, above and below them
_LABELS, _SAID = 1.75, 1.95  # inches: left and right of the axis


@dataclass(frozen=True, slots=True)
class Estimate:
    """One value with its interval.

    Args:
        value: The estimate; None if there is none, and ``said`` says why.
        low: Lower end of its interval; None if it has none.
        high: Upper end.
        said: What stands beside it.
        series: Which of the kinds that the legend names.
        hollow: It is to be read with care: part of it is not known.
    """

    value: float | None
    low: float | None
    high: float | None
    said: str
    series: int = 0
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Estimates under one label, or a heading across if it has none; ``stands_back`` in grey."""

    label: str
    estimates: tuple[Estimate, ...] = ()
    stands_back: bool = False
    bold: bool = False

    @property
    def high(self) -> float:
        """Its height in inches."""
        return _LINE * max(1, len(self.estimates)) + _BETWEEN


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis: what it measures, from where to where, a line across if there is a threshold, names of the kinds."""

    label: str
    low: float
    high: float
    threshold: float | None = None
    series: tuple[str, ...] = ()


def forest(groups: Sequence[Group], scale: Scale) -> "Figure":
    """Draw groups of estimates over one axis."""
    from matplotlib.figure import Figure

    legend = 0.22 if len(scale.series) > 1 else 0.0
    body = sum(group.high for group in groups)
    height = _TOP + legend + body + _FOOT
    figure = Figure(figsize=(WIDE, height))
    axes = figure.add_axes((_LABELS / WIDE, _FOOT / height, (WIDE - _LABELS - _SAID) / WIDE, body / height))
    estimates(axes, groups, scale)
    labels(axes, groups)
    if legend:
        _legend(axes, scale)
    return figure


def estimates(axes: "Axes", groups: Sequence[Group], scale: Scale, *, said: bool = True) -> None:
    """Draw the estimates of groups on axes that are as high as the groups together, in inches."""
    body = sum(group.high for group in groups)
    axes.set(xlim=(scale.low, scale.high), ylim=(body, 0), xlabel=scale.label, yticks=[])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    if scale.threshold is not None:
        axes.axvline(scale.threshold, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    y = 0.0
    for place, group in enumerate(groups):
        if place % 2 == 0 and group.estimates:
            axes.axhspan(y, y + group.high, color=BAND, zorder=0, linewidth=0)
        for number, estimate in enumerate(group.estimates):
            middle = y + _BETWEEN / 2 + _LINE * (number + 0.5)
            _estimate(axes, estimate, middle, SOFT if group.stands_back else SERIES[estimate.series % len(SERIES)])
            if said:
                look: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
                axes.annotate(
                    wrapped(estimate.said, 38, 1), (1, middle), (9, 0), va="center", fontsize=SMALL, color=INK, **look
                )
        y += group.high


def _estimate(axes: "Axes", estimate: Estimate, y: float, colour: str) -> None:
    if estimate.low is not None and estimate.high is not None:
        axes.plot([estimate.low, estimate.high], [y, y], color=colour, linewidth=1.3, solid_capstyle="butt")
    if estimate.value is not None:
        marker = MARKERS[estimate.series % len(MARKERS)]
        face = PAPER if estimate.hollow else colour
        look: dict[str, Any] = {"markersize": 4.2, "markeredgewidth": 1.0, "clip_on": False, "zorder": 3}
        axes.plot([estimate.value], [y], marker=marker, markerfacecolor=face, markeredgecolor=colour, **look)


def labels(axes: "Axes", groups: Sequence[Group]) -> None:
    """Write the labels of groups on the left."""
    y = 0.0
    for group in groups:
        look: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
        text = (
            wrapped(group.label, 30, min(3, len(group.estimates))) if group.estimates else wrapped(group.label, 90, 1)
        )
        colour = SOFT if group.stands_back else INK
        weight = "bold" if group.bold else "normal"
        ha, gap = ("right", -6) if group.estimates else ("left", -_LABELS * 66)
        axes.annotate(
            text, (0, y + group.high / 2), (gap, 0), ha=ha, fontsize=SMALL, color=colour, weight=weight, **look
        )
        y += group.high


def _legend(axes: "Axes", scale: Scale) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=SERIES[i % len(SERIES)], marker=MARKERS[i % len(MARKERS)], markersize=4.2, label=name)
        for i, name in enumerate(scale.series)
    ]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(handles), borderaxespad=0.2)
