"""What a post says, what is code in it, and what it quotes."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collect.derive.keywords import keyword_places
from collect.derive.prose import code_share, split

KEYWORDS = ("trust_remote_code", "trust_repo")
PIECES = [
    *("\n", "\n\n", " ", "    ", "\t", "a", "word word", ">", "> ", "> > ", "- ", "1. ", "`", "``", "```", "~~~"),
    *("```py\n", "\\", "\\`", "<pre>", "</pre>", "<code>", "</code>", "<PRE class=x>", "<code", "\r\n", "\r", "\x00"),
    *("\x85", "\u2028", "Traceback (most recent call last):\n", '  File "x.py", line 3, in f\n', "ValueError: no\n"),
    *("é", "\ud800", "😀", "12:00:01 ERROR broken\n", "lib/hub.py:267: UserWarning: You are about"),
]
bodies = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def divided(body: str) -> list[list[str]]:
    """Prose, code with its spans and logs, and quotes, as lines."""
    parts = split(body)
    return [lines(parts.prose), lines(f"{parts.code}\n{parts.spans}\n{parts.log}"), lines(parts.quote)]


def ink(text: str) -> list[str]:
    return sorted("".join(text.split()))


@given(bodies)
@example("> ```\na\n> b")
@example("<pre>\n`</pre>` <code>\n</code>")
def test_every_character_that_is_not_white_space_is_in_exactly_one_part(body: str) -> None:
    assert ink("".join(split(body))) == ink(body)


@given(bodies, bodies)
def test_nothing_raises_and_the_share_is_a_share(body: str, keyword: str) -> None:
    assert 0.0 <= code_share(body) <= 1.0
    assert set(keyword_places(body, [keyword])) <= {"prose", "code", "quote", "log"}


@given(st.text(alphabet="abc XYZ.,\n"))
def test_text_without_marks_and_indentation_is_prose(body: str) -> None:
    plain = re.sub("(?m)^ +", "", body)

    assert ink(split(plain).prose) == ink(body)


CASES: dict[str, tuple[str, list[str], list[str], list[str]]] = {
    "a fence": ("a\n```python\nx = 1\n```\nb", ["a", "b"], ["```python", "x = 1", "```"], []),
    "tildes, and backticks inside": ("~~~\n```\n~~~\nb", ["b"], ["~~~", "```", "~~~"], []),
    "a fence is closed by one as long": ("````\n```\n`````\nb", ["b"], ["````", "```", "`````"], []),
    "a fence that nobody closed": ("a\n```\nx\n\ny", ["a"], ["```", "x", "y"], []),
    "a fence far to the right, as in a list": (
        "- a\n        ```\n        x\n        ```",
        ["- a"],
        ["```", "x", "```"],
        [],
    ),
    "a fence behind a list marker": ("1. ```sh\n   ls\n   ```\n2. b", ["2. b"], ["1. ```sh", "ls", "```"], []),
    "three backticks in a line are a span": ("```x``` b", ["b"], ["```x```"], []),
    "a fence in a quote": ("> a\n> ```\n> x\n> ```\nb", ["b"], ["> ```", "> x", "> ```"], ["> a"]),
    "a quote ends, and its fence": ("> ```\n> x\nb", ["b"], ["> ```", "> x"], []),
    "indented": ("a\n\n    x = 1\n\n    y = 2\nb", ["a", "b"], ["x = 1", "y = 2"], []),
    "indented without an empty line before": ("a\n    b", ["a", "b"], [], []),
    "indented by a tab": ("a\n\n\tx", ["a"], ["x"], []),
    "the second paragraph of a list item": ("1. a\n\n    b\n\n        x", ["1. a", "b"], ["x"], []),
    "a list that is over": ("- a\n\nb\n\n    x", ["- a", "b"], ["x"], []),
    "spans": ("use `x` or ``y`z`` now", ["use", "or", "now"], ["`x`", "``y`z``"], []),
    "a span over two lines": ("a `x\ny` b", ["a", "b"], ["`x", "y`"], []),
    "a backtick alone": ("it`s `x`", ["it", "x`"], ["`s `"], []),
    "a span never leaves its paragraph": ("a ` b\n\nc ` d", ["a ` b", "c ` d"], [], []),
    "an escaped backtick": ("a \\`x` b", ["a \\`x` b"], [], []),
    "tags in a line": ("a <code>x</code> <pre>y</pre>", ["a"], ["<code>x</code>", "<pre>y</pre>"], []),
    "pre over empty lines": ("a\n<pre>\nx\n\ny\n</pre> b", ["a", "b"], ["<pre>", "x", "y", "</pre>"], []),
    "pre behind a summary": (
        "<summary>log</summary><PRE>\nx\n</PRE>",
        ["<summary>log</summary>"],
        ["<PRE>", "x", "</PRE>"],
        [],
    ),
    "pre and code": ("<pre><code>x\n\ny</code></pre>\nb", ["b"], ["<pre><code>x", "y</code></pre>"], []),
    "code over lines": ("<code>\nx\n\ny\n</code>\nb", ["b"], ["<code>", "x", "y", "</code>"], []),
    "code that nobody closed": ("<code>x\n\nb", ["<code>x", "b"], [], []),
    "code that the next one closes is not code": (
        "<code>a\n\nb <code>x</code>",
        ["<code>a", "b"],
        ["<code>x</code>"],
        [],
    ),
    "pre that nobody closed": ("<pre>\nx\n\ny", [], ["<pre>", "x", "y"], []),
    "somebody writes about a tag": ("the `<pre>` tag\nb\n</pre>", ["the", "tag", "b", "</pre>"], ["`<pre>`"], []),
    "a quote": ("> a\n>b\n> > c\nd", ["d"], [], ["> a", ">b", "> > c"]),
    "an answer right below a quote is the author's": ("> a\nb", ["b"], [], ["> a"]),
    "Windows line ends": ("a\r\n```\r\nx\r\n```\r\nb", ["a", "b"], ["```", "x", "```"], []),
    "empty": ("", [], [], []),
}


@pytest.mark.parametrize(("body", "prose", "code", "quote"), CASES.values(), ids=CASES.keys())
def test_markdown(body: str, prose: list[str], code: list[str], quote: list[str]) -> None:
    assert divided(body) == [prose, code, quote]


TRACEBACK = """It fails:
Traceback (most recent call last):
  File "/ci/load.py", line 3, in <module>
    model = torch.hub.load("owner/repo", "small")
            ^^^^^^^^^^^^^^
EOFError: EOF when reading a line

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/ci/load.py", line 9, in <module>
    raise
RuntimeError: Error(s) in loading state_dict:
        Missing key(s)
What can I do?"""

LOGS: dict[str, tuple[str, list[str]]] = {
    "a chained traceback": (TRACEBACK, ["It fails:", "What can I do?"]),
    "a traceback that lost its indentation": (
        'a\nTraceback (most recent call last):\nFile "x.py", line 1, in f\nmodel = load()\nValueError: no\nb',
        ["a", "b"],
    ),
    "a traceback that ends without its exception": (
        'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    g()\n\nHelp: what is this?',
        ["Help: what is this?"],
    ),
    "a traceback behind a prompt": (
        'Go on? (y/N): Traceback (most recent call last):\n  File "x", line 1\nEOFError\nb',
        ["b"],
    ),
    "the word alone is no traceback": (
        "A Traceback (most recent call last) is printed\nby this.",
        ["A Traceback (most recent call last) is printed", "by this."],
    ),
    "a frame alone": ('see\n  File "x.py", line 12, in load\nthere', ["see", "there"]),
    "a Python warning": ("a\n/lib/torch/hub.py:267: UserWarning: You are about to download\nb", ["a", "b"]),
    "a log with level behind the time": ("a\n2024-01-02 10:00:00,123 - hub - INFO - loading\nb", ["a", "b"]),
    "a log with the level first": ("INFO 01-05 12:00:00 [llm.py:12] loading\n[12:00:00] [error] no\nb", ["b"]),
    "a time in a sentence": (
        "At 12:00:00 the ERROR came\n12:00:00 was the time",
        ["At 12:00:00 the ERROR came", "12:00:00 was the time"],
    ),
}


@pytest.mark.parametrize(("body", "prose"), LOGS.values(), ids=LOGS.keys())
def test_what_is_pasted_without_a_fence_is_a_log(body: str, prose: list[str]) -> None:
    parts = split(body)

    assert lines(parts.prose) == prose
    assert (parts.quote, parts.code) == ("", "")


FRAMES = 'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    g()\nValueError: no'
BLOCKS: dict[str, tuple[str, str, str]] = {
    "a fenced traceback": (f"```python\n{FRAMES}\n```", "", f"```python\n{FRAMES}\n```"),
    "a traceback in an indented block": ("\n".join("    " + line for line in FRAMES.split("\n")), "", "all"),
    "a traceback in pre": (f"<pre>\n{FRAMES}\n</pre>", "", "all"),
    "a traceback in a fence in a quote": ("\n".join("> " + x for x in f"```\n{FRAMES}\n```".split("\n")), "", "all"),
    "an error message alone": ("```\nValueError: Loading x requires you to execute\n```", "", "all"),
    "lines of a log": ("```\nINFO: loading\n[ERROR] no\n```", "", "all"),
    "a fence that says so": ("```log\nDownloading: 10%\n```", "", "all"),
    "code that raises": ("```python\ntry:\n    g()\nexcept ValueError: pass\n```", "all", ""),
    "much code and one message": ("```\na = 1\nb = 2\nc = 3\nValueError: no\n```", "all", ""),
    "an empty fence": ("```\n```", "all", ""),
}


@pytest.mark.parametrize(("body", "code", "log"), BLOCKS.values(), ids=BLOCKS.keys())
def test_a_block_is_code_or_a_log_as_a_whole(body: str, code: str, log: str) -> None:
    parts = split(body)

    assert (lines(parts.code), lines(parts.log)) == tuple(lines(body if x == "all" else x) for x in (code, log))
    assert (parts.prose, parts.quote) == ("", "")


def test_two_fences_are_two_blocks() -> None:
    parts = split("```\na = 1\n```\n```\nKeyError: 'a'\n```")

    assert lines(parts.code) == ["```", "a = 1", "```"]
    assert lines(parts.log) == ["```", "KeyError: 'a'", "```"]


def test_the_share_counts_what_is_not_white_space() -> None:
    assert code_share("abcde `xyz`") == 0.5
    assert code_share("> 123\n\n```\n1\n```") == 7 / 11
    assert code_share(" \n\t") == 0.0


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ("Is TRUST_REPO safe?", ("prose",)),
        ("```\nload(trust_remote_code=True)\n```", ("code",)),
        ("trust_repo:\n\n    trust_repo", ("prose", "code")),
        ("the default of `trust_repo` is new", ("prose",)),
        ("`trust_repo`\n\n```\ntrust_repo\n```", ("prose", "code")),
        ("model.trust_remote_code, (trust_repo)", ("prose",)),
        ("--trust-remote-code use_trust_remote_code trust_remote_codes", ()),
        ("> is trust_repo safe?\n\nYes.", ("quote",)),
        ("```\nUserWarning: set trust_repo=True\n```", ("log",)),
        ("```\nload(trust_repo=True)\n```\n> trust_repo\n\n12:00:01 ERROR trust_repo", ("code", "quote", "log")),
        ("> ```\n> trust_repo\n> ```", ("code",)),
        ("", ()),
    ],
)
def test_where_a_keyword_stands(body: str, places: tuple[str, ...]) -> None:
    assert keyword_places(body, KEYWORDS) == places


def test_keywords_are_texts_not_patterns() -> None:
    assert keyword_places("remote\n  code", ["remote code"]) == ("prose",)
    assert keyword_places("C++11", ["c++"]) == ("prose",)
    assert keyword_places("aXb", ["a.b"]) == ()
    assert keyword_places("anything", ["", " "]) == ()
    assert keyword_places("anything", []) == ()


HOSTILE = [
    "`",
    "` `` ",
    "\\`",
    "<pre>",
    "<pre><code>",
    "<code>\n",
    "a</pre><pre>\n",
    "</pre>",
    "<",
    "`<code>\n",
    "<pre ",
    "> ",
]
HOSTILE += [
    "> > a\n",
    "- ",
    "- a\n",
    " ",
    "\n",
    "```\n",
    "```\nfoo\n",
    "~",
    "Traceback (most recent call last):\n",
    'File "',
    "1",
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("piece", HOSTILE)
def test_half_a_million_hostile_characters_take_no_time(piece: str) -> None:
    """A quadratic step would take hours at 5 MB and minutes here; the bound is a hundred times what is measured."""
    body = piece * (500_000 // len(piece)) + "x"
    began = time.process_time()
    parts = split(body)
    took = time.process_time() - began

    assert sum(map(len, map(ink, parts))) == len(ink(body))
    assert took < 20
