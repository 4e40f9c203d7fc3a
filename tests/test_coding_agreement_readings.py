"""Which readings count after the codebook changed."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from hand_study import coding, row

from codebook.errors import StudyError
from codebook.rows import Coding, Recode
from codebook.study import Study
from codebook.versions import recorded
from coding.agreement.readings import read
from coding.cli import cli

MakeStudy = Callable[..., Study]

FIRST = """\
version: "1.0.0"
codes:
  - {id: A, name: A, definition: A.}
  - {id: B, name: B, definition: B.}
"""
SECOND = """\
version: "2.0.0"
changes:
  - {version: "2.0.0", split: {from: B, into: [B1, B2]}}
codes:
  - {id: A, name: A, definition: A.}
  - {id: B1, name: B1, definition: B.}
  - {id: B2, name: B2, definition: B.}
"""


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    """B was split in 2.0.0."""
    made = make_study(codebook=FIRST)
    recorded.record(made, "codebook-migrate-1")
    (made.path / "codebook.yaml").write_text(SECOND, encoding="utf-8")
    later = Study.open(made.path)
    recorded.record(later, "codebook-migrate-2")
    return later


def split(thread: str, coder: str, code: str = "B", **values: Any) -> Recode:
    given = {"unit_id": thread, "round": 1, "arm": "plain", "annotation_id": f"1/{thread}/{coder}"} | values
    return row(
        Recode, thread_id=thread, coder=coder, code=code, choices=("B1", "B2"), codebook_version="1.0.0", **given
    )


def found(study: Study) -> list[tuple[str, int, str, list[str]]]:
    return [(each.unit, each.round, each.coder, list(each.codes)) for each in read(study).whole]


def test_an_answer_takes_the_place_of_the_reading_with_a_split_code_in_its_round(study: Study) -> None:
    """Coder a gave B and then B1; b gave A: they still differ, in round 1."""
    answer = coding("t1", "a", "B1", round=2, codebook_version="2.0.0", annotation_id="2/1/1")
    study.write(Coding, [answer, coding("t1", "b", "A"), coding("t2", "a", "A"), coding("t2", "b", "A")])
    study.write(Recode, [split("t1", "a")])

    assert found(study) == [("t1", 1, "a", ["B1"]), ("t1", 1, "b", ["A"]), ("t2", 1, "a", ["A"]), ("t2", 1, "b", ["A"])]
    assert read(study).waiting == 0


def test_a_reading_that_nobody_has_answered_waits_and_what_is_left_of_it_does_not_count(study: Study) -> None:
    study.write(Coding, [coding("t1", "a", "A"), coding("t1", "b", "A")])
    study.write(Recode, [split("t1", "a"), split("t2", "b")])

    assert found(study) == [("t1", 1, "b", ["A"])]
    assert read(study).waiting == 2


def test_an_answer_that_was_split_in_its_turn_waits_for_the_next(study: Study) -> None:
    final = coding("t1", "a", "B2", round=3, codebook_version="2.0.0")
    study.write(Coding, [final])
    study.write(Recode, [split("t1", "a"), split("t1", "a", round=2)])

    assert found(study) == [("t1", 1, "a", ["B2"])]
    assert read(study).waiting == 0


def test_a_second_reading_from_before_the_split_is_no_answer(study: Study) -> None:
    """Everybody read the unit in two rounds, and B was split later."""
    again = [coding("t1", coder, "A", round=2) for coder in ("a", "b")]
    study.write(Coding, [coding("t1", "b", "A"), *again])
    study.write(Recode, [split("t1", "a")])

    assert found(study) == [("t1", 1, "b", ["A"]), ("t1", 2, "a", ["A"]), ("t1", 2, "b", ["A"])]
    assert read(study).waiting == 1


def test_how_many_wait_is_said_by_the_command_and_on_the_page(study: Study) -> None:
    study.write(Coding, [coding("t1", "a", "A"), coding("t1", "b", "A")])
    study.write(Recode, [split("t2", "b")])
    note = "Readings with a split code, left out until their coder codes them again: 1."
    arguments = ["agreement", "--resamples", "100", "--study", str(study.path)]
    done = [CliRunner().invoke(cli, [*arguments, *more]) for more in ((), ("--html",))]

    assert [each.exit_code for each in done] == [0, 0]
    assert note in done[0].stderr
    assert note in (study.path / "out" / "agreement.html").read_text(encoding="utf-8")


def test_where_all_wait_that_is_said(study: Study) -> None:
    study.write(Recode, [split("t1", "a")])

    with pytest.raises(StudyError, match="every reading waits for its coder"):
        read(study)
