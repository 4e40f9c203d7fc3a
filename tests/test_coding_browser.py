"""What a coder sees and does: the labelling page of a pushed thread in a real, headless Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from coding_page_picture import HEIGHT, PICTURE, WIDTH
from live_studio import LiveCoder, LiveStudio, put_threads
from page_at_work import browser, give, log_in, open_label_stream
from PIL import Image
from playwright.sync_api import Page

from codebook.rows import Coding, Proposal, Quarantined, ShownText
from codebook.study import Study

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
CODERS = '[coders]\nnames = ["coder_a"]\n'
BOOK = """\
version: "1.0.0"
codes:
  - {id: SEC, name: Security, definition: A risk is named.}
  - {id: SEC.mal, parent: SEC, name: Malicious code, definition: Harmful code is feared., include: [Malware is named.]}
  - {id: OTHER, name: Something else, definition: None of the others.}
"""
ATTACK = """\
<script>window.pwned=1</script> <img src=x onerror="window.pwned=2"> <svg onload="window.pwned=3">

![pixel](http://192.0.2.1/pixel.png) [click](javascript:window.pwned=4) <iframe srcdoc="<script>top.pwned=5</script>">

</div></section></article><script>window.pwned=6</script>

```html
<script>window.pwned=7</script>
```
"""
CODED = """\
😀 Zoë said it **hangs** <now> &amp; then
stops. \n

```python

model = load('x')  # 🐍🐍 e\u0301
```

| a | b |
|---|---|
| 1 | 2 |
"""


@pytest.fixture
def browser_page() -> Iterator[Page]:
    with browser() as page:
        yield page


@pytest.fixture
def study(make_study: MakeStudy, run: Callable[..., Any], live: LiveStudio) -> Study:
    made = make_study(CODERS, codebook=BOOK)
    long = "```\n" + "\n".join(f"  line {n} of a trace" for n in range(400)) + "\n```"
    put_threads(
        made,
        {
            "t1": ["It **hangs**:\n\n```python\nmodel = load('x', trust_remote_code=True)\n```", "Use `x=1`.", long],
            "t2": [ATTACK, "An answer. " + ATTACK],
            "t3": [CODED, "Use `x=1`.\n\n> quoted 👩‍👩‍👧 family\n\nThe end."],
        },
    )
    pushed = run("coding", "push", "--study", made.path, **live.env)
    assert pushed.code == 0, pushed.err
    return made


def test_a_coder_reads_a_thread_codes_it_and_nothing_in_it_acts(
    browser_page: Page,
    study: Study,
    live: LiveStudio,
    coder_of: Callable[[Study, str], LiveCoder],
    run: Callable[..., Any],
    tmp_path: Path,
) -> None:
    page, project = browser_page, coder_of(study, "coder_a").project
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    log_in(page, study, live, "coder_a")
    open_label_stream(page, live, project)

    assert page.locator(".qd-thread h1").inner_text() == "Title of t1"
    assert page.locator(".qd-turn").count() == 3
    heads = [" ".join(text.split()) for text in page.locator(".qd-head").all_inner_texts()]
    assert heads[0].lower() == "#1 opening user-0000000000 2024-01-01 00:00 utc"
    code = page.locator(".qd-body pre code").first
    assert code.is_visible()
    assert code.inner_text().strip() == "model = load('x', trust_remote_code=True)"
    assert "mono" in code.evaluate("node => getComputedStyle(node).fontFamily").lower()
    page.screenshot(path=tmp_path / "thread.png")

    choose_codes(page)
    page.get_by_text("medium").first.click()
    page.locator(".qd-right textarea").first.fill("my memo")
    page.locator("button[name=submit]").click()
    page.wait_for_function("document.querySelector('.qd-thread h1')?.innerText === 'Title of t2'")
    page.wait_for_timeout(500)
    page.screenshot(path=tmp_path / "hostile.png")

    assert "<script>window.pwned=1</script>" in page.locator(".qd-body").first.inner_text()
    assert page.locator(".qd-turn").count() == 2
    assert [frame.evaluate("window.pwned") for frame in page.frames] == [None] * len(page.frames)
    assert page.locator(".qd-thread :is(script, img, svg, iframe, style)").count() == 0
    assert dialogs == []
    assert {url for url in asked if not url.startswith((live.url, "data:", "blob:"))} == set()

    assert run("coding", "pull", "--study", study.path, **live.env).code == 0
    given = [(c.unit_id, c.code, c.confidence, c.memo) for c in study.read(Coding)]
    assert given == [("t1", "OTHER", "medium", "my memo"), ("t1", "SEC.mal", "medium", "my memo")]


def choose_codes(page: Page) -> None:
    """Pick two codes with the mouse, after scrolling: the questions stay in sight, definitions are hints."""
    page.mouse.move(400, 500)
    page.mouse.wheel(0, 800)
    chooser = page.locator(".ant-select-selector")
    chooser.click()
    assert chooser.is_visible()
    page.locator(".ant-select-tree-switcher").first.click()
    tree = page.locator(".ant-select-dropdown")
    tree.get_by_text("Malicious code").hover()
    hint = page.get_by_test_id("tooltip")
    hint.wait_for()
    assert hint.inner_text() == "Harmful code is feared.\nYes: Malware is named."
    tree.get_by_text("Malicious code").click()
    tree.get_by_text("Something else").click()
    page.keyboard.press("Escape")


def test_a_coder_gives_codes_to_passages_and_they_come_back_with_place_and_quote(
    browser_page: Page,
    study: Study,
    live: LiveStudio,
    coder_of: Callable[..., LiveCoder],
    run: Callable[..., Any],
) -> None:
    """Also beyond emoji, combining characters, line breaks and tables, across posts, and over another passage."""
    page, coder = browser_page, coder_of(study, "coder_a")
    log_in(page, study, live, "coder_a")
    open_label_stream(page, live, coder.project, coder.task("t3"))

    give(page, "malicious", "😀 Zoë")
    give(page, "malicious", "hangs", "stops")
    give(page, "something", "🐍🐍 e\u0301")
    give(page, "something", "model", "family")
    shown = page.locator(".htx-highlight").first.evaluate("node => getComputedStyle(node, '::after').content")
    page.locator(".qd-right textarea").last.fill("Fear of the vendor\nA second name")
    page.locator("button[name=submit]").click()
    page.get_by_text("Update").wait_for()
    open_label_stream(page, live, coder.project, coder.task("t3"))
    page.locator(".htx-highlight").first.wait_for()
    page.get_by_text("medium").first.click()
    with page.expect_response(lambda answer: answer.request.method == "PATCH" and "/annotations/" in answer.url):
        page.locator("button[name=submit]").click()  # which is Update now

    assert "Malicious code" in shown, "the page says which code a passage has"
    assert run("coding", "pull", "--study", study.path, **live.env).code == 0
    given = [(c.code, c.quote) for c in study.read(Coding)]
    texts = {row.unit_id: row.text for row in study.read(ShownText)}
    crossing = (
        "model = load('x')  # 🐍🐍 e\u0301\n\n\n\n\na\nb\n\n\n\n\n1\n2\n\n\n\n\n\n\n"
        "#2 comment user-0000000001 2024-01-02 00:00 UTC\nUse x=1.\n\nquoted 👩‍👩‍👧 family"
    )
    assert given == [
        ("OTHER", crossing),
        ("OTHER", "🐍🐍 e\u0301"),
        ("SEC.mal", "😀 Zoë"),
        ("SEC.mal", "hangs <now> & then\nstops"),
    ]
    assert [c.quote for c in study.read(Coding)] == [texts[c.unit_id][c.start : c.end] for c in study.read(Coding)]
    assert {c.confidence for c in study.read(Coding)} == {"medium"}, "it was opened again, and the passages stayed"
    assert [p.name for p in study.read(Proposal)] == ["A second name", "Fear of the vendor"]
    assert list(study.read(Quarantined)) == []


def test_the_picture_of_the_page_is_of_its_size_and_small_enough_for_a_readme() -> None:
    with Image.open(PICTURE) as kept:
        size = kept.size

    assert size == (WIDTH, HEIGHT)
    assert PICTURE.stat().st_size < 300_000
