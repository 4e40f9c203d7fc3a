"""Passages and proposals through a real Label Studio: what scripts and hostile hands submit over its API."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads

from codebook.rows import Coding, Proposal, Quarantined, ShownText, UnitOfCoding
from codebook.study import Study

pytestmark = pytest.mark.live

CODERS = '[coders]\nnames = ["coder_a"]\n'
BOOK = """\
version: "1.0.0"
codes:
  - {id: A, name: First, definition: d}
  - {id: B, name: Second, definition: d}
  - {id: OLD, name: Old, definition: d, status: retired}
"""
WORDS = "😀 e\u0301 word of a long post 🐍, "


@pytest.fixture
def study(make_study: Callable[..., Study], run: Callable[..., Any], live: LiveStudio) -> Study:
    made = make_study(CODERS, codebook=BOOK)
    put_threads(made, {f"t{n}": [WORDS * 2_000, "An answer."] for n in range(1, 5)})
    pushed = run("coding", "push", "--study", made.path, **live.env)
    assert pushed.code == 0, pushed.err
    return made


def passage(page: str, start: int, end: int, *codes: str, **changed: Any) -> dict[str, Any]:
    value = {"globalOffsets": {"start": start, "end": end}, "text": page[start:end], "hypertextlabels": list(codes)}
    return {"from_name": "passages", "to_name": "thread", "type": "hypertextlabels", "value": value | changed}


def text(name: str, *texts: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "thread", "type": "textarea", "value": {"text": list(texts)}}


def test_a_thousand_passages_and_megabytes_come_back_and_what_cannot_be_is_kept_apart(
    study: Study, coder_of: Callable[..., LiveCoder], live: LiveStudio, run: Callable[..., Any]
) -> None:
    coder = coder_of(study, "coder_a")
    coder.annotate("t1")
    assert run("coding", "pull", "--study", study.path, **live.env).code == 0
    shown = next(row.text for row in study.read(ShownText))
    shown = shown.replace("Title of t1", "Title of t2").replace("issues/0", "issues/1")
    first = shown.index("word")

    coder.submit("t2", [passage(shown, first + n, first + n + 1_500, "A") for n in range(1_000)])
    coder.submit("t3", [text("memo", "m" * 1_500_000), text("proposals", "\x1b[1mBold\nBold 🐍"), text("codes", "A")])
    last = shown.replace("Title of t2", "Title of t4").replace("issues/1", "issues/3")
    wrong = [
        passage(last, first, first + 4, "NOPE"),
        passage(last, first, first + 4, "OLD"),
        passage(last, first + 4, first, "B"),
        passage(last, first, first + 4, "B", text="other"),
        passage(last, first, 10**9, "B"),
        passage(last, first, first, "B"),
        passage(last, first, first + 4, "B", globalOffsets=None),
    ]
    coder.submit("t4", [*wrong, passage(last, first, first + 4, "A", "B"), text("memo", "a\x07b\x1b[31m")])
    pulled = run("coding", "pull", "--study", study.path, **live.env)
    assert pulled.code == 0, pulled.err

    rows = list(study.read(Coding))
    texts = {row.unit_id: row.text for row in study.read(ShownText)}
    assert len(pulled.out + pulled.err) < 2_000
    assert Counter((row.unit_id, row.code) for row in rows) == {
        ("t1", ""): 1,
        ("t2", "A"): 1_000,
        ("t4", "A"): 1,
        ("t4", "B"): 1,
    }
    assert all(row.quote == texts[row.unit_id][row.start : row.end] for row in rows if row.quote)
    assert {row.quote for row in rows if row.unit_id == "t4"} == {"word"}
    assert [(row.unit_id, row.name) for row in study.read(Proposal)] == [("t3", "Bold 🐍"), ("t3", "\ufffd[1mBold")]
    assert sorted((row.unit_id, row.reason) for row in study.read(Quarantined)) == [
        ("t3", "malformed"),
        ("t3", "memo too long"),
        ("t4", "code is retired"),
        ("t4", "code not in the codebook"),
        ("t4", "malformed"),
        ("t4", "passage ends before it begins"),
        ("t4", "passage is empty"),
        ("t4", "passage is not what stands there"),
        ("t4", "passage outside of the page"),
    ]
    assert max(len(row.value) for row in study.read(Quarantined)) < 100_000
    assert {row.content_sha256 for row in study.read(UnitOfCoding)} >= {
        row.content_sha256 for row in study.read(ShownText)
    }
    assert run("coding", "pull", "--from-raw", "--study", study.path).code == 0


def test_a_page_that_was_edited_on_the_server_gives_codes_without_passages_and_says_so(
    study: Study, coder_of: Callable[..., LiveCoder], live: LiveStudio, run: Callable[..., Any]
) -> None:
    coder = coder_of(study, "coder_a")
    task = coder.task("t1")
    data = coder.ask("GET", f"/api/tasks/{task}")["data"]
    coder.ask("PATCH", f"/api/tasks/{task}", {"data": data | {"html": "<p>another text</p>"}})
    coder.submit("t1", [passage("another text", 0, 7, "A")])
    assert run("coding", "pull", "--study", study.path, **live.env).code == 0

    assert [(row.code, row.start, row.quote) for row in study.read(Coding)] == [("A", None, None)]
    assert [row.reason for row in study.read(Quarantined)] == ["page was changed"]
