"""``analysis crosstab --explain``: the rows behind a cell, down to the runs."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK, HOSTILE, row

from analysis.cli import cli
from codebook.rows import Finding, Model, ModelFile
from codebook.study import Study

Make = Callable[..., Study]


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(codebook=BOOK))


def explain(study: Study, *arguments: str, fmt: str = "json") -> Result:
    return CliRunner().invoke(cli, ["crosstab", *arguments, "--format", fmt, "--study", str(study.path)])


def said(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(r[name] for name in names) for r in rows]


def test_threads_codings_and_runs_stand_behind_a_cell(study: Study) -> None:
    done = explain(study, "theme", "source", "--explain", "Usability", "github")

    rows = json.loads(done.stdout)
    expected = [
        ("threads", "t1", "https://github.example/t1", None, None, None, "collect-threads-1", "collect threads"),
        ("codings", "t1", None, "coder_a", "USE.err", "no message at all", "coding-pull-1", "coding pull"),
        ("codings", "t1", None, "coder_b", "USE.err", None, "coding-pull-1", "coding pull"),
    ]
    assert expected == said(rows, "table", "thread_id", "url", "coder", "code", "quote", "run_id", "command")
    assert all(r["at"].startswith("20") for r in rows)
    assert done.stderr == "theme Usability, source github: 1 thread\n"


def test_decisions_stand_behind_a_cell_when_they_count(make_study: Make) -> None:
    study = hand_study.write(make_study(codebook=BOOK), decided=True)
    rows = json.loads(explain(study, "code", "source", "--explain", "SEC.mal", "github").stdout)

    expected = [("threads", "t1", None, None), ("decisions", "t1", "coder_c", "a threat is named")]
    assert expected == said(rows, "table", "thread_id", "by", "reason")


def test_both_codes_stand_behind_a_cell_of_codes_by_codes(study: Study) -> None:
    rows = json.loads(explain(study, "code", "code", "--explain", "USE.err", "SEC.mal").stdout)

    expected = [
        ("threads", "t1", None, None),
        ("codings", "t1", "coder_a", "SEC.mal"),
        ("codings", "t1", "coder_a", "USE.err"),
        ("codings", "t1", "coder_b", "USE.err"),
    ]
    assert expected == said(rows, "table", "thread_id", "coder", "code")


def test_conditions_hold_behind_the_cell_too(study: Study) -> None:
    arguments = ("theme", "source", "--where", "coder=coder_b", "--explain", "USE", "github")
    rows = json.loads(explain(study, *arguments).stdout)

    assert said(rows, "table", "coder") == [("threads", None), ("codings", "coder_b")]


def test_an_empty_value_can_be_explained(study: Study) -> None:
    rows = json.loads(explain(study, "theme", "year", "--explain", "(none)", "(none)").stdout)

    assert said(rows, "table", "thread_id", "code") == [("threads", "t4", None), ("codings", "t4", "")]


@pytest.mark.parametrize(("fmt", "out"), [("json", "[]"), ("csv", "table,thread_id,title,url,unit_id")])
def test_an_empty_cell_says_so(study: Study, fmt: str, out: str) -> None:
    """Also that of a code which nobody has used."""
    for cell in (("Security", "forum"), ("SEC", "forum")):
        done = explain(study, "theme", "source", "--explain", *cell, fmt=fmt)

        assert done.exit_code == 0
        assert done.stdout.startswith(out)
        assert "nothing is behind this cell: it is empty" in done.stderr
    assert explain(study, "code", "source", "--explain", "Trust model", "github").exit_code == 0


def test_an_empty_cell_is_still_valid_latex(study: Study) -> None:
    done = explain(study, "theme", "source", "--explain", "SEC", "forum", fmt="latex")

    assert done.stdout.splitlines()[0] == "\\begin{tabular}{lllllllllll}"


def test_hostile_titles_are_harmless_in_every_format(study: Study) -> None:
    arguments = ("theme", "source", "--explain", "Security", "github")
    shown = {fmt: explain(study, *arguments, fmt=fmt).stdout for fmt in ("text", "md", "latex", "csv", "json")}

    assert all("\x1b" not in shown[fmt] for fmt in shown)
    assert "&lt;script>alert(1)&lt;/script> \\| 50 % of $x_1 \\\\input{y}" in shown["md"]
    assert "50 \\% of \\$x\\_1 \\textbackslash{}input\\{y\\}" in shown["latex"]
    titles = [r["title"] for r in csv.DictReader(io.StringIO(shown["csv"])) if r["table"] == "threads"]
    assert titles == [HOSTILE.replace("\x1b", "\ufffd"), "'=cmd|' /C calc'!A0"]
    assert json.loads(shown["json"])[0]["title"] == HOSTILE


def test_a_run_that_the_ledger_does_not_have_is_named_as_such(study: Study) -> None:
    (study.path / "runs.jsonl").unlink()
    rows = json.loads(explain(study, "theme", "source", "--explain", "USE", "github").stdout)

    assert {(r["command"], r["at"]) for r in rows} == {("(not in the ledger)", None)}


def test_findings_with_their_files_and_models(make_study: Make) -> None:
    study = make_study()
    study.write(Model, [row(Model, model_id="m1", platform="hub")])
    study.write(ModelFile, [row(ModelFile, model_id="m1", path="a.py", sha256="aa")])
    found = {"tool": "bandit", "rule": "B301", "cwe": "CWE-502", "sha256": "aa", "line": 7, "current": True}
    study.write(Finding, [row(Finding, finding_id="f1", **found)])
    rows = json.loads(explain(study, "cwe", "platform", "--explain", "CWE-502", "hub").stdout)

    expected = [("models", "m1", None, None), ("model_files", "m1", "a.py", None), ("findings", None, None, 7)]
    assert expected == said(rows, "table", "model_id", "path", "line")
