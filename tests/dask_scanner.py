"""A scanner that Dask's workers can import: it may take its time, and kill the process of its worker."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fake_scanners import Fake

from scan.scanner import Kit, Said, Staged


@dataclass(frozen=True)
class Killer(Fake):
    """Does as :class:`Fake`; ``PARENT`` kills the process that started this one, ``SLOW`` takes a while."""

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """Look at one after the other."""
        for each in staged:
            words = each.path.read_text(encoding="utf-8")
            if "PARENT" in words:
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(30)
            time.sleep(0.2 if "SLOW" in words else 0)
            yield from super().scan(kit, folder, [each])
