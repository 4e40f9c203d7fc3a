"""The flow of threads as PRISMA draws it: what is left at each step in a column, what went out and why beside it.

Source: M. J. Page et al., The PRISMA 2020 statement, BMJ 372 (2021) n71.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.figures.drawing import BAND, INK, PAPER, SMALL, SOFT, WIDE, wrapped
from analysis.figures.picture import Picture, nothing, sentence
from analysis.layout import Rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = ("step", "reason", "threads")

_MAIN = ("found", "included", "drawn", "screened in", "coded by a coder", "decided")
_LINE, _PAD, _GAP = 0.155, 0.14, 0.28  # inches: a line of text, what is around it, between two boxes
_LEFT, _RIGHT = (0.1, 3.0), (3.55, 6.9)  # inches: from, to
_REASONS = 12


@dataclass(frozen=True, slots=True)
class Box:
    """A step: how many threads are left, and what left before the next one.

    Args:
        label: What it is.
        n: Distinct threads.
        out: What went out behind it: reason and threads; a thread may have several reasons.
        out_label: What those are together.
        out_n: Distinct threads that went out; None if they are not told as one number.
    """

    label: str
    n: int
    out: tuple[tuple[str, int], ...] = ()
    out_label: str = ""
    out_n: int | None = None


def flow(rows: Rows) -> Picture:
    """Draw the steps of :func:`analysis.flow.flow`."""
    boxes = _boxes(rows)
    if not boxes or not boxes[0].n:
        return nothing("flow", "Flow of threads", "no threads have been collected; run: collect threads")
    said = f"Flow of threads through the study: {boxes[0].n} {boxes[0].label}, {boxes[-1].n} {boxes[-1].label}."
    if any(len(box.out) > 1 for box in boxes):
        said += " A thread that is excluded for several reasons counts under each."
    alt = "Flow of threads: " + sentence([_words(box) for box in boxes])
    return Picture("flow", "Flow of threads", said, alt, NAMES, rows, lambda: _draw(boxes))


def _boxes(rows: Rows) -> list[Box]:
    """The steps as boxes; what stands between two steps that keep threads went out between them."""
    boxes: list[Box] = []
    aside: list[tuple[str, str, int]] = []
    for row in rows:
        step, reason, n = str(row["step"]), row["reason"], int(str(row["threads"]))
        if step not in _MAIN:
            aside.append((step, str(reason or ""), n))
            continue
        if boxes:
            boxes[-1] = _with_out(boxes[-1], aside)
        boxes.append(Box(step, n))
        aside = []
    if boxes:
        boxes[-1] = _with_out(boxes[-1], aside)
    return boxes


def _with_out(box: Box, aside: Sequence[tuple[str, str, int]]) -> Box:
    whole = [(step, n) for step, reason, n in aside if not reason]
    reasons = tuple((f"{step}: {reason}", n) for step, reason, n in aside if reason and n)
    if len(whole) == 1 and reasons:
        return Box(box.label, box.n, tuple((text.removeprefix("excluded in "), n) for text, n in reasons), *whole[0])
    return Box(box.label, box.n, (*((step, n) for step, n in whole if n), *reasons))


def _words(box: Box) -> str:
    out = ", ".join(f"{reason} {n}" for reason, n in box.out)
    told = f"{box.out_label} {box.out_n}" if box.out_n else ""
    beside = f" ({told}{': ' if told and out else ''}{out})" if told or out else ""
    return f"{box.label} {box.n}{beside}"


def _beside(box: Box) -> list[str]:
    """The lines of the box beside a step."""
    head = [f"{box.out_label.capitalize()} (n = {box.out_n:,})"] if box.out_n else []
    shown = [wrapped(f"{reason} (n = {n:,})", 58, 2) for reason, n in box.out[:_REASONS]]
    left = len(box.out) - _REASONS
    more = [f"and {left} more reasons (n = {sum(n for _, n in box.out[_REASONS:]):,})"] if left > 0 else []
    return "\n".join([*head, *shown, *more]).splitlines()


def _draw(boxes: Sequence[Box]) -> "Figure":
    from matplotlib.figure import Figure

    texts = [[f"{wrapped(box.label.capitalize(), 38, 1)}", f"n = {box.n:,}"] for box in boxes]
    heights = [
        max(_PAD * 2 + _LINE * len(text), _PAD * 2 + _LINE * len(_beside(box)) if _beside(box) else 0)
        for text, box in zip(texts, boxes, strict=True)
    ]
    total = sum(heights) + _GAP * (len(boxes) - 1) + 0.2
    figure = Figure(figsize=(WIDE, total))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDE), ylim=(total, 0))
    axes.set_axis_off()
    y = 0.1
    for place, (box, text, height) in enumerate(zip(boxes, texts, heights, strict=True)):
        own = _PAD * 2 + _LINE * len(text)
        _box(axes, (_LEFT[0], y, _LEFT[1] - _LEFT[0], own), text, bold=True)
        middle = (_LEFT[0] + _LEFT[1]) / 2
        beside = _beside(box)
        if beside:
            high = _PAD * 2 + _LINE * len(beside)
            _box(axes, (_RIGHT[0], y, _RIGHT[1] - _RIGHT[0], high), beside)
            _arrow(axes, (_LEFT[1], y + own / 2), (_RIGHT[0], y + own / 2))
        if place + 1 < len(boxes):
            _arrow(axes, (middle, y + own), (middle, y + height + _GAP))
        y += height + _GAP
    return figure


def _box(axes: "Axes", place: tuple[float, float, float, float], lines: Sequence[str], *, bold: bool = False) -> None:
    from matplotlib.patches import Rectangle

    x, y, width, height = place
    fill = BAND if bold else PAPER
    axes.add_patch(Rectangle((x, y), width, height, facecolor=fill, edgecolor=SOFT, linewidth=0.7))
    for number, line in enumerate(lines):
        middle = y + _PAD + _LINE * (number + 0.5)
        if bold:
            weight = "bold" if number == 0 else "normal"
            axes.text(x + width / 2, middle, line, ha="center", va="center", color=INK, weight=weight)
        else:
            axes.text(x + 0.12, middle, line, va="center", color=INK, fontsize=SMALL)


def _arrow(axes: "Axes", start: tuple[float, float], end: tuple[float, float]) -> None:
    look: dict[str, Any] = {
        "arrowstyle": "-|>",
        "color": SOFT,
        "linewidth": 0.8,
        "shrinkA": 0,
        "shrinkB": 0,
        "mutation_scale": 8,
    }
    axes.annotate("", xy=end, xytext=start, arrowprops=look)
