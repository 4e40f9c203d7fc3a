"""``scan status``: files by tool and outcome, and a file that was not scanned is never clean."""

import json
from collections.abc import Callable
from typing import Any

from hand_study import row

from codebook.rows import Finding, Model, ModelFile, Outcome
from codebook.study import Study


def write(study: Study) -> None:
    study.write(Model, [row(Model, model_id=m, platform="hub") for m in ("m1", "m2")])
    contents = [("m1", "a.py", "aa"), ("m1", "b.py", "bb"), ("m2", "a.py", "aa"), ("m2", "c.py", "cc")]
    files = [row(ModelFile, model_id=m, path=p, sha256=s) for m, p, s in contents]
    gone = row(ModelFile, model_id="m2", path="gone.py", problem="404")
    study.write(ModelFile, [*files, gone])
    outcomes = [("bandit", "aa", "scanned"), ("bandit", "bb", "scanned"), ("bandit", "cc", "failed")]
    outcomes += [("yara", "aa", "timed_out"), ("yara", "bb", "skipped")]
    common = {"tool_version": "1.0", "rules_hash": "ffff", "applies": True, "current": True}
    study.write(Outcome, [row(Outcome, tool=t, sha256=s, status=st, **common) for t, s, st in outcomes])
    found = {"tool": "bandit", "sha256": "aa", "tool_version": "1.0", "rules_hash": "ffff"}
    study.write(Finding, [row(Finding, finding_id=f"f{n}", **found) for n in (1, 2)])


def test_not_scanned_is_not_clean(make_study: Callable[..., Study], run: Callable[..., Any]) -> None:
    """Three distinct contents: bandit scans two and finds something in one, yara scans none."""
    study = make_study()
    write(study)
    ran = run("scan", "status", "--study", study.path, "--format", "csv")

    expected = """\
tool,tool_version,rules_hash,current,files,scanned,clean,with_findings,failed,timed_out,skipped,not_applicable,no_outcome
bandit,1.0,ffff,yes,3,2,1,1,1,0,0,0,0
yara,1.0,ffff,yes,3,0,0,0,0,1,1,0,1
"""
    assert expected == ran.out
    assert ran.err == (
        "1 files of which nobody has the content, so no tool has seen them; model_files says what went wrong\n"
        "bandit: 1 files failed: no reason given\n"
        "yara: 1 files skipped: no reason given\n"
        "yara: 1 files timed out: no reason given\n"
    )
    assert ran.code == 0


def test_files_that_no_tool_has_seen_are_named(make_study: Callable[..., Study], run: Callable[..., Any]) -> None:
    study = make_study()
    study.write(ModelFile, [row(ModelFile, model_id="m1", path="a.py", sha256="aa")])
    ran = run("scan", "status", "--study", study.path)

    assert (ran.code, ran.out, ran.err) == (0, "", "1 files of 1 models, none of them scanned yet\n")


def test_an_empty_study_says_so_in_one_line(make_study: Callable[..., Study], run: Callable[..., Any]) -> None:
    study = make_study()
    ran = run("scan", "status", "--study", study.path)

    assert (ran.code, ran.out, ran.err) == (0, "", "nothing has been scanned into this study\n")
    ran = run("scan", "status", "--study", study.path, "--format", "json")
    assert (ran.code, json.loads(ran.out)) == (0, [])


def test_a_folder_that_is_no_study_is_wrong_input(run: Callable[..., Any], tmp_path: Any) -> None:
    ran = run("scan", "status", "--study", tmp_path)

    assert ran.code == 2
    assert "no study.toml" in ran.err
    assert "Traceback" not in ran.err
