"""Rewriting a raw store, for what has to be erased from it: all of it, or none of it.

New segments are written aside, each to the end and onto the disk; then a list of them is written, and only then do they
take the places of the old ones. A process that is killed before the list is there has changed nothing; one that is
killed later is finished by the next call.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from codebook.raw import Page, RawStore, compressed, member

Change = Callable[[Page], Page]

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


def rewrite(store: RawStore, change: Change, *, keep: bool = True) -> Rewritten:
    """Put changed pages in the place of the old ones; all other records stay byte for byte.

    A record that names another by the hash of its body names it by its new hash afterwards.

    Args:
        store: The raw store; nobody else writes to it.
        change: Gives the page that is to be there, the same object if nothing is to be changed.
        keep: Write what was found; otherwise only count.
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
                _note(page, new, moved)
        if keep and b"".join(parts) != path.read_bytes():
            _write(path.with_name(name + _ASIDE), b"".join(parts))
            written.append(name)
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
    body = page.body
    for old, new in moved.items():
        if old.encode() in body:
            body = body.replace(old.encode(), new.encode())
    return page if body == page.body else replace(page, body=body)


def _note(old: Page, new: Page, moved: dict[str, str]) -> None:
    if old.request.startswith("PULL ") and new.body != old.body:
        moved[hashlib.sha256(old.body).hexdigest()] = hashlib.sha256(new.body).hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
