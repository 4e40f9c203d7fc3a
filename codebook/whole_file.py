"""Files that a command writes for readers, pages and pictures: the old one or the whole new one, never half of it."""

import os
from collections.abc import Iterable
from pathlib import Path

from codebook.errors import StoppedEarly


def replace_bytes(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file so that ``path`` is the old one or the whole new one.

    Raises:
        StoppedEarly: The disk is full; the file is as it was before.
        OSError: The path cannot be used.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            out.writelines(pieces)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError):
        raise  # a path that cannot be used, and no full disk
    except OSError as error:
        hint = "The file is as it was before. Make room on the disk and run the same command again."
        raise StoppedEarly(f"could not write: {error.strerror}", where=str(path), hint=hint) from error
    finally:
        if part.exists():
            part.unlink()
