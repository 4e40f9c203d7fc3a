"""The picture of intervals: one line per code, with what is drawn where, for the template to draw."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from codebook.harmless import one_line
from codebook.themes import Codebook
from coding.agreement.layout import cell
from coding.agreement.measured import Line

_LABEL, _PLOT, _RIGHT, _ROW, _TOP = 270, 430, 260, 26, 34
"""Pixels: names, plot, numbers, height of a row, height of the axis."""

_NAME = 36
"""Characters of a name that fit."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One code.

    Args:
        name: What it is called.
        said: Alpha and its interval as text, or why there is none.
        y: Middle of its row.
        x: Where alpha is; None where it is undefined.
        low: Left end of the interval; None where there is none.
        high: Right end.
        below: Whether alpha is below the threshold.
    """

    name: str
    said: str
    y: float
    x: float | None
    low: float | None
    high: float | None
    below: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """All bars, the ticks of the axis, and where the threshold is."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, str]]
    threshold: float
    width: int
    height: int
    top: int
    numbers: int


def picture(lines: Sequence[Line], book: Codebook, threshold: float) -> Picture:
    """Draw the alphas of codes.

    Args:
        lines: Lines of the measure ``alpha``.
        book: What the codes are called.
        threshold: Below which alpha is marked.
    """
    values = [each for line in lines for each in (line.estimate.value, line.estimate.low) if each is not None]
    least = max(-1.0, math.floor(5 * min([0.0, threshold, *values])) / 5)

    def across(value: float | None) -> float | None:
        return None if value is None else round(_LABEL + _PLOT * (max(value, least) - least) / (1 - least), 1)

    bars = []
    for number, line in enumerate(lines):
        name = book.codes[line.code].name if line.code in book.codes else line.code
        found = line.estimate
        below = found.value is not None and found.value < threshold
        middle = _TOP + _ROW * (number + 0.5)
        places = (across(found.value), across(found.low), across(found.high))
        bars.append(Bar(one_line(name, _NAME), cell(line), middle, *places, below))
    steps = [least + step / 5 for step in range(round(5 * (1 - least)) + 1)]
    ticks = [(across(step) or 0.0, f"{round(step, 1) + 0:.1f}") for step in steps]
    height = _TOP + _ROW * len(bars) + 6
    return Picture(bars, ticks, across(threshold) or 0.0, _LABEL + _PLOT + _RIGHT, height, _TOP, _LABEL + _PLOT + 12)
