"""scan import and scan export, as commands, on a study whose tables codebook check rebuilds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from code_study import scan, study_of
from sarif_rig import result_at, run_of, sarif, sha
from scan_study import ScanStudy

from codebook.blobs import Blobs
from codebook.cli import cli as codebook
from codebook.errors import StoppedEarly
from codebook.rows import Finding, Model, Outcome, Rule
from scan.code import command
from scan.sarif import taking
from scan.sarif.kept import imports

CODE = "import os\neval(x)\n"
RULES = [{"id": "r1", "properties": {"tags": ["external/cwe/cwe-095"], "security-severity": "9.1"}}]


def _study(folder: Path) -> tuple[ScanStudy, str]:
    study = study_of(folder / "study", {"a.py": CODE})
    return study, next(study.study.read(Model)).model_id


def _checked(study: ScanStudy) -> list[str]:
    """What codebook check finds wrong."""
    told = CliRunner().invoke(codebook, ["check", "--study", str(study.folder), "--format", "json"])
    return [row["what"] for row in json.loads(told.stdout) if row["result"] == "failed"]


def test_results_of_a_tool_elsewhere_become_rows_and_can_be_rebuilt(tmp_path: Path) -> None:
    study, model = _study(tmp_path)
    made = sarif(tmp_path, run_of(result_at("file:///r/a.py", 2), result_at("gone.py"), rules=RULES))
    told = scan(study, "import", "--sarif", str(made), "--model", model, "--root", "/r")

    assert told.exit_code == 0, told.stderr
    assert "1 are in files of which the study has no content" in told.stderr
    found = sorted(study.study.read(Finding), key=lambda row: row.path or "")
    assert [(row.tool, row.cwe, row.severity, row.sha256, row.line) for row in found] == [
        ("a-tool", "CWE-95", "critical", sha(CODE), 2),
        ("a-tool", "CWE-95", "critical", None, 1),
    ]
    assert all(row.weakness_id and row.finding_id for row in found)
    assert [(row.tool, row.sha256, row.status) for row in study.study.read(Outcome)] == [
        ("a-tool", sha(CODE), "scanned")
    ]
    assert [row.rule for row in study.study.read(Rule)] == ["r1"]
    assert _checked(study) == []


def test_nothing_of_a_damaged_file_is_imported(tmp_path: Path) -> None:
    study, model = _study(tmp_path)
    made = sarif(tmp_path, run_of(result_at("a.py"), rules=RULES))
    made.write_bytes(made.read_bytes()[:-20])
    kept = Blobs.of(study.study).count()
    told = scan(study, "import", "--sarif", str(made), "--model", model)

    assert told.exit_code == 2
    assert "it ends at byte" in told.stderr
    assert not (study.folder / "raw" / "scan" / "code").exists()
    assert Blobs.of(study.study).count() == kept


def test_a_study_of_bandit_is_exported_and_imported_into_another_equal(tmp_path: Path) -> None:
    """With the real scanner; what is imported where it was found counts once."""
    pytest.importorskip("bandit", reason="bandit is not installed")
    study, _ = _study(tmp_path)
    again, _ = _study(tmp_path / "again")
    assert scan(study, "code", "--tool", "bandit").exit_code == 0
    before = _plain(study)
    assert scan(study, "export", "--sarif", str(tmp_path / "out.sarif")).exit_code == 0
    for each in (again, study):
        told = scan(each, "import", "--sarif", str(tmp_path / "out.sarif"))
        assert told.exit_code == 0, told.stderr

    assert [row[1] for row in before] == ["B307"]
    assert _plain(again) == before
    assert _plain(study) == before
    assert _checked(again) == []


def _plain(study: ScanStudy) -> list[tuple[object, ...]]:
    names = [name for name in Finding.__slots__ if name != "run_id"]
    rows = sorted(study.study.read(Finding), key=lambda row: row.finding_id)
    return [("", row.rule, *(getattr(row, name) for name in names)) for row in rows]


def test_the_file_of_an_import_that_is_gone_is_told(tmp_path: Path) -> None:
    study, model = _study(tmp_path)
    made = sarif(tmp_path, run_of(result_at("a.py"), rules=RULES))
    assert scan(study, "import", "--sarif", str(made), "--model", model).exit_code == 0
    Blobs.of(study.study).path(sha(made.read_text(encoding="utf-8"))).unlink()
    told = scan(study, "code", "--from-raw")

    assert told.exit_code == 2
    assert "the file of an import is gone: made.sarif" in told.stderr


def test_the_same_import_again_changes_nothing(tmp_path: Path) -> None:
    study, model = _study(tmp_path)
    made = sarif(tmp_path, run_of(result_at("a.py"), rules=RULES))
    assert scan(study, "import", "--sarif", str(made), "--model", model).exit_code == 0
    first = _plain(study)
    assert scan(study, "import", "--sarif", str(made), "--model", model).exit_code == 0

    assert _plain(study) == first


def test_export_of_an_unknown_model_says_so(tmp_path: Path) -> None:
    study, _ = _study(tmp_path)
    told = scan(study, "export", "--sarif", str(tmp_path / "x.sarif"), "--model", "nobody:x/y@1")

    assert (told.exit_code, "no model 'nobody:x/y@1'" in told.stderr) == (2, True)
    assert not (tmp_path / "x.sarif").exists()


def test_more_results_in_one_file_than_anybody_reads_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "_MOST_IN_A_FILE", 2)
    study, model = _study(tmp_path)
    made = sarif(tmp_path, run_of(*[result_at("a.py", line) for line in (1, 2, 3)]))
    told = scan(study, "import", "--sarif", str(made), "--model", model)

    assert (told.exit_code, "more than 2 results in one file" in told.stderr) == (2, True)


def test_an_import_that_was_stopped_goes_on_and_is_one_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after its record was stored, and before that, with the file stored already."""
    study, model = _study(tmp_path)
    made = sarif(tmp_path, run_of(result_at("a.py"), rules=RULES))
    for module, name in ((taking, "keep"), (command, "derive")):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, _stopped)
            told = scan(study, "import", "--sarif", str(made), "--model", model)
            assert told.exit_code == 3, told.stderr
    assert scan(study, "import", "--sarif", str(made), "--model", model).exit_code == 0

    assert [(each.name, each.run_id) for each in imports(study.study)] == [("made.sarif", "scan-import-1")]
    assert len(_plain(study)) == 1
    assert _checked(study) == []


def _stopped(*_: object, **__: object) -> None:
    raise StoppedEarly("stopped")


_MEASURED = """\
import resource, sys
from scan.cli import cli
try:
    cli(sys.argv[1:], prog_name="scan")
except SystemExit as ended:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, ended.code)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A file of 20,000 results and 24 MB takes at most 140 MB more than one of ten results."""
    study, model = _study(tmp_path)
    used = []
    for name, count in (("small.sarif", 10), ("large.sarif", 20_000)):
        padding = {"partialFingerprints": {"x": "y" * 1000}}
        made = sarif(tmp_path, run_of(*[result_at("a.py", 1 + i % 9, **padding) for i in range(count)]), name=name)
        command = ["import", "--study", str(study.folder), "--sarif", str(made), "--model", model]
        done = subprocess.run([sys.executable, "-c", _MEASURED, *command], capture_output=True, text=True, check=False)
        kilobytes, code = done.stdout.split()
        assert code == "0", done.stderr
        used.append(int(kilobytes) * 1024)

    assert used[1] - used[0] < 60_000_000 + 20_000 * 4_000
