"""Folders for copies of what is scanned, outside the study; a later command removes those that a kill has left.

Who made a folder holds a lock in it, which goes with the process, however it ends.
"""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_PREFIX, _LOCK = "qualdev-scan-", "lock"
_YOUNG = 3600.0
"""Seconds in which whoever makes a folder has surely locked it."""


class Scratch:
    """A new folder with ``work``, ``home`` and ``tmp`` in it, readable by nobody else."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        for name in ("work", "home", "tmp"):
            (self.path / name).mkdir()

    def remove(self) -> None:
        """Remove it, and what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    def size(self) -> int:
        """Bytes on disk in it; what goes meanwhile is not counted."""
        total = 0
        for place, _, names in os.walk(self.path):
            for name in names:
                with suppress(OSError):
                    total += (Path(place) / name).lstat().st_blocks * 512
        return total


def sweep() -> int:
    """Remove folders of ours that nobody holds any more; how many there were."""
    found = [each for each in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*") if _is_left(each)]
    for folder in found:
        shutil.rmtree(folder, ignore_errors=True)
    return len(found)


def _is_left(folder: Path) -> bool:
    try:
        about = folder.lstat()
    except FileNotFoundError:  # it has just gone
        return False
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
        return False
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return time.time() - about.st_mtime > _YOUNG
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
