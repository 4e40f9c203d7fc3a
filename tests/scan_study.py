"""A study whose models are listed by ``scan models``, in processes of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codebook import ledger
from codebook.rows import Row
from codebook.study import Study, file_sha256

HEAD = '[study]\ntitle = "A test"\nkeywords = ["trust_remote_code"]\n'


@dataclass(frozen=True)
class ScanStudy:
    """A study folder, and the command in it."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, hubs: str) -> "ScanStudy":
        """Make one with these sections."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "study.toml").write_text(HEAD + hubs, encoding="utf-8")
        return cls(folder)

    @property
    def study(self) -> Study:
        """The folder, opened anew."""
        return Study.open(self.folder)

    def start(self, *options: str, command: str = "models", **env: str) -> subprocess.Popen[str]:
        """Start ``scan models``."""
        arguments = [sys.executable, "-m", "scan.cli", command, "--study", str(self.folder), *options]
        return subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | env
        )

    def scan(self, *options: str, command: str = "models", **env: str) -> "Ended":
        """Run it to its end."""
        process = self.start(*options, command=command, **env)
        out, err = process.communicate(timeout=600)
        return Ended(process.returncode, out, err)

    def rows(self, row_type: type[Row]) -> Iterator[Row]:
        """The rows of a table."""
        return self.study.read(row_type)

    @property
    def hashes(self) -> dict[str, str]:
        """The tables by their hashes."""
        return {path.name: file_sha256(path) for path in sorted((self.folder / "tables").glob("*.parquet"))}

    @property
    def runs(self) -> list[str]:
        """The runs that are done."""
        return [line["run_id"] for line in ledger.runs(self.study)]


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def was_killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.code == -signal.SIGKILL
