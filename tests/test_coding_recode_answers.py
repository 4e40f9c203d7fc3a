"""When a reading with a split code counts as coded again."""

from pathlib import Path

import pytest
from hand_study import coding

from codebook.themes import Codebook
from codebook.versions.chain import Chain
from coding.recode import carried

SPLIT = '  - {version: "2.0.0", split: {from: A, into: [A1, A2]}}\n'
SPLIT_AGAIN = '  - {version: "3.0.0", split: {from: A1, into: [A3, A4]}}\n'


def book(version: str, codes: str, changes: str = "") -> Codebook:
    """A codebook with these codes, which its changes explain."""
    leaves = "".join(f"  - {{id: {code}, name: {code}, definition: d}}\n" for code in codes.split())
    head = f"changes:\n{changes}" if changes else ""
    return Codebook.parse(Path(version), f'version: "{version}"\n{head}codes:\n{leaves}'.encode())


FIRST, SECOND = book("1.0.0", "A B"), book("2.0.0", "A1 A2 B", SPLIT)


@pytest.mark.parametrize(
    ("round_number", "version", "code", "is_answered"),
    [
        (2, "2.0.0", "A1", True),
        (2, "2.0.0", "", True),
        (2, "1.0.0", "B", False),
        (3, "2.0.0", "A1", False),
    ],
)
def test_an_answer_is_the_reading_of_the_next_round_under_a_codebook_without_the_code(
    round_number: int, version: str, code: str, *, is_answered: bool
) -> None:
    later = coding("t1", "a", code, round=round_number, codebook_version=version)
    rows = carried([coding("t1", "a", "A"), coding("t1", "b", "A"), later], Chain((FIRST, SECOND))).recode

    assert [(row.coder, row.answered) for row in rows] == [("a", is_answered), ("b", False)]


def test_an_answer_that_was_split_in_its_turn_is_an_answer_and_waits_itself() -> None:
    third = book("3.0.0", "A2 A3 A4 B", SPLIT + SPLIT_AGAIN)
    given = [coding("t1", "a", "A"), coding("t1", "a", "A1", round=2, codebook_version="2.0.0")]
    rows = carried(given, Chain((FIRST, SECOND, third))).recode

    assert [(row.code, row.round, row.answered) for row in rows] == [("A", 1, True), ("A1", 2, False)]
