"""The report in a real browser, opened from its file."""

from collections.abc import Callable
from pathlib import Path

import hand_study
import pytest
from click.testing import CliRunner
from hand_study import BOOK, HOSTILE
from page_watched import watched
from playwright.sync_api import Browser

from analysis.cli import cli
from codebook.study import Study

pytestmark = pytest.mark.live


@pytest.fixture
def path(make_study: Callable[..., Study]) -> Path:
    study = hand_study.write(make_study('[coders]\nnames = ["coder_a", "coder_b"]\n', codebook=BOOK))
    assert CliRunner().invoke(cli, ["report", "--study", str(study.path)]).exit_code == 0
    return study.path / "out" / "report.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_without_network_and_without_complaint(browser: Browser, path: Path, scheme: str) -> None:
    page, wrong = watched(browser, path, color_scheme=scheme)

    assert page.inner_text("h1") == "A test"
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
    assert wrong == []


def test_hostile_titles_and_posts_show_as_text_and_execute_nothing(browser: Browser, path: Path) -> None:
    page, wrong = watched(browser, path)

    text = page.inner_text("main")
    assert HOSTILE.split("\x1b")[0] in text
    assert "<img src=x onerror=alert(1)>" in text
    assert page.locator("script, img").count() == 0
    assert wrong == []


def test_a_cell_leads_to_its_threads_by_keyboard(browser: Browser, path: Path) -> None:
    page, wrong = watched(browser, path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"

    page.locator('a[href="#theme-2-2"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("#theme-2-2"))  # the browser tells of it a moment later
    assert page.locator("#theme-2-2").is_visible()
    page.locator("#theme-2-2 li a").first.click()
    assert "https://github.example/t1" in page.locator("article:target").inner_text()
    assert wrong == []


def test_it_fits_a_narrow_window_and_prints(browser: Browser, path: Path) -> None:
    page, wrong = watched(browser, path, viewport={"width": 360, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.pdf()[:4] == b"%PDF"
    assert wrong == []
