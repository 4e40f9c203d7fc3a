"""What comes before an adjudicator again, and what does not."""

from collections.abc import Callable

import pytest
from test_coding_adjudication_tables import coder, judge, known, rebuilt, say, two

from codebook.study import Study
from codebook.versions import recorded
from coding.adjudication.push import docket
from coding.projects.left import note

MakeStudy = Callable[..., Study]

BOOK = """\
version: "1.0.0"
codes:
  - {id: A, name: A, definition: A.}
  - {id: B, name: B, definition: B.}
  - {id: C, name: C, definition: C.}
"""
WITHOUT_C = """\
version: "2.0.0"
changes:
  - {version: "2.0.0", retire: C}
codes:
  - {id: A, name: A, definition: A.}
  - {id: B, name: B, definition: B.}
  - {id: C, name: C, definition: C., status: retired}
"""
C_IN_TWO = """\
version: "2.0.0"
changes:
  - {version: "2.0.0", split: {from: C, into: [C1, C2]}}
codes:
  - {id: A, name: A, definition: A.}
  - {id: B, name: B, definition: B.}
  - {id: C1, name: C1, definition: C.}
  - {id: C2, name: C2, definition: C.}
"""


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study(codebook=BOOK)
    assert made.key, "made before there are tables, as by every command"
    recorded.record(made, "coding-push-1")
    return made


def later(study: Study, book: str) -> Study:
    (study.path / "codebook.yaml").write_text(book, encoding="utf-8")
    changed = Study.open(study.path)
    recorded.record(changed, "coding-push-2")
    return changed


def test_a_ruling_whose_only_code_was_retired_is_made_again_in_the_next_round(study: Study) -> None:
    two(study, gone=("A", "B"), half=("A", "B"), none=("A", "B"))
    court = judge(study)
    court.push("gone", "half", "none", hashes={unit: case.sha256 for unit, case in known(study).items()})
    say(court, "gone", "C")
    say(court, "half", "AC")
    say(court, "none", "")
    court.pulled()
    changed = later(study, WITHOUT_C)
    todo = docket(changed, print, partly=False)
    before = rebuilt(changed)
    again = judge(changed, 10, number=2)
    again.push("gone", hashes={"gone": known(changed)["gone"].sha256})
    say(again, "gone", "A", second=70)
    again.pulled()

    assert todo.disputed == {"gone": 2, "half": 1, "none": 1}
    assert before == [("half", "A", "coder_c", None, False, False), ("none", "", "coder_c", None, False, False)]
    assert rebuilt(changed) == [("gone", "A", "coder_c", None, False, False), *before]


def test_a_new_adjudicator_is_not_given_what_is_settled_and_the_old_one_keeps_it(study: Study) -> None:
    two(study, settled=("A", "B"), open=("A", "B"))
    court = judge(study)
    court.push("settled", "open", hashes={unit: case.sha256 for unit, case in known(study).items()})
    say(court, "settled", "C")
    court.pulled()
    todo = docket(study, print, partly=False)

    assert todo.disputed == {"open": 1, "settled": 1}
    assert todo.to_give({1: ()}).disputed == {"open": 1}
    assert todo.to_give({1: ("settled", "open")}).disputed == {"open": 1, "settled": 1}


def test_what_is_settled_comes_again_once_somebody_codes_it_in_a_later_round(study: Study) -> None:
    two(study, t1=("A", "B"))
    court = judge(study)
    court.push("t1", hashes={"t1": known(study)["t1"].sha256})
    say(court, "t1", "C")
    court.pulled()
    second = coder(study, "coder_a", 3, number=2)
    second.push("t1")
    say(second, "t1", "AC", second=60)
    second.pulled()

    assert docket(study, print, partly=False).to_give({2: ()}).disputed == {"t1": 2}


def test_a_unit_that_one_of_its_coders_skipped_waits_for_the_others_only(study: Study) -> None:
    a, b = two(study, one=("A", "."), both=(".", "."), three=("A", "A"), late=("A", "."))
    c = coder(study, "coder_d", 3)
    c.push("three")
    for at, units in ((a, ["both"]), (b, ["one", "both", "late"]), (c, ["three"])):
        for unit in units:
            say(at, unit, "", skipped=True)
    say(b, "late", "B", second=90)
    for at in (a, b, c):
        at.pulled()
    judge(study).push()

    assert rebuilt(study) == [
        ("one", "A", "coder_a", None, None, False),
        ("three", "A", "agreement", None, None, False),
    ]
    assert docket(study, print, partly=False).said() == (
        "1 units agreed, 1 disputed, 1 coded by their only coder; 1 skipped, or left, by all of their coders"
    )


def test_who_skips_what_is_to_be_coded_again_has_answered_and_who_skipped_before_has_not(study: Study) -> None:
    two(study, skipped=("A", "C"), before=("A", "C"), whole=("A", "B"))
    changed = later(study, C_IN_TWO)
    again = coder(study, "coder_b", 3, number=2)
    again.push("skipped", "whole")
    say(again, "skipped", "", skipped=True)
    say(again, "whole", "", skipped=True)
    again.pulled()
    judge(changed).push()

    assert rebuilt(changed) == [("skipped", "A", "coder_a", None, None, False)]
    assert {unit: sorted(case.recoding) for unit, case in known(changed).items()} == {
        "before": ["coder_b"],
        "skipped": [],
        "whole": [],
    }
    assert docket(changed, print, partly=False).disputed == {"whole": 1}


def test_nothing_waits_for_a_coder_who_left_until_they_are_back(study: Study) -> None:
    two(study, read=("A", "A"), unread=("A", "."), again=("A", "C"))
    d = coder(study, "coder_d", 3)
    d.push("read")
    d.pulled()
    changed = later(study, C_IN_TWO)
    judge(study).push()
    told: list[str] = []
    before = rebuilt(changed)
    note(changed, "coding", ["coder_a"], "coding-adjudicate-1", told.append)
    gone, left = rebuilt(changed), len(told)
    note(changed, "coding", ["coder_a"], "coding-adjudicate-2", told.append)
    note(changed, "coding", ["coder_a", "coder_b", "coder_d"], "coding-adjudicate-3", told.append)

    assert before == []
    assert gone == [
        ("again", "A", "coder_a", None, None, False),
        ("read", "A", "agreement", None, None, False),
        ("unread", "A", "coder_a", None, None, False),
    ]
    assert told[:left] == [
        "study.toml names coder_b for coding no more; what they have not read waits for others only",
        "study.toml names coder_d for coding no more; what they have not read waits for others only",
    ]
    assert told[left:] == [f"study.toml names coder_{one} for coding again" for one in "bd"]
    assert rebuilt(changed) == before


def test_a_coder_all_of_whose_codes_were_retired_has_still_read_the_unit(study: Study) -> None:
    two(study, empty=("C", ""), differ=("C", "A"), half=("AC", "A"))
    judge(study).push()
    changed = later(study, WITHOUT_C)

    assert rebuilt(changed) == [
        ("empty", "", "agreement", None, None, False),
        ("half", "A", "agreement", None, None, False),
    ]
    assert docket(changed, print, partly=False).disputed == {"differ": 1}
