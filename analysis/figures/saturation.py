"""How many codes were found as threads were coded, beside what other orders of the same threads give."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from analysis.figures.drawing import COLUMN, INK, MARK, MARK_SOFT, SMALL
from analysis.figures.picture import Picture, nothing
from codebook.rows import SaturationStep

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLE = "Codes found"
NAMES = ("n", "thread_id", "new_codes", "found", "expected", "low", "high", "permutations")


def saturation(steps: Sequence[SaturationStep]) -> Picture:
    """Draw the rows of the table ``saturation`` that are about all threads."""
    curve = sorted((step for step in steps if step.source is None), key=lambda step: step.n)
    if not curve:
        return nothing("saturation", _TITLE, "saturation has not been measured yet; run: coding saturation")
    last = curve[-1]
    newest = max((step.n for step in curve if step.new_codes), default=0)
    said = (
        f"{_TITLE} as threads were coded: {last.found} codes in {last.n} threads; the last new one came with thread "
        f"{newest}. The band is the middle 95 % of {last.permutations} random orders of the same threads, the thin "
        "line their mean."
    )
    marks = [curve[round(part * (len(curve) - 1) / 10)] for part in range(11)]
    parts = ", ".join(f"{step.found} after {step.n}" for step in dict.fromkeys(marks))
    alt = f"{_TITLE} by number of threads coded: {parts}. The last new code came with thread {newest}."
    rows = [{name: asdict(step)[name] for name in NAMES} for step in curve]
    return Picture("saturation", _TITLE, said, alt, NAMES, rows, lambda: _draw(curve))


def _draw(curve: Sequence[SaturationStep]) -> "Figure":
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(COLUMN, 2.2))
    axes = figure.add_axes((0.13, 0.19, 0.84, 0.76))
    n = [step.n for step in curve]
    axes.fill_between(n, [s.low for s in curve], [s.high for s in curve], color=MARK_SOFT, linewidth=0, step="post")
    axes.plot(n, [step.expected for step in curve], color=INK, linewidth=0.7, label="mean of random orders")
    axes.step(n, [step.found for step in curve], where="post", color=MARK, linewidth=1.5, label="as coded")
    axes.set(xlabel="threads coded", ylabel="distinct codes", ylim=(0, None), xlim=(0, n[-1] + max(1, n[-1] // 50)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.legend(loc="lower right", fontsize=SMALL)
    return figure
