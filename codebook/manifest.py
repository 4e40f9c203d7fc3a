"""The list of a folder's files with their hashes, as BagIt writes it: ``manifest-sha256.txt``.

``sha256sum --check manifest-sha256.txt`` reads it, too. Source: RFC 8493, section 2.1.3.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from codebook.errors import StudyError
from codebook.study import file_sha256

NAME = "manifest-sha256.txt"

_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")
_OWN = (".private", ".spill")
"""Folders that commands make for themselves: they are nothing of a package's."""


def files(folder: Path) -> Iterator[str]:
    """Every file below a folder but the manifest, by its path with slashes, in order."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and inside.as_posix() != NAME and not set(inside.parts) & set(_OWN):
            yield inside.as_posix()


def write(folder: Path) -> dict[str, str]:
    """List all files of a folder; gives the hash of each."""
    hashes = {name: file_sha256(folder / name) for name in files(folder)}
    (folder / NAME).write_text("".join(f"{sha256}  {name}\n" for name, sha256 in hashes.items()), encoding="utf-8")
    return hashes


def read(folder: Path) -> dict[str, str]:
    """The hash of each file that the manifest lists; nothing if there is none.

    Raises:
        StudyError: A line is not one of a manifest, or names a file outside of the folder.
    """
    path = folder / NAME
    if not path.exists():
        return {}
    listed = {}
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        found = _LINE.fullmatch(line)
        inside = PurePosixPath(found[2]) if found else PurePosixPath("/")
        if found is None or inside.is_absolute() or ".." in inside.parts:
            raise StudyError(
                "is no line of a manifest", where=f"{path}:{number}", hint="Unpack the package again and begin there."
            )
        listed[found[2]] = found[1].lower()
    return listed


def differs(path: Path, sha256: str) -> str:
    """What is wrong with a file that should have this hash; empty if nothing is.

    A ledger may have grown: whoever works in a package adds runs, and the lines before them stay as they were.
    """
    if path.is_symlink() or not path.is_file():
        return "the file is missing"
    if file_sha256(path) == sha256:
        return ""
    if path.name == "runs.jsonl" and _began_as(path, sha256):
        return ""
    return "its hash is not that of the manifest"


def _began_as(path: Path, sha256: str) -> bool:
    """Whether the first lines of a file have this hash."""
    so_far = hashlib.sha256()
    with path.open("rb") as lines:
        for line in lines:
            so_far.update(line)
            if so_far.hexdigest() == sha256:
                return True
    return False
