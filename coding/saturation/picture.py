"""Saturation curves as a static picture (SVG): no script, no font, nothing to fetch."""

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from codebook.harmless import on_terminal, one_line
from coding.saturation.curve import Curve

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 40, 44
_TICKS = 5

_Points = Iterable[tuple[float, float]]


def picture(curves: Sequence[Curve]) -> str:
    """The curves, one panel under the other, as an SVG document.

    A step line is the order of coding, the dashed line the mean of all orders, the area the middle 95 % of random ones.
    """
    size = {"width": str(_WIDTH), "height": str(_HEIGHT * len(curves))}
    box = f"0 0 {_WIDTH} {_HEIGHT * len(curves)}"
    svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": box, "role": "img", **size})
    ET.SubElement(svg, "title").text = "New codes per coded thread"
    ET.SubElement(svg, "rect", width="100%", height="100%", fill="#ffffff")
    for number, curve in enumerate(curves):
        panel = ET.SubElement(svg, "g", transform=f"translate(0 {number * _HEIGHT})")
        panel.set("font-family", "sans-serif")
        panel.set("font-size", "12")
        _Panel(panel, curve).draw()
    return ET.tostring(svg, encoding="unicode")


class _Panel:
    """One curve with its axes."""

    def __init__(self, parent: ET.Element, curve: Curve) -> None:
        self._parent, self._curve = parent, curve
        self._threads, self._codes = len(curve.found), max(curve.found[-1], 1)

    def draw(self) -> None:
        curve = self._curve
        upper, lower = list(self._points(curve.high)), list(self._points(curve.low))
        self._shape("polygon", [*upper, *reversed(lower)], fill="#c9dcf0", stroke="none")
        self._axes()
        self._shape("polyline", self._points(curve.expected), stroke="#2f6db0", dash="5 4")
        self._shape("polyline", self._steps(), stroke="#111111")
        title = f"{curve.name}: {curve.found[-1]} codes in {len(curve.threads)} threads"
        self._text(_LEFT, 16, on_terminal(one_line(title)), size="13")
        self._text(_LEFT, 32, "black: order of coding; dashed: mean of all orders; shaded: 95 % of random orders")

    def _axes(self) -> None:
        left, bottom = self._at(0, 0)
        right, top = self._at(self._threads, self._codes)
        self._shape("polyline", [(left, top), (left, bottom), (right, bottom)], stroke="#666666")
        for value in _ticks(self._threads):
            self._text(self._at(value, 0)[0], bottom + 16, str(value), anchor="middle")
        for value in _ticks(self._codes):
            self._text(left - 6, self._at(0, value)[1] + 4, str(value), anchor="end")
        self._text((left + right) / 2, bottom + 34, "threads coded", anchor="middle")
        self._text(left - 44, top - 8, "codes")

    def _at(self, threads: float, codes: float) -> tuple[float, float]:
        width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM - 12
        return _LEFT + width * threads / self._threads, _HEIGHT - _BOTTOM - height * codes / self._codes

    def _points(self, values: Iterable[float]) -> _Points:
        return (self._at(n, value) for n, value in enumerate((0, *values)))

    def _steps(self) -> _Points:
        before = 0
        yield self._at(0, 0)
        for n, found in enumerate(self._curve.found, 1):
            yield self._at(n, before)
            yield self._at(n, found)
            before = found

    def _shape(self, kind: str, points: _Points, *, stroke: str, fill: str = "none", dash: str = "") -> None:
        given = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        shape = ET.SubElement(self._parent, kind, points=given, fill=fill, stroke=stroke)
        if dash:
            shape.set("stroke-dasharray", dash)

    def _text(self, x: float, y: float, words: str, *, anchor: str = "start", size: str = "11") -> None:
        at = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "font-size": size}
        ET.SubElement(self._parent, "text", at).text = words


def _ticks(largest: int) -> list[int]:
    """Round numbers from 0 up to about ``largest``."""
    step = next(s * 10**e for e in range(12) for s in (1, 2, 5) if s * 10**e * _TICKS >= largest)
    return list(range(0, largest + 1, step))
