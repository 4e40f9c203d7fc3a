"""A zip file of a stranger, read member by member into memory: nothing is unpacked to disk, and sizes are bounded.

A member's size is what comes out of it, never what the file says of itself.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from codebook.errors import StudyError

PROJECT_LIMIT = 256 << 20
"""Bytes of ``project.qde``."""

SOURCE_LIMIT = 16 << 20
"""Bytes of one text."""

TOTAL_LIMIT = 2 << 30
"""Bytes of all that is read."""

MEMBERS = 200_000

_BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What a damaged, encrypted or exotic zip file raises while it is read."""


class Archive:
    """The members of an open zip file.

    Args:
        packed: The file.
        where: Its name, for errors.
    """

    def __init__(self, packed: ZipFile, where: str) -> None:
        self.where = where
        self._packed = packed
        self._left = TOTAL_LIMIT
        infos = packed.infolist()
        if len(infos) > MEMBERS:
            raise StudyError(f"has {len(infos)} files in it", where=where, hint=f"At most {MEMBERS} are read.")
        self._members: dict[str, ZipInfo] = {}
        for info in infos:
            name = _plain(info.filename, where).lower()
            if name in self._members:
                raise StudyError(f"has two files {info.filename[:100]!r}", where=where, hint=_STRANGE)
            self._members[name] = info

    def project(self) -> tuple[bytes, str]:
        """The project's XML and its name.

        Raises:
            StudyError: There is none, more than one, or it is too large.
        """
        found = [info for name, info in self._members.items() if name.endswith(".qde") and "/" not in name]
        if len(found) != 1:
            what = f"has {len(found)} .qde files" if found else "has no project.qde"
            raise StudyError(what, where=self.where, hint="A .qdpx file is a zip file with one project.qde in it.")
        return self._read(found[0], PROJECT_LIMIT), found[0].filename

    def source(self, name: str) -> bytes | None:
        """The text in ``sources/``; None if there is none of this name.

        Raises:
            StudyError: The name leads elsewhere, or the text is too large.
        """
        info = self._members.get(f"sources/{_plain(name, self.where)}".lower())
        return None if info is None else self._read(info, SOURCE_LIMIT)

    def _read(self, info: ZipInfo, limit: int) -> bytes:
        limit = min(limit, self._left)
        try:
            with self._packed.open(info) as member:
                content = member.read(limit + 1)
        except _BROKEN as error:
            where = f"{self.where}: {info.filename[:100]}"
            raise StudyError(f"cannot be unpacked: {error}", where=where, hint=_STRANGE) from None
        if len(content) > limit:
            where = f"{self.where}: {info.filename[:100]}"
            raise StudyError(f"is larger than {limit} bytes when unpacked", where=where, hint=_STRANGE)
        self._left -= len(content)
        return content


_STRANGE = "Export it again from the program that made it, and do not use files of people you do not know."


def _plain(name: str, where: str) -> str:
    """A name that stays below the folder in which it is looked for.

    Raises:
        StudyError: It leads elsewhere.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        raise StudyError(f"a file in it is named {name[:100]!r}, which leads elsewhere", where=where, hint=_STRANGE)
    return name


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a zip file.

    Raises:
        StudyError: It is none, or has members that no project has.
    """
    try:
        packed = ZipFile(path)
    except _BROKEN as error:
        raise StudyError(f"is no zip file: {error}", where=path.name, hint=_STRANGE) from None
    with packed:
        yield Archive(packed, path.name)
