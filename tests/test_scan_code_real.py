"""``scan code`` with the real scanners that are installed: a study that is checked, rebuilt, and scanned on."""

from collections.abc import Callable
from typing import Any

import pytest
from code_study import outcomes, scan, study_with
from scan_study import ScanStudy

from codebook.rows import Finding, RuleFile
from scan.tools import SCANNERS

WEAK = (
    "import os, pickle\n\n\ndef load(path):\n    os.system('echo ' + path)\n    return pickle.load(open(path, 'rb'))\n"
)
SILENT = "import pickle\n\npickle.loads(b'')  # nosec  # nosemgrep\n"
REAL = ("bandit", "yara")
"""Those that start quickly; each tool's own tests look closer."""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> ScanStudy:
    """Two models with code in common; settings planted in one are to turn nothing off."""
    folder = tmp_path_factory.mktemp("real")
    planted = {
        ".bandit": "[bandit]\nexclude = /\nskips = B101\n",
        "pyproject.toml": "[tool.bandit]\nskips = ['B301']\n",
    }
    models = {
        "pytorch_hub/o/one": {"weak.py": WEAK, "plain.py": "x = 1\n", "broken.py": "def (:\n"} | planted,
        "pytorch_hub/o/two": {"weak.py": WEAK, "silent.py": SILENT},
    }
    study = study_with(folder, models)
    ran = scan(study, "code", *(option for tool in REAL for option in ("--tool", tool)))
    assert ran.exit_code == 0, ran.stderr
    return study


def test_each_tool_has_an_outcome_for_each_content_and_findings_are_one_vocabulary(scanned: ScanStudy) -> None:
    told = outcomes(scanned)
    rows = list(scanned.study.read(Finding))

    names = {"weak.py", "plain.py", "broken.py", "silent.py"}
    assert {(tool, name) for tool, name in told if name in names} == {(tool, name) for tool in REAL for name in names}
    assert {tool for tool in REAL if tool in SCANNERS} == set(REAL)
    assert told["bandit", "broken.py"][0] == "failed"
    assert told["bandit", "plain.py"] == ("scanned", None)
    shell = [row for row in rows if row.line == 5 and "CWE-78" in row.cwes]
    assert {row.tool for row in shell} >= {"bandit"}
    assert all(row.weakness_id and row.current for row in rows)
    assert {row.suppressed_by_author for row in rows if row.tool == "bandit" and row.cwe == "CWE-502"} == {True, False}
    assert {row.problem for row in scanned.study.read(RuleFile)} == {None}


def test_the_study_holds_what_codebook_check_wants(scanned: ScanStudy, run: Callable[..., Any]) -> None:
    ran = run("codebook", "check", "--study", scanned.folder, "--format", "json")

    assert ran.code == 0, ran.out


def test_a_new_model_is_all_that_is_looked_at_by_the_next_run(scanned: ScanStudy) -> None:
    folder = scanned.folder / "models" / "pytorch_hub" / "o" / "three"
    folder.mkdir(parents=True)
    (folder / "hubconf.py").write_text(f"{WEAK}\nnew = 1\n", encoding="utf-8")
    before = {row.finding_id: row for row in scanned.study.read(Finding)}
    listed = scan(scanned, "models")
    ran = scan(scanned, "code", *(option for tool in REAL for option in ("--tool", tool)))
    after = {row.finding_id: row for row in scanned.study.read(Finding)}

    assert (listed.exit_code, ran.exit_code) == (0, 0), ran.stderr
    assert f"scan code: {len(REAL)} outcomes" in ran.stderr
    assert before.items() <= after.items()
    assert {row.run_id for row in after.values()} == {"scan-code-1", "scan-code-2"}
