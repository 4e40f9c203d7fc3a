"""Stored vectors: segments that are only ever added to.

A process that writes opens a new segment ``NNNNNN.vectors``. It holds blocks, each flushed to disk as a whole::

    b"QDVECTS1"  rows, width (two uint32)  rows x (SHA-256 of the text, width x float32)  SHA-256 of all before it

Numbers are little-endian. A block that a crash cut counts for nothing; a damaged one is told, and what was in it is
computed again. Everything else can still be read.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from codebook.errors import StoppedEarly

_MAGIC = b"QDVECTS1"
_HEAD = len(_MAGIC) + 8
_HASH = 32
_WIDEST = 1 << 16

Array = npt.NDArray[np.float32]


class Rows:
    """Vectors by the key of their text."""

    def __init__(self) -> None:
        self._blocks: list[Array] = []
        self._places: dict[bytes, tuple[int, int]] = {}

    def add(self, keys: Sequence[bytes], vectors: Array) -> None:
        """Take in a block; the first vector of a key stays."""
        number = len(self._blocks)
        self._blocks.append(vectors)
        for row, key in enumerate(keys):
            self._places.setdefault(key, (number, row))

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def of(self, keys: Sequence[bytes]) -> Array:
        """The vectors of keys, a row each.

        Raises:
            KeyError: One is not there.
        """
        width = self._blocks[0].shape[1] if self._blocks else 0
        made = np.empty((len(keys), width), dtype=np.float32)
        for at, key in enumerate(keys):
            block, row = self._places[key]
            made[at] = self._blocks[block][row]
        return made


class Vectors:
    """The vectors of one model.

    Args:
        folder: Where the segments lie; made on the first write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damage: list[str] = []
        """What could not be read, one sentence per place, filled while reading."""
        self._out: FileIO | None = None

    def segments(self) -> list[Path]:
        """The files, oldest first."""
        return sorted(path for path in self.folder.glob("[0-9]*.vectors") if path.is_file())

    def read(self) -> Rows:
        """All vectors; damage is noted in :attr:`damage`."""
        self.damage.clear()
        rows = Rows()
        for segment in self.segments():
            for block in self._blocks(segment.name, segment.read_bytes()):
                keys = block["key"].tobytes()
                rows.add([keys[at : at + _HASH] for at in range(0, len(keys), _HASH)], block["vector"])
        return rows

    def _blocks(self, name: str, content: bytes) -> Iterator[npt.NDArray[np.void]]:
        start = 0
        while start < len(content):
            size = _size(content, start)
            if size and start + size <= len(content):
                body = memoryview(content)[start : start + size - _HASH]
                if hashlib.sha256(body).digest() == content[start + size - _HASH : start + size]:
                    yield np.frombuffer(body[_HEAD:], dtype=_row(_width(content, start)))
                    start += size
                    continue
            after = content.find(_MAGIC, start + 1)
            if after < 0 and _is_cut(content, start, size):
                return
            self.damage.append(f"{name}: damaged at byte {start}; what was there is computed again")
            start = after if after >= 0 else len(content)

    def append(self, keys: Sequence[bytes], vectors: Array) -> None:
        """Add a block and flush it to disk.

        Raises:
            StoppedEarly: The disk is full; all blocks before this one are safe.
        """
        block = np.empty(len(keys), dtype=_row(vectors.shape[1]))
        block["key"] = np.frombuffer(b"".join(keys), dtype=f"V{_HASH}")
        block["vector"] = vectors
        sizes = np.array(vectors.shape, dtype="<u4").tobytes()
        content = _MAGIC + sizes + block.tobytes()
        try:
            self._write(content + hashlib.sha256(content).digest())
        except OSError as error:
            self.close()
            raise StoppedEarly(
                f"could not store vectors: {error.strerror}",
                where=str(self.folder),
                hint="All before them are safe. Make room on the disk and run the same command again.",
            ) from error

    def _write(self, content: bytes) -> None:
        if self._out is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            last = self.segments()
            number = int(last[-1].stem) + 1 if last else 1
            self._out = (self.folder / f"{number:06d}.vectors").open("xb", buffering=0)
        left = memoryview(content)
        while left:  # an unbuffered file may take a part; a full disk then refuses the rest
            left = left[self._out.write(left) :]
        os.fsync(self._out.fileno())

    def close(self) -> None:
        """Close the segment that this process writes."""
        if self._out is not None:
            self._out.close()
            self._out = None


def _row(width: int) -> np.dtype[np.void]:
    return np.dtype([("key", f"V{_HASH}"), ("vector", "<f4", (width,))])


def _width(content: bytes, start: int) -> int:
    return int.from_bytes(content[start + len(_MAGIC) + 4 : start + _HEAD], "little")


def _size(content: bytes, start: int) -> int:
    """Bytes of the block at ``start`` by its head; 0 if there is no head that can be right."""
    rows = int.from_bytes(content[start + len(_MAGIC) : start + len(_MAGIC) + 4], "little")
    width = _width(content, start)
    plausible = content.startswith(_MAGIC, start) and start + _HEAD <= len(content) and 0 < width <= _WIDEST
    return _HEAD + rows * (_HASH + 4 * width) + _HASH if plausible else 0


def _is_cut(content: bytes, start: int, size: int) -> bool:
    """Whether the last block was being written when its process was killed."""
    head = content[start : start + len(_MAGIC)]
    return start + size > len(content) or (not size and _MAGIC.startswith(head)) or start + _HEAD > len(content)
