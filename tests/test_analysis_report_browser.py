"""The report in a real browser, opened from its file."""

import json
from pathlib import Path

import hand_study
import pytest
from click.testing import CliRunner
from hand_study import BOOK, HOSTILE
from page_accessible import violations
from page_watched import watched
from PIL import Image
from playwright.sync_api import Browser
from report_pictures import HEIGHT, PICTURES, SHOWN, WIDTH, report, take

from analysis.cli import cli
from codebook.study import Study

pytestmark = pytest.mark.live

TOML = """\
[study]
title = "A test"
keywords = ["trust_repo"]
[coders]
names = ["coder_a", "coder_b"]
"""
NARROW = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the study that can be counted by hand, with its figures."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.toml").write_text(TOML, encoding="utf-8")
    (folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    hand_study.write(Study.open(folder), decided=True)
    done = CliRunner().invoke(cli, ["report", "--study", str(folder)])
    assert done.exit_code == 0, done.stderr
    return folder / "out" / "report.html"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the example study, which has something of everything."""
    return report(tmp_path_factory.mktemp("example"))


def left(wrong: list[str]) -> list[str]:
    """What is wrong apart from the pictures that the page itself holds: reading them asks nobody."""
    return [line for line in wrong if not line.startswith("request data:image/svg+xml;base64,")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_without_network_and_without_complaint(browser: Browser, example: Path, scheme: str) -> None:
    page, wrong = watched(browser, example, color_scheme=scheme)

    assert page.inner_text("h1") == "Remote code at model load time (invented example)"
    assert page.locator("main .missing").all_inner_texts() == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
    drawn = page.evaluate("[...document.images].map(each => each.complete && each.naturalWidth > 100)")
    assert drawn
    assert all(drawn)
    assert left(wrong) == []


def test_axe_core_finds_no_violation_in_the_example(browser: Browser, example: Path) -> None:
    assert violations(browser, example) == []


@pytest.mark.parametrize(
    "context", [{"color_scheme": "dark"}, {"viewport": NARROW}, {"forced_colors": "active"}], ids=str
)
def test_axe_core_finds_no_violation_in_other_looks(browser: Browser, path: Path, context: dict[str, object]) -> None:
    """The looks of a page are the same for every study; of the small one they are looked at sooner."""
    assert violations(browser, path, **context) == []


def test_the_pictures_of_the_readme_are_of_this_page(browser: Browser, example: Path, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    made = list(take(page, example, tmp_path))

    assert {each.name for each in made} == {f"report-{name}.png" for name in ("overview", *SHOWN)}
    for each in made:
        with Image.open(each) as new, Image.open(PICTURES / each.name) as kept:
            assert new.width == kept.width
            assert abs(new.height - kept.height) < 200
        assert (PICTURES / each.name).stat().st_size < 300_000


def test_hostile_titles_and_posts_show_as_text_and_execute_nothing(browser: Browser, path: Path) -> None:
    page, wrong = watched(browser, path)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")

    text = page.inner_text("main")
    assert HOSTILE.split("\x1b")[0] in text
    assert "<img src=x onerror=alert(1)>" in text
    assert page.locator("script").count() == 0
    assert {s[:26] for s in page.evaluate("[...document.images].map(e => e.src)")} == {"data:image/svg+xml;base64,"}
    assert left(wrong) == []


def test_a_cell_leads_to_its_threads_and_a_thread_to_its_run_by_keyboard(browser: Browser, path: Path) -> None:
    """Whatever is closed opens when a link leads into it."""
    page, wrong = watched(browser, path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("#main"))

    assert not page.locator("#theme-source-2-2").is_visible()
    page.locator('a[href="#theme-source-2-2"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("#theme-source-2-2"))  # the browser tells of it a moment later
    assert page.locator("#theme-source-2-2").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "https://github.example/t1" in page.locator("article:target").inner_text()
    page.locator("article:target a", has_text="coding-pull-1").first.click()
    assert "coding pull" in page.locator("tr:target").inner_text()
    assert left(wrong) == []


def test_tab_reaches_every_link_and_leaves_the_page(browser: Browser, path: Path) -> None:
    """No trap: every element that can be reached is reached once, in the order of the page."""
    page, _ = watched(browser, path)
    reachable = page.evaluate(
        """[...document.querySelectorAll('a[href], summary, [tabindex="0"]')].filter(e => e.checkVisibility()).length"""
    )
    seen = set()
    for _ in range(reachable):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))

    assert len(seen) == reachable
    assert min(seen) > 0


def test_tables_and_figures_are_saved_from_the_page(browser: Browser, path: Path) -> None:
    page, wrong = watched(browser, path)
    saved = {}
    for name in ("theme-by-source.csv", "theme-by-source.json", "figure-flow.svg"):
        with page.expect_download() as waiting:
            page.locator(f'a[download="{name}"]').click()
        assert waiting.value.suggested_filename == name
        saved[name] = Path(waiting.value.path()).read_bytes()

    assert saved["theme-by-source.csv"].decode().splitlines()[:2] == ["theme,forum,github,total", "Usability,1,1,2"]
    first = json.loads(saved["theme-by-source.json"])[0]
    assert (first["row"], first["col"], first["n"], first["n_all"]) == ("Usability", "forum", 1, 3)
    assert b"<svg" in saved["figure-flow.svg"]
    assert page.locator('a[download$=".pdf"]').count() == 0
    assert "analysis report --format latex writes every figure as PDF" in page.inner_text("main")
    assert left(wrong) == []


def test_it_fits_a_narrow_window_and_prints(browser: Browser, path: Path) -> None:
    page, wrong = watched(browser, path, viewport=NARROW)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.pdf()[:4] == b"%PDF"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert left(wrong) == []
