"""A figure with its words, and how it becomes a file: SVG for light and dark, PDF with real letters, or PNG.

The same tables give the same bytes: ids come from a fixed salt, and nothing says when it was drawn.
"""

import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.figures.drawing import DARK, styled
from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.render import Rows
from codebook.whole_file import replace_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "pdf", "png")

_DOTS = 200
"""Dots per inch of a PNG."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure that can be drawn, or the reason why there is nothing to draw.

    Args:
        name: Stem of its file: letters, digits and dashes.
        title: What it shows, a few words.
        caption: The sentences under it, with its denominators; plain text.
        alt: What it shows in words, with its numbers, for who cannot see it; plain text.
        names: Columns of ``rows``.
        rows: The numbers that are drawn.
        draw: Draws it; called within :func:`analysis.figures.drawing.styled`.
        missing: Why there is nothing to draw, and which command brings it; empty if there is something.
    """

    name: str
    title: str
    caption: str
    alt: str
    names: Sequence[str]
    rows: Rows
    draw: "Callable[[], Figure]"
    missing: str = ""


def nothing(name: str, title: str, missing: str) -> Picture:
    """A picture that cannot be drawn yet."""
    return Picture(name, title, "", "", (), [], _refused, missing)


def _refused() -> "Figure":
    raise AssertionError("a picture with nothing in it was drawn")


def rendered(picture: Picture, fmt: str) -> bytes:
    """A picture as the bytes of a file.

    Args:
        picture: One in which something is to be drawn.
        fmt: One of :data:`FORMATS`.

    Raises:
        StudyError: There is nothing to draw.
    """
    if picture.missing:
        raise StudyError(f"there is nothing to draw: {picture.missing}", where=picture.title)
    out = io.BytesIO()
    with styled():
        picture.draw().savefig(out, format=fmt, dpi=_DOTS if fmt == "png" else 72, metadata=_METADATA[fmt])
    return _for_light_and_dark(out.getvalue().decode(), picture).encode() if fmt == "svg" else out.getvalue()


_METADATA: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


def _for_light_and_dark(svg: str, picture: Picture) -> str:
    """The drawing with its title and description, and with other colours where the reader's screen is dark.

    Colours stay written beside each shape, so that programs that know no style sheets show the light ones.
    """
    rules = "".join(
        f"[{found}]{{{part}:{dark}!important}}"
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
        for found, written in ((f'style*="{part}: {light}"', f"{part}: {light}"), (f'{part}="{light}"',) * 2)
        if written in svg
    )
    style = f"<style>@media screen and (prefers-color-scheme: dark){{{rules}}}</style>"
    words = f"<title>{_xml(picture.title)}</title>\n<desc>{_xml(picture.alt)}</desc>"
    svg = svg.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")  # Verdana has nearly its widths
    return re.sub(r"<svg([^>]*)>", lambda root: f'<svg role="img"{root[1]}>\n{words}\n{style}', svg, count=1)


def _xml(text: str) -> str:
    return html.escape(one_line(text), quote=False)


def write(picture: Picture, path: Path) -> None:
    """Write a picture, in the format that the name of the file says; the file is the old one or the whole new one.

    Raises:
        StudyError: The name ends otherwise, or there is nothing to draw.
        OSError: The path cannot be used.
    """
    fmt = path.suffix.lower().removeprefix(".")
    if fmt not in FORMATS:
        raise StudyError("a picture is .svg, .pdf or .png", where=str(path), hint="Name it so.")
    replace_bytes(path, [rendered(picture, fmt)])


def sentence(parts: Sequence[str], at_most: int = 200) -> str:
    """Parts of a text alternative, one after the other; the rest is said to stand in the table."""
    more = f"; {len(parts) - at_most} more are in the table" if len(parts) > at_most else ""
    return "; ".join(one_line(part) for part in parts[:at_most]) + more + "."
