"""The map of topics: offline, harmless, by mouse and by keyboard; and the static picture."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from conftest import Ran
from hand_study import row
from page_watched import watched
from PIL import Image
from playwright.sync_api import Browser, Page

from codebook.rows import Thread, Topic
from codebook.study import Study
from coding.cli import cli
from coding.topics.picture import colour

EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(2)">\u202e'


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    """Three topics in three corners, one outlier, one unit without prose; one title is hostile."""
    made = make_study()
    corners = {0: (0.0, 0.0), 1: (10.0, 0.0), 2: (0.0, 10.0), -1: (10.0, 10.0)}
    rows, threads = [], []
    for n in range(10):
        topic, name = (n % 3, f"s:{n:02d}") if n < 9 else (-1, "s:09")
        x, y = corners[topic]
        words = (f"word{topic}", EVIL if topic == 2 else "second") if topic >= 0 else ()
        rows.append(
            row(Topic, unit_id=name, thread_id=name, topic=topic, words=words, x=x + n / 9, y=y + n / 9,
                probability=1.0, representative=n // 3 + 1 if n < 9 else None, code="USE.err" if topic == 1 else None)
        )  # fmt: skip
        title, url = (EVIL, "javascript:alert(3)") if n == 2 else (f"Title {n}", f"https://example.org/{n}")
        threads.append(row(Thread, thread_id=name, title=title, url=url, source="forum" if n % 2 else EVIL))
    rows.append(row(Topic, unit_id="s:10", thread_id="s:10", topic=-1, words=()))
    threads.append(row(Thread, thread_id="s:10", title="", source="forum"))
    made.write(Topic, rows)
    made.write(Thread, threads)
    return made


def topics(study: Study, *arguments: object) -> Ran:
    done = CliRunner().invoke(cli, ["topics", "--stored", "--study", str(study.path), *map(str, arguments)])
    return Ran(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def page_file(study: Study, tmp_path: Path) -> Path:
    done = topics(study, "--map", tmp_path / "map.html")
    assert (done.code, done.out) == (0, "")
    return tmp_path / "map.html"


def test_strangers_text_can_neither_end_the_data_nor_begin_a_tag(page_file: Path) -> None:
    page = page_file.read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    units = json.loads(data)["units"]

    assert page.count("<script") == page.count("</script>") == 2
    assert "<" not in data
    assert "\u202e" not in page
    assert "\\u202e" not in page
    assert units[2][3].startswith("</script><script>alert(1)")
    assert [unit[5] for unit in units[:4]] == [
        "https://example.org/0",
        "https://example.org/1",
        "",
        "https://example.org/3",
    ]
    assert units[10][:4] == [None, None, -1, "s:10"]


@pytest.mark.usefixtures("page_file")
def test_the_map_is_entered_in_the_ledger(study: Study) -> None:
    line = json.loads((study.path / "runs.jsonl").read_text().splitlines()[-1])

    assert (line["command"], list(line["outputs"])) == ("coding topics map", ["map.html"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--picture", "map.gif"], "a picture is an SVG or a PNG"),
        (["--picture", "a.svg", "--map", "a.svg"], "--map and --picture name one file"),
        (["--map", "study.toml/map.html"], "study.toml: cannot be read or written"),
    ],
)
def test_names_that_cannot_be(study: Study, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study.path)
    done = topics(study, *arguments)

    assert done.code == 2
    assert said in done.err


def test_the_svg_has_a_circle_per_placed_unit_and_texts_as_text(study: Study, tmp_path: Path) -> None:
    assert topics(study, "--picture", tmp_path / "map.svg").code == 0
    svg = ET.parse(tmp_path / "map.svg").getroot()
    texts = [each.text or "" for each in svg.iter("{http://www.w3.org/2000/svg}text")]

    assert len(list(svg.iter("{http://www.w3.org/2000/svg}circle"))) == 10 + 4
    assert texts[:3] == ["A test", "0: word0, second (3)", "1: word1, second (3)"]
    assert texts[3].startswith("2: word2, </script>")
    assert texts[4] == "outliers (2)"
    assert {each.tag.rpartition("}")[2] for each in svg.iter()} == {"svg", "title", "rect", "circle", "text"}


def test_the_png_has_every_topics_colour(study: Study, tmp_path: Path) -> None:
    assert topics(study, "--picture", tmp_path / "map.png").code == 0
    image = Image.open(tmp_path / "map.png").convert("RGB")
    colours = {"#" + bytes(found).hex() for _, found in image.getcolors(1 << 22) or []}

    assert image.size == (2200, 1280)
    assert {colour(topic) for topic in (0, 1, 2, -1)} <= colours


def drawn(page: Page) -> int:
    """How many pixels of the canvas are not empty."""
    return page.evaluate(
        "(() => { const c = document.getElementById('map');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; })()"
    )


@pytest.mark.live
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_without_network_and_executes_nothing_of_strangers(
    browser: Browser, page_file: Path, scheme: str
) -> None:
    page, wrong = watched(browser, page_file, color_scheme=scheme)

    assert drawn(page) > 500
    assert page.locator("#list button").count() == 4
    assert page.locator("#units li").count() == 11
    assert EVIL[:40] in page.inner_text("#units")
    assert page.locator("img").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    assert wrong == []


@pytest.mark.live
def test_a_topic_is_picked_and_a_unit_chosen_by_keyboard_alone(browser: Browser, page_file: Path) -> None:
    page, wrong = watched(browser, page_file)
    page.locator("#list button").nth(1).focus()
    page.keyboard.press("Enter")
    picked = page.inner_text("#which"), page.locator("#units li").count()
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    first = page.inner_text("#chosen")
    page.keyboard.press("ArrowRight")
    second = page.inner_text("#chosen")
    page.keyboard.press("Escape")

    assert picked == ("Units: 3 (topic 1: word1, second)", 3)
    assert (first[:7], second[:7]) == ("Title 1", "Title 4")
    assert page.inner_text("#which") == "Units: 11"
    assert wrong == []


@pytest.mark.live
def test_pointing_shows_the_title_and_zooming_keeps_it_under_the_pointer(browser: Browser, page_file: Path) -> None:
    page, wrong = watched(browser, page_file)
    x, y = page.evaluate(
        "(() => { const b = document.getElementById('map').getBoundingClientRect();"
        "const [x, y] = place(0); return [b.left + x, b.top + y]; })()"
    )
    page.mouse.move(x, y)
    before = page.inner_text("#hint")
    page.mouse.wheel(0, -300)
    page.mouse.move(x, y)
    after = page.inner_text("#hint")
    page.mouse.click(x, y)

    assert before.startswith("Title 0 ·")
    assert before == after
    assert page.get_attribute("#chosen a", "href") == "https://example.org/0"
    assert wrong == []


@pytest.mark.live
def test_a_topic_has_one_colour_on_the_page_and_in_the_picture(browser: Browser, page_file: Path) -> None:
    page, _ = watched(browser, page_file, color_scheme="light")
    shown = page.evaluate("[...document.querySelectorAll('.swatch')].map(s => getComputedStyle(s).backgroundColor)")
    actual = ["#" + bytes(map(int, re.findall(r"\d+", each))).hex() for each in shown]

    assert [colour(topic) for topic in (0, 1, 2, -1)] == actual


@pytest.mark.live
def test_titles_are_found_as_they_are_typed(browser: Browser, page_file: Path) -> None:
    page, wrong = watched(browser, page_file)
    page.fill("#find", "title 7")

    assert page.inner_text("#which") == "Units: 1"
    assert wrong == []


@pytest.mark.live
def test_letters_can_be_read_in_both_schemes(browser: Browser, page_file: Path) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 at least."""
    from test_coding_agreement_browser import contrast

    for scheme in ("light", "dark"):
        page, _ = watched(browser, page_file, color_scheme=scheme)
        for where, ground in (("body", "body"), (".about", "body"), ("#units a", "body"), (".count", "nav button")):
            letters = page.evaluate(f"getComputedStyle(document.querySelector('{where}')).color")
            behind = page.evaluate(f"getComputedStyle(document.querySelector('{ground}')).backgroundColor")
            assert contrast(letters, behind) >= 4.5, (scheme, where)
