"""The run ledger: one line in ``runs.jsonl`` per command that wrote, and the runs that are still open.

A run's id is the command and a number (``collect-threads-1``). A command that was killed left its run open; the same
command with the same settings goes on under the same id, so that its rows are as if it had never stopped. Runs of one
command with different settings may be open side by side.
"""

import json
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from codebook.errors import StoppedEarly, StudyError
from codebook.rows import Row
from codebook.study import Study, file_sha256, table_name

R = TypeVar("R", bound=Row)

PACKING = "analysis package"
"""The command whose run is entered in the ledger of the package that it makes."""

_RECORDED = (
    "qualdev",
    "duckdb",
    "PyGithub",
    "StackAPI",
    "huggingface_hub",
    "requests",
    "beautifulsoup4",
    "label-studio-sdk",
    "numpy",
    "scipy",
    "matplotlib",
    "pandas",
    "krippendorff",
    "scikit-learn",
    "statsmodels",
    "bertopic",
    "hdbscan",
    "numba",
    "sentence-transformers",
    "torch",
    "umap-learn",
    "bandit",
    "picklescan",
    "semgrep",
    "yara-python",
)


@dataclass
class Run:
    """A command that writes, while it runs.

    Args:
        study: Where it writes.
        id: Its id in the ledger and in every row.
        command: Command and subcommand.
        arguments: What it was called with, without secrets; a resumed run keeps those it began with.
        resumed: Whether it goes on where an earlier process stopped.
        began: When its first process began, UTC, ISO 8601.
    """

    study: Study
    id: str
    command: str
    arguments: dict[str, Any]
    resumed: bool = False
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def write(self, row_type: type[R], rows: Iterable[R]) -> None:
        """Write a table whole and note its hash."""
        path = self.study.write(row_type, rows)
        self.outputs[f"tables/{table_name(row_type)}.parquet"] = file_sha256(path)

    def used(self, path: Path) -> None:
        """Note an input file by hash."""
        name = path.relative_to(self.study.path) if path.is_relative_to(self.study.path) else Path(path.name)
        self.inputs[str(name)] = file_sha256(path)


def runs(study: Study) -> Iterator[dict[str, Any]]:
    """The lines of the ledger; a last line that was cut by a crash is passed over."""
    path = study.path / "runs.jsonl"
    if not path.exists():
        return
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        if line.endswith(b"\n"):
            yield _read(line, f"{path.name}:{number}", "Restore that line; nothing was changed.")


def open_runs(study: Study) -> Iterator[dict[str, Any]]:
    """Runs that were begun and not finished; a replication package has them in its ledger."""
    yield from (line for line in runs(study) if line.get("status") == "open")
    for path in sorted((study.path / ".private").glob("open-*.json")):
        yield _read(path.read_bytes(), str(path), "Delete it; the command then begins a new run.")


def _read(text: bytes, where: str, hint: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StudyError(f"a line of the run ledger cannot be read: {error}", where=where, hint=hint) from None
    if not isinstance(line, dict) or not isinstance(line.get("run_id"), str):
        raise StudyError("a line of the run ledger names no run", where=where, hint=hint)
    return line


@contextmanager
def run(study: Study, command: str, arguments: dict[str, Any], settings: object = None) -> Iterator[Run]:
    """Hold the study's write lock, open or go on with a run, and enter it in the ledger when it is done.

    A run that ends by an exception or a kill stays open.

    Args:
        study: The study folder.
        command: Command and subcommand, for example ``collect threads``.
        arguments: For the ledger; no secrets.
        settings: What tells runs of this command apart; a run goes on only where an open one has the same value.
    """
    fingerprint = sha256(json.dumps([command, settings], sort_keys=True, default=str).encode()).hexdigest()
    with study.writing(command):
        current = _begin(study, command, arguments, fingerprint)
        yield current
        _append(study, _line(current, "done", fingerprint))
        _marker(study, command, fingerprint).unlink()


def _begin(study: Study, command: str, arguments: dict[str, Any], fingerprint: str) -> Run:
    marker, opened = _marker(study, command, fingerprint), list(open_runs(study))
    finished = list(runs(study))
    ids = {line["run_id"] for line in finished}
    for left in opened:
        if (left["command"], left["fingerprint"]) == (command, fingerprint) and left["run_id"] not in ids:
            return Run(study, left["run_id"], command, left["arguments"], resumed=True, began=left["began"])
    if not opened:
        _must_have_a_ledger(study)
    begun = Run(study, _next_id(command, ids | {line["run_id"] for line in opened}), command, arguments)
    line = _line(begun, "open", fingerprint)
    part = marker.with_suffix(".part")
    with part.open("w", encoding="utf-8") as out:
        out.write(json.dumps(line))
        out.flush()
        os.fsync(out.fileno())
    part.replace(marker)
    return begun


def _next_id(command: str, ids: set[str]) -> str:
    name = command.replace(" ", "-")
    numbers = (i.removeprefix(f"{name}-") for i in ids if i.startswith(f"{name}-"))
    return f"{name}-{1 + max((int(n) for n in numbers if n.isdecimal()), default=0)}"


def _must_have_a_ledger(study: Study) -> None:
    """A ledger that was lost would give new runs the ids of old ones, whose answers they would then take for theirs."""
    if study.is_in_use and not (study.path / "runs.jsonl").exists():
        raise StudyError(
            "runs.jsonl is missing, though the study has raw records and tables",
            where=str(study.path),
            hint="Restore it from a backup or version control. To begin anew, move raw/ and tables/ away.",
        )


def _marker(study: Study, command: str, fingerprint: str) -> Path:
    return study.private / f"open-{command.replace(' ', '-')}-{fingerprint[:8]}.json"


def _line(current: Run, status: str, fingerprint: str) -> dict[str, Any]:
    return {
        "run_id": current.id,
        "command": current.command,
        "status": status,
        "arguments": current.arguments,
        "fingerprint": fingerprint,
        "began": current.began,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": current.study.settings.study.seed,
        "settings_sha256": file_sha256(current.study.path / "study.toml"),
        "python": python(),
        "versions": versions(),
        "inputs": current.inputs,
        "outputs": current.outputs,
        "notes": current.notes,
    }


def python() -> str:
    """The version of Python."""
    return platform.python_version()


def versions() -> dict[str, str]:
    """The versions of the packages that may change what a run writes, of those that are installed."""
    found = {}
    for name in _RECORDED:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _append(study: Study, line: dict[str, Any]) -> None:
    path = study.path / "runs.jsonl"
    try:
        with path.open("a+b") as out:
            out.seek(0)
            whole = out.read().rfind(b"\n") + 1
            out.truncate(whole)  # a line that a crash cut is not a line
            out.write(json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise StoppedEarly(
            f"could not write: {error.strerror}", where=str(path), hint="Make room and run the same command again."
        ) from error
