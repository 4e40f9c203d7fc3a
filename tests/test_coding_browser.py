"""What a coder sees: the labelling page of a pushed thread in a real, headless Chromium."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads
from playwright.sync_api import Page, sync_playwright

from codebook.rows import Coding
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
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture
def browser_page() -> Iterator[Page]:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("there is no chromium on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()


@pytest.fixture
def study(make_study: MakeStudy, run: Callable[..., Any], live: LiveStudio) -> Study:
    made = make_study(CODERS, codebook=BOOK)
    long = "```\n" + "\n".join(f"  line {n} of a trace" for n in range(400)) + "\n```"
    put_threads(
        made,
        {
            "t1": ["It **hangs**:\n\n```python\nmodel = load('x', trust_remote_code=True)\n```", "Use `x=1`.", long],
            "t2": [ATTACK, "An answer. " + ATTACK],
        },
    )
    pushed = run("coding", "push", "--study", made.path, **live.env)
    assert pushed.code == 0, pushed.err
    return made


def open_label_stream(page: Page, study: Study, live: LiveStudio, project: int) -> None:
    account = json.loads((study.private / "coders.json").read_text())[live.url]["coder_a"]
    page.goto(f"{live.url}/user/login/")
    page.fill("input[name=email]", account["email"])
    page.fill("input[name=password]", account["password"])
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(f"{live.url}/projects/{project}/data?labeling=1")
    page.wait_for_selector(".qd-thread")


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
    open_label_stream(page, study, live, project)

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
    page.locator(".qd-right textarea").fill("my memo")
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
