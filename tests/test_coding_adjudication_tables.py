"""Decisions from raw records alone."""

from collections.abc import Callable

import pytest
from place_rig import AtPlace, part

from codebook.rows import Coding, Decision, Quarantined
from codebook.study import Study
from codebook.versions import recorded
from coding import derive
from coding.adjudication.cases import Case, cases
from coding.adjudication.push import docket
from coding.projects.label import Place

MakeStudy = Callable[..., Study]
LEGAL = {"A": "leaf", "B": "leaf", "C": "leaf", "OLD": "retired"}


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study()
    assert made.key, "made before there are tables, as by every command"
    return made


def coder(study: Study, name: str, project: int, number: int = 1) -> AtPlace:
    return AtPlace(study, Place(name, "coding", number), project, LEGAL)


def judge(study: Study, project: int = 9, number: int = 1) -> AtPlace:
    return AtPlace(study, Place("coder_c", "adjudication", number), project, LEGAL)


def say(
    at: AtPlace, unit: str, codes: str, *, reason: str = "", unclear: str = "", second: int = 0, skipped: bool = False
) -> None:
    """Give the codes of the letters, or skip the unit."""
    given = [part("codes", taxonomy=[[code] for code in codes])] if codes else []
    given += [part("reason", text=[reason])] if reason else []
    given += [part("unclear", choices=[unclear])] if unclear else []
    at.say(unit, *given, at=second, was_cancelled=skipped)


def two(study: Study, **codes: tuple[str, str]) -> tuple[AtPlace, AtPlace]:
    """Two coders who were given the units, and what they gave them; a dot for one who has not read it."""
    pair = coder(study, "coder_a", 1), coder(study, "coder_b", 2)
    for place, at in enumerate(pair):
        at.push(*codes)
        for number, (unit, given) in enumerate(codes.items()):
            if given[place] != ".":
                say(at, unit, given[place], second=10 * place + number)
        at.pulled()
    return pair


def rebuilt(study: Study) -> list[tuple[str, str, str, str | None, bool | None, bool]]:
    derive.rebuild(study, print)
    rows = study.read(Decision)
    return [(r.unit_id, r.code, r.by, r.reason, r.codebook_unclear, r.codings_changed) for r in rows]


def known(study: Study) -> dict[str, Case]:
    return cases(derive.all_records(study, print), recorded.chain(study))


def test_without_an_adjudication_there_is_no_table_of_decisions(study: Study) -> None:
    two(study, t1=("A", "A"))

    assert rebuilt(study) == []
    assert not study.table("decisions").exists()


def test_the_same_set_is_an_agreement_and_what_differs_waits(study: Study) -> None:
    two(study, same=("AB", "BA"), none=("", ""), differ=("A", "AB"), empty=("A", ""), half=("A", "."))
    judge(study).push("differ", "empty")

    assert rebuilt(study) == [
        ("none", "", "agreement", None, None, False),
        ("same", "A", "agreement", None, None, False),
        ("same", "B", "agreement", None, None, False),
    ]
    assert {row.run_id for row in study.read(Decision)} == {"coding-pull-1"}
    assert {unit: round(case.distance(), 3) for unit, case in known(study).items() if case.disputed} == {
        "differ": 0.5,
        "empty": 1.0,
    }


def test_two_of_three_who_say_the_same_have_not_agreed_while_the_third_is_still_to_read(study: Study) -> None:
    two(study, same=("A", "A"), read=("A", "A"))
    third = coder(study, "coder_d", 3)
    third.push("same", "read")
    say(third, "read", "A", second=40)
    third.pulled()
    judge(study).push()

    assert rebuilt(study) == [("read", "A", "agreement", None, None, False)]
    assert docket(study, print, partly=False).said() == (
        "1 units agreed, 0 disputed, 0 coded by their only coder; 1 wait for coders"
    )


def test_the_only_coder_of_a_unit_decides(study: Study) -> None:
    one = coder(study, "coder_a", 1)
    one.push("t1", "t2", "t3")
    say(one, "t1", "AB")
    say(one, "t2", "")
    one.pulled()
    judge(study).push()

    assert rebuilt(study) == [
        ("t1", "A", "coder_a", None, None, False),
        ("t1", "B", "coder_a", None, None, False),
        ("t2", "", "coder_a", None, None, False),
    ]


def test_the_adjudicator_decides_with_reason_and_codings_stay_as_they_were(study: Study) -> None:
    two(study, t1=("A", "B"), t2=("A", ""), t3=("A", "B"))
    derive.rebuild(study, print)
    frozen = study.table("codings").read_bytes()
    hashes = {unit: case.sha256 for unit, case in known(study).items()}
    court = judge(study)
    court.push("t1", "t2", "t3", hashes=hashes)
    say(court, "t1", "AC", reason="C was overlooked, says @somebody", unclear="unclear")
    say(court, "t2", "", reason="=1+1")
    court.pulled()

    rows = rebuilt(study)
    assert [(*row[:3], row[4], row[5]) for row in rows] == [
        ("t1", "A", "coder_c", True, False),
        ("t1", "C", "coder_c", True, False),
        ("t2", "", "coder_c", False, False),
    ]
    assert str(rows[0][3]).startswith("C was overlooked, says @user-")
    assert rows[2][3] == "=1+1"
    assert study.table("codings").read_bytes() == frozen


def test_a_coding_that_is_edited_or_deleted_after_it_was_given_away_leaves_the_decision_and_is_flagged(
    study: Study,
) -> None:
    a, b = two(study, t1=("A", "B"), t2=("A", "B"), t3=("A", "B"))
    court = judge(study)
    court.push("t1", "t2", "t3", hashes={unit: case.sha256 for unit, case in known(study).items()})
    for unit in ("t1", "t2", "t3"):
        say(court, unit, "C")
    court.pulled()
    say(a, "t1", "B", second=50)
    b.take_back("t2")
    a.pulled()
    b.pulled()

    assert rebuilt(study) == [
        ("t1", "C", "coder_c", None, False, True),
        ("t2", "C", "coder_c", None, False, True),
        ("t3", "C", "coder_c", None, False, False),
    ]
    assert [(row.coder, row.code) for row in study.read(Coding) if row.unit_id == "t1"] == [
        ("coder_a", "B"),
        ("coder_b", "B"),
    ]


def test_a_later_round_asks_anew_and_the_older_decision_holds_until_then(study: Study) -> None:
    two(study, t1=("A", "B"), t2=("A", "B"))
    first = judge(study)
    first.push("t1", "t2", hashes={unit: case.sha256 for unit, case in known(study).items()})
    say(first, "t1", "C")
    say(first, "t2", "C")
    first.pulled()
    again = coder(study, "coder_a", 3, number=2)
    again.push("t1", "t2")
    say(again, "t1", "B", second=60)
    say(again, "t2", "AC", second=61)
    again.pulled()
    before = rebuilt(study)
    second = judge(study, 10, number=2)
    second.push("t2", hashes={"t2": known(study)["t2"].sha256})
    say(second, "t2", "A")
    second.pulled()

    assert before == [("t1", "B", "agreement", None, None, False), ("t2", "C", "coder_c", None, False, True)]
    assert rebuilt(study) == [("t1", "B", "agreement", None, None, False), ("t2", "A", "coder_c", None, False, False)]


def test_what_is_illegal_is_kept_apart_and_an_illegal_code_alone_decides_nothing(study: Study) -> None:
    two(study, t1=("A", "B"), t2=("A", "B"), t3=("A", "B"), t4=("A", "B"))
    court = judge(study)
    court.push("t1", "t2", "t3", "t4", hashes={unit: case.sha256 for unit, case in known(study).items()})
    court.say("t1", part("codes", taxonomy=[["NOPE"]]), part("reason", text=["x"]))
    court.say("t2", part("codes", taxonomy=[["A"], ["OLD"]]), part("unclear", choices=["very"]))
    court.say("t3", part("codes", taxonomy=[["A"]]), part("verdict", choices=["include"]), part("reason", text=[7]))
    court.say("t4", part("codes", taxonomy=[["A"]]), completed_by=8)
    court.pulled()

    assert rebuilt(study) == [
        ("t2", "A", "coder_c", None, False, False),
        ("t3", "A", "coder_c", None, False, False),
    ]
    assert [(row.unit_id, row.reason, row.coder) for row in study.read(Quarantined)] == [
        ("t1", "code not in the codebook", "coder_c"),
        ("t2", "code is retired", "coder_c"),
        ("t2", "malformed", "coder_c"),
        ("t3", "malformed", "coder_c"),
        ("t3", "unknown part", "coder_c"),
        ("t4", "another account", "coder_c"),
    ]


BOOK = """\
version: "{version}"
codes:
  - {{id: A, name: A, definition: A.}}
  - {{id: B, name: B, definition: B.}}
"""
LATER = """\
version: "2.0.0"
changes:
  - {version: "2.0.0", rename: {from: A, to: A1}}
  - {version: "2.0.0", split: {from: B, into: [B1, B2]}}
codes:
  - {id: A1, name: A, definition: A.}
  - {id: B1, name: B1, definition: B.}
  - {id: B2, name: B2, definition: B.}
"""


def test_decisions_follow_the_codebook_and_a_split_code_is_decided_anew(study: Study) -> None:
    book = study.path / "codebook.yaml"
    book.write_text(BOOK.format(version="1.0.0"), encoding="utf-8")
    recorded.record(study, "coding-push-1")
    two(study, t1=("A", "B"), t2=("A", "B"), t3=("A", "A"))
    court = judge(study)
    court.push("t1", "t2", hashes={unit: case.sha256 for unit, case in known(study).items()})
    say(court, "t1", "A")
    say(court, "t2", "B")
    court.pulled()
    before = rebuilt(study)
    book.write_text(LATER, encoding="utf-8")
    later = Study.open(study.path)
    recorded.record(later, "coding-push-2")

    assert before == [
        ("t1", "A", "coder_c", None, False, False),
        ("t2", "B", "coder_c", None, False, False),
        ("t3", "A", "agreement", None, None, False),
    ]
    assert rebuilt(later) == [
        ("t1", "A1", "coder_c", None, False, False),
        ("t3", "A1", "agreement", None, None, False),
    ]
    assert {row.codebook_version for row in later.read(Decision)} == {"2.0.0"}
    assert known(later)["t2"].recoding == {"coder_b"}
    assert not known(later)["t2"].is_whole
