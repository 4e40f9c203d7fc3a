"""Rewriting a raw store, for what has to be erased from it: all of it, or none of it.

New segments are written aside, each to the end and onto the disk; then a list of them is written, and only then do they
take the places of the old ones. A process that is killed before the list is there has changed nothing; one that is
killed later is finished by the next call.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from codebook.raw import Page, RawStore, compressed, member, record_sha256

Change = Callable[[Page], Page]

MOVED = "REWRITE /moved"
"""The request of the record that says which hashes took the places of which."""

_HASH = re.compile(rb"[0-9a-f]{64}")
_LIST = "rewriting.json"
_ASIDE = ".aside"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a rewriting did.

    Args:
        pages: Records that it changed.
        damaged: Places that could not be read. What is there is removed, as nobody can tell what it holds.
    """

    pages: int
    damaged: tuple[str, ...]


def rewrite(store: RawStore, change: Change, *, keep: bool = True, run_id: str | None = None) -> Rewritten:
    """Put changed pages in the place of the old ones; all other records stay byte for byte.

    With ``run_id``, records may name earlier ones by hash, that of the body or of the whole record: they name them by
    their new hashes afterwards, and a last record ``REWRITE /moved`` of that run says which hash was replaced by which.

    Args:
        store: The raw store; nobody else writes to it.
        change: Gives the page that is to be there, the same object if nothing is to be changed.
        keep: Write what was found; otherwise only count.
        run_id: The run that rewrites, for a store whose records name each other; None for another.
    """
    _finish(store.folder)
    moved: dict[str, str] = {}
    written: list[str] = []
    pages = 0
    by_segment = groupby(store.places(), key=lambda found: found[0][0])
    for name, found in by_segment:
        path = store.folder / name
        parts: list[bytes] = []
        with path.open("rb") as file:
            for (_, start), page in found:
                new = _renamed(change(page), moved)
                pages += new is not page
                parts.append(_as_it_lies(file, start) if new is page else compressed(new))
                if run_id is not None and new is not page:
                    moved |= _moved(page, new)
        if keep and b"".join(parts) != path.read_bytes():
            _write(path.with_name(name + _ASIDE), b"".join(parts))
            written.append(name)
    if written and moved:
        written.append(_say(store, moved, run_id or ""))
    if written:
        _write(store.folder / (_LIST + _ASIDE), json.dumps(written).encode())
        (store.folder / (_LIST + _ASIDE)).replace(store.folder / _LIST)
        _finish(store.folder)
    return Rewritten(pages, tuple(store.damage))


def _finish(folder: Path) -> None:
    """Finish what a killed process had decided, and drop what it had not."""
    listed = folder / _LIST
    if listed.exists():
        for name in json.loads(listed.read_bytes()):
            aside = folder / (name + _ASIDE)
            if aside.exists():
                aside.replace(folder / name)
        listed.unlink()
    for left in folder.glob(f"*{_ASIDE}"):
        left.unlink()


def _as_it_lies(file: BinaryIO, start: int) -> bytes:
    size = member(file, start)[1]
    file.seek(start)
    return file.read(size)


def _renamed(page: Page, moved: dict[str, str]) -> Page:
    """The page, naming others by their new hashes."""
    if not moved:
        return page
    body = _HASH.sub(lambda found: moved.get(found[0].decode(), found[0].decode()).encode(), page.body)
    return page if body == page.body else replace(page, body=body)


def _moved(old: Page, new: Page) -> dict[str, str]:
    before = (hashlib.sha256(old.body).hexdigest(), record_sha256(old))
    after = (hashlib.sha256(new.body).hexdigest(), record_sha256(new))
    return {one: other for one, other in zip(before, after, strict=True) if one != other}


def _say(store: RawStore, moved: dict[str, str], run_id: str) -> str:
    """Write aside the segment that says what moved: its name."""
    number = int(store.segments()[-1].name.split(".")[0]) + 1
    name = f"{number:06d}.jsonl.gz"
    body = json.dumps(moved, sort_keys=True).encode()
    said = Page(MOVED, 200, {"content-type": "application/json"}, body, run_id)
    _write(store.folder / (name + _ASIDE), compressed(said))
    return name


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
