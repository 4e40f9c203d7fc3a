"""Typed changes in ``codebook.yaml``: what they say, and errors with file, line and the nearest id."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codebook.errors import StudyError
from codebook.themes import Codebook
from codebook.versions.steps import Step

CODES = """\
codes:
  - {id: SEC, name: Security, definition: Risk.}
  - {id: SEC.keys, parent: SEC, name: Keys, definition: Keys.}
  - {id: SEC.code, parent: SEC, name: Code, definition: Code.}
  - {id: USE, name: Use, definition: Use.}
  - {id: USE.err, parent: USE, name: Errors, definition: Errors.}
  - {id: OLD, name: Old, definition: Old., status: retired}
"""


def load(tmp_path: Path, *changes: str, codes: str = CODES, version: str = "2.0.0") -> Codebook:
    listed = "".join(f"  - {change}\n" for change in changes)
    path = tmp_path / "codebook.yaml"
    path.write_text(f'version: "{version}"\nchanges:\n{listed}{codes}', encoding="utf-8")
    return Codebook.load(path)


def test_every_kind_of_change_is_read(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        '{version: "1.1.0", add: SEC.keys}',
        '{version: "1.1.0", rename: {from: SEC.mal, to: SEC.code}}',
        '{version: "1.1.0", rename: USE}',
        '{version: "1.1.0", date: 2026-03-01, move: {code: USE.err, under: USE}}',
        '{version: "1.1.0", move: {code: USE, under: null}}',
        '{version: "1.2.0", merge: {from: [A, B], into: SEC.code}}',
        '{version: "1.2.0", split: {from: C, into: [SEC.code, SEC.keys]}}',
        '{version: "2.0.0", retire: OLD}',
        '{version: "2.0.0", reword: SEC}',
    )

    assert [(s.version, s.kind, s.before, s.after, s.under, s.date, s.line) for s in book.changes] == [
        ("1.1.0", "add", (), ("SEC.keys",), None, "", 3),
        ("1.1.0", "rename", ("SEC.mal",), ("SEC.code",), None, "", 4),
        ("1.1.0", "rename", ("USE",), ("USE",), None, "", 5),
        ("1.1.0", "move", ("USE.err",), ("USE.err",), "USE", "2026-03-01", 6),
        ("1.1.0", "move", ("USE",), ("USE",), None, "", 7),
        ("1.2.0", "merge", ("A", "B"), ("SEC.code",), None, "", 8),
        ("1.2.0", "split", ("C",), ("SEC.code", "SEC.keys"), None, "", 9),
        ("2.0.0", "retire", ("OLD",), (), None, "", 10),
        ("2.0.0", "reword", ("SEC",), ("SEC",), None, "", 11),
    ]
    assert [str(step) for step in book.changes] == [
        "add SEC.keys",
        "rename SEC.mal to SEC.code",
        "rename USE",
        "move USE.err under USE",
        "move USE to the top",
        "merge A, B into SEC.code",
        "split C into SEC.code, SEC.keys",
        "retire OLD",
        "reword SEC",
    ]


@pytest.mark.parametrize(
    ("change", "said", "hint"),
    [
        ('{version: "1.1.0", renam: {from: A, to: SEC.code}}', "unknown key 'renam'", "Did you mean 'rename'?"),
        ('{version: "1.1.0", rename: {form: A, to: SEC.code}}', "unknown key 'form'", "Did you mean 'from'?"),
        ('{version: "1.1.0", add: SEC.kyes}', "`add` names 'SEC.kyes', which is not in", "Did you mean 'SEC.keys'?"),
        ('{version: "1.1.0", move: {code: SEC.code, under: SECU}}', "`move` names 'SECU'", "Did you mean 'SEC'?"),
        ('{version: "1.1.0", move: {code: SEC.code, under: USE}}', "its parent is USE, and the codebook has SEC", ""),
        ('{version: "1.1.0", retire: SEC.code}', "nobody assigns 'SEC.code' any more", "`status: retired`"),
        ('{version: "1.1.0", merge: {from: [SEC.keys], into: SEC.code}}', "nobody assigns 'SEC.keys'", "take it out"),
        ('{version: "1.1.0", merge: {from: [], into: SEC.code}}', "`from` of `merge` is to be a list of ids", ""),
        ('{version: "1.1.0", merge: SEC.code}', "`merge` has another form", "`merge: {from: …, into: …}`"),
        ('{version: "1.1.0", split: {from: A, into: [SEC.code, SEC.code]}}', "a list of ids, each once", ""),
        ('{version: "1.1.0", retire: [A]}', "`retire` has another form", "`retire:` and the id of a code"),
        ('{version: "1.1.0", rename: {from: A}}', "`to` of `rename` is to be the id of a code", ""),
        ('{version: "1.1.0", add: SEC, retire: OLD}', "a change says one thing that was done, this one 2", "One of:"),
        ('{version: "1.1.0"}', "this one 0", "One of: add, rename"),
        ("{version: 1.1, add: SEC}", '`version` of a change is to be a string like "1.1.0"', ""),
        ('{version: "2.0.1", add: SEC}', "a change leads to version 2.0.1, and the codebook is 2.0.0", "Raise"),
        ('{version: "1.1.0", date: soon, add: SEC}', "`date` is to be like 2026-03-01", ""),
        ("SEC", "a change is a mapping", ""),
    ],
)
def test_an_error_names_line_and_nearest_id(tmp_path: Path, change: str, said: str, hint: str) -> None:
    with pytest.raises(StudyError) as caught:
        load(tmp_path, '{version: "1.0.1", add: SEC}', change)

    assert said in caught.value.what
    assert caught.value.where == "codebook.yaml:4"
    assert hint in caught.value.hint


def test_changes_stand_in_the_order_of_their_versions(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"a change to version 1\.1\.0 stands behind one to 1\.10\.0"):
        load(tmp_path, '{version: "1.10.0", add: SEC}', '{version: "1.1.0", add: USE}')


def test_changes_is_a_list(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_text('version: "1.0.0"\nchanges: {add: SEC}\n' + CODES, encoding="utf-8")

    with pytest.raises(StudyError, match="`changes` is to be a list"):
        Codebook.load(path)


def test_what_a_later_change_undoes_need_not_stand_any_more(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        '{version: "1.1.0", add: SEC.tmp}',
        '{version: "1.2.0", move: {code: SEC.tmp, under: GONE}}',
        '{version: "1.3.0", merge: {from: [SEC.tmp, GONE], into: SEC.code}}',
        '{version: "1.4.0", retire: SEC.keys}',
        '{version: "1.5.0", add: SEC.keys}',
    )

    assert [step.kind for step in book.changes] == ["add", "move", "merge", "retire", "add"]


IDS = st.sampled_from(
    ["SEC", "SEC.code", "SEC.keys", "USE.err", "OLD", "NOPE", "", 7, None, ["SEC.code"], {"from": "OLD"}]
)
KEYS = st.sampled_from(["from", "to", "into", "code", "under", "form"])
VALUES = st.one_of(IDS, st.lists(IDS, max_size=3), st.dictionaries(KEYS, st.one_of(IDS, st.lists(IDS, max_size=3))))
KINDS = st.sampled_from(["add", "rename", "move", "merge", "split", "retire", "reword", "date", "renam"])


@given(st.lists(st.one_of(VALUES, st.dictionaries(KINDS, VALUES, max_size=2)), max_size=4), st.sampled_from("12"))
def test_whatever_stands_under_changes_is_read_or_one_error_with_its_line(changes: list[Any], major: str) -> None:
    listed = [{"version": f"{major}.0.0"} | each if isinstance(each, dict) else each for each in changes]
    text = f'version: "2.0.0"\nchanges: {json.dumps(listed)}\n{CODES}'
    try:
        book, where = Codebook.parse(Path("codebook.yaml"), text.encode()), ""
    except StudyError as error:
        book, where = None, error.where

    assert (book is None) == (where == "codebook.yaml:2")
    if book:
        dead = {code for step in book.changes for code in step.ended}
        begun = {code for step in book.changes for code in step.begun}
        assert len(book.changes) == len(changes)
        assert not (dead - begun) & {leaf.id for leaf in book.leaves()}


def test_two_steps_are_the_same_wherever_they_stand() -> None:
    one = Step(version="1.1.0", kind="add", before=(), after=("A",), line=3)

    assert one == Step(version="1.1.0", kind="add", before=(), after=("A",), line=9)
