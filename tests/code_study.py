"""Studies with models in a folder, on which ``scan code`` runs with scanners that stand in the tests."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil
from click.testing import CliRunner, Result
from folder_study import repository, study_at
from scan_study import ScanStudy

from codebook.rows import Finding, Outcome
from scan.cli import cli

TESTS = Path(__file__).resolve().parent
_START = """\
import sys
sys.path.insert(0, sys.argv.pop(1))
import fake_scanners as f
from scan.cli import cli
f.install({})
cli(prog_name="scan")
"""


def study_of(folder: Path, files: Mapping[str, str | bytes], more: str = "") -> ScanStudy:
    """A study whose one model has these files beside a ``hubconf.py`` that imports all Python of them."""
    return study_with(folder, {"pytorch_hub/o/m": files}, more)


def study_with(folder: Path, models: Mapping[str, Mapping[str, str | bytes]], more: str = "") -> ScanStudy:
    """A study with several models, listed."""
    study = study_at(folder, more or "[scan]\nprocesses = 1\n")
    for name, files in models.items():
        repository(study, name, with_hubconf(files))
    listed = scan(study, "models")
    assert listed.exit_code == 0, listed.stderr
    return study


def with_hubconf(files: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    """Files, and one that imports all Python of them."""
    modules = sorted(name.removesuffix(".py").replace("/", ".") for name in files if name.endswith(".py"))
    return {"hubconf.py": "".join(f"import {module}\n" for module in modules), **files}


def scan(study: ScanStudy, command: str, *options: str) -> Result:
    """Run a command of ``scan`` in this process."""
    return CliRunner().invoke(cli, [command, "--study", str(study.folder), *options])


def start(study: ScanStudy, fakes: str, *options: str, **env: str) -> "subprocess.Popen[str]":
    """Start ``scan code`` in a process of its own, with scanners as in ``fakes`` (Python, ``f`` is the module)."""
    arguments = [sys.executable, "-c", _START.format(fakes), str(TESTS), "code", "--study", str(study.folder), *options]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | env)


def outcomes(study: ScanStudy) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Status and reason of each outcome, by tool and the name of one file with that content."""
    names = names_of(study)
    return {
        (row.tool, names.get(row.sha256, row.sha256)): (row.status, row.reason) for row in study.study.read(Outcome)
    }


def found(study: ScanStudy) -> list[tuple[str, str, int]]:
    """Tool, name of a file, and line of each finding."""
    names = names_of(study)
    return sorted((row.tool, names[row.sha256 or ""], row.line) for row in study.study.read(Finding))


def names_of(study: ScanStudy) -> dict[str, str]:
    """A name of each content."""
    with study.study.connect() as con:
        rows = con.execute("SELECT sha256, min(path) FROM model_files GROUP BY sha256").fetchall()
    return dict(rows)


def killed(study: ScanStudy, fakes: str, seconds: float, **env: str) -> bool:
    """Run ``scan code`` and kill it after so many seconds; whether it was still at work then."""
    process = start(study, fakes, **env)
    try:
        _, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    assert process.returncode == 0, err
    return False


def left_in(scratch: Path) -> list[str]:
    """Processes at work in a folder, and what lies there."""
    processes = [(each.pid, str(each.info["cwd"] or "")) for each in psutil.process_iter(["cwd"])]
    at_work = [f"process {pid}" for pid, cwd in processes if cwd.startswith(str(scratch))]
    return at_work + sorted(path.name for path in scratch.iterdir())
