"""Which readings count after the codebook changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agreement_rig import FEW
from click.testing import CliRunner
from hand_study import coding, row

from codebook.errors import StudyError
from codebook.rows import Coding, Recode
from codebook.study import Study
from codebook.themes import Codebook
from codebook.versions import recorded
from codebook.versions.chain import Chain
from coding.agreement.measured import measured
from coding.agreement.readings import read, without
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
    study.write(Recode, [split("t1", "a", answered=True)])

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
    study.write(Recode, [split("t1", "a", round=number, answered=True) for number in (1, 2)])

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


def test_a_code_is_measured_in_the_readings_that_had_it(make_study: MakeStudy) -> None:
    """N came when 4 of 8 units had been read; in the later ones two coders agree on 2 of 4."""
    study = make_study(codebook=FIRST)
    recorded.record(study, "codebook-migrate-1")
    added = FIRST.replace("1.0.0", "1.1.0") + "  - {id: N, name: N, definition: N.}\n"
    (study.path / "codebook.yaml").write_text(added, encoding="utf-8")
    recorded.record(Study.open(study.path), "codebook-migrate-2")
    early = [coding(f"t{number}", coder, "A") for number in range(4) for coder in ("a", "b")]
    given = [("N", "N"), ("N", "A"), ("A", "N"), ("A", "A")]
    late = [
        coding(f"u{number}", coder, code, codebook_version="1.1.0")
        for number, codes in enumerate(given)
        for coder, code in zip(("a", "b"), codes, strict=True)
    ]
    study.write(Coding, [*early, *late])
    lines = list(measured(Study.open(study.path), ["code", "overall"], FEW, (said := []).append))
    alpha = {line.code: line.estimate.units for line in lines if line.measure == "alpha"}
    percent = {line.code: line.estimate.value for line in lines if line.measure == "percent" and line.code}

    assert alpha == {"": 8, "A": 8, "B": 8, "N": 4}
    assert percent == {"A": 75.0, "B": 100.0, "N": 50.0}
    (note,) = said
    assert note.startswith("Units read before the codebook had N: 4 of 8. Each code is measured without these readings")


def test_renamed_merged_and_split_codes_and_those_below_a_leaf_were_there_under_another_name() -> None:
    before = """\
version: "1.0.0"
codes:
  - {id: A, name: A, definition: d}
  - {id: B, name: B, definition: d}
  - {id: C, name: C, definition: d}
  - {id: D, name: D, definition: d}
  - {id: E, name: E, definition: d}
"""
    after = """\
version: "2.0.0"
changes:
  - {version: "2.0.0", rename: {from: A, to: A1}}
  - {version: "2.0.0", merge: {from: [B, C], into: BC}}
  - {version: "2.0.0", split: {from: D, into: [D1, D2]}}
codes:
  - {id: A1, name: A, definition: d}
  - {id: BC, name: BC, definition: d}
  - {id: D1, name: D1, definition: d}
  - {id: D2, name: D2, definition: d}
  - {id: E, name: E, definition: d}
  - {id: E.x, parent: E, name: Ex, definition: d}
  - {id: N, name: N, definition: d}
"""
    books = [Codebook.parse(Path("codebook.yaml"), text.encode()) for text in (before, after)]

    assert without(Chain(tuple(books))) == {"1.0.0": {"N"}, "2.0.0": set()}


def test_where_all_wait_that_is_said(study: Study) -> None:
    study.write(Recode, [split("t1", "a")])

    with pytest.raises(StudyError, match="every reading waits for its coder"):
        read(study)
