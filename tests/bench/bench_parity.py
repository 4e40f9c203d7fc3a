"""What ``scan code`` has in its tables beside what Bandit and Semgrep report when somebody runs them natively.

    python tests/bench/bench_parity.py [FOLDER ...] [--repositories 200]

Each folder is one repository; without any, generated ones are used, with weaknesses in half of their modules. Native is
``bandit -r`` and ``semgrep scan`` over the whole, with the same rules, as their manuals say; so Semgrep leaves out what
its own ignore list says. Compared are file, line and rule: what native has and the table has not is lost, and is shown.
What the table has more is told apart: files that native did not scan, findings under a comment that asks for silence,
and the rest. Five minutes for three repositories of 1,850 files.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from repositories import repositories, weak
from tabulate import tabulate

from codebook.rows import Finding, ModelFile, Outcome
from codebook.study import Study

STUDY = '[study]\ntitle = "A bench"\nkeywords = ["trust_remote_code"]\n[scan]\ntools = ["bandit", "semgrep"]\n'
HUB = '[hubs.registry]\nkind = "folder"\npath = "models"\n'

Place = tuple[str, int, str]
"""Path below ``models``, line, rule."""


@dataclass
class Native:
    """What a tool said by itself: its findings, how often each, and the files that it says it scanned."""

    found: Counter[Place]
    scanned: set[str]


def bandit(models: Path, said: Path) -> Native:
    """Bandit as its manual says."""
    _run([sys.executable, "-I", "-m", "bandit", "-q", "-r", str(models), "-f", "json", "-o", str(said)], models.parent)
    report = json.loads(said.read_text(encoding="utf-8"))
    found = Counter((_path(models, r["filename"]), r["line_number"], r["test_id"]) for r in report["results"])
    return Native(found, {_path(models, path) for path in report["metrics"] if path != "_totals"})


def semgrep(models: Path, said: Path) -> Native:
    """Semgrep with our rules, one of each place: it merges the same itself, but not for rules of data flows."""
    spec = find_spec("scan")
    assert spec is not None
    rules = Path(str(spec.origin)).parent / "rules" / "semgrep"
    program = str(Path(sys.executable).with_name("semgrep"))
    quiet = ["--metrics=off", "--disable-version-check", "--quiet", "--json", "--output", str(said)]
    _run([program, "scan", "--config", str(rules), *quiet, str(models)], models.parent)
    report = json.loads(said.read_text(encoding="utf-8", errors="replace"))
    found = {
        (_path(models, r["path"]), r["start"]["line"], r["check_id"].rpartition(".")[2], json.dumps(r["start"]))
        for r in report["results"]
    }
    return Native(
        Counter((path, line, rule) for path, line, rule, _ in found),
        {_path(models, path) for path in report["paths"]["scanned"]},
    )


TOOLS: dict[str, Callable[[Path, Path], Native]] = {"bandit": bandit, "semgrep": semgrep}


def _path(models: Path, path: str) -> str:
    return str(Path(os.path.normpath(models.parent / path)).relative_to(models))


def _run(command: list[str], folder: Path) -> None:
    env = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8"}
    subprocess.run(command, check=False, capture_output=True, env=env, cwd=folder)


def scanned(folder: Path) -> Study:
    """The study with its tables, by the real commands."""
    (folder / "study.toml").write_text(STUDY + HUB, encoding="utf-8")
    for command in (["models"], ["code", "--all"]):
        subprocess.run([sys.executable, "-m", "scan.cli", *command, "--study", str(folder)], check=True)
    return Study.open(folder)


def ours(study: Study, tool: str) -> tuple[Counter[Place], set[Place], dict[str, str]]:
    """The findings of a tool by file, those of them under a comment that asks for silence, and files not scanned."""
    paths: dict[str, list[str]] = {}
    for row in study.read(ModelFile):
        if row.sha256 and row.path.endswith(".py"):
            name = row.model_id.split(":", 1)[1].rsplit("@", 1)[0]  # of a folder it begins with the platform
            paths.setdefault(row.sha256, []).append(f"{name}/{row.path}")
    found, silenced = Counter[Place](), set[Place]()
    for row in study.read(Finding):
        for path in paths.get(str(row.sha256), ()) if row.tool == tool and row.current else ():
            found[path, row.line, row.rule] += 1
            silenced |= {(path, row.line, row.rule)} if row.suppressed_by_author else set()
    outcomes = (row for row in study.read(Outcome) if row.tool == tool and row.current and row.applies)
    lost = {p: f"{o.status}: {o.reason}" for o in outcomes if o.status != "scanned" for p in paths.get(o.sha256, ())}
    return found, silenced, lost


def compared(models: Path, study: Study, tool: str) -> list[object]:
    """One line of the table, and on standard output what is lost."""
    native = TOOLS[tool](models, models.parent / f"{tool}.json")
    found, silenced, lost = ours(study, tool)
    missing, more = native.found - found, found - native.found
    for place, count in sorted(missing.items()):
        print(f"{tool}: lost {count} of {place}: {lost.get(place[0], 'the file is scanned')}")
    skipped = sum(count for place, count in more.items() if place[0] not in native.scanned)
    silent = sum(count for place, count in more.items() if place[0] in native.scanned and place in silenced)
    rest = more.total() - skipped - silent
    for place in sorted(p for p in more if p[0] in native.scanned and p not in silenced)[:5]:
        print(f"{tool}: more than native: {place}")
    files = sum(1 for _ in models.rglob("*.py"))
    counts = (files, len(native.scanned), files - len(lost), native.found.total(), found.total(), missing.total())
    return [tool, *counts, skipped, silent, rest]


def fill(models: Path, folders: list[Path], count: int) -> Iterator[str]:
    """Lay repositories out as a hub on disk; their names."""
    for folder in folders:
        # what is a link would be looked at once by each tool and twice by the other
        shutil.copytree(folder, models / "huggingface" / "bench" / folder.name, symlinks=True)
        yield folder.name
    if not folders:
        for repository in weak(repositories(count)):
            repository.write(models)
        yield f"{count} generated repositories"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--repositories", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        models = Path(scratch).resolve() / "models"
        names = list(fill(models, [folder.resolve() for folder in options.folders], options.repositories))
        study = scanned(models.parent)
        lines = [compared(models, study, tool) for tool in TOOLS]
    head = ["tool", "files", "native scanned", "ours scanned", "native findings", "ours", "lost"]
    head += ["more: native skipped file", "more: silenced", "more: other"]
    print(", ".join(names))
    print(tabulate(lines, headers=head))


if __name__ == "__main__":
    main()
