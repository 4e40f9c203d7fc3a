"""What scanners found per platform: one denominator, what was not scanned apart from clean, tools beside each other."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hand_study import row
from hypothesis import given, settings
from hypothesis import strategies as st
from report_read import no_figures, written
from statsmodels.stats.proportion import proportion_confint

from analysis.risk import corpus, counts
from codebook.rows import Content, Finding, Model, ModelFile, Outcome, RuleFile
from codebook.study import Study

Make = Callable[..., Study]
Run = Callable[..., Any]

HOSTILE = "<b>&=cmd|' /C calc'!A0\x1b[31m"
A, B, C, D, E = (letter * 64 for letter in "abcde")

MODELS = tuple(
    row(Model, model_id=f"{hub}:{platform}:o/{name}", hub=hub, platform=platform, owner="o", name=name, mirror_of=first)
    for hub, platform, name, first in (
        ("h", "hf", "one", None),
        ("again", "hf", "one", None),
        ("h", "hf", "two", None),
        ("h", "hf", "three", None),
        ("h", "csg", "one", "hf:o/one"),
    )
)


def file(model: str, path: str, sha256: str | None, *, relevant: bool | None = True) -> ModelFile:
    return row(ModelFile, model_id=model, path=path, sha256=sha256, relevant=relevant)


FILES = (
    file("h:hf:o/one", "a.py", A),
    file("again:hf:o/one", "a.py", A),
    file("h:hf:o/one", "b.py", B),
    file("h:hf:o/one", "setup.py", E, relevant=False),
    file("h:hf:o/two", "b.py", B),
    file("h:hf:o/two", "config.json", D, relevant=None),
    file("h:hf:o/two", "model.bin", None, relevant=False),
    file("h:hf:o/three", "c.py", C),
    file("h:hf:o/three", "gone.py", None),
    file("h:csg:o/one", "a.py", A),
)
CONTENTS = tuple(
    row(Content, sha256=sha256, suffix=".py", code_lines=lines)
    for sha256, lines in ((A, 100), (B, 300), (C, 600), (D, None), (E, 50))
)


def outcome(tool: str, sha256: str, status: str, reason: str | None = None, **more: Any) -> Outcome:
    return row(
        Outcome, tool=tool, sha256=sha256, status=status, reason=reason, **{"current": True, "applies": True} | more
    )


OUTCOMES = (
    outcome("bandit", A, "scanned"),
    outcome("bandit", B, "scanned"),
    outcome("bandit", C, "failed", HOSTILE),
    outcome("bandit", D, "skipped", "no Python", applies=False),
    outcome("bandit", E, "scanned"),
    outcome("bandit", C, "scanned", tool_version="0", current=False),
    outcome("yara", A, "scanned"),
    outcome("yara", B, "timed_out", "60 s"),
    outcome("yara", C, "scanned"),
    outcome("yara", D, "scanned"),
    outcome("yara", E, "scanned"),
)


def finding(name: str, tool: str, sha256: str | None, weakness: str | None, **more: Any) -> Finding:
    given = {"current": True, "weakness_id": weakness, "line": 1, "severity": "high", "suppressed_by_author": False}
    return row(Finding, finding_id=name, tool=tool, sha256=sha256, **given | more)


FINDINGS = (
    finding("1", "bandit", A, "w1", rule="B301", cwe="CWE-502", severity="medium"),
    finding("2", "bandit", A, "w2", rule="B307", cwe="CWE-95", suppressed_by_author=True),
    finding("3", "yara", A, "w1", rule="pickle", cwe="CWE-502", category="deserialisation"),
    finding("4", "yara", C, "w4", rule=HOSTILE, cwe=None, category=HOSTILE),
    finding("5", "bandit", E, "w5", rule="B301", cwe="CWE-502"),
    finding("6", "bandit", C, "w6", rule="old", cwe="CWE-1", current=False),
    finding("7", "CodeQL", None, "w7", rule="py/x", cwe="CWE-79", model_id="h:hf:o/two", path="away.py"),
)


@pytest.fixture
def study(make_study: Make) -> Study:
    made = make_study()
    tables = ((Model, MODELS), (ModelFile, FILES), (Content, CONTENTS), (Outcome, OUTCOMES), (Finding, FINDINGS))
    for row_type, rows in tables:
        made.write(row_type, rows)
    problem = row(RuleFile, tool="yara", rules_hash=OUTCOMES[0].rules_hash, path="bad.yar", problem="line 3")
    made.write(RuleFile, [problem])
    return made


def printed(run: Run, study: Study, *more: str) -> list[dict[str, Any]]:
    done = run("analysis", "risk", "--format", "json", *more, "--study", study.path)
    assert done.code == 0, done.err
    return list(json.loads(done.out))


def test_models_with_findings_have_one_denominator_and_what_was_not_scanned_is_not_clean(
    study: Study, run: Run
) -> None:
    rows = printed(run, study)
    names = ("platform", "tool", "models", "with_findings", "not_known", "files", "scanned", "not_scanned")

    assert [tuple(row[n] for n in (*names, "findings", "distinct", "suppressed")) for row in rows] == [
        ("csg", "CodeQL", 1, 0, 1, 1, 0, 1, 0, 0, 0),
        ("csg", "bandit", 1, 1, 0, 1, 1, 0, 2, 2, 1),
        ("csg", "yara", 1, 1, 0, 1, 1, 0, 1, 1, 0),
        ("hf", "CodeQL", 3, 1, 2, 6, 0, 6, 1, 1, 0),
        ("hf", "bandit", 3, 1, 1, 5, 3, 2, 2, 2, 1),
        ("hf", "yara", 3, 2, 1, 6, 3, 3, 2, 2, 0),
        ("total", "CodeQL", 4, 1, 3, 7, 0, 7, 1, 1, 0),
        ("total", "bandit", 4, 2, 1, 6, 4, 2, 4, 2, 1 + 1),
        ("total", "yara", 4, 3, 1, 7, 4, 3, 3, 2, 0),
        ("total, mirrors once", "CodeQL", 3, 1, 2, 7, 0, 7, 1, 1, 0),
        ("total, mirrors once", "bandit", 3, 1, 1, 6, 4, 2, 4, 2, 2),
        ("total, mirrors once", "yara", 3, 2, 1, 7, 4, 3, 3, 2, 0),
    ]
    bandit = rows[4]
    assert bandit["percent"] == pytest.approx(100 / 3)
    assert bandit["low"] == pytest.approx(100 * proportion_confint(1, 3, method="wilson")[0])
    assert bandit["high"] == pytest.approx(100 * proportion_confint(2, 3, method="wilson")[1]), "three may have one"
    assert (bandit["kloc"], bandit["per_kloc"]) == (0.7, pytest.approx(2 / 0.7))
    assert rows[5]["per_kloc"] == pytest.approx(2 / 0.7), (
        "yara scanned 100 and 600 lines of Python, and one that is none"
    )


def test_all_counts_files_that_loading_does_not_execute_too(study: Study, run: Run) -> None:
    (bandit,) = (row for row in printed(run, study, "--all", "--tool", "bandit") if row["platform"] == "hf")

    assert (bandit["files"], bandit["scanned"], bandit["findings"], bandit["distinct"]) == (6, 4, 3, 3)


def test_weaknesses_rules_and_categories_are_ranked_within_platform_and_tool(study: Study, run: Run) -> None:
    def ranked(part: str, *names: str) -> list[tuple[Any, ...]]:
        return [tuple(r[n] for n in names) for r in printed(run, study, "--part", part) if r["platform"] == "hf"]

    assert ranked("cwe", "tool", "place", "cwe", "findings", "of", "percent", "models", "of_models") == [
        ("CodeQL", 1, "CWE-79", 1, 1, 100.0, 1, 3),
        ("bandit", 1, "CWE-502", 1, 2, 50.0, 1, 3),
        ("bandit", 2, "CWE-95", 1, 2, 50.0, 1, 3),
        ("yara", 1, "CWE-502", 1, 1, 100.0, 1, 3),
    ]
    assert ranked("severity", "tool", "severity", "place", "rule", "percent") == [
        ("CodeQL", "high", 1, "py/x", 100.0),
        ("bandit", "high", 1, "B307", 50.0),
        ("bandit", "medium", 1, "B301", 50.0),
        ("yara", "high", 1, HOSTILE, 50.0),
    ]
    assert ranked("category", "tool", "category", "findings") == [
        ("yara", HOSTILE, 1),
        ("yara", "deserialisation", 1),
    ]


def test_what_several_tools_report_of_the_same_lines_is_one_weakness(study: Study, run: Run) -> None:
    rows = [tuple(row.values()) for row in printed(run, study, "--part", "weaknesses") if row["platform"] == "hf"]

    assert rows == [
        ("hf", "CWE-502", 1, 25.0, 0, 1, 0, 1),
        ("hf", "CWE-79", 1, 25.0, 1, 0, 0, 1),
        ("hf", "CWE-95", 1, 25.0, 1, 0, 0, 1),
    ]
    assert [tuple(row.values()) for row in printed(run, study, "--part", "agreement")] == [
        ("bandit", "yara", 1, 2, 1, 1, 0.5, 50.0)
    ]


def test_what_was_not_scanned_is_told_with_the_reason(study: Study, run: Run) -> None:
    done = run("analysis", "risk", "--part", "not_scanned", "--format", "json", "--study", study.path)

    assert [tuple(row.values()) for row in json.loads(done.out)] == [
        ("CodeQL", "no outcome", None, 4, 6, 4),
        ("CodeQL", "no content", None, 0, 1, 1),
        ("bandit", "failed", HOSTILE, 1, 1, 1),
        ("bandit", "no content", None, 0, 1, 1),
        ("yara", "timed_out", "60 s", 1, 2, 2),
        ("yara", "no content", None, 0, 1, 1),
    ]
    said = done.err.splitlines()
    assert said[0] == "CodeQL has not scanned 7 of 7 files; analysis risk --part not_scanned says why."
    assert "CodeQL: 1 findings are about files of which nobody has the content." in said
    assert "bandit: 1 findings are in files that loading does not execute as code; --all counts them." in said
    assert "yara: 1 files of rules could not be used, or not whole; the table rule_files says why." in said


def test_a_tool_with_no_file_of_its_kind_is_not_read_as_clean(study: Study, run: Run) -> None:
    idle = [outcome("picklescan", sha256, "skipped", "no pickle", applies=False) for sha256 in (A, B, C, D)]
    study.write(Outcome, [*OUTCOMES, *idle])

    done = run("analysis", "risk", "--study", study.path)

    expected = "picklescan looks at no file that counts here, so that it found nothing means nothing."
    assert expected in done.err.splitlines()
    assert "bandit looks at no file" not in done.err


@pytest.mark.parametrize("fmt", ["text", "csv", "md", "latex"])
def test_hostile_names_of_rules_are_text_in_every_format(study: Study, run: Run, fmt: str) -> None:
    done = run("analysis", "risk", "--part", "rule", "--format", fmt, "--study", study.path)

    assert done.code == 0
    assert "\x1b" not in done.out
    assert ",=cmd" not in done.out


@pytest.mark.usefixtures(no_figures.__name__)
def test_the_report_has_the_findings_and_what_is_not_scanned(study: Study) -> None:
    written(study)
    page = (study.path / "out" / "report.html").read_text(encoding="utf-8")

    assert 'id="findings"' in page
    assert "yara has not scanned 3 of 7 files" in page
    assert "<b>&=cmd" not in page


def test_nothing_to_count_is_said(make_study: Make, run: Run) -> None:
    empty = make_study()
    done = run("analysis", "risk", "--study", empty.path)
    assert (done.code, "scan models" in done.err) == (2, True)

    empty.write(Model, MODELS[:1])
    empty.write(ModelFile, FILES[:1])
    done = run("analysis", "risk", "--study", empty.path)
    assert done.code == 0
    assert "no tool has looked at it yet" in done.err
    assert run("analysis", "risk", "--tool", "bandti", "--study", empty.path).code == 2


states = st.sampled_from(["scanned", "failed", "timed_out", "skipped", None])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(states, st.booleans(), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=12))
def test_margins_hold_whatever_was_scanned(tmp_path_factory: pytest.TempPathFactory, drawn: list[Any]) -> None:
    """Files are scanned or not, models have findings, are clean or are not known, and sums are those of their parts."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.toml").write_text('[study]\ntitle = "t"\nkeywords = ["k"]\n')
    study = Study.open(folder)
    contents = [f"{i:064x}" for i in range(len(drawn))]
    study.write(Model, MODELS)
    study.write(ModelFile, [file(MODELS[2 * m].model_id, f"{i}.py", contents[i]) for i, (*_, m) in enumerate(drawn)])
    outcomes = [
        outcome("t", sha256, status, applies=applies)
        for sha256, (status, applies, *_) in zip(contents, drawn, strict=True)
        if status
    ]
    study.write(Outcome, outcomes or [outcome("t", "f" * 64, "scanned")])
    found = [
        finding(f"{i}.{n}", "t", contents[i], f"{i}.{n}") for i, (_, _, k, _) in enumerate(drawn) for n in range(k)
    ]
    study.write(Finding, found)
    with study.connect() as con:
        files = corpus.lay_out(con)
        rows = counts.tools(con)
    total = next(r for r in rows if r["platform"] == "total")

    assert files == len(drawn)
    for r in rows:
        assert r["scanned"] + r["not_scanned"] == r["files"]  # type: ignore[operator]
        assert r["with_findings"] + r["not_known"] <= r["models"]  # type: ignore[operator]
        assert 0 <= r["low"] <= r["percent"] <= r["high"] <= 100  # type: ignore[operator]
    for name in ("models", "files", "findings", "distinct"):
        assert total[name] == sum(r[name] for r in rows if r["platform"] in ("hf", "csg"))  # type: ignore[misc]
