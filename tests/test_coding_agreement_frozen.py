"""What people said before the adjudicator had a unit is what agreement is measured on, whatever they change later."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from place_rig import AtPlace, part

from codebook.raw import RawStore
from codebook.rows import Frozen
from codebook.study import Study
from codebook.versions import recorded
from coding import derive
from coding.agreement.readings import read
from coding.projects.label import Place
from coding.screening.report import report

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]

FIRST = """\
version: "1.0.0"
codes:
  - {id: A, name: A, definition: A.}
  - {id: B, name: B, definition: B.}
  - {id: C, name: C, definition: C.}
"""
SPLIT = """\
version: "2.0.0"
changes:
  - {version: "2.0.0", split: {from: C, into: [C1, C2]}}
codes:
  - {id: A, name: A, definition: A.}
  - {id: B, name: B, definition: B.}
  - {id: C1, name: C, definition: C.}
  - {id: C2, name: C, definition: C.}
"""
LEGAL = dict.fromkeys("ABC", "leaf")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every record is stored a minute after the one before."""
    append, minutes = RawStore.append, iter(range(60 * 24))

    def later(store: RawStore, page: Any) -> tuple[str, int]:
        minute = next(minutes)
        object.__setattr__(page, "fetched_at", f"2026-03-01T{minute // 60:02}:{minute % 60:02}:00+00:00")
        return append(store, page)

    monkeypatch.setattr(RawStore, "append", later)


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study(codebook=FIRST)
    assert made.key, "push makes it"
    recorded.record(made, "codebook-migrate-1")
    return made


def codes(code: str) -> list[dict[str, Any]]:
    return [part("codes", taxonomy=[[each] for each in code])] if code else []


def verdict(word: str) -> list[dict[str, Any]]:
    return [part("verdict", choices=[word])]


def coded(study: Study, given: dict[str, str]) -> Iterator[AtPlace]:
    """Per coder, one letter a unit: t0, t1, ..."""
    for project, (coder, letters) in enumerate(given.items(), 1):
        at = AtPlace(study, Place(coder, "coding"), project, LEGAL)
        at.push(*(f"t{number}" for number in range(len(letters))))
        for number, letter in enumerate(letters):
            at.say(f"t{number}", *codes(letter))
        at.pulled()
        yield at


def change(at: AtPlace, unit: str, result: list[dict[str, Any]]) -> None:
    at.take_back(unit)
    at.say(unit, *result, at=50)
    at.pulled()


def found(study: Study) -> list[tuple[str, str, str]]:
    derive.rebuild(study, print)
    return [(each.unit, each.coder, "".join(each.codes)) for each in read(study).whole]


def frozen(study: Study) -> list[tuple[str, str, str, str]]:
    return [(row.purpose, row.unit_id, row.coder, row.code) for row in study.read(Frozen)]


def test_what_coders_change_after_the_adjudicator_has_the_unit_changes_no_agreement(study: Study) -> None:
    """They agree on t0, differ on t1 and t2; b changes all three, t0 among them, which nobody decides."""
    _, b = coded(study, {"a": "AAC", "b": "ACA"})
    before = found(study)
    AtPlace(study, Place("judge", "adjudication"), 9, LEGAL).push("t1", "t2")
    pushed = found(study), frozen(study)
    for unit, code in (("t0", "B"), ("t1", "A"), ("t2", "")):
        change(b, unit, codes(code))

    expected = [(u, c, k) for u, c, k in before if (u, c) != ("t0", "b")]
    assert pushed == (before, [])
    assert sorted(found(study)) == sorted([*expected, ("t0", "b", "B")])
    assert frozen(study) == [
        ("coding", "t1", "a", "A"),
        ("coding", "t1", "b", "C"),
        ("coding", "t2", "a", "C"),
        ("coding", "t2", "b", "A"),
    ]
    assert list(read(study).notes()) == [
        "Units changed after the adjudicator was given them, measured as they were before: 2."
    ]


def test_what_is_changed_before_the_adjudicator_has_the_unit_counts(study: Study) -> None:
    _, b = coded(study, {"a": "A", "b": "C"})
    change(b, "t0", codes("B"))
    AtPlace(study, Place("judge", "adjudication"), 9, LEGAL).push("t0")
    change(b, "t0", codes("A"))

    assert found(study) == [("t0", "a", "A"), ("t0", "b", "B")]


def test_who_reads_the_unit_only_then_does_not_count_and_the_first_push_decides(study: Study) -> None:
    _, _, late = coded(study, {"a": "A", "b": "C", "late": ""})
    AtPlace(study, Place("judge", "adjudication"), 9, LEGAL).push("t0")
    late.push("t0")
    late.say("t0", *codes("A"))
    late.pulled()
    AtPlace(study, Place("other", "adjudication"), 8, LEGAL).push("t0")

    assert found(study) == [("t0", "a", "A"), ("t0", "b", "C")]


def test_a_frozen_reading_whose_code_is_split_waits_and_one_that_was_changed_to_it_does_not(study: Study) -> None:
    """Coder a gave C and edited it to A; coder b gave A and edited it to C; then C is split."""
    a, b = coded(study, {"a": "C", "b": "A"})
    AtPlace(study, Place("judge", "adjudication"), 9, LEGAL).push("t0")
    change(a, "t0", codes("A"))
    change(b, "t0", codes("C"))
    (study.path / "codebook.yaml").write_text(SPLIT, encoding="utf-8")
    later = Study.open(study.path)
    recorded.record(later, "codebook-migrate-2")

    assert found(later) == [("t0", "b", "A")]
    assert read(later).waiting == 0


def test_verdicts_that_raters_change_later_change_no_agreement(study: Study, run: Run) -> None:
    raters = []
    for project, (rater, words) in enumerate({"a": ("include", "exclude"), "b": ("include", "include")}.items(), 1):
        at = AtPlace(study, Place(rater, "screening"), project, {})
        at.push("t0", "t1")
        for unit, word in zip(("t0", "t1"), words, strict=True):
            at.say(unit, *verdict(word))
        at.pulled()
        raters.append(at)
    AtPlace(study, Place("judge", "screening", arm="adjudication"), 9, {}).push("t1")
    derive.rebuild(study, print)
    before = report(study)
    change(raters[1], "t1", verdict("exclude"))
    derive.rebuild(study, print)
    said = run("coding", "screen", "--report", "--study", study.path)

    assert (before[0]["n"], before[0]["differ"]) == (2, 1)
    assert report(study) == before
    assert frozen(study) == [("screening", "t1", "a", "exclude"), ("screening", "t1", "b", "include")]
    assert "1 threads were changed after the adjudicator was given them" in said.err
