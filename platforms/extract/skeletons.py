"""Skeletons of contents, made once for each content and remembered by its hash.

The memory lies in the study's private folder and may be deleted at any time; a rebuild from raw records does not read
it. What has none of the marks that rules look for is not parsed.
"""

import json
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from codebook.apart import Apart, NoAnswer
from platforms.extract.skeleton import VERSION

LARGEST = 4_000_000
"""Bytes of a source; what is larger is not parsed."""

_TABLE = "CREATE TABLE IF NOT EXISTS skeletons (key BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID"

Skeleton = dict[str, Any]
EMPTY: Skeleton = {"problem": None, "functions": {}, "fields": [], "constants": [], "said": []}


class Skeletons:
    """Gives the skeleton of a content; a context that ends the process that parses.

    Args:
        memory: File with what earlier runs have made; None to make all anew.
        filtered: Whether contents without any mark are passed over; false only to measure what that saves.
    """

    def __init__(self, memory: Path | None, *, filtered: bool = True) -> None:
        self.parsed = 0
        """Contents that were parsed, not remembered."""
        self.passed = 0
        """Contents that have no mark."""
        self._memory = memory
        self._filtered = filtered
        self._known: dict[bytes, Skeleton] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._apart = self._stack.enter_context(Apart("platforms.extract.skeleton", "answer"))
        self._db = self._opened()
        self._stack.callback(self._close)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            with suppress(sqlite3.DatabaseError):  # no room: the next command makes it anew
                self._db.commit()
        self._stack.close()

    def _close(self) -> None:
        self._db.close()

    def _forget(self) -> None:
        """Go on with nothing remembered; the file goes away."""
        self._close()
        if self._memory is not None:
            self._memory.unlink(missing_ok=True)
        self._memory = None
        self._db = self._opened()

    def of(self, digest: str, read: Callable[[], bytes], names: frozenset[str]) -> Skeleton:
        """The skeleton of the content with this SHA-256.

        Args:
            digest: Of the content.
            read: Gives the content; called only where nothing is remembered.
            names: What rules speak of; see :func:`platforms.extract.skeleton.skeleton`.
        """
        about = [VERSION, digest, sorted(names)]
        key = _key(about)
        if key not in self._known:
            made = self.recalled(about)
            if made is None:
                made = self._parsed(read(), names)
                self.keep(about, made)
            self._known[key] = made
        return self._known[key]

    def recalled(self, about: list[Any]) -> Any | None:
        """What was kept about this; None if nothing was."""
        try:
            row = self._db.execute("SELECT value FROM skeletons WHERE key = ?", (_key(about),)).fetchone()
            return None if row is None else json.loads(row[0])
        except (sqlite3.DatabaseError, ValueError):  # damaged: made anew, here and by the next command
            self._forget()
            return None

    def keep(self, about: list[Any], value: Any) -> None:
        """Remember what JSON can hold."""
        try:
            self._db.execute("INSERT OR REPLACE INTO skeletons VALUES (?, ?)", (_key(about), json.dumps(value)))
        except sqlite3.DatabaseError:  # damaged, or the disk is full: what is remembered only saves time
            self._forget()

    def _parsed(self, data: bytes, names: frozenset[str]) -> Skeleton:
        said = marks(data, names)
        if self._filtered and not said:
            self.passed += 1
            return EMPTY
        if len(data) > LARGEST:
            return {**EMPTY, "said": said, "problem": f"{len(data)} bytes, more than the {LARGEST} that are parsed"}
        self.parsed += 1
        try:
            made: Skeleton = self._apart.answer(json.dumps(sorted(names)).encode() + b"\n" + data)
        except NoAnswer as died:
            return {**EMPTY, "said": said, "problem": str(died)}
        return {**made, "said": said}

    def _opened(self) -> sqlite3.Connection:
        if self._memory is None:
            db = sqlite3.connect(":memory:")
            db.execute(_TABLE)
            return db
        self._memory.parent.mkdir(exist_ok=True)
        try:
            db = sqlite3.connect(self._memory)
            db.execute(_TABLE)
        except sqlite3.DatabaseError:  # damaged: it can be made again
            self._memory.unlink(missing_ok=True)
            db = sqlite3.connect(self._memory)
            db.execute(_TABLE)
        return db


def _key(about: list[Any]) -> bytes:
    return sha256(json.dumps(about).encode()).digest()[:16]


def marks(data: bytes, names: frozenset[str]) -> list[str]:
    """The names that a content says, capital letters or not (environment variables shout).

    Of a method its class must be said, since names of methods are too common to tell anything.
    """
    small = data.lower()
    return sorted(name for name in names if _mark(name) in small)


def _mark(name: str) -> bytes:
    owner, _, last = name.rpartition(".")
    return (
        (f"class {owner}" if owner[:1].isupper() or owner[:1] == "_" else f"def {last}" if owner else last)
        .lower()
        .encode()
    )
