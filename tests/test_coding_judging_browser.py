"""The pages of a screening and of an adjudication in a real, headless Chromium."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads
from page_at_work import browser, log_in, open_label_stream

from codebook.rows import Decision, Screened
from codebook.study import Study

pytestmark = pytest.mark.live

SETTINGS = """\
[coders]
names = ["coder_a", "coder_b"]
adjudicator = "judge"
[screening]
raters = ["coder_a"]
criteria = [
    {id = "off", kind = "exclude", text = "It only <b>names</b> the flag."},
    {id = "usage", kind = "include", text = "Somebody uses it."},
]
"""
BOOK = """\
version: "1.0.0"
codes:
  - {id: SEC, name: Security, definition: A risk is named.}
  - {id: SEC.mal, parent: SEC, name: Malicious code, definition: Harmful code is feared.}
  - {id: OTHER, name: Something else, definition: None of the others.}
"""
ATTACK = "<img src=x onerror='window.pwned=1'><script>window.pwned=2</script>"


def test_what_is_clicked_on_the_pages_is_what_the_tables_say(
    make_study: Callable[..., Study],
    live: LiveStudio,
    coder_of: Callable[..., LiveCoder],
    run: Callable[..., Any],
    tmp_path: Path,
) -> None:
    def coding(*arguments: str) -> None:
        ran = run("coding", *arguments, "--study", study.path, **live.env)
        assert ran.code == 0, ran.err

    study = make_study(SETTINGS, codebook=BOOK)
    put_threads(study, {"t1": ["One."], "t2": [ATTACK]})
    coding("screen")
    with browser() as page:
        log_in(page, study, live, "coder_a")
        open_label_stream(page, live, coder_of(study, "coder_a", "screening").project)
        page.screenshot(path=tmp_path / "screening.png")
        page.get_by_text("exclude").first.click()
        page.get_by_text("Exclude: It only <b>names</b> the flag.").click()
        page.locator(".qd-right textarea").first.fill("a flag in a log")
        page.locator("button[name=submit]").click()
        page.wait_for_function("document.querySelector('.qd-thread h1')?.innerText === 'Title of t2'")
        page.get_by_text("include").first.click()
        page.locator("button[name=submit]").click()
        page.wait_for_timeout(1000)
    coding("pull")
    coding("push")
    coder_of(study, "coder_a").annotate("t2", ["SEC", "SEC.mal"], memo=ATTACK)
    coder_of(study, "coder_b").annotate("t2", ["OTHER"])
    coding("pull")
    coding("adjudicate")
    with browser() as page:
        log_in(page, study, live, "judge")
        open_label_stream(page, live, coder_of(study, "judge", "adjudication").project)
        table = page.locator(".qd-body table").first.inner_text()
        pwned = page.evaluate("window.pwned")
        page.screenshot(path=tmp_path / "adjudication.png")
        page.get_by_text("The codebook is unclear here").click()
        page.locator(".qd-right textarea").first.fill("It is neither.")
        page.locator("button[name=submit]").click()
        page.wait_for_timeout(1000)
    coding("pull")

    screened = [(row.thread_id, row.included, row.criterion, row.by, row.reason) for row in study.read(Screened)]
    assert screened == [("t1", False, "off", "coder_a", "a flag in a log"), ("t2", True, None, "coder_a", None)]
    assert sorted(table.replace("\n", "\t").split("\t")[1:3]) == ["Coder 1", "Coder 2"]
    assert {"Security / Malicious code", "Something else", ATTACK} <= set(table.replace("\n", "\t").split("\t"))
    assert pwned is None
    (decision,) = study.read(Decision)
    assert (decision.code, decision.by, decision.reason) == ("", "judge", "It is neither.")
    assert decision.codebook_unclear
