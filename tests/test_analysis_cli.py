"""``analysis`` as a command: wrong input, empty studies, the flow, the list of variables."""

import json
from collections.abc import Callable
from typing import Any

import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK, coding, row, thread

from analysis.cli import cli
from analysis.flow import flow
from analysis.report.caveats import caveats
from analysis.report.collected import coders
from analysis.report.threads import shown
from analysis.risk import corpus
from codebook.rows import Coding, Planned, Recode, Screened, Screening, Thread
from codebook.study import Study

Make = Callable[..., Study]


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(codebook=BOOK))


def crosstab(study: Study, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["crosstab", *arguments, "--study", str(study.path)])


def counted(study: Study, *arguments: str) -> list[str]:
    return crosstab(study, *arguments, "--format", "csv").stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["them", "source"], "no variable 'them'\n  Did you mean 'theme'?"),
        (["theme", "cwe"], "no join connects 'theme' (decisions, codings) and 'cwe' (findings)"),
        (["level", "cwe"], "no join connects"),
        (["theme", "source", "--unit", "tread"], "no unit 'tread'\n  Did you mean 'thread'?"),
        (["theme", "source", "--unit", "finding"], "counted by finding"),
        (["theme", "source", "--where", "source=githb"], "no source 'githb'\n  Did you mean 'github'?"),
        (["theme", "source", "--where", "theme=Securty"], "no theme 'Securty'\n  Did you mean 'Security'?"),
        (["theme", "source", "--where", "source"], "is not NAME=VALUE"),
        (["theme", "source", "--where", "nope=1"], "no variable 'nope'"),
        (["source", "item", "--level", "code"], "--level code needs theme or code"),
        (["theme", "source", "--explain", "Securty", "github"], "no theme 'Securty'\n  Did you mean 'Security'?"),
        (["theme", "source", "--explain", "SEC", "githb"], "no source 'githb'\n  Did you mean 'github'?"),
    ],
)
def test_wrong_input_is_one_clear_error(study: Study, arguments: list[str], message: str) -> None:
    done = crosstab(study, *arguments)

    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_values_are_never_sql(study: Study) -> None:
    done = crosstab(study, "theme", "source", "--where", "source='; DROP VIEW threads; --")

    assert done.exit_code == 2
    assert "no source" in done.stderr


def test_an_empty_study_counts_nothing_and_says_why(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    done = crosstab(study, "theme", "source", "--where", "source=github")

    assert done.exit_code == 0
    assert "no rows yet in: codings (coding pull), threads (collect threads)" in done.stderr
    assert crosstab(study, "theme", "source", "--format", "json").stdout == "[]\n"


def test_a_study_without_codebook_counts_what_needs_none(make_study: Make) -> None:
    study = hand_study.write(make_study())

    assert counted(study, "coder", "source")[-1] == "total,2,2,4"
    assert crosstab(study, "theme", "source").exit_code == 2


def test_a_code_that_the_codebook_does_not_have_is_shown_as_such(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    study.write(Thread, [thread("t1", "github", 2024)])
    study.write(Coding, [coding("t1", "a", "OLD.gone")])

    assert counted(study, "theme", "source")[1] == "OLD.gone (not in the codebook),1,1"


def test_the_command_runs_as_a_module(study: Study, run: Callable[..., Any]) -> None:
    ran = run("analysis", "crosstab", "theme", "source", "--format", "csv", "--study", study.path)

    assert ran.out.splitlines()[0] == "theme,forum,github,total"
    assert ran.code == 0


def test_flow(study: Study) -> None:
    done = CliRunner().invoke(cli, ["flow", "--format", "csv", "--study", str(study.path)])

    expected = """\
step,reason,threads
found,,6
excluded,,1
excluded in collect,only in code,1
included,,5
coded by a coder,,4
decided,,0
"""
    assert expected == done.stdout


def test_what_was_screened_out_is_a_step_of_the_flow_and_in_no_count(study: Study) -> None:
    verdicts = [("t1", True, None), ("t2", False, "off"), ("t3", False, None), ("t5", True, None)]
    study.write(Screened, [row(Screened, thread_id=t, included=yes, criterion=why) for t, yes, why in verdicts])
    done = CliRunner().invoke(cli, ["flow", "--format", "csv", "--study", str(study.path)])
    years = CliRunner().invoke(cli, ["crosstab", "source", "year", "--format", "csv", "--study", str(study.path)])
    codes = CliRunner().invoke(cli, ["crosstab", "theme", "source", "--format", "csv", "--study", str(study.path)])

    expected = """\
step,reason,threads
found,,6
excluded,,1
excluded in collect,only in code,1
included,,5
screened out,no one criterion,1
screened out,off,1
screened in,,1
not screened yet,,2
coded by a coder,,2
decided,,0
"""
    assert expected == done.stdout
    assert years.stdout.splitlines() == [
        "source,2023,2024,(none),total",
        "forum,0,1,1,2",
        "github,1,0,0,1",
        "total,1,1,1,3",
    ]
    assert codes.stdout.splitlines() == [
        "theme,forum,github,total",
        "Usability,0,1,1",
        "Security,0,1,1",
        "(none),1,0,1",
        "total,1,1,2",
    ]
    assert "; 1 without codings are not counted" in codes.stderr, "t6; nobody misses those that were screened out"


def test_a_reading_that_was_coded_again_because_a_code_was_split_counts_no_more(make_study: Make) -> None:
    """Coder a gave t1 two codes and t2 two; one of each was split, and only t1 has been coded again: one code."""
    study = make_study(codebook=BOOK)
    study.write(Thread, [thread("t1", "github", 2024), thread("t2", "github", 2024)])
    first = [coding(t, c, "SEC.mal") for t in ("t1", "t2") for c in ("a", "b")]
    study.write(Coding, [*first, coding("t1", "a", "USE.err", round=2, annotation_id="2/1/1")])
    given = {"coder": "a", "round": 1, "arm": "plain", "code": "USE"}
    split = [row(Recode, unit_id=t, thread_id=t, answered=t == "t1", **given) for t in ("t1", "t2")]
    study.write(Recode, split)

    assert counted(study, "code", "coder") == [
        "code,a,b,total",
        "Error handling,1,0,1",
        "Malicious code,1,2,2",
        "total,2,2,2",
    ]
    assert counted(study, "round", "coder", "--unit", "coding")[1:] == ["1,1,2,3", "2,1,0,1", "total,2,2,4"]
    with study.connect() as con:
        corpus.lay_out(con)
        said = list(caveats(con, study))
        assert coders(con, study).rows == [("a", 0, 2, 0, 2, 2), ("b", 0, 2, 0, 2, 1)]
        assert shown(con, ["t1"])["t1"].codes == [("a", ["USE.err"]), ("b", ["SEC.mal"])]
    assert "Codings whose code was split, in no crosstab until their coder codes them again: 1." in said


@pytest.mark.parametrize(
    ("planned", "steps"),
    [
        ("t1 t2 t3 t4 t5", ["drawn 4", "screened out 1", "screened in 1", "not screened yet 2"]),
        ("t1", ["screened out 1", "screened in 1", "not screened yet 1", "drawn 1"]),
    ],
)
def test_what_was_drawn_is_a_step_of_the_flow_and_nothing_else_waits_for_raters(
    study: Study, planned: str, steps: list[str]
) -> None:
    study.write(Planned, [row(Planned, unit_id=t, thread_id=t, coder=c) for t in planned.split() for c in "ab"])
    before = flow(study)
    study.write(Screened, [row(Screened, thread_id=t, included=t == "t1") for t in ("t1", "t2")])
    study.write(Screening, [row(Screening, unit_id="t3", thread_id="t3", coder="a")])
    made = [f"{line['step']} {line['threads']}" for line in flow(study)]

    assert f"{before[4]['step']} {before[4]['threads']}" == next(step for step in steps if "drawn" in step)
    assert made[4:-2] == steps
    assert [made[3], *made[-2:]] == ["included 5", "coded by a coder 3", "decided 0"]


def test_variables_are_listed() -> None:
    lines = json.loads(CliRunner().invoke(cli, ["variables", "--format", "json"]).stdout)

    assert {"variable": "source", "table": "threads"}.items() <= next(
        v for v in lines if v["variable"] == "source"
    ).items()
    assert next(v for v in lines if v["variable"] == "confidence")["values"] == ["low", "medium", "high"]
