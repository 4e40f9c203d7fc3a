"""The picture of the map of topics: a made-up study in headless Chromium.

``python tests/topics_picture.py`` makes ``tests/pictures/topics.png`` anew.
"""

import tempfile
from io import BytesIO
from pathlib import Path

from click.testing import CliRunner
from page_watched import chromium
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from topics_world import fill

from coding.cli import cli

PICTURE = Path(__file__).parent / "pictures" / "topics.png"
WIDTH, HEIGHT = 1180, 800
COLOURS = 200


def mapped(folder: Path, number: int) -> Path:
    """The map of a made-up study of so many threads, which is made in ``folder``."""
    study = fill(folder / "study", number, topics="smallest = 10", mixed=0.6)
    done = CliRunner().invoke(cli, ["topics", "--study", str(study.path), "--map", str(folder / "map.html")])
    if done.exit_code:
        raise RuntimeError(done.stderr)
    return folder / "map.html"


def take(page: Page, target: Path) -> None:
    """Photograph the map with one unit chosen by keyboard."""
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    png = page.screenshot()
    target.parent.mkdir(exist_ok=True)
    Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS).save(target, optimize=True)


def main() -> None:
    """Make the picture anew."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(mapped(Path(folder), 320).as_uri())
        take(page, PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
