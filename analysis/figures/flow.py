"""The flow of threads as PRISMA draws it: what is left at each step in a column, what went out and why beside it.

Source: M. J. Page et al., The PRISMA 2020 statement, BMJ 372 (2021) n71.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.figures.drawing import BAND, INK, PAPER, SMALL, SOFT, WIDE, wrapped
from analysis.figures.picture import Picture, nothing, sentence
from analysis.flow.box import Box, Part
from codebook.render import Rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE = "Flow of threads"
_LINE, _PAD, _GAP = 0.155, 0.12, 0.26  # inches: a line of text, what is around it, between two boxes
_PHASE = (0.08, 0.34)
_LEFT, _RIGHT = (0.5, 3.2), (3.65, 6.92)  # inches: from, to
_REASONS, _SITES = 12, 8

Place = tuple[float, float, float, float]


def flow(boxes: Sequence[Box], rows: Rows, names: Sequence[str]) -> Picture:
    """Draw the boxes of :func:`analysis.flow.boxes.boxes`.

    Args:
        boxes: From top to bottom.
        rows: The same as rows, for who wants the numbers.
        names: Their columns.
    """
    if not any(box.n for box in boxes):
        return nothing("flow", _TITLE, "no threads have been collected; run: collect threads")
    said = (
        f"{_TITLE} through the study as PRISMA 2020 draws it: {boxes[0].n:,} {boxes[0].label}, {boxes[-1].n:,} "
        f"{boxes[-1].label}. Every thread leaves once; one that is left out for several reasons counts under each."
    )
    alt = f"{_TITLE}: " + sentence([_words(box) for box in boxes])
    return Picture("flow", _TITLE, said, alt, names, rows, lambda: _draw(boxes))


def _words(box: Box) -> str:
    sites = ", ".join(f"{site} {n}" for site, n in box.by_site.items())
    out = ", ".join(
        f"{part.label} {part.n}" + "".join(f", of them {reason.label} {reason.n}" for reason in part.reasons)
        for part in box.left
    )
    return f"{box.label} {box.n}" + (f" ({sites})" if sites else "") + (f", out: {out}" if out else "")


def _within(box: Box, *, sites: bool) -> list[str]:
    """The lines of a box: what it is, how many, and of which sites."""
    by_site = sorted(box.by_site.items(), key=lambda each: (-each[1], each[0])) if sites else []
    shown = [f"{wrapped(site, 30, 1)}: {n:,}" for site, n in by_site[:_SITES]]
    rest = by_site[_SITES:]
    more = [f"{len(rest)} more sites: {sum(n for _, n in rest):,}"] if rest else []
    return [*_head(box), f"n = {box.n:,}", *shown, *more]


def _head(box: Box) -> list[str]:
    return wrapped(_upper(box.label), 40, 2).splitlines()


def _beside(box: Box) -> list[str]:
    """The lines of the box beside a step: what went out, each with its reasons."""
    lines: list[str] = []
    for part in box.left:
        lines += f"{wrapped(_upper(part.label), 46, 2)} (n = {part.n:,})".splitlines()
        lines += [f"    {line}" for reason in part.reasons[:_REASONS] for line in _reason(reason)]
        left = part.reasons[_REASONS:]
        lines += [f"    {len(left)} more reasons (n = {sum(reason.n for reason in left):,})"] if left else []
    return lines


def _reason(reason: Part) -> list[str]:
    return f"{wrapped(reason.label, 42, 2)} (n = {reason.n:,})".splitlines()


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _draw(boxes: Sequence[Box]) -> "Figure":
    from matplotlib.figure import Figure

    texts = [(_within(box, sites=place == 0), _beside(box)) for place, box in enumerate(boxes)]
    heights = [max(_high(own), _high(beside)) for own, beside in texts]
    total = sum(heights) + _GAP * (len(boxes) - 1) + 0.2
    figure = Figure(figsize=(WIDE, total))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDE), ylim=(total, 0))
    axes.set_axis_off()
    y = 0.1
    spans: dict[str, tuple[float, float]] = {}
    for place, (box, (own, beside), height) in enumerate(zip(boxes, texts, heights, strict=True)):
        spans[box.phase] = (spans.get(box.phase, (y, y))[0], y + height)
        high = _high(own)
        _box(axes, (_LEFT[0], y, _LEFT[1] - _LEFT[0], high), own, bold=len(_head(box)))
        if beside:
            _box(axes, (_RIGHT[0], y, _RIGHT[1] - _RIGHT[0], _high(beside)), beside)
            _arrow(axes, (_LEFT[1], y + min(high, _high(beside)) / 2), (_RIGHT[0], y + min(high, _high(beside)) / 2))
        if place + 1 < len(boxes):
            middle = (_LEFT[0] + _LEFT[1]) / 2
            _arrow(axes, (middle, y + high), (middle, y + height + _GAP))
        y += height + _GAP
    for phase, (start, end) in spans.items():
        _phase(axes, phase, start, end)
    return figure


def _high(lines: Sequence[str]) -> float:
    return _PAD * 2 + _LINE * len(lines) if lines else 0.0


def _phase(axes: "Axes", phase: str, start: float, end: float) -> None:
    """The bar of a phase of the work on the left."""
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((_PHASE[0], start), _PHASE[1] - _PHASE[0], end - start, facecolor=BAND, linewidth=0))
    text = wrapped(_upper(phase), max(4, int((end - start) / 0.068)), 1)
    look: dict[str, Any] = {"rotation": 90, "ha": "center", "va": "center", "fontsize": SMALL}
    axes.text((_PHASE[0] + _PHASE[1]) / 2, (start + end) / 2, text, color=SOFT, **look)


def _box(axes: "Axes", place: Place, lines: Sequence[str], *, bold: int = 0) -> None:
    """A box with lines of text, the first ``bold`` of them so; where any is, all are in the middle."""
    from matplotlib.patches import Rectangle

    x, y, width, height = place
    fill = BAND if bold else PAPER
    axes.add_patch(Rectangle((x, y), width, height, facecolor=fill, edgecolor=SOFT, linewidth=0.7))
    for number, line in enumerate(lines):
        middle = y + _PAD + _LINE * (number + 0.5)
        if bold:
            weight = "bold" if number < bold else "normal"
            axes.text(x + width / 2, middle, line, ha="center", va="center", color=INK, weight=weight)
        else:
            indent = 0.12 * (2 if line.startswith("    ") else 1)
            axes.text(x + indent, middle, line.strip(), va="center", color=INK, fontsize=SMALL)


def _arrow(axes: "Axes", start: tuple[float, float], end: tuple[float, float]) -> None:
    look: dict[str, Any] = {"arrowstyle": "-|>", "color": SOFT, "linewidth": 0.8, "mutation_scale": 8}
    look |= {"shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=look)
