"""Codebooks as editors and YAML's rarer features make them: read, or one error that names file and line."""

from pathlib import Path

import pytest

from codebook.errors import StudyError
from codebook.themes import Codebook

HEAD = 'version: "1.0.0"\ncodes:\n  - &a {id: A, name: Apart, definition: Far.}\n'


def load(tmp_path: Path, text: str) -> Codebook:
    (tmp_path / "codebook.yaml").write_text(text, encoding="utf-8")
    return Codebook.load(tmp_path / "codebook.yaml")


@pytest.mark.parametrize("merge", ["{<<: *a, id: B}", "{<<: [*a], id: B}", "\n      <<: *a\n      id: B"])
def test_what_a_code_merges_from_another_is_its_own(tmp_path: Path, merge: str) -> None:
    book = load(tmp_path, f"{HEAD}  - {merge}\n")

    assert [(c.id, c.name, c.definition) for c in book.codes.values()] == [
        ("A", "Apart", "Far."),
        ("B", "Apart", "Far."),
    ]


def test_an_error_in_what_is_merged_names_the_line_of_the_code(tmp_path: Path) -> None:
    text = HEAD.replace("Far.", "[Far]") + "  - {<<: *a, id: B}\n"

    with pytest.raises(StudyError, match=r"^codebook\.yaml:3: `definition` is to be a text"):
        load(tmp_path, text)
    with pytest.raises(StudyError, match=r"^codebook\.yaml:4: unknown key 'y'"):
        load(tmp_path, 'version: "1.0.0"\ncodes:\n  - {id: A, name: a, definition: a}\n  - {<<: {y: 1}, id: B}\n')
    with pytest.raises(StudyError, match=r"^codebook\.yaml:4: the id 'A' is used twice"):
        load(tmp_path, f"{HEAD}  - {{<<: *a}}\n")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_deep_nesting_is_one_clear_error(tmp_path: Path, opening: str, closing: str) -> None:
    with pytest.raises(StudyError, match=r"codebook\.yaml: is nested too deeply"):
        load(tmp_path, f"codes: {opening * 5000}{closing * 5000}\n")


@pytest.mark.parametrize("value", ["!!int x", "!!float x", "!!bool x", "!!timestamp x", "1" * 5000])
def test_a_value_that_does_not_fit_its_tag_is_one_clear_error(tmp_path: Path, value: str) -> None:
    with pytest.raises(StudyError, match=r"codebook\.yaml"):
        load(tmp_path, HEAD.replace("Far.", value))


def test_a_byte_order_mark_is_not_part_of_the_file(tmp_path: Path) -> None:
    book = load(tmp_path, "\ufeff" + HEAD)

    assert list(book.codes) == ["A"]


def test_texts_are_such_that_every_store_can_hold_them(tmp_path: Path) -> None:
    book = load(tmp_path, HEAD.replace("Apart", '"A\\ud800\\0part"'))

    assert book.codes["A"].name == "A\ufffdpart"
