"""What models read of a unit, and where it stands in what coders are shown."""

from collections.abc import Callable

import pytest
from hand_study import row
from hypothesis import given
from hypothesis import strategies as st

from codebook.rows import Post, Screened, Thread
from codebook.study import Study
from coding.embeddings.prose import cleaned, passages
from coding.embeddings.texts import sentences, unit_texts
from coding.page.text import page_text
from coding.page.thread import thread_page

MIXED = """\
I load the model and it *hangs*. Why? See https://example.org/a?b=c for `trust_remote_code`.

> somebody else said this

```python
import os
```

Traceback (most recent call last):
  File "a.py", line 3, in <module>
ValueError: no

<details><summary>More words</summary>

- one thing
- 第二件事。很慢\uff01

And:

    indented = code

<pre>
raw = code

still = code
</pre>

The end. ![a shot](https://example.org/x.png)
"""

MIXED_PROSE = """\
I load the model and it hangs. Why? See for trust_remote_code.
More words
one thing
第二件事。很慢\uff01
And:
The end."""


def thread(thread_id: str, **values: object) -> Thread:
    return row(Thread, thread_id=thread_id, **{"title": f"Title {thread_id}", "included": True, "url": "", **values})


def post(thread_id: str, position: int, body: str) -> Post:
    return row(Post, thread_id=thread_id, post_id=f"{thread_id}/{position}", position=position, body=body)


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    made = make_study('[sampling]\nunit = "thread"\n')
    fill(made)
    return made


def fill(study: Study) -> None:
    study.write(Thread, [thread("s:1"), thread("s:2"), thread("s:3", included=False), thread("s:4", title="")])
    bodies = [post("s:1", 0, MIXED), post("s:1", 1, "It works for me."), post("s:2", 0, "```\nonly code\n```")]
    study.write(Post, [*bodies, post("s:4", 0, "")])


def test_a_threads_prose_is_title_and_words_without_code_logs_quotes_and_addresses(study: Study) -> None:
    actual = {unit.unit_id: unit.prose for unit in unit_texts(study)}
    expected = {"s:1": f"Title s:1\n{MIXED_PROSE}\nIt works for me.", "s:2": "Title s:2", "s:4": ""}

    assert expected == actual


def test_people_who_are_spoken_to_are_no_subject() -> None:
    text = "Thanks @user-0123456789, and user-abcdef0123! A user-friendly fix."

    assert cleaned(text, [(0, len(text))]) == "Thanks , and ! A user-friendly fix."


def test_a_posts_prose_is_its_own_and_what_is_shown_is_its_page(make_study: Callable[..., Study]) -> None:
    study = make_study('[sampling]\nunit = "post"\n')
    fill(study)
    units = list(unit_texts(study))
    actual = [(unit.unit_id, unit.thread_id, unit.kind, unit.prose) for unit in units]
    one, two = next(iter(study.read(Thread))), [p for p in study.read(Post) if p.thread_id == "s:1"]
    expected = [
        ("s:1/0", "s:1", "post", MIXED_PROSE),
        ("s:1/1", "s:1", "post", "It works for me."),
        ("s:2/0", "s:2", "post", ""),
        ("s:4/0", "s:4", "post", ""),
    ]

    assert expected == actual
    assert [thread_page(one, two, f"s:1/{n}").text for n in (0, 1)] == [unit.shown for unit in units[:2]]


def test_sentences_of_a_unit_stand_in_what_is_shown(study: Study) -> None:
    unit = next(unit_texts(study))
    actual = [unit.shown[start:end] for start, end in unit.sentences()]
    expected = [
        "Title s:1",
        "I load the model and it hangs.",
        "Why?",
        "See https://example.org/a?b=c for trust_remote_code.",
        "<details><summary>More words</summary>",
        "one thing",
        "第二件事。",
        "很慢\uff01",
        "And:",
        "The end.",
        "It works for me.",
    ]

    assert expected == actual


def test_a_screening_leaves_units_out_and_every_gives_all_its_candidates(study: Study) -> None:
    study.write(Screened, [row(Screened, thread_id="s:2", included=True)])

    assert [unit.unit_id for unit in unit_texts(study)] == ["s:2"]
    assert [unit.unit_id for unit in unit_texts(study, every=True)] == ["s:1", "s:2", "s:4"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n .\n", []),
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("Use e.g. this one. Or i.e. that.", ["Use e.g. this one.", "Or i.e. that."]),
        ("Version 1.2.3 fails in a.b.c today", ["Version 1.2.3 fails in a.b.c today"]),
        ("模型很慢。为什么\uff1f因为“太大。”所以不行", ["模型很慢。", "为什么\uff1f", "因为“太大。”", "所以不行"]),
        ("1. first\n2. second", ["1. first", "2. second"]),
        ("no end\nsecond line", ["no end", "second line"]),
        ("هل يعمل؟ نعم.", ["هل يعمل؟", "نعم."]),
        ("😀 Emoji first. Then words.", ["😀 Emoji first.", "Then words."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    actual = [text[start:end] for start, end in sentences(text)]

    assert expected == actual


@given(st.text(alphabet=st.sampled_from("ab. \n?!。\uff01'\")<>&1")))
def test_sentences_are_in_order_apart_and_hold_every_letter(text: str) -> None:
    found = sentences(text)
    flat = [place for pair in found for place in pair]
    inside = "".join(text[start:end] for start, end in found)

    assert flat == sorted(flat)
    assert [c for c in inside if c.isalnum()] == [c for c in text if c.isalnum()]


PIECES = (
    "a word. ",
    "`code` ",
    "\n",
    "\n\n",
    "> quoted\n",
    "```\n",
    "    x = 1\n",
    "<pre>",
    "</pre>",
    "<b>",
    "- ",
    "&lt; ",
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.booleans())
def test_passages_stand_in_the_pages_text_in_order(body: str, only_unit: bool) -> None:
    page = thread_page(thread("s:1"), [post("s:1", 0, body), post("s:1", 1, "Later.")], "s:1/1" if only_unit else "")
    found = passages(page.html, only_unit=only_unit)
    flat = [place for pair in found for place in pair]

    assert page_text(page.html) == page.text
    assert flat == sorted(flat)
    assert all(page.text[start:end].strip() == page.text[start:end] != "" for start, end in found)
    assert cleaned(page.text, found).endswith("Later.")
    assert not only_unit or cleaned(page.text, found) == "Later."


def test_hostile_text_takes_linear_time() -> None:
    """Doubling the length four times does not take a hundred times as long; the test's limit would end it."""
    for unit in ("<", "[image:", "e.g. ", "'", "。", "http://", "<a ", "1. "):
        text = unit * (100_000 // len(unit))

        assert cleaned(text, [(0, len(text))]) is not None
        assert sentences(text) is not None
