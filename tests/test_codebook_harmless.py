"""Strangers' text in terminals, spreadsheets, file names and tables; pseudonyms."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codebook import render
from codebook.harmless import file_name, in_spreadsheet, on_terminal, one_line, valid_text
from codebook.pseudonyms import Pseudonyms

HOSTILE = "=[HYPERLINK](1)\x1b[31m\u202egnp.exe|<b>\x00 100%_{x}\ud800"


@given(st.text())
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = on_terminal(text)

    assert not any(c < " " and c not in "\n\t" for c in shown)
    assert not any(
        "\x7f" <= c <= "\x9f" or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for c in shown
    )


@given(st.text())
def test_valid_text_can_be_encoded_and_is_left_alone_if_it_was_valid(text: str) -> None:
    valid = valid_text(text)

    assert valid.encode("utf-8").decode("utf-8") == valid
    assert valid_text(valid) == valid


@given(st.text())
def test_a_file_name_stays_in_its_folder(text: str) -> None:
    name = file_name(text)

    assert name not in ("", ".", "..")
    assert "/" not in name
    assert len(name) <= 80


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "  =1"])
def test_a_formula_is_quoted(text: str) -> None:
    assert in_spreadsheet(text) == "'" + text


def test_a_long_line_is_cut() -> None:
    assert one_line("a\nb  c" + "d" * 50, 10) == "a b cdddd…"


ROWS = [{"name": HOSTILE, "n": 1, "share": 0.5, "many": ["a", "b"], "none": None}]
NAMES = ["name", "n", "share", "many", "none"]


def test_a_hostile_row_in_every_format() -> None:
    assert render.table(ROWS, NAMES, "csv").splitlines()[0] == "name,n,share,many,none"
    ((cell, *_),) = list(csv.reader(io.StringIO(render.table(ROWS, NAMES, "csv"))))[1:]
    assert cell == "'" + on_terminal(HOSTILE)
    assert json.loads(render.table(ROWS, NAMES, "json")) == [
        {"name": valid_text(HOSTILE), "n": 1, "share": 0.5, "many": ["a", "b"], "none": None}
    ]
    for fmt in ("text", "md", "latex"):
        shown = render.table(ROWS, NAMES, fmt)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert "\\[HYPERLINK](1)" in render.table(ROWS, NAMES, "md")
    assert "\\|&lt;b>" in render.table(ROWS, NAMES, "md")
    assert "100\\%\\_\\{x\\}" in render.table(ROWS, NAMES, "latex")


@given(st.text())
def test_json_keeps_a_text_and_steers_no_terminal(text: str) -> None:
    shown = render.table([{"text": text, "many": [text]}], ["text", "many"], "json")

    assert json.loads(shown) == [{"text": valid_text(text), "many": [valid_text(text)]}]
    assert on_terminal(shown) == shown


def test_json_escapes_only_what_steers_a_terminal() -> None:
    shown = render.table([{"text": "\x9b31m ä 語 \u202e \x7f"}], ["text"], "json")

    assert shown == '[\n  {\n    "text": "\\u009b31m ä 語 \\u202e \\u007f"\n  }\n]'


@pytest.mark.parametrize("cell", ["[2cm] gap", "*star", "*[x]"])
def test_no_latex_row_begins_with_what_the_row_above_would_take_as_its_argument(cell: str) -> None:
    """Neither the end of a row nor a rule may be followed by a star or a bracket."""
    shown = render.table([{"a": cell, "b": cell}, {"a": cell, "b": "[x]"}], ["a", "b"], "latex").splitlines()

    assert [line.split("&")[0].strip() for line in shown if "&" in line] == ["a", "{}" + cell, "{}" + cell]
    assert [line.split("&")[1].split(" \\\\")[0].strip() for line in shown[4:6]] == [cell, "[x]"]
    assert [n for n in render.table([{"[n]": 1}], ["[n]"], "latex").splitlines() if "[n]" in n] == ["   {}[n] \\\\"]


def test_text_tables_are_plain() -> None:
    expected = "word      n\n------  ---\na         1\nbb       20"

    assert render.table([{"word": "a", "n": 1}, {"word": "bb", "n": 20}], ["word", "n"], "text") == expected
    assert render.table([], ["word", "n"], "text").splitlines()[0].split() == ["word", "n"]


def test_one_person_has_one_pseudonym_per_study() -> None:
    one, other = Pseudonyms(b"k" * 32), Pseudonyms(b"j" * 32)

    assert one.of("Ada") == one.of("ada") != other.of("ada")
    assert one.of(None) is None
    assert one.in_text("thanks @Ada, and cc @ada!") == f"thanks @{one.of('ada')}, and cc @{one.of('ada')}!"


@pytest.mark.parametrize(
    "text",
    [
        "use @torch.no_grad()",
        "@dataclass\nclass A",
        "@staticmethod\n    def f()",
        "from npm @scope/package",
        "`@decorator` in code",
        "no one here",
        "me@home",
    ],
)
def test_what_is_no_mention_stays(text: str) -> None:
    assert Pseudonyms(b"k").in_text(text) == text


def test_an_address_is_replaced() -> None:
    names = Pseudonyms(b"k")

    assert names.in_text("write to Ada.L@example.org.") == f"write to {names.of('ada.l@example.org')}@example.invalid."
