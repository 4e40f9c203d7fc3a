"""Levels by date as a static picture (SVG): a bar per gate, a colour per level, the version at each change."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from codebook.harmless import on_terminal, one_line
from codebook.mechanisms import LEVELS
from codebook.rows import InForce

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _BAR, _FOOT = 1200, 430, 24, 58, 34, 16, 34
_COLOURS = {
    "none": "#c0392b",
    "documented": "#e08e45",
    "warn": "#e6c84b",
    "prompt": "#8cb65a",
    "opt-in": "#3f8f5b",
    "block": "#1f5f8b",
}
_UNKNOWN = "#c9ced4"
_LETTER, _APART = 6.2, 6.0


def picture(intervals: Sequence[InForce], until: datetime) -> str:
    """The gates as bars from their first release to ``until``, as an SVG document.

    Args:
        intervals: Rows of ``in_force``, gate by gate.
        until: Where bars end that nothing has ended: the newest date known.
    """
    gates: dict[tuple[str, ...], list[InForce]] = {}
    for row in intervals:
        gates.setdefault((row.package, row.parameter, row.symbol, row.mechanism, row.surface), []).append(row)
    first = min((row.since for row in intervals), default=until)
    height = _TOP + _ROW * len(gates) + _FOOT
    size = {"width": str(_WIDTH), "height": str(height), "viewBox": f"0 0 {_WIDTH} {height}"}
    font = {"font-family": "sans-serif", "font-size": "12"}
    svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size, **font})
    ET.SubElement(svg, "title").text = "Levels in force by date and version"
    ET.SubElement(svg, "rect", width="100%", height="100%", fill="#ffffff")
    _legend(svg)
    scale = _Scale(first, until)
    _axis(svg, scale, height)
    for place, (_, own) in enumerate(sorted(gates.items())):
        _gate(svg, _TOP + _ROW * place, sorted(own, key=lambda row: row.since), scale)
    return ET.tostring(svg, encoding="unicode")


class _Scale:
    """Dates to places.

    Args:
        first: At the left.
        last: At the right.
    """

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first, self.last = first, max(first, last)

    def x(self, moment: datetime) -> float:
        whole = (self.last - self.first).total_seconds() or 1.0
        part = min(max((moment - self.first).total_seconds() / whole, 0.0), 1.0)
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * part

    def years(self) -> Iterator[tuple[int, float]]:
        for year in range(self.first.year + 1, self.last.year + 1):
            yield year, self.x(datetime(year, 1, 1))  # noqa: DTZ001 - tables have moments in UTC without a zone


def _legend(svg: ET.Element) -> None:
    x = float(_LEFT)
    for level in (*LEVELS, "unknown"):
        ET.SubElement(svg, "rect", x=f"{x:.0f}", y="14", width="12", height="12", fill=_COLOURS.get(level, _UNKNOWN))
        _text(svg, x + 17, 24, level)
        x += 40 + _LETTER * len(level)


def _axis(svg: ET.Element, scale: _Scale, height: int) -> None:
    for year, x in scale.years():
        ends = {"x1": f"{x:.1f}", "x2": f"{x:.1f}", "y1": str(_TOP - 16), "y2": str(height - _FOOT)}
        ET.SubElement(svg, "line", {**ends, "stroke": "#d5dae0"})
        _text(svg, x, height - _FOOT + 18, str(year), anchor="middle")


def _gate(svg: ET.Element, y: int, own: Sequence[InForce], scale: _Scale) -> None:
    row = own[0]
    name = f"{row.package}: {row.symbol}" + (f" ({row.parameter})" if row.parameter not in ("", row.symbol) else "")
    _text(svg, _LEFT - 8, y + _BAR - 4, one_line(on_terminal(name), 56), anchor="end")
    free = float(_LEFT) - _APART
    for each in own:
        left, right = scale.x(each.since), scale.x(each.until or scale.last)
        bar = {"x": f"{left:.1f}", "y": str(y), "width": f"{max(right - left, 1.0):.1f}", "height": str(_BAR)}
        shown = ET.SubElement(svg, "rect", {**bar, "fill": _COLOURS.get(each.level, _UNKNOWN)})
        until = each.until.date().isoformat() if each.until else "now"
        versions = f"{each.first_version} to {each.last_version}, {each.since.date()} to {until}"
        ET.SubElement(shown, "title").text = on_terminal(f"{each.level} ({each.default}): {versions}")
        if left >= free + _APART:  # else it would stand on the version before it
            _text(svg, left, y + _BAR + 11, one_line(on_terminal(each.first_version), 14), small=True)
            free = left + _LETTER * len(each.first_version)


def _text(svg: ET.Element, x: float, y: float, text: str, *, anchor: str = "start", small: bool = False) -> None:
    about = {"x": f"{x:.1f}", "y": f"{y:.1f}", "fill": "#1c2127", "text-anchor": anchor}
    ET.SubElement(svg, "text", {**about, "font-size": "10" if small else "12"}).text = text
