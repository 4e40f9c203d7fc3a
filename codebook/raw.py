"""The raw store: what came over the wire, verbatim but for secrets, append-only and compressed.

One folder per stage and site. Each process that writes opens a new segment ``NNNNNN.jsonl.gz`` and adds one gzip
member per record, flushed to disk before the next request is made. So a crash can cut only the last record of a
segment; everything before it can be read, and so can what stands behind a damaged record. Any tool reads it:
``zcat *.jsonl.gz | jq``.
"""

import base64
import binascii
import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from codebook.errors import StoppedEarly, StudyError


@dataclass(frozen=True, slots=True)
class Page:
    """One answer as it came, with the request that it answers.

    Args:
        request: Method, path and query without secrets and without the base URL; also the body of a POST.
        status: HTTP status; 200 for what was read from a file.
        headers: Response headers, lower case, without cookies.
        body: The bytes.
        run_id: The run that fetched it.
    """

    request: str
    status: int
    headers: dict[str, str]
    body: bytes
    run_id: str
    base: str = ""
    fetched_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def page_id(self) -> str:
        """What was asked, as 16 hexadecimal digits: the same request has the same id in every run and on every host."""
        return page_id(self.request)

    @property
    def path(self) -> str:
        """Path and query of the request."""
        return self.request.split("\n", 1)[0].split(" ", 1)[1]

    @property
    def asked(self) -> str:
        """Body of the request; empty for a GET."""
        return self.request.partition("\n")[2]

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            StudyError: It is not JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise StudyError(
                f"the stored answer is not JSON: {error}", where=f"page {self.page_id} ({self.path[:120]})"
            ) from None


def page_id(request: str) -> str:
    """Identify a request: SHA-256 of its stored form, first 16 hexadecimal digits."""
    return hashlib.sha256(request.encode()).hexdigest()[:16]


def as_record(page: Page) -> bytes:
    """A page as one line of JSON."""
    try:
        body: dict[str, str] = {"body": page.body.decode("utf-8")}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(page.body).decode("ascii")}
    head = {
        "page": page.page_id,
        "run": page.run_id,
        "fetched_at": page.fetched_at,
        "base": page.base,
        "request": page.request,
        "status": page.status,
        "headers": page.headers,
        "sha256": hashlib.sha256(page.body).hexdigest(),
    }
    return (json.dumps(head | body, ensure_ascii=False) + "\n").encode()


def record_sha256(page: Page) -> str:
    """Hash of a whole record: of its line as it lies in a segment, hexadecimal."""
    return hashlib.sha256(as_record(page)).hexdigest()


def as_page(record: bytes) -> Page:
    """The page of a record.

    Raises:
        ValueError: It is damaged.
    """
    values = json.loads(record)
    encoded = values.get("body_base64")
    body = values["body"].encode() if encoded is None else base64.b64decode(encoded)
    if hashlib.sha256(body).hexdigest() != values["sha256"]:
        raise ValueError("its body does not have the hash that was stored with it")
    if not re.match(r"\S+ \S", values["request"]):
        raise ValueError("it names no request")
    return Page(
        values["request"],
        values["status"],
        values["headers"],
        body,
        values["run"],
        values["base"],
        values["fetched_at"],
    )


def compressed(page: Page) -> bytes:
    """A page as it lies in a segment: one gzip member."""
    return gzip.compress(as_record(page), compresslevel=6, mtime=0)


class RawStore:
    """The raw records of one stage and site, oldest first.

    Args:
        folder: ``raw/<stage>/<site>``; made on the first write.
        erase: Takes what the study has forgotten out of a page before it is stored; the same twice as once.
    """

    def __init__(self, folder: Path, erase: Callable[[Page], Page] = lambda page: page) -> None:
        self.folder = folder
        self.erase = erase
        self.damage: list[str] = []
        """What could not be read, one sentence per place, filled while reading."""
        self.lost = 0
        """How many records are damaged; one that a crash cut while it was written is not counted."""
        self._out: FileIO | None = None
        self._segment = ""

    def segments(self) -> list[Path]:
        """The files, oldest first."""
        return sorted(path for path in self.folder.glob("[0-9]*.jsonl.gz") if path.is_file())

    def append(self, page: Page) -> tuple[str, int]:
        """Add a record and flush it to disk.

        Returns:
            Its place, for :meth:`at`.

        Raises:
            StoppedEarly: The disk is full; all records before this one are safe.
        """
        try:
            if self._out is None:
                self._open_segment()
            out = self._out
            assert out is not None  # noqa: S101 - _open_segment has just set it
            place = (self._segment, out.tell())
            left = memoryview(compressed(self.erase(page)))
            while left:  # an unbuffered file may take a part; a full disk then refuses the rest
                left = left[out.write(left) :]
            os.fsync(out.fileno())
        except OSError as error:
            self.close()
            raise StoppedEarly(
                f"could not store a raw record: {error.strerror}",
                where=str(self.folder),
                hint="All records before it are safe. Make room on the disk and run the same command again.",
            ) from error
        return place

    def _open_segment(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        last = self.segments()
        number = int(last[-1].name.split(".")[0]) + 1 if last else 1
        self._segment = f"{number:06d}.jsonl.gz"
        self._out = (self.folder / self._segment).open("xb", buffering=0)

    def close(self) -> None:
        """Close the segment that this process writes; the next record opens a new one."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def pages(self) -> Iterator[Page]:
        """All records, oldest first; damage is noted in :attr:`damage` and all that is not damaged is kept."""
        for _, page in self.places():
            yield page

    def places(self) -> Iterator[tuple[tuple[str, int], Page]]:
        """All records with their places."""
        self.damage.clear()
        self.lost = 0
        for segment in self.segments():
            with segment.open("rb") as file:
                yield from self._members(segment, file)

    def _members(self, segment: Path, file: BinaryIO) -> Iterator[tuple[tuple[str, int], Page]]:
        start = 0
        while True:
            try:
                record, size = member(file, start)
                page = as_page(record) if size else None
            except _UNREADABLE as error:
                after = _next_member(file, start + 1)
                cut = isinstance(error, EOFError) and after == segment.stat().st_size
                self.lost += not cut
                what = "cut" if cut else "damaged"
                self.damage.append(f"{segment.name}: {what} at byte {start} ({error}); all other records are kept")
                start = after
                continue
            if page is None:
                return
            yield (segment.name, start), page
            start += size

    def at(self, place: tuple[str, int]) -> Page:
        """Read one record again."""
        with (self.folder / place[0]).open("rb") as file:
            return as_page(member(file, place[1])[0])


_UNREADABLE = (
    EOFError,
    zlib.error,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    binascii.Error,
)
"""What a record that is cut, damaged or none of ours raises while it is read."""

_BEGINS = gzip.compress(b"", mtime=0)[:8]
"""The first bytes of every member that we write."""


def _next_member(file: BinaryIO, start: int) -> int:
    """Where the next member at or behind ``start`` seems to begin; the end of the file if none does."""
    file.seek(start)
    before, at = b"", start
    while chunk := file.read(1 << 20):
        found = (before + chunk).find(_BEGINS)
        if found >= 0:
            return at - len(before) + found
        at += len(chunk)
        before = (before + chunk)[-len(_BEGINS) + 1 :]
    return at


def member(file: BinaryIO, start: int) -> tuple[bytes, int]:
    """Decompress the gzip member at ``start``: its content, and its size in the file (0 at the end of the file)."""
    file.seek(start)
    unpack = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    read = 0
    while not unpack.eof:
        chunk = file.read(65536)
        if not chunk:
            if read == 0:
                return b"", 0
            raise EOFError("the last record is not whole")
        read += len(chunk)
        parts.append(unpack.decompress(chunk))
    return b"".join(parts), read - len(unpack.unused_data)
