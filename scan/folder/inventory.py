"""What lies in a folder: every entry with what it is, without opening one and without following a link.

Of files only ``lstat`` is asked. What is no regular file (a link, a FIFO, a socket, a device) is an entry that says so.
Folders are gone into one after the other, so that a link that has just taken the place of one is refused, too.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}
_WHAT = {
    "link": "a symbolic link, which is not followed",
    "fifo": "a FIFO, which is not opened",
    "socket": "a socket, which is not opened",
    "device": "a device, which is not opened",
}
NOT_LOOKED_INTO = frozenset({".git", ".hg", ".svn"})
"""Folders with the records of version control."""


def shown(path: str) -> str:
    r"""A path as text: bytes that are not UTF-8, and backslashes, as ``\xNN``, so that no two paths become one."""
    return os.fsencode(path).replace(b"\\", b"\\x5c").decode("utf-8", "backslashreplace")


def on_disk(text: str) -> str:
    """The path that :func:`shown` shows so."""
    return os.fsdecode(re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode()))


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a folder.

    Args:
        path: From the folder on; bytes that are not UTF-8 as :func:`os.fsdecode` has them.
        kind: file, folder, link, fifo, socket, device or other; a ``folder`` is here only if it was not looked into.
        size: In bytes; 0 for what is no file.
        stamp: Times of last change of content and of anything (ns), and inode: a file whose size and stamp are the same
            is taken to be the same.
        problem: Why there is nothing to read.
    """

    path: str
    kind: str
    size: int = 0
    stamp: tuple[int, int, int] = (0, 0, 0)
    problem: str | None = None


def said(error: OSError) -> str:
    """What the system has against it, without a path."""
    return error.strerror or type(error).__name__


def entry(folder: Path, path: str) -> Entry:
    """One path below ``folder`` as it is now."""
    try:
        found = (folder / path).lstat()
    except OSError as error:
        return Entry(path, "other", problem=f"cannot be looked at: {said(error)}")
    kind = _KINDS.get(stat.S_IFMT(found.st_mode), "other")
    size = found.st_size if kind == "file" else 0
    return Entry(path, kind, size, (found.st_mtime_ns, found.st_ctime_ns, found.st_ino), _WHAT.get(kind))


def opened(folder: Path, path: str, flags: int) -> int:
    """A handle of what lies below ``folder``, with no link followed on the way, whenever it was put there.

    Raises:
        OSError: It cannot be opened, or there is a link on the way.
    """
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    *ways, last = path.split("/")
    steps = [(way, os.O_RDONLY | os.O_DIRECTORY) for way in ways] + ([(last, flags)] if last else [])
    for name, how in steps:
        try:
            below = os.open(name, how | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
        finally:
            os.close(at)
        at = below
    return at


def children(folder: Path, path: str = "") -> list[Entry]:
    """The entries of one folder, by name.

    Raises:
        OSError: It cannot be read.
    """
    before = f"{path}/" if path else ""
    handle = opened(folder, path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with os.scandir(handle) as found:
            names = sorted(each.name for each in found)
    finally:
        os.close(handle)
    return [entry(folder, before + name) for name in names]


def everything(root: Path, start: str = "") -> Iterator[Entry]:
    """All that lies in the folder ``start`` of ``root`` and below, but for folders themselves, in the order of a walk.

    Paths are from that folder on.
    """
    left, before = [""], f"{start}/" if start else ""
    while left:
        path = left.pop()
        try:
            found = [_from(each, before) for each in children(root, (before + path).rstrip("/"))]
        except OSError as error:
            yield Entry(path or ".", "folder", problem=f"cannot be read: {said(error)}")
            continue
        for each in found:
            if each.kind != "folder":
                yield each
            elif each.path.rpartition("/")[2] in NOT_LOOKED_INTO:
                yield Entry(each.path, "folder", problem="records of version control, which are not looked into")
            else:
                left.append(each.path)


def _from(each: Entry, before: str) -> Entry:
    return replace(each, path=each.path.removeprefix(before)) if before else each
