"""A scanner that Dask's workers can import: it finds what a file says, and kills its worker if the file says so."""

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from codebook.scanning import Scan
from scan.scanner import Code, Kit, Said, SeenFinding, Staged


class Words:
    """Finds the first line of a file; ``crash`` kills the process that runs the worker, ``slow`` takes a while."""

    def kit(self, settings: Scan, study: Path) -> Kit:
        """Run with small batches."""
        return Kit(
            tool="words",
            tool_version="1",
            rules_hash="0" * 64,
            seconds=settings.time_limit,
            megabytes=settings.memory_limit,
            batch=(4, 1_000_000),
        )

    def refuses(self, code: Code) -> str | None:
        """Take every file of Python."""
        return None if code.suffix == ".py" else "it is not Python"

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """Say the first line of each."""
        for each in staged:
            words = each.path.read_text(encoding="utf-8")
            if "crash" in words:
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(30)
            if "slow" in words:
                time.sleep(0.2)
            yield Said(sha256=each.code.sha256, status="scanned", findings=({"line": words.splitlines()[0]},))

    def parse(self, finding: Mapping[str, Any]) -> SeenFinding:
        """The line is the rule."""
        return SeenFinding(rule=str(finding["line"]), line=1)


WORDS = Words()
