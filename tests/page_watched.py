"""A page opened from its file in a real browser, and everything that must not happen while it is."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright


def chromium() -> str | None:
    """Where Chromium is, if it is there."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium; the test that needs it is skipped where there is none."""
    if not chromium():
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium())
        yield opened
        opened.close()


def watched(browser: Browser, path: Path, **context: object) -> tuple[Page, list[str]]:
    """Open a page; the list fills with requests, what the console says, errors and dialogs."""
    page = browser.new_page(**context)  # type: ignore[arg-type] # playwright's own options
    wrong: list[str] = []
    page.on("request", lambda r: wrong.append(f"request {r.url}") if r.url != path.as_uri() else None)
    page.on("console", lambda m: wrong.append(f"console {m.text}"))
    page.on("pageerror", lambda e: wrong.append(f"error {e}"))
    page.on("dialog", lambda d: (wrong.append(f"dialog {d.message}"), d.dismiss()))
    page.goto(path.as_uri())
    return page, wrong
