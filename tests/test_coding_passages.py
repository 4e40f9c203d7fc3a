"""Passages: which words of a page got which code, in code points of the text that was shown."""

import html
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_coding_annotations import EXPECTED, PULL, annotation, codes, part

from codebook.rows import Coding
from coding.answers.annotations import Reading, read
from coding.answers.passages import text_sha256
from coding.page.text import page_text, same_words
from coding.records import PushedUnit

PAGE = (
    '<article class="qd-thread">\n<h1>It hangs</h1>\n'
    '<section><div class="qd-body"><p>😀 Zoe\u0308 said<br>it <strong>hangs</strong> &amp; &lt;stops&gt;</p>\n</div>\n'
    "</section>\n"
    '<section><p>Use <a href="https://x.org/?a=1&amp;b=>">x</a> 👩‍👩‍👧.</p>\n</section>\n</article>'
)
TEXT = "\nIt hangs\n😀 Zoe\u0308 said\nit hangs & <stops>\n\n\nUse x 👩‍👩‍👧.\n\n"
AS_CODED = replace(EXPECTED, confidence=None, memo=None)


def passage(start: object, end: object, words: object, *labels: object) -> dict[str, Any]:
    value = {"globalOffsets": {"start": start, "end": end}, "text": words, "hypertextlabels": list(labels)}
    place = {"start": "/p[1]/text()[1]", "startOffset": 1, "end": "/p[2]/text()[1]", "endOffset": 7}
    return {"from_name": "passages", "to_name": "thread", "type": "hypertextlabels", "value": value | place}


def of(words: str, *labels: str) -> dict[str, Any]:
    """A passage as the page gives it: the first place where the words stand."""
    start = TEXT.index(words)
    return passage(start, start + len(words), words.replace("\n", "\\n"), *labels)


def rows(*result: object, page: object = PAGE, pushed: str = TEXT) -> tuple[list[Coding], list[tuple[str, object]]]:
    """Codings, and what is kept apart, of one annotation."""
    unit = PushedUnit(unit_id="t1", thread_id="t1", kind="thread", content_sha256=text_sha256(pushed))
    export = [{"id": 5, "data": {"unit_id": "t1", "html": page}, "annotations": [annotation(*result)]}]
    (reading,) = read(export, PULL, {"t1": unit}, "coding-pull-1")
    assert isinstance(reading, Reading)
    return list(reading.codings()), [(row.reason, json.loads(row.value)) for row in reading.apart()]


def test_the_text_of_a_page_is_what_stands_between_its_tags_and_a_line_break_is_one_character() -> None:
    assert page_text(PAGE) == TEXT


def test_a_passage_is_a_row_with_its_place_in_code_points_and_the_words_as_shown() -> None:
    stand, apart = rows(of("😀 Zoe\u0308 said", "SEC.mal"))

    assert stand == [replace(AS_CODED, start=10, end=21, quote="😀 Zoe\u0308 said")]
    assert apart == []


def test_each_passage_and_each_code_of_the_whole_is_a_row_of_its_own() -> None:
    crossing = "<stops>\n\n\nUse x 👩‍👩‍👧"
    stand, apart = rows(codes(["OTHER"]), of("Use", "SEC.mal"), of(crossing, "SEC.mal", "OTHER"), of("Use", "SEC.mal"))
    use, across = TEXT.index("Use"), TEXT.index("<stops>")

    assert [(row.code, row.start, row.end, row.quote) for row in stand] == [
        ("OTHER", None, None, None),
        ("SEC.mal", use, use + 3, "Use"),
        ("SEC.mal", across, across + len(crossing), crossing),
        ("OTHER", across, across + len(crossing), crossing),
    ]
    assert apart == []


def test_words_may_differ_in_white_space_only_because_the_browser_shows_its_own() -> None:
    start = TEXT.index("<stops>")
    shown_with_a_tab, _ = rows(passage(start, start + 13, "<stops>\\n\\n\tUse", "OTHER"))
    _, apart = rows(passage(start, start + 13, "<stops> Used", "OTHER"))

    assert [row.quote for row in shown_with_a_tab] == ["<stops>\n\n\nUse"]
    assert [reason for reason, _ in apart] == ["passage is not what stands there"]


@pytest.mark.parametrize(
    ("start", "end", "words", "reason"),
    [
        (5, 5, "", "passage is empty"),
        (0, 1, "\\n", "passage is empty"),
        (9, 4, "hangs", "passage ends before it begins"),
        (-1, 4, "It", "passage outside of the page"),
        (0, len(TEXT) + 1, TEXT, "passage outside of the page"),
        (10**30, 10**30 + 1, "x", "passage outside of the page"),
        (1, 9, "It stops", "passage is not what stands there"),
        (1, 9, "", "passage is not what stands there"),
    ],
)
def test_a_passage_that_cannot_be_is_kept_apart_and_is_no_missing_code(
    start: int, end: int, words: str, reason: str
) -> None:
    stand, apart = rows(passage(start, end, words, "OTHER"))

    assert stand == []
    assert apart == [(reason, {"code": "OTHER", "start": start, "end": end, "words": words})]


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("SEC.gone", "code not in the codebook"),
        ("SEC", "code is not a leaf"),
        ("SEC.old", "code is retired"),
        ("SEC.new", "code is proposed"),
    ],
)
def test_an_illegal_code_of_a_passage_is_kept_apart_and_a_legal_one_beside_it_stands(label: str, reason: str) -> None:
    stand, apart = rows(of("Use", label, "OTHER"))

    assert [(row.code, row.quote) for row in stand] == [("OTHER", "Use")]
    assert [why for why, _ in apart] == [reason]
    assert rows(of("Use", label))[0] == [], "no row with an empty code: the coder did give one"


@pytest.mark.parametrize(
    "item",
    [
        passage(True, 3, "x", "OTHER"),
        passage(1.0, 3, "x", "OTHER"),
        passage(None, 3, "x", "OTHER"),
        passage(1, "3", "x", "OTHER"),
        passage(1, 3, None, "OTHER"),
        passage(1, 3, ["x"], "OTHER"),
        passage(1, 3, "x"),
        passage(1, 3, "x", ["OTHER"]),
        part("passages", "hypertextlabels", ["OTHER"]),
        {"from_name": "passages", "value": None},
    ],
)
def test_a_passage_of_another_form_is_kept_apart_and_says_nothing_of_no_code(item: dict[str, Any]) -> None:
    stand, apart = rows(item)

    assert stand == []
    assert apart == [("malformed", item)]


@pytest.mark.parametrize("page", [PAGE.replace("Zoe", "Zora"), "", None, "<p>" * 3, 7])
def test_on_a_page_that_is_not_the_one_that_was_pushed_the_code_counts_for_the_unit(page: object) -> None:
    stand, apart = rows(of("Use", "OTHER"), of("hangs", "OTHER"), codes(["OTHER"]), page=page)

    assert stand == [replace(AS_CODED, code="OTHER")]
    assert [reason for reason, _ in apart] == ["page was changed"] * 2


def test_a_thousand_passages_and_a_megabyte_of_words_are_read() -> None:
    long = "a b 😀 " * 100_000
    page, text = f"<p>{long}</p>", long
    many = [passage(n, n + 1000, text[n : n + 1000], "OTHER") for n in range(0, 1_000 * 6, 6)]
    stand, apart = rows(*many, passage(0, len(text), text, "SEC.mal"), page=page, pushed=text)

    assert len(stand) == 1001
    assert apart == []
    assert all(row.quote == text[row.start : row.end] for row in stand)


@pytest.mark.parametrize("piece", ["<", '<a href="', "<br", '"', "<p>", "&#", "<!--", "&lt;"])
def test_a_hostile_page_takes_no_longer_than_its_length(piece: str) -> None:
    assert isinstance(page_text(piece * 300_000), str)


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=40)


@given(st.lists(TEXTS, max_size=8), st.data())
def test_any_passage_of_any_page_comes_back_with_its_words(pieces: list[str], data: st.DataObject) -> None:
    """Round trip: what a coder selects, as code points of the text, is the quote at its place."""
    text = "\n".join(pieces)
    page = "<br>".join(f'<b title=">&lt;">{html.escape(piece)}</b>' for piece in pieces)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    stand, apart = rows(passage(start, end, text[start:end].replace("\n", "\\n"), "OTHER"), page=page, pushed=text)

    if text[start:end].strip():
        assert [(row.start, row.end, row.quote) for row in stand] == [(start, end, text[start:end])]
    else:
        assert ([row.code for row in stand], [reason for reason, _ in apart]) == ([], ["passage is empty"])
    assert len(apart) + len(stand) == 1


@given(TEXTS, TEXTS)
def test_words_are_the_same_whatever_white_space_stands_between_them(one: str, other: str) -> None:
    spaced = " \n".join(one)

    assert same_words(one.replace("\\", "/"), spaced.replace("\\", "/"))
    assert same_words(one, other) == same_words(other, one)
