"""The pictures of the report in the README: overview, crosstab, flow and timeline of the example study.

``python tests/report_pictures.py`` makes ``tests/pictures/report-*.png`` anew, in headless Chromium.
"""

import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from click.testing import CliRunner
from page_watched import chromium
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from analysis.cli import cli as analysis
from codebook.cli import cli as codebook
from coding.cli import cli as coding
from collect.cli import cli as collect
from platforms.cli import cli as platforms
from scan.cli import cli as scan

PICTURES = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 1280, 1000
EDGE = 16
WIDEST = 750
"""Pixels around what is shown, and across a figure with its caption."""
COLOURS = 200
"""More than the page has, apart from the edges of letters; a picture is half as large as with all of them."""

SHOWN = {"crosstab": "#theme-by-source", "flow": "#figure-flow", "timeline": "#figure-timeline"}
"""What each picture shows, besides the overview: the top of the page."""


def report(folder: Path) -> Path:
    """The report of the example study, which is made in ``folder``."""
    study = str(folder / "study")
    for command, arguments in (
        (codebook, ["init", "--example", study]),
        (collect, ["threads", "--from-raw", "--study", study]),
        (coding, ["pull", "--from-raw", "--study", study]),
        (scan, ["models", "--from-raw", "--study", study]),
        (platforms, ["fetch", "--from-raw", "--study", study]),
        (coding, ["agreement", "--study", study]),
        (coding, ["saturation", "--study", study]),
        (analysis, ["report", "--study", study]),
    ):
        done = CliRunner().invoke(command, arguments)
        if done.exit_code:
            raise RuntimeError(done.stderr)
    return folder / "study" / "out" / "report.html"


def take(page: Page, source: Path, folder: Path) -> Iterator[Path]:
    """Photograph the top of the page, and each of :data:`SHOWN` that it has.

    Args:
        page: Of a browser, :data:`WIDTH` pixels wide.
        source: The report.
        folder: Where the PNGs are written.
    """
    page.goto(source.as_uri())
    yield _saved(page.screenshot(), folder / "report-overview.png")
    for name, where in SHOWN.items():
        box = page.locator(where).bounding_box()
        if box:
            width = min(box["width"], WIDEST if where.startswith("#figure") else WIDTH) + 2 * EDGE
            clip = {"x": box["x"] - EDGE, "y": box["y"] - EDGE, "width": width, "height": box["height"] + 2 * EDGE}
            yield _saved(page.screenshot(full_page=True, clip=clip), folder / f"report-{name}.png")  # type: ignore[arg-type] # playwright's own dictionary


def _saved(png: bytes, target: Path) -> Path:
    target.parent.mkdir(exist_ok=True)
    Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS).save(target, optimize=True)
    return target


def main() -> None:
    """Make the pictures anew."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        list(take(page, report(Path(folder)), PICTURES))
        browser.close()


if __name__ == "__main__":
    main()
