"""What finished runs have got already, as it was when a run began.

A run must see the same past however often it is killed and run again, while its own pages change the tables. So the two
tables that tell of the past are copied aside when it begins. They decide what is asked for, never what a table holds.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codebook import ledger, tables
from codebook.ledger import Run
from codebook.rows import Slice, Thread
from codebook.study import Study, file_sha256, table_name
from collect.source import Earlier, Known, Whole

_TABLES = (Thread, Slice)


def set_aside(run: Run, rebuild: Callable[[Path], object]) -> Path:
    """Copy the tables that tell of the past, unless this run has done so; a folder for :func:`read`.

    Args:
        run: The run that begins or goes on.
        rebuild: Makes the tables from the raw records in a folder; called where those of the study are missing or not
            as their last run wrote them.
    """
    folder = run.study.private / "earlier" / run.id
    if folder.exists():
        return folder
    part = folder.with_suffix(".part")
    _sweep(run, folder.parent)
    part.mkdir(parents=True)
    lines = [line for line in ledger.runs(run.study) if line["status"] == "done"]
    if _as_written(run.study, lines):
        for row_type in _TABLES:
            shutil.copyfile(run.study.table(table_name(row_type)), part / f"{table_name(row_type)}.parquet")
    elif lines:
        rebuild(part)
    (part / "runs.json").write_text(json.dumps(lines), encoding="utf-8")
    part.replace(folder)
    return folder


def _sweep(run: Run, parent: Path) -> None:
    """Remove what was set aside for runs that are done, and what a crash left."""
    opened = {line["run_id"] for line in ledger.open_runs(run.study)}
    for old in parent.iterdir() if parent.exists() else ():
        if old.name not in opened:
            shutil.rmtree(old, ignore_errors=True)


def _as_written(study: Study, lines: list[dict[str, Any]]) -> bool:
    written: dict[str, str] = {}
    for line in lines:
        written |= line["outputs"]
    names = [f"tables/{table_name(row_type)}.parquet" for row_type in _TABLES]
    return all((study.path / n).exists() and written.get(n) == file_sha256(study.path / n) for n in names)


def read(folder: Path, site: str) -> Earlier:
    """The past of one site, from a folder that :func:`set_aside` made."""
    lines = json.loads((folder / "runs.json").read_text(encoding="utf-8"))
    return _read(folder, lines, site)


def now(study: Study, site: str) -> Earlier:
    """The past of one site as the tables say it now; for what only looks ahead."""
    return _read(study.path / "tables", [line for line in ledger.runs(study) if line["status"] == "done"], site)


def _read(folder: Path, lines: list[dict[str, Any]], site: str) -> Earlier:
    asked = [line for line in lines if line["command"] == "collect threads" and site in line["notes"]]
    began = max((line["began"] for line in asked if "began" in line), default=None)
    if began is None:
        return Earlier()
    finished = {line["run_id"]: _moment(line.get("began", began)) for line in asked}
    return Earlier(_moment(began), dict(_threads(folder, site, finished)), _windows(folder, site, finished))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _threads(folder: Path, site: str, finished: Mapping[str, datetime]) -> Iterator[tuple[str, Known]]:
    for row in tables.read(folder / "threads.parquet", Thread):
        if row.site == site and row.run_id in finished and row.gone is None:
            yield row.native_id, Known(row.item, row.version, row.uid, _utc(row.created_at))


def _windows(folder: Path, site: str, finished: Mapping[str, datetime]) -> dict[str, tuple[Whole, ...]]:
    found: dict[str, list[Whole]] = {}
    for row in tables.read(folder / "slices.parquet", Slice):
        if row.site == site and row.run_id in finished and row.state == "complete":
            start, end = _utc(row.window_start), _utc(row.window_end)
            whole = Whole(start, end, row.reported, row.got, finished[row.run_id])
            found.setdefault(row.query, []).append(whole)
    return {query: tuple(whole) for query, whole in found.items()}


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
