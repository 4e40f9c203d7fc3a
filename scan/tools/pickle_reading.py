"""Opcodes of weight files, read by picklescan in a process of its own; see ``answerer.py``.

Nothing is unpickled. picklescan reads pickles and arrays and judges the names in them. Archives are opened here, member
by member, so that one that cannot be read hides no other, and so are compressed pickles, and archives in archives.
"""

import bz2
import logging
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from picklescan.relaxed_zipfile import RelaxedZipFile
from picklescan.scanner import SafetyLevel, ScanResult, scan_bytes, scan_numpy, scan_pickle_bytes

SUFFIXES = frozenset(
    (".bin", ".ckpt", ".dat", ".data", ".dill", ".joblib", ".npy", ".npz", ".pickle", ".pkl", ".pt", ".pth")
)
"""What names of files end in that are read whatever their first bytes are."""

MOST = 1000
"""Findings of one content."""

DEEPEST = 3
"""How many archives may be in each other."""

UNPACKED = 200_000_000
"""Bytes that all that is unpacked into memory may have together, for one content."""

_LONGEST = 300  # characters of a name in a pickle that are told
_PICKLES = tuple(b"\x80" + bytes([protocol]) for protocol in range(6))
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
_NPY = b"\x93NUMPY"
_SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
_UNREADABLE = (
    *(ValueError, LookupError, OSError, EOFError, RuntimeError, OverflowError, AttributeError, TypeError),
    *(struct.error, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What picklescan and the libraries below it raise on files that are broken, or broken on purpose."""


class _Decompressor(Protocol):
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_COMPRESSED: tuple[tuple[bytes, Callable[[], _Decompressor]], ...] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(31)),
    *((b"x" + level, zlib.decompressobj) for level in (b"\x01", b"\x5e", b"\x9c", b"\xda")),
    (b"BZh", bz2.BZ2Decompressor),
    *((magic, lzma.LZMADecompressor) for magic in (b"\xfd7zXZ", b"]\x00\x00")),
)


def prepared(_job: Mapping[str, Any]) -> Callable[[Path], Mapping[str, Any]]:
    """What says of a file which names its pickles would import."""
    logger = logging.getLogger("picklescan")
    logger.propagate = False
    logger.setLevel(logging.WARNING)

    def answer(path: Path) -> Mapping[str, Any]:
        reading = Reading()
        logger.handlers = [reading]
        with path.open("rb") as file:
            return reading.answer(file, path.suffix)

    return answer


class Reading(logging.Handler):
    """What is found in one content, and, from picklescan's log, what could not be read."""

    def __init__(self) -> None:
        super().__init__()
        self._left = UNPACKED
        self._found: set[tuple[str, str, str, str]] = set()
        self._unread: list[str] = []
        self._readable = 0  # pickles, arrays and archives that could be read
        self._said: str | None = None  # why what was read last is no pickle
        self._no_pickle: str | None = None  # why the file is none

    def answer(self, file: IO[bytes], suffix: str) -> Mapping[str, Any]:
        """Status, reason and findings of a file."""
        head = _head(file)
        if not (suffix in SUFFIXES or head.startswith((*_PICKLES, *_ZIPS, _NPY, _SEVEN_ZIP)) or _decompressor(head)):
            return {"status": "skipped", "reason": "neither its name nor its first bytes are those of weights"}
        self._read(file, suffix, "", DEEPEST)
        told = [dict(zip(("safety", "module", "name", "member"), found, strict=True)) for found in sorted(self._found)]
        if self._unread:
            return {"status": "failed", "reason": f"partly read: {self._unread[0]}"[:500], "findings": told[:MOST]}
        if self._no_pickle is not None and not self._readable:
            return {"status": "skipped", "reason": f"no pickle: {self._no_pickle}"[:500]}
        reason = f"{len(told)} names, of which the first {MOST} are told" if len(told) > MOST else None
        return {"status": "scanned", "reason": reason, "findings": told[:MOST]}

    def emit(self, record: logging.LogRecord) -> None:
        """Hear that picklescan could not read something."""
        said = str(record.msg)
        if said.startswith("WARNING: could not parse ") and " as pickle: " in said:
            self._said = said.partition(" as pickle: ")[2]
        elif said.startswith("ERROR: parsing pickle"):
            self._unread.append(said.removeprefix("ERROR: ").replace(" in : ", ": "))

    def _read(self, file: IO[bytes], suffix: str, place: str, deeper: int) -> None:
        head = _head(file)
        try:
            if head.startswith(_SEVEN_ZIP):
                raise ValueError("a 7z archive, which is not opened")
            if make := _decompressor(head):
                self._compressed(file, make, suffix, place, deeper)
            is_zip = zipfile.is_zipfile(file)
            if is_zip or head.startswith(_ZIPS):
                self._zip(file, place, deeper)
            if not head.startswith(_ZIPS):  # a pickle may have an archive behind it
                file.seek(0)
                scanned = scan_pickle_bytes(file, place) if is_zip else scan_bytes(file, place, _as(head, suffix))
                self._keep(scanned, head, place)
        except _UNREADABLE as error:
            self._unread.append(f"{place or 'the file'}: {error}")

    def _keep(self, result: ScanResult, head: bytes, place: str) -> None:
        said, self._said = self._said, None
        if said is not None and (head.startswith(_PICKLES) or not said):  # nothing is said when memory is short
            self._unread.append(f"{place or 'the file'}: a broken pickle, or too large a one: {said or 'no memory'}")
        elif said is not None:
            self._no_pickle = self._no_pickle or said
        else:
            self._readable += 1
        for seen in result.globals:
            if seen.safety != SafetyLevel.Innocuous:
                self._found.add((seen.safety.value, seen.module[:_LONGEST], seen.name[:_LONGEST], place[:_LONGEST]))

    def _compressed(
        self, file: IO[bytes], make: Callable[[], _Decompressor], suffix: str, place: str, deeper: int
    ) -> None:
        file.seek(0)
        try:
            inner = make().decompress(file.read(), self._left + 1)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
            return  # it only began so
        self._inside(inner, suffix, f"{place} unpacked".strip(), deeper)

    def _zip(self, file: IO[bytes], place: str, deeper: int) -> None:
        file.seek(0)
        with RelaxedZipFile(file, "r") as archive:
            self._readable += 1
            for member in archive.infolist():
                name = f"{place}:{member.filename}".removeprefix(":")
                try:
                    self._member(archive, member, name, deeper)
                except _UNREADABLE as error:
                    self._unread.append(f"{name}: {error}")

    def _member(self, archive: RelaxedZipFile, member: zipfile.ZipInfo, name: str, deeper: int) -> None:
        """As picklescan's own reader of archives does, and archives inside."""
        suffix = PurePosixPath(member.filename).suffix
        with archive.open(member) as opened:
            head = opened.read(8)
        with archive.open(member) as opened:
            if head.startswith((*_ZIPS, _SEVEN_ZIP)):
                self._inside(opened.read(self._left + 1), suffix, name, deeper)
            elif head.startswith(_NPY) or suffix == ".npy":
                self._keep(scan_numpy(opened, name), head, name)
            elif head.startswith(_PICKLES) or suffix in SUFFIXES:
                self._keep(scan_pickle_bytes(opened, name), head, name)

    def _inside(self, inner: bytes, suffix: str, place: str, deeper: int) -> None:
        if len(inner) > self._left:
            raise ValueError(f"more than {UNPACKED} bytes unpacked")
        if not deeper:
            raise ValueError(f"more than {DEEPEST} archives in each other")
        self._left -= len(inner)
        self._read(BytesIO(inner), suffix, place, deeper - 1)


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(8)


def _decompressor(head: bytes) -> Callable[[], _Decompressor] | None:
    return next((make for magic, make in _COMPRESSED if head.startswith(magic)), None)


def _as(head: bytes, suffix: str) -> str | None:
    """The suffix by which picklescan chooses how it reads."""
    return ".npy" if head.startswith(_NPY) else suffix or None
