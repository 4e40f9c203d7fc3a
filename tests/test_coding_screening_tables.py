"""The tables of a screening from raw records alone."""

from collections.abc import Callable

import pytest
from live_studio import put_threads
from place_rig import AtPlace, part

from codebook.rows import Quarantined, Screened, Screening
from codebook.study import Study
from coding import derive
from coding.projects.label import Place
from coding.projects.left import note
from coding.screening.push import of_raters, to_give
from coding.screening.result import screened_out

MakeStudy = Callable[..., Study]
CRITERIA = {"off": "exclude", "usage": "include"}


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study()
    assert made.key, "made before there are tables, as by every command"
    return made


def rater(study: Study, coder: str, project: int, arm: str = "plain") -> AtPlace:
    return AtPlace(study, Place(coder, "screening", 1, arm), project, CRITERIA)


def say(at: AtPlace, thread: str, verdict: str, criterion: str = "", memo: str = "", second: int = 0) -> None:
    given = [part("verdict", choices=[verdict])]
    given += [part("criterion", choices=[criterion])] if criterion else []
    given += [part("memo", text=[memo])] if memo else []
    at.say(thread, *given, at=second)


def rebuilt(study: Study) -> list[tuple[str, bool, str | None, str, str | None, str]]:
    derive.rebuild(study, print)
    return [(r.thread_id, r.included, r.criterion, r.by, r.reason, r.run_id) for r in study.read(Screened)]


def apart(study: Study) -> list[tuple[str | None, str, str]]:
    return [(row.unit_id, row.reason, row.value) for row in study.read(Quarantined)]


def test_raters_who_agree_decide_and_the_others_wait_for_the_adjudicator(study: Study) -> None:
    a, b = rater(study, "coder_a", 1), rater(study, "coder_b", 2)
    for one in (a, b):
        one.push("in", "out", "why", "differ", "unsure", "half", "unread")
        say(one, "in", "include", second=1)
        say(one, "out", "exclude", "off", second=2)
        say(one, "unsure", "unsure")
    say(a, "why", "exclude", "off")
    say(b, "why", "exclude", "usage")
    say(a, "differ", "exclude", "off", memo="a flag in a log")
    say(b, "differ", "include")
    say(b, "half", "include")
    a.pulled()
    b.pulled()

    assert rebuilt(study) == [
        ("in", True, None, "agreement", None, "coding-pull-1"),
        ("out", False, "off", "agreement", None, "coding-pull-1"),
        ("why", False, None, "agreement", None, "coding-pull-1"),
    ]
    rows = [(r.unit_id, r.coder, r.verdict, r.criterion, r.memo) for r in study.read(Screening)]
    assert rows == [
        ("differ", "coder_a", "exclude", "off", "a flag in a log"),
        ("differ", "coder_b", "include", None, None),
        ("half", "coder_b", "include", None, None),
        ("in", "coder_a", "include", None, None),
        ("in", "coder_b", "include", None, None),
        ("out", "coder_a", "exclude", "off", None),
        ("out", "coder_b", "exclude", "off", None),
        ("unsure", "coder_a", "unsure", None, None),
        ("unsure", "coder_b", "unsure", None, None),
        ("why", "coder_a", "exclude", "off", None),
        ("why", "coder_b", "exclude", "usage", None),
    ]
    assert apart(study) == []


def test_the_adjudicator_decides_and_is_no_rater(study: Study) -> None:
    a, b = rater(study, "coder_a", 1), rater(study, "coder_b", 2)
    judge = rater(study, "coder_c", 3, "adjudication")
    for one in (a, b, judge):
        one.push("t1", "t2")
    say(a, "t1", "include")
    say(b, "t1", "exclude", "off")
    for one in (a, b):
        say(one, "t2", "unsure")
    say(judge, "t1", "exclude", "off", memo="only a log, says @somebody")
    say(judge, "t2", "unsure")
    for one in (a, b, judge):
        one.pulled()
    decided = rebuilt(study)

    assert [row[:4] for row in decided] == [("t1", False, "off", "coder_c")]
    assert str(decided[0][4]).startswith("only a log, says @user-")
    assert {row.coder for row in study.read(Screening)} == {"coder_a", "coder_b"}
    assert apart(study) == [("t2", "no verdict", '["unsure"]')]
    say(a, "t1", "exclude", "off", second=9)
    a.pulled()
    assert rebuilt(study) == decided, "what the raters change later changes no decision"


def test_a_new_adjudicator_is_not_given_what_is_settled_and_the_old_one_keeps_it(study: Study) -> None:
    a, b = rater(study, "coder_a", 1), rater(study, "coder_b", 2)
    judge = rater(study, "coder_c", 3, "adjudication")
    for one in (a, b, judge):
        one.push("open", "settled")
    for thread in ("open", "settled"):
        say(a, thread, "include")
        say(b, thread, "exclude", "off")
    say(judge, "settled", "exclude", "off")
    for one in (a, b, judge):
        one.pulled()
    left_open = of_raters(study, print)

    assert sorted(left_open) == ["open", "settled"]
    assert to_give(left_open, ()) == ["open"]
    assert to_give(left_open, ("open", "settled")) == ["open", "settled"]


def test_who_skips_a_thread_is_unsure_about_it_unless_they_also_gave_a_verdict(study: Study) -> None:
    a, b = rater(study, "coder_a", 1), rater(study, "coder_b", 2)
    judge = rater(study, "coder_c", 3, "adjudication")
    a.push("one", "both", "late", "alone", "half")
    b.push("one", "both", "late", "half")
    judge.push("one", "half")
    for thread in ("one", "late"):
        say(a, thread, "include")
    for at, threads in ((a, ["both", "alone"]), (b, ["one", "both", "late", "half"]), (judge, ["half"])):
        for thread in threads:
            at.say(thread, was_cancelled=True)
    say(b, "late", "include", second=9)
    say(judge, "one", "exclude", "off")
    for one in (a, b, judge):
        one.pulled()

    assert [row[:4] for row in rebuilt(study)] == [
        ("late", True, None, "agreement"),
        ("one", False, "off", "coder_c"),
    ]
    assert sorted(of_raters(study, print)) == ["alone", "both", "one"]


def test_a_thread_does_not_wait_for_a_rater_who_left(study: Study) -> None:
    a, b = rater(study, "coder_a", 1), rater(study, "coder_b", 2)
    for one in (a, b):
        one.push("both", "one", "none")
        say(one, "both", "include")
    say(a, "one", "exclude", "off")
    for one in (a, b):
        one.pulled()
    before = rebuilt(study)
    note(study, "screening", ["coder_a"], "coding-screen-2", print)

    assert [row[:4] for row in before] == [("both", True, None, "agreement")]
    assert [row[:4] for row in rebuilt(study)] == [
        ("both", True, None, "agreement"),
        ("one", False, "off", "coder_a"),
    ]
    assert {row.coder for row in study.read(Screening)} == {"coder_a", "coder_b"}


def test_one_rater_alone_decides_what_nobody_else_was_given(study: Study) -> None:
    a, b = rater(study, "coder_a", 1), rater(study, "coder_b", 2)
    a.push("alone", "both")
    b.push("both")
    say(a, "alone", "exclude", "usage", memo="no code of ours")
    say(a, "both", "include")
    a.pulled()
    b.pulled()

    assert rebuilt(study) == [("alone", False, "usage", "coder_a", "no code of ours", "coding-pull-1")]


def test_what_is_no_verdict_is_kept_apart_and_an_unknown_criterion_leaves_the_verdict(study: Study) -> None:
    a = rater(study, "coder_a", 1)
    a.push("t1", "t2", "t3", "t4", "t5")
    say(a, "t1", "maybe")
    a.say("t2", part("verdict", choices=["include", "exclude"]))
    say(a, "t3", "exclude", "=HYPERLINK(1)")
    a.say("t4", part("verdict", choices=["include"]), part("codes", taxonomy=[["A"]]), part("memo", text=["x"]))
    a.say("t5", part("verdict", choices=[["include"]]))
    a.pulled()

    assert [row[:3] for row in rebuilt(study)] == [("t3", False, None), ("t4", True, None)]
    assert sorted((unit, reason) for unit, reason, _ in apart(study)) == [
        ("t1", "no verdict"),
        ("t2", "no verdict"),
        ("t3", "criterion not in study.toml"),
        ("t4", "unknown part"),
        ("t5", "malformed"),
        ("t5", "no verdict"),
    ]


def test_the_verdict_saved_last_counts(study: Study) -> None:
    a = rater(study, "coder_a", 1)
    a.push("t1")
    say(a, "t1", "include", second=5)
    say(a, "t1", "exclude", "off", second=4)
    a.pulled()

    assert [row[:2] for row in rebuilt(study)] == [("t1", True)]
    assert [reason for _, reason, _ in apart(study)] == ["superseded"]


def test_once_something_is_decided_only_what_is_screened_in_is_to_be_coded(study: Study) -> None:
    put_threads(study, {thread: ["text"] for thread in ("in", "new", "open", "out")})
    a = rater(study, "coder_a", 1)
    a.push("in", "open", "out")
    before = screened_out(study)
    say(a, "in", "include")
    say(a, "out", "exclude", "off")
    a.pulled()
    rebuilt(study)

    assert before == set()
    assert screened_out(study) == {"new", "open", "out"}


def test_a_screening_alone_gives_no_table_of_codings(study: Study) -> None:
    a = rater(study, "coder_a", 1)
    a.push("t1")

    assert derive.rebuild(study, print) == {}
    a.pulled()
    assert {"Screening": 0, "Screened": 0, "Quarantined": 0}.items() <= derive.rebuild(study, print).items()
    assert not study.table("codings").exists()
