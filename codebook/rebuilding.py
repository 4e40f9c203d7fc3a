"""A stage's tables made once more by its own command, in a process of its own: this package imports no stage."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from codebook import tables
from codebook.agreed import MEASURED, basis
from codebook.errors import Missing, StudyError
from codebook.study import Study, file_sha256
from codebook.versions import recorded

Result = tuple[str, str, str]
"""A file, how it is (ok, failed or not checked), and what is to be said of it."""


def made_again(study: Study, command: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of a stage that writes its tables into a folder, and nothing else.

    Args:
        study: The study.
        command: Stage, command and options.
        folder: Where the tables go.
    """
    stage, *more = command
    # -P, else a click.py in the working folder would be run for the real one
    called = [sys.executable, "-P", "-m", f"{stage}.cli", *more, "--tables", str(folder), "--study", str(study.path)]
    return subprocess.run(called, capture_output=True, text=True, check=False, env=os.environ)


def compared(study: Study, rebuilt: Path) -> Result:
    """A table of the study beside the same one made again."""
    label, stored = f"tables/{rebuilt.name}", study.table(rebuilt.stem)
    if not stored.exists():
        return label, "failed", "the table is missing; rebuild it with --from-raw"
    if file_sha256(stored) == file_sha256(rebuilt):
        return label, "ok", ""
    one, two = (f"SELECT * FROM {tables.parquet(p)}" for p in (stored, rebuilt))  # noqa: S608
    try:
        with tables.connect(rebuilt.parent) as con:
            (differing,) = con.execute(
                f"SELECT count(*) FROM (({one} EXCEPT ALL {two}) UNION ALL ({two} EXCEPT ALL {one}))"  # noqa: S608
            ).fetchone() or (0,)
    except duckdb.Error as error:
        return label, "failed", str(error).splitlines()[0]
    if differing:
        return label, "failed", f"{differing} rows differ"
    return label, "ok", "the same rows; the bytes differ (another version of DuckDB wrote them)"


def measured_again(study: Study) -> Iterator[Result]:
    """Whether tables that were measured on others say what measuring once more gives."""
    for name, read in MEASURED.items():
        if not study.table(name).exists():
            continue
        label = f"tables/{name}.parquet"
        try:
            why_not = _why_not(study, name, read)
        except (StudyError, duckdb.Error) as error:
            why_not = str(error).splitlines()[0]
        if why_not:
            yield label, "not checked", why_not
            continue
        with TemporaryDirectory(prefix="check-", dir=study.private) as folder:
            done = made_again(study, ("coding", name), Path(folder))
            if done.returncode:
                result = "not checked" if done.returncode == Missing.exit_code else "failed"
                yield label, result, done.stderr.strip()[-300:]
            else:
                yield compared(study, Path(folder) / f"{name}.parquet")


def _why_not(study: Study, name: str, read: tuple[str, ...]) -> str:
    """Why a table cannot be measured again from what is here; empty if it can."""
    with study.connect() as con:
        written = {b for (b,) in con.execute(f"SELECT DISTINCT basis FROM {name}").fetchall()}  # noqa: S608 - from above
        if written != {basis(con, study, read)}:
            return f"older than the codings that are there; run: coding {name}"
        given = {v for (v,) in con.execute("SELECT DISTINCT codebook_version FROM codings").fetchall()}
    if name == "agreement":  # a code that came later is measured in the readings that had it: old codebooks say which
        lost = sorted(given - {study.codebook.version, *(book.version for book in recorded.chain(study).books)})
        if lost:
            return f"codings are of versions of the codebook that are not here: {', '.join(lost[:5])}"
    return ""
