"""What loading each repository executes, worked out once per content and remembered.

A closure depends on the paths and hashes of a listing, on which of the contents are kept, and on nothing else. So it is
remembered under a hash of these, in the study's private folder, and a later run works out only what has changed. The
memory may be deleted at any time; a rebuild from raw records does not read it.
"""

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Self

from codebook.blobs import Blobs
from codebook.errors import StudyError
from scan.derive.merge import Found
from scan.hub import SeenFile
from scan.relevance import VERSION, Closure, Parser, Repository, Tree, Unread, closure
from scan.relevance.source import Source

_MOST_SOURCES = 20_000
"""Facts of sources that are held for the next repositories."""

_TABLE = "CREATE TABLE IF NOT EXISTS closures (key BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID"


class Closures:
    """Gives the closure of a repository; a context that keeps what was worked out.

    Args:
        blobs: Contents.
        memory: File with what earlier runs have worked out; None to work out all anew.
    """

    def __init__(self, blobs: Blobs, memory: Path | None) -> None:
        self.damaged: dict[str, str] = {}
        """Contents that do not have the hash that is their name, or that are gone, by hash, with what is wrong."""
        self._blobs = blobs
        self._memory = memory
        self._known: dict[str, Source] = {}
        self._kept: dict[str, bool] = {}
        self._used: set[bytes] = set()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._parser = self._stack.enter_context(Parser())
        self._db = self._stack.enter_context(_opened(self._memory))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._forget()
        self._stack.close()

    def of(self, platform: str, found: Found) -> Closure | None:
        """The closure of a repository; None if no content of it is kept, so that there is nothing to read."""
        kept = {path: self._is_kept(seen) for path, seen in found.files.items()}
        for path in found.runs:
            self._must_be_here(found.files.get(path))
        if not any(kept.values()):
            return None
        listed = sorted((path, seen.sha256, seen.problem, kept[path]) for path, seen in found.files.items())
        about = [VERSION, sys.version_info[:2], platform, found.model.native_id, listed]
        key = sha256(json.dumps(about).encode()).digest()[:16]
        self._used.add(key)
        row = self._db.execute("SELECT value FROM closures WHERE key = ?", (key,)).fetchone()
        if row:
            return Closure.from_json(json.loads(row[0]))
        made = self._made(platform, found)
        self._db.execute("INSERT OR REPLACE INTO closures VALUES (?, ?)", (key, json.dumps(made.as_json())))
        return made

    def _is_kept(self, seen: SeenFile) -> bool:
        if seen.sha256 is None or seen.problem is not None:
            return False
        if seen.sha256 not in self._kept:
            self._kept[seen.sha256] = self._blobs.has(seen.sha256)
        return self._kept[seen.sha256]

    def _must_be_here(self, seen: SeenFile | None) -> None:
        """Note a content that was got, as raw records say, and is not here any more."""
        if seen and seen.sha256 and not seen.problem and not self._is_kept(seen):
            gone = "a content that was kept is gone, and scan fetch gets it again"
            self.damaged[seen.sha256] = f"{self._blobs.path(seen.sha256)}: {gone}"

    def _made(self, platform: str, found: Found) -> Closure:
        files = {path: seen.sha256 for path, seen in found.files.items()}
        owner_and_name = "/".join(found.model.native_id.split("/")[-2:])
        tree = Tree(platform, files, lambda path: self._read(found.files[path]), owner_and_name)
        if len(self._known) > _MOST_SOURCES:
            self._known.clear()
        return closure(tree, Repository(tree, self._parser, self._known))

    def _read(self, seen: SeenFile) -> bytes:
        if seen.problem or seen.sha256 is None:
            raise Unread(seen.problem or "its content is not kept")
        try:
            content = self._blobs.read(seen.sha256)
        except StudyError as error:
            self.damaged[seen.sha256] = f"{error.where}: {error.what}"
            raise Unread("its content is damaged") from None
        if content is None:
            raise Unread("its content is not kept")
        return content

    def _forget(self) -> None:
        """Forget what no repository needs any more."""
        with self._db:
            self._db.execute("CREATE TEMP TABLE used (key BLOB PRIMARY KEY)")
            self._db.executemany("INSERT INTO used VALUES (?)", ((key,) for key in self._used))
            self._db.execute("DELETE FROM closures WHERE key NOT IN (SELECT key FROM used)")


@contextmanager
def _opened(memory: Path | None) -> Iterator[sqlite3.Connection]:
    """The memory; a new one if it cannot be read."""
    try:
        db = _connected(memory)
    except sqlite3.DatabaseError:
        assert memory is not None  # noqa: S101 - one that is not on disk has nothing in it to be damaged
        memory.unlink()
        db = _connected(memory)
    try:
        yield db
        db.commit()
    finally:
        db.close()


def _connected(memory: Path | None) -> sqlite3.Connection:
    db = sqlite3.connect(memory or "")
    db.execute("PRAGMA synchronous = OFF")  # should the machine fail, it is worked out again
    db.execute(_TABLE)
    db.execute("SELECT count(*) FROM closures").fetchone()
    return db
