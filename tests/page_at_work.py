"""A labelling page in a real, headless Chromium, worked in as a coder does: with mouse and keyboard."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from live_studio import LiveStudio
from playwright.sync_api import Page, sync_playwright

from codebook.study import Study

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)

_CORNERS = """([first, last]) => {
    const root = document.querySelector('.qd-thread');
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    const box = words => {
        const node = nodes.find(node => node.data.includes(words));
        const range = document.createRange();
        range.setStart(node, node.data.indexOf(words));
        range.setEnd(node, node.data.indexOf(words) + words.length);
        return range;
    };
    box(first).startContainer.parentElement.scrollIntoView({block: 'center', behavior: 'instant'});
    const begin = box(first).getClientRects()[0];
    const ends = box(last).getClientRects();
    const end = ends[ends.length - 1];
    return [begin.left + 0.5, begin.top + begin.height / 2, end.right - 0.5, end.top + end.height / 2];
}"""


@contextmanager
def browser(width: int = 1440, height: int = 900) -> Iterator[Page]:
    """A page of a Chromium of its own; the test that needs it is skipped where there is none."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("there is no chromium on PATH")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield opened.new_page(viewport={"width": width, "height": height})
        opened.close()


def log_in(page: Page, study: Study, live: LiveStudio, coder: str) -> None:
    """Log a coder in with the account that the toolkit made."""
    accounts = json.loads((study.private / "coders.json").read_text())
    account = accounts.get(live.url, accounts.get("own"))[coder]
    page.goto(f"{live.url}/user/login/")
    page.fill("input[name=email]", account["email"])
    page.fill("input[name=password]", account["password"])
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)


def open_label_stream(page: Page, live: LiveStudio, project: int, task: int | None = None) -> None:
    """Open the place where a coder codes, or one task of it."""
    page.goto(f"{live.url}/projects/{project}/data?" + (f"task={task}" if task else "labeling=1"))
    page.wait_for_selector(".qd-thread")
    page.locator("button[name=submit]").wait_for()


def give(page: Page, search: str, first: str, last: str | None = None) -> None:
    """Search a code with the keyboard, take the first that is found, and select words with the mouse."""
    before = page.locator(".htx-highlight").count()
    box = page.get_by_placeholder("Search")
    for _ in range(50):  # the page shows itself before it listens to keys
        page.keyboard.press("Shift+F")
        page.wait_for_timeout(200)
        if box.evaluate("node => document.activeElement === node"):
            break
    box.fill("")
    page.keyboard.type(search)
    page.keyboard.press("Enter")
    page.locator(".lsf-label_selected").wait_for()
    left, top, right, bottom = page.evaluate(_CORNERS, [first, last or first])
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move((left + right) / 2, (top + bottom) / 2)
    page.mouse.move(right, bottom)
    page.mouse.up()
    page.wait_for_function(f"document.querySelectorAll('.htx-highlight').length > {before}")
