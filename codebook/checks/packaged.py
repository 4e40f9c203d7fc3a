"""Whether a replication package is as it was packed, and gives what it says it gives."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from codebook import manifest
from codebook.checks.invariants import Result
from codebook.errors import DoesNotHold, StudyError
from codebook.study import Study

_HASH = "has the hash of the manifest"
_SAME = "equals what the tables give"


def results(study: Study) -> Iterator[Result]:
    """One result per file of the manifest, and per output that is made again; nothing in a study of one's own."""
    if not (study.path / manifest.NAME).exists():
        return
    try:
        listed = manifest.read(study.path)
    except StudyError as error:
        yield _HASH, manifest.NAME, "failed", f"{error.where.rpartition(':')[2]}: {error.what}"
        return
    for name, sha256 in listed.items():
        what = manifest.differs(study.path / name, sha256)
        yield _HASH, name, "failed" if what else "ok", what
    for name in manifest.files(study.path):
        if name not in listed and name.startswith("tables/"):
            yield _HASH, name, "failed", "is not in the manifest"
    yield from _made_again(study)


def _made_again(study: Study) -> Iterator[Result]:
    """What ``analysis package --rebuild`` says, called as a process: this package imports no stage."""
    called = [sys.executable, "-P", "-m", "analysis.cli", "package", "--rebuild", "--format", "json", "--study"]
    done = subprocess.run([*called, str(study.path)], capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode not in (0, DoesNotHold.exit_code):
        yield _SAME, "out", "failed", done.stderr.strip()[-300:]
        return
    for row in json.loads(done.stdout):
        yield _SAME, row["file"], "ok" if row["result"] == "identical" else "failed", row["what"]
