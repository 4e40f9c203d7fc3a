"""The picture of the coding page: a thread of the example study, and two passages that got their codes in Chromium.

``python tests/coding_page_picture.py`` makes ``tests/pictures/coding-page.png`` anew, with a Label Studio of its own.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from live_studio import LiveCoder, LiveStudio
from page_at_work import browser, give, log_in, open_label_stream
from PIL import Image
from playwright.sync_api import Page

from codebook.rows import Thread
from codebook.study import Study
from coding.projects.label import Place

PICTURE = Path(__file__).parent / "pictures" / "coding-page.png"
WIDTH, HEIGHT = 1360, 860
THREAD = "github:northwind-labs/heron#41"
CODER = "coder_a"


def example(folder: Path) -> Study:
    """The example study with this one thread for the coders."""
    _command("codebook", "init", "--example", str(folder))
    _command("collect", "threads", "--from-raw", "--study", str(folder))
    study = Study.open(folder)
    study.write(Thread, [replace(row, included=row.thread_id == THREAD) for row in list(study.read(Thread))])
    return study


def code(page: Page) -> None:
    """Give two passages their codes, with mouse and keyboard, and look at them."""
    give(page, "malicious", "had an extra import at the top", "force-pushed afterwards")
    give(page, "semantics", "once the flag had been", "version that I confirmed")
    page.mouse.move(WIDTH / 3, HEIGHT / 2)
    page.mouse.wheel(0, -10 * HEIGHT)
    page.evaluate("document.querySelector('.qd-right').scrollTo(0, 0)")
    page.wait_for_timeout(500)  # the page scrolls smoothly


def take(page: Page, target: Path) -> None:
    """Photograph what the coder sees."""
    target.parent.mkdir(exist_ok=True)
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(target, optimize=True)


def _command(stage: str, *arguments: str) -> str:
    line = [sys.executable, "-m", f"{stage}.cli", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout.strip()


def main() -> None:
    """Make the picture anew."""
    with tempfile.TemporaryDirectory() as name:
        study = example(Path(name) / "study")
        url = _command("coding", "serve", "--detach", "--study", str(study.path))
        try:
            _command("coding", "push", "--anew", "--study", str(study.path))
            token = json.loads((study.private / "label-studio" / "admin.json").read_text())["token"]
            live = LiveStudio(url, token)
            with browser(WIDTH, HEIGHT) as page:
                log_in(page, study, live, CODER)
                open_label_stream(page, live, LiveCoder.of(study, live, Place(CODER)).project)
                code(page)
                take(page, PICTURE)
        finally:
            _command("coding", "serve", "--stop", "--study", str(study.path))


if __name__ == "__main__":
    main()
