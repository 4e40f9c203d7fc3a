"""Members of archives that strangers made: read one by one, within bounds, never unpacked to disk or executed."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Protocol, cast

from platforms.fetch.ranges import TooLargeError
from platforms.fetch.selection import Selection, installed, why_odd

LARGEST = 5_000_000
"""Bytes of the largest member that is kept."""

MOST_KEPT = 100_000_000
"""Bytes that are kept of one archive."""

MOST_MEMBERS = 100_000
_MOST_UNPACKED = 800_000_000
"""Bytes of an archive of sources, unpacked; they are looked at one after the other and never lie anywhere."""

_MOST_AT_ONCE = LARGEST + (1 << 20)
_GAP = 1 << 15
"""Bytes between two members that are got with them, since another request would cost more."""

_GROUP = 1 << 23
_HEADER = 30 + 2 * 0xFFFF
"""Bytes before a member's data at most: its header, its name and its extra fields (APPNOTE.TXT, 4.3.7)."""

_ENCRYPTED = 1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What wheels are compressed with; :mod:`zipfile` undoes others in pieces that have no bound."""

UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)
"""What archives raise that are damaged or were made to do harm; RuntimeError has RecursionError in it."""


class Parts(Protocol):
    """A file that can be asked for a part ahead of reading it."""

    def bring(self, start: int, end: int) -> None:
        """Get a part that is about to be read."""


class Taken:
    """What was taken of an archive.

    Args:
        selection: What is wanted.
        keep: Keeps a content; its SHA-256.
        sdist: The archive is one of sources.
        had: Gives the content of a member that came from this archive before; None if it did not.
    """

    def __init__(
        self,
        selection: Selection,
        keep: Callable[[bytes], str],
        *,
        sdist: bool,
        had: Callable[[str], bytes | None] = lambda _path: None,
    ) -> None:
        self.had = had
        self.files: dict[str, str] = {}
        self.problems: Counter[str] = Counter()
        self.members = self.sources = 0
        self._bytes = 0
        self._selection = selection
        self._keep = keep
        self._sdist = sdist

    def path(self, name: str) -> str | None:
        """Count a member; its path in an installed package if it is to be looked into."""
        self.members += 1
        if self.members > MOST_MEMBERS:
            raise TooLargeError(f"it has more than {MOST_MEMBERS} members")
        path = installed(name, sdist=self._sdist)
        self.sources += path.endswith(".py")
        if not self._selection.path(path):
            return None
        odd = why_odd(path)
        if odd:
            self.problems[odd] += 1
        return None if odd else path

    def take(self, path: str, content: bytes) -> None:
        """Keep a content, if it is wanted and there is room."""
        if len(content) > LARGEST:
            self.problems[f"a member has more than {LARGEST} bytes"] += 1
        elif self._selection.content(content):
            if self._bytes + len(content) > MOST_KEPT:
                raise TooLargeError(f"more than {MOST_KEPT} bytes of it are wanted")
            if path in self.files:
                self.problems["two members have one name; the last is kept"] += 1
            else:
                self._bytes += len(content)
            self.files[path] = self._keep(content)


def from_zip(file: IO[bytes], parts: Parts, taken: Taken) -> None:
    """Take what is wanted of a wheel or another zip archive.

    Args:
        file: The archive.
        parts: The same, to be asked for parts.
        taken: Where it goes.

    Raises:
        TooLargeError: A bound is met.
    """
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        ends = _ends(infos, archive.start_dir)
        wanted = [(info, path) for info in infos if (path := taken.path(info.filename)) is not None]
        sound = [(info, path) for info, path in wanted if not _refused(info, taken) and not _had(path, taken)]
        for group in _groups(sorted(sound, key=lambda each: each[0].header_offset), ends):
            parts.bring(group[0][0].header_offset, max(ends[info.header_offset] for info, _ in group))
            for info, path in group:
                _take_member(archive, info, path, taken)


def _take_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, taken: Taken) -> None:
    try:
        with archive.open(info) as member:
            content = member.read(LARGEST + 1)
    except UNREADABLE as error:
        taken.problems[f"a member is damaged ({type(error).__name__})"] += 1
        return
    taken.take(path, content)


def _had(path: str, taken: Taken) -> bool:
    """Whether a member came before, when less was wanted; it is taken as it was."""
    content = taken.had(path)
    if content is not None:
        taken.take(path, content)
    return content is not None


def _refused(info: zipfile.ZipInfo, taken: Taken) -> bool:
    """Whether a member is not looked into, with the reason in ``taken``."""
    why = None
    if info.flag_bits & _ENCRYPTED:
        why = "a member is encrypted"
    elif info.compress_type not in _METHODS:
        why = "a member is compressed in a way that wheels are not"
    elif max(info.file_size, info.compress_size) > LARGEST:
        why = f"a member has more than {LARGEST} bytes"
    if why:
        taken.problems[why] += 1
    return why is not None


def _ends(infos: Sequence[zipfile.ZipInfo], directory: int) -> dict[int, int]:
    """Where what belongs to a member ends, by where it begins: at the next one, or earlier."""
    starts = sorted({info.header_offset for info in infos})
    following = dict(zip(starts, [*starts[1:], directory], strict=True))
    ends = dict[int, int]()
    for info in infos:
        most = info.header_offset + _HEADER + info.compress_size
        ends[info.header_offset] = max(ends.get(info.header_offset, 0), min(following[info.header_offset], most))
    return ends


def _groups(
    wanted: Sequence[tuple[zipfile.ZipInfo, str]], ends: dict[int, int]
) -> Iterator[list[tuple[zipfile.ZipInfo, str]]]:
    """Members that lie close together."""
    group = list[tuple[zipfile.ZipInfo, str]]()
    for info, path in wanted:
        if group:
            end, first = ends[group[-1][0].header_offset], group[0][0].header_offset
            if info.header_offset - end > _GAP or ends[info.header_offset] - first > _GROUP:
                yield group
                group = []
        group.append((info, path))
    if group:
        yield group


def from_tar(content: bytes, name: str, taken: Taken) -> None:
    """Take what is wanted of an archive of sources, ``.tar.gz`` or ``.tar.bz2``; links and devices are passed over.

    Raises:
        TooLargeError: A bound is met.
    """
    packed: IO[bytes] = io.BytesIO(content)
    unpacked = bz2.BZ2File(packed) if name.endswith(".bz2") else gzip.GzipFile(fileobj=packed)
    bounded = cast("IO[bytes]", _Bounded(cast("IO[bytes]", unpacked)))
    with tarfile.open(fileobj=bounded, mode="r:") as archive:
        for member in archive:
            path = taken.path(member.name)
            if path is None or member.isdir():
                continue
            if not member.isreg() or member.issparse():
                taken.problems["a member is a link or no regular file"] += 1
            elif member.size > LARGEST:
                taken.problems[f"a member has more than {LARGEST} bytes"] += 1
            elif file := archive.extractfile(member):
                taken.take(path, file.read(LARGEST + 1))


class _Bounded:
    """What is unpacked, as far as a bound."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        """Some bytes."""
        if not 0 <= size <= _MOST_AT_ONCE:
            raise TooLargeError(f"a header in it has {size} bytes")
        self._within(self._file.tell() + size)
        return self._file.read(size)

    def seek(self, offset: int) -> int:
        """Go on elsewhere."""
        self._within(offset)
        return self._file.seek(offset)

    def tell(self) -> int:
        """Where it is."""
        return self._file.tell()

    @staticmethod
    def _within(offset: int) -> None:
        if offset > _MOST_UNPACKED:
            raise TooLargeError(f"it has more than {_MOST_UNPACKED} bytes unpacked")
