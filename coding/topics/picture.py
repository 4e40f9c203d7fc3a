"""The map of the corpus as a static picture, SVG or PNG: no script, nothing to fetch."""

import colorsys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

from codebook.errors import StudyError
from codebook.extras import require
from codebook.whole_file import replace_bytes
from coding.topics.limits import OUTLIERS
from coding.topics.page import Corpus, Group, Point

KINDS = (".svg", ".png")

_WIDTH, _HEIGHT, _MAP, _MARGIN = 1100, 640, 700, 20
_RADIUS, _LINE, _TOP, _WORDS, _LETTERS = 3.5, 20, 40, 5, 52
_MOST = (_HEIGHT - _TOP - _MARGIN) // _LINE
_SCALE = 2
_GREY = "#aab2bb"

Dot = tuple[float, float, str]
Text = tuple[float, float, str]


def write(shown: Corpus, title: str, path: Path) -> None:
    """Write the picture; the end of its name, one of :data:`KINDS`, says which kind.

    Raises:
        StudyError: No unit has a place.
        StoppedEarly: The disk is full; the file is as it was before.
        Missing: For PNG, the extra ``topics`` is not installed.
    """
    dots, texts = list(_dots(shown)), list(_texts(shown, title))
    content = _svg(dots, texts) if path.suffix.lower() == ".svg" else _png(dots, texts)
    replace_bytes(path, [content])


def colour(topic: int) -> str:
    """A topic's colour, the same as on the page in its light scheme: hues by the golden angle."""
    if topic == OUTLIERS:
        return _GREY
    hue, light = ((topic * 137.508 + 210) % 360) / 360, (0.42, 0.54, 0.33)[topic % 3]
    return "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, light, 0.68))


def _dots(shown: Corpus) -> Iterator[Dot]:
    """The units, outliers first so that they lie below."""
    placed = [(p.x, p.y, p) for p in shown.points if p.x is not None and p.y is not None]
    if not placed:
        raise StudyError("no unit has a place on the map", hint="Run: coding topics")
    left, right = min(x for x, _, _ in placed), max(x for x, _, _ in placed)
    low, high = min(y for _, y, _ in placed), max(y for _, y, _ in placed)
    across, up = max(right - left, 1e-9), max(high - low, 1e-9)
    for x, y, point in sorted(placed, key=_outliers_first):
        at = _MARGIN + (_MAP - 2 * _MARGIN) * (x - left) / across
        yield at, _TOP + (_HEIGHT - _TOP - _MARGIN) * (high - y) / up, colour(point.topic)


def _outliers_first(placed: tuple[float, float, Point]) -> bool:
    return placed[2].topic != OUTLIERS


def _texts(shown: Corpus, title: str) -> Iterator[Text]:
    yield _MARGIN, 24, _short(title, 100)
    for number, group in enumerate(_listed(shown.groups)):
        yield _MAP + 40, _TOP + _LINE * number + 14, _said(group)
    if len(shown.groups) > _MOST:
        yield _MAP + 40, _TOP + _LINE * (_MOST - 1) + 14, f"and {len(shown.groups) - _MOST + 1} more"


def _listed(groups: Sequence[Group]) -> Sequence[Group]:
    return groups if len(groups) <= _MOST else groups[: _MOST - 1]


def _said(group: Group) -> str:
    name = "outliers" if group.topic == OUTLIERS else f"{group.topic}: {', '.join(group.words[:_WORDS])}"
    return f"{_short(name, _LETTERS)} ({group.units})"


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}\u2026"


def _swatches(texts: Sequence[Text]) -> Iterator[Dot]:
    for x, y, text in texts[1:]:
        number = text.partition(":")[0]
        if number.isdecimal() or text.startswith("outliers"):
            yield x - 14, y - 4, colour(int(number) if number.isdecimal() else OUTLIERS)


def _svg(dots: Sequence[Dot], texts: Sequence[Text]) -> bytes:
    size = {"width": str(_WIDTH), "height": str(_HEIGHT), "viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "img"}
    svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "font-family": "sans-serif", **size})
    ET.SubElement(svg, "title").text = texts[0][2]
    ET.SubElement(svg, "rect", width="100%", height="100%", fill="#ffffff")
    for x, y, fill in (*dots, *_swatches(texts)):
        at = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": str(_RADIUS), "fill": fill, "fill-opacity": "0.8"}
        ET.SubElement(svg, "circle", at)
    for x, y, text in texts:
        ET.SubElement(svg, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": "12", "fill": "#1c2127"}).text = text
    return ET.tostring(svg, encoding="unicode").encode()


def _png(dots: Sequence[Dot], texts: Sequence[Text]) -> bytes:
    """The same with Pillow, whose own font has Latin letters only."""
    image = require("PIL.Image", "topics").new("RGB", (_WIDTH * _SCALE, _HEIGHT * _SCALE), "#ffffff")
    pen = require("PIL.ImageDraw", "topics").Draw(image)
    font = require("PIL.ImageFont", "topics").load_default(12 * _SCALE)
    for x, y, fill in (*dots, *_swatches(texts)):
        box = [_SCALE * (x - _RADIUS), _SCALE * (y - _RADIUS), _SCALE * (x + _RADIUS), _SCALE * (y + _RADIUS)]
        pen.ellipse(box, fill=fill)
    for x, y, text in texts:
        pen.text((_SCALE * x, _SCALE * y), text, fill="#1c2127", font=font, anchor="ls")
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
