"""The report on agreement in a real browser, opened from its file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from agreement_picture import PICTURE, WIDTH, report, take
from click.testing import CliRunner
from hand_study import BOOK, coding
from page_watched import watched
from PIL import Image
from playwright.sync_api import Browser

from codebook.rows import Coding
from codebook.study import Study
from coding.cli import cli

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(tmp_path_factory.mktemp("agreement"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_without_network_and_without_complaint(browser: Browser, path: Path, scheme: str) -> None:
    page, wrong = watched(browser, path, color_scheme=scheme)
    paper, letters = (
        page.evaluate(f"getComputedStyle(document.querySelector('{where}')).{what}")
        for where, what in (("body", "backgroundColor"), ("svg g text", "fill"))
    )

    expected = {"light": ("rgb(255, 255, 255)", "rgb(28, 33, 39)"), "dark": ("rgb(20, 24, 29)", "rgb(228, 232, 236)")}
    assert (paper, letters) == expected[scheme]
    assert page.locator("svg g").count() == 16
    assert wrong == []


def test_hostile_names_show_as_text_and_execute_nothing(browser: Browser, make_study: Callable[..., Study]) -> None:
    evil = '"><img src=x onerror=alert(1)></title></svg><script>alert(2)</script>'
    study = make_study(codebook=BOOK.replace("name: Error handling", f"name: '{evil}'"))
    given = [("a", "USE.err"), ("b", "USE.err"), (evil, evil)]
    study.write(Coding, [coding(thread, who, code, memo=evil) for thread in ("t1", "t2") for who, code in given])
    done = CliRunner().invoke(cli, ["agreement", "--study", str(study.path), "--resamples", "100", "--html"])
    assert done.exit_code == 0, done.stderr
    page, wrong = watched(browser, study.path / "out" / "agreement.html")

    assert evil in page.inner_text("main")
    assert evil[:35] in page.locator("svg g text").first.text_content()
    assert page.locator("script, img").count() == 0
    assert wrong == []


def test_letters_can_be_read_on_every_shade(browser: Browser, path: Path) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 at least, in the heat map of both schemes."""
    for scheme in ("light", "dark"):
        page, _ = watched(browser, path, color_scheme=scheme)
        pairs = page.evaluate(
            "[...document.querySelectorAll('.map tbody td')].map(cell => [getComputedStyle(cell).color,"
            "getComputedStyle(cell).backgroundColor, getComputedStyle(document.body).backgroundColor])"
        )
        for letters, ground, paper in {tuple(pair) for pair in pairs}:
            behind = paper if ground == "rgba(0, 0, 0, 0)" else ground
            assert contrast(letters, behind) >= 4.5, (scheme, letters, behind)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_everything_is_reached_by_keyboard(browser: Browser, path: Path) -> None:
    page, wrong = watched(browser, path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))

    regions = [each for each in reached if 'class="wide"' in each]
    assert len(set(regions)) == page.locator(".wide").count()
    page.locator('nav a[href="#confused"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("#confused"))  # the browser tells of it a moment later
    assert wrong == []


def test_it_fits_a_narrow_window_and_prints(browser: Browser, path: Path) -> None:
    page, wrong = watched(browser, path, viewport={"width": 360, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.pdf()[:4] == b"%PDF"
    assert wrong == []


def test_the_picture_for_the_readme_is_made_of_the_example_study(browser: Browser, path: Path, tmp_path: Path) -> None:
    """The same parts of the page as in the picture that is kept; fonts differ between machines, and so do pixels."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 900})
    take(page, path, tmp_path / "agreement.png")

    with Image.open(tmp_path / "agreement.png") as made, Image.open(PICTURE) as kept:
        assert made.width == kept.width == WIDTH
        assert abs(made.height - kept.height) < 200
    assert PICTURE.stat().st_size < 200_000
