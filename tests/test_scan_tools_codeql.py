"""CodeQL, against a stand-in that keeps the contract of its command line: the binary was not run."""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from code_rig import code_of
from code_study import scan, study_with
from stand_in_codeql import stand_in

from codebook.errors import Missing
from codebook.rows import Finding, Outcome
from codebook.scanning import Scan
from scan.scanner import Kit, Said, SeenFinding, Staged, ToolFailed
from scan.tools.codeql import CodeQL

CODEQL = CodeQL()
EVAL = b"import sys\nx = sys.argv[1]\neval(x)\n"


@pytest.fixture
def binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the stand-in, on the path."""
    folder = stand_in(tmp_path / "bin").parent
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def _said(folder: Path, files: Mapping[str, bytes], kit: Kit | None = None) -> dict[str, Said]:
    """What it says of a repository that is laid out as the engine does, by path."""
    used = kit or CODEQL.kit(Scan(), folder)
    scratch = folder / "scratch"
    staged = []
    for name, content in files.items():
        path = scratch / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        staged.append(Staged(code_of(name, content), path))
    by_hash = {each.sha256: each for each in CODEQL.scan(used, scratch, staged)}
    return {name: by_hash[sha256(content).hexdigest()] for name, content in files.items() if name.endswith(".py")}


def _asked(binary: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (binary / "asked.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.usefixtures("binary")
def test_findings_come_by_content_with_weaknesses_severity_and_flows(tmp_path: Path) -> None:
    said = _said(tmp_path, {"pkg/a.py": EVAL + b"# by b.py\n", "b.py": b"pass\n"})
    (finding,) = said["pkg/a.py"].findings

    assert (said["b.py"].status, said["b.py"].findings) == ("scanned", ())
    assert CODEQL.parse(finding) == SeenFinding(
        rule="py/code-injection",
        line=3,
        cwe_raw=("external/cwe/cwe-094", "external/cwe/cwe-095"),
        severity="critical",
        severity_raw="security-severity 9.3, problem.severity error",
        confidence="high",
        message="This code depends on a [value](1).",
        flows='[[{"line":1,"column":1},{"path":"b.py","line":1,"column":1},{"line":3,"column":1}]]',
    )
    assert str(tmp_path) not in json.dumps(said["pkg/a.py"].findings)


@pytest.mark.usefixtures("binary")
def test_files_that_the_extractor_lost_are_not_scanned(tmp_path: Path) -> None:
    said = _said(tmp_path, {"a.py": EVAL, "broken.py": b"# BROKEN\n", "lost.py": b"# LOST\n"})

    assert {name: (each.status, each.reason) for name, each in said.items()} == {
        "a.py": ("scanned", None),
        "broken.py": ("failed", "A parse error occurred"),
        "lost.py": ("failed", "CodeQL does not say that it has read it"),
    }


@pytest.mark.usefixtures("binary")
def test_copies_of_one_content_have_its_findings_once(tmp_path: Path) -> None:
    said = _said(tmp_path, {"a.py": EVAL, "copy.py": EVAL})

    assert said["a.py"] == said["copy.py"]
    assert len(said["a.py"].findings) == 1


PLANTED = {
    "codeql-config.yml": b"paths-ignore: ['**']\n",
    ".github/codeql/codeql-config.yml": b"disable-default-queries: true\n",
    ".github/codeql/extensions/x/codeql-pack.yml": b"library: true\n",
    "lgtm.yml": b"extraction: {python: {prepare: {packages: [x]}}}\n",
    ".travis.yml": b"python: 2.7\n",
    "setup.cfg": b"[metadata]\n",
    "requirements.txt": b"evil\n",
    "Makefile": b"all:\n\ttouch /planted\n",
    "lib/python3/site-packages/hidden.py": EVAL,
    "gzip.py": b"raise SystemExit('planted')\n",
}


def test_planted_configuration_is_not_there_and_planted_python_is_not_run(tmp_path: Path, binary: Path) -> None:
    said = _said(tmp_path, {"a.py": EVAL, **PLANTED})
    there = (binary / "there").read_text(encoding="utf-8").splitlines()
    asked = _asked(binary)
    create = next(each for each in asked if each["argv"][:2] == ["database", "create"])
    analyze = next(each for each in asked if each["argv"][:2] == ["database", "analyze"])

    assert there == ["a.py", "gzip.py", "lib/python3/site-packages/hidden.py"]
    assert len(said["lib/python3/site-packages/hidden.py"].findings) == 1
    assert {"--no-database-extension-packs", "--no-database-threat-models"} <= set(analyze["argv"])
    assert not any(str(each).startswith("--command") for each in create["argv"])
    assert create["env"]["CODEQL_EXTRACTOR_PYTHON_ENABLE_SITE"] == "1"
    assert create["env"]["CODEQL_EXTRACTOR_PYTHON_DISABLE_AUTOMATIC_VENV_EXCLUDE"] == "1"
    assert create["env"]["LGTM_PYTHON_SETUP_VERSION"] == "3"
    assert (create["env"]["PYTHONSAFEPATH"], create["env"]["PYTHONPATH"]) == ("1", str(binary / "python" / "tools"))
    assert not any(str(each["cwd"]).startswith(str(tmp_path / "scratch" / "source")) for each in asked)


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("crashes", "it ended with status 2: A fatal error occurred in /source: the extractor broke"),
        ("nothing", "it ended well and wrote no results"),
        ("garbage", "its results cannot be read: not SARIF"),
    ],
)
def test_a_breakdown_is_told_as_one(tmp_path: Path, binary: Path, mode: str, message: str) -> None:
    (binary / "mode").write_text(mode, encoding="utf-8")
    with pytest.raises(ToolFailed) as failed:
        _said(tmp_path, {"a.py": EVAL})

    assert str(failed.value).startswith(message)


def test_no_code_and_late_queries_are_outcomes(tmp_path: Path, binary: Path) -> None:
    (binary / "mode").write_text("no code", encoding="utf-8")
    nothing = _said(tmp_path / "one", {"a.py": EVAL})["a.py"]
    (binary / "mode").write_text("late", encoding="utf-8")
    late = _said(tmp_path / "two", {"a.py": EVAL})["a.py"]

    assert (nothing.status, nothing.reason) == ("failed", "the extractor found no code to read")
    assert (late.status, len(late.findings)) == ("timed_out", 1)


def test_a_tool_that_hangs_is_stopped(tmp_path: Path, binary: Path) -> None:
    (binary / "mode").write_text("hangs", encoding="utf-8")
    said = _said(tmp_path, {"a.py": EVAL}, CODEQL.kit(Scan(time_limit=0.05), tmp_path))

    assert said["a.py"].status == "timed_out"


def test_a_missing_or_mute_binary_is_missing(tmp_path: Path, binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (binary / "mode").write_text("mute", encoding="utf-8")
    with pytest.raises(Missing, match="does not say its version"):
        CODEQL.kit(Scan(), tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="not on the path"):
        CODEQL.kit(Scan(), tmp_path)


@pytest.mark.parametrize("finding", [{}, {"result": 1, "rule": {}}, {"result": {}, "rule": {}}, {"result": None}])
def test_what_is_no_result_is_refused(finding: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no result of CodeQL"):
        CODEQL.parse(finding)


def test_scan_code_runs_it_over_each_repository(tmp_path: Path, binary: Path) -> None:
    """Through the engine: a repository with a broken file, and one that shares a content with it."""
    files: dict[str, str | bytes] = {"a.py": EVAL, "broken.py": "# BROKEN\n"}
    study = study_with(tmp_path / "study", {"pytorch_hub/o/m": files, "pytorch_hub/o/n": {"c.py": EVAL}})
    told = scan(study, "code", "--tool", "codeql")

    assert told.exit_code == 0, told.stderr
    assert [(row.rule, row.cwe, row.line) for row in study.study.read(Finding)] == [("py/code-injection", "CWE-94", 3)]
    outcomes = [(row.status, row.reason) for row in study.study.read(Outcome) if row.tool == "codeql" and row.applies]
    assert sorted(outcomes, key=str) == [("failed", "A parse error occurred"), *[("scanned", None)] * 3]
    assert (binary / "asked.jsonl").exists()
