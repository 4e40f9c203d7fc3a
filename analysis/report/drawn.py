"""A figure of the report: the drawing in the page itself, its words, and its files."""

from dataclasses import dataclass
from typing import ClassVar

from analysis.figures.picture import Picture, rendered
from analysis.report.downloads import Download, address, of_rows, packed


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as the page shows it.

    Args:
        id: Anchor, and name of its files.
        title: What it shows, a few words.
        caption: The sentences under it, with its denominators.
        alt: What it shows, in words.
        address: The drawing, as a ``data:`` address; empty where there is nothing to draw.
        files: As SVG, and its numbers as CSV and JSON.
        missing: Why there is nothing to draw.
        closed: It is shown when it is asked for.
    """

    kind: ClassVar[str] = "drawn"

    id: str
    title: str
    caption: str
    alt: str
    address: str
    files: tuple[Download, ...]
    missing: str
    closed: bool = False


def drawn(picture: Picture) -> Drawn:
    """Draw a figure, or say why there is none."""
    name = f"figure-{picture.name}"
    if picture.missing:
        return Drawn(name, picture.title, "", "", "", (), picture.missing)
    svg = rendered(picture, "svg")
    files = (packed(name, "svg", svg), *of_rows(name, picture.rows, picture.names))
    return Drawn(name, picture.title, picture.caption, picture.alt, address("svg", svg), files, "")
