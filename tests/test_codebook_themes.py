"""The codebook file: what it gives, and errors with file and line."""

from pathlib import Path

import pytest

from codebook.errors import StudyError
from codebook.themes import Code, Codebook

SMALL = """\
version: "1.0.0"
codes:
  - id: RISK
    name: Risk
    definition: A danger is named.
  - id: RISK.code
    parent: RISK
    name: Hostile code
    definition: Code could do harm.
    include: [Malware is named.]
    exclude: ["Mere dislike: no danger."]
    examples: [It could steal my keys.]
  - id: RISK.old
    parent: RISK
    name: Old
    definition: Not used any more.
    status: retired
  - id: ODD
    name: Odd
    definition: All else.
"""


def load(tmp_path: Path, text: str) -> Codebook:
    (tmp_path / "codebook.yaml").write_text(text, encoding="utf-8")
    return Codebook.load(tmp_path / "codebook.yaml")


def test_codes_come_in_file_order_with_all_their_fields(tmp_path: Path) -> None:
    book = load(tmp_path, SMALL)

    expected = Code(
        id="RISK.code",
        name="Hostile code",
        definition="Code could do harm.",
        include=("Malware is named.",),
        exclude=("Mere dislike: no danger.",),
        examples=("It could steal my keys.",),
        parent="RISK",
    )
    assert list(book.codes) == ["RISK", "RISK.code", "RISK.old", "ODD"]
    assert book.codes["RISK.code"] == expected
    assert [c.id for c in book.leaves()] == ["RISK.code", "ODD"]
    assert [c.id for c in book.themes()] == ["RISK", "ODD"]
    assert book.theme_of("RISK.code").id == "RISK"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("id: ODD", "id: RISK.code", "codebook.yaml:18: the id 'RISK.code' is used twice, first on line 6"),
        (
            "parent: RISK\n    name: Old",
            "parent: RIKS\n    name: Old",
            "codebook.yaml:13: 'RISK.old' has the parent 'RIKS', which is not in the codebook\n  Did you mean 'RISK'?",
        ),
        (
            "  - id: RISK\n",
            "  - id: RISK\n    parent: RISK.code\n",
            "codebook.yaml:3: 'RISK' is its own ancestor (RISK under RISK.code under RISK)",
        ),
        ("    definition: All else.\n", "", "codebook.yaml:18: a code has no `definition`"),
        (
            "    definition: All else.",
            "    definitoin: All else.",
            "codebook.yaml:20: unknown key 'definitoin'\n  Did you mean 'definition'?",
        ),
        ("name: Odd", "name: [Odd]", "codebook.yaml:19: `name` is to be a text"),
        ("[Malware is named.]", "Malware is named.", "codebook.yaml:10: `include` is to be a list of texts"),
        ("status: retired", "status: gone", "codebook.yaml:17: `status` is one of active, proposed, retired"),
        ('version: "1.0.0"', "version: 1.0", 'codebook.yaml:1: `version` is to be a string like "1.0.0"'),
        ("name: Odd", "name: Odd\n    name: Even", "codebook.yaml:20: not valid YAML: found duplicate key"),
        ("name: Odd", "name: 'Odd", "codebook.yaml:"),
        ("id: ODD", "id: ../../odd", "codebook.yaml:18: the id '../../odd' is not letters"),
        ("name: Odd", "name: !!python/object/apply:os.system [echo]", "codebook.yaml:19: `name` is to be a text"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert SMALL.count(old) == 1

    with pytest.raises(StudyError) as caught:
        load(tmp_path, SMALL.replace(old, new))
    assert str(caught.value).startswith(expected)
    assert caught.value.exit_code == 2


def test_a_missing_codebook_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"codebook\.yaml: cannot be read.*(?s:.)*codebook init --example"):
        Codebook.load(tmp_path / "codebook.yaml")
