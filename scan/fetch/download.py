"""The bytes of one file on this machine, bounded."""

import os
import stat
from pathlib import Path


def on_disk(path: Path, limit: int) -> bytes | str:
    """A regular file, cut behind ``limit`` + 1 bytes; or why there is none to be had."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}"
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return "not a regular file"
        return file.read(limit + 1)
