"""The picture of the report on agreement: intervals and heat map of the example study, in headless Chromium.

``python tests/agreement_picture.py`` makes ``tests/pictures/agreement.png`` anew.
"""

import tempfile
from io import BytesIO
from pathlib import Path

from click.testing import CliRunner
from page_watched import chromium
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from codebook.cli import cli as codebook
from coding.cli import cli as coding
from collect.cli import cli as collect

PICTURE = Path(__file__).parent / "pictures" / "agreement.png"
WIDTH = 1180
COLOURS = 200
"""More than the page has, apart from the edges of letters; the picture is half as large as with all of them."""


def report(folder: Path) -> Path:
    """The report of the example study, which is made in ``folder``."""
    study = str(folder / "study")
    for command, arguments in (
        (codebook, ["init", "--example", study]),
        (collect, ["threads", "--from-raw", "--study", study]),
        (coding, ["pull", "--from-raw", "--study", study]),
        (coding, ["agreement", "--html", "--study", study]),
    ):
        done = CliRunner().invoke(command, arguments)
        if done.exit_code:
            raise RuntimeError(done.stderr)
    return folder / "study" / "out" / "agreement.html"


def take(page: Page, source: Path, target: Path) -> None:
    """Photograph the codes and their confusion.

    Args:
        page: Of a browser, :data:`WIDTH` pixels wide.
        source: The report.
        target: The PNG to write.
    """
    page.goto(source.as_uri())
    above, below = (page.locator(f'section[aria-labelledby="{name}"]').bounding_box() for name in ("each", "confused"))
    if above is None or below is None:
        raise RuntimeError(f"{source} lacks a section")
    height = below["y"] + below["height"] - above["y"] + 24
    clip = {"x": 0.0, "y": above["y"] - 12, "width": float(WIDTH), "height": height}
    target.parent.mkdir(exist_ok=True)
    png = page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type] # playwright's own dictionary
    Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS).save(target, optimize=True)


def main() -> None:
    """Make the picture anew."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        take(page, report(Path(folder)), PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
