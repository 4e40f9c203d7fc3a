"""Folders of documentation with a ``manifest.csv``: one line a file, with platform, address, title and licence."""

import csv
import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from codebook.blobs import Blobs
from codebook.errors import StudyError
from codebook.harmless import one_line, valid_text
from codebook.moments import in_utc
from codebook.wire import Answer, Wire
from platforms.fetch.records import FOLDER, OK, kind, named, url

MANIFEST = "manifest.csv"
_LARGEST = 5_000_000
_MOST = 20_000
_NEEDED = ("platform", "file")


class Shelved(BaseModel):
    """A document of a folder: what its manifest says, and the hash of its bytes."""

    model_config = ConfigDict(frozen=True)

    platform: str
    path: str
    url: str = ""
    title: str | None = None
    licence: str | None = None
    dated: datetime | None = None
    sha256: str


class Shelf(BaseModel):
    """What a folder held when it was read."""

    model_config = ConfigDict(frozen=True)

    documents: tuple[Shelved, ...] = ()


def read(folder: Path, blobs: Blobs) -> Shelf:
    """Read a folder; the contents of its files are kept.

    Raises:
        StudyError: There is no manifest, it is not one, or it names a file that is not in the folder.
    """
    return Shelf(documents=tuple(_shelved(folder, number, line, blobs) for number, line in _lines(folder)))


def note(wire: Wire, name: str, shelf: Shelf) -> None:
    """Store what a folder held, unless it is what it held before.

    Args:
        wire: Where to.
        name: The folder, as ``study.toml`` has it.
        shelf: What it held.
    """
    said, request = shelf.model_dump_json().encode(), wire.stored_form(FOLDER, url(folder=name))
    before = None
    for page in wire.store.pages():
        if kind(page) == FOLDER and named(page).get("folder") == name:
            before = page.body
    if before != said:
        wire.keep(request, Answer(OK, {}, said))


def _lines(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    path = folder / MANIFEST
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = [each for each in _NEEDED if each not in (reader.fieldnames or ())]
            if missing:
                hint = "Its first line names the columns; platform and file are needed."
                raise StudyError(f"it has no column {missing[0]!r}", where=f"{path}:1", hint=hint)
            for count, line in enumerate(reader):
                if count >= _MOST:
                    raise StudyError(f"it has more than {_MOST} lines", where=str(path), hint="Split the folder.")
                yield reader.line_num, {str(k): v for k, v in line.items() if isinstance(v, str)}
    except (OSError, UnicodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or one_line(str(error), 120)
        hint = "A folder in [platforms].documents has a manifest.csv in UTF-8."
        raise StudyError(f"cannot be read: {why}", where=str(path), hint=hint) from None


def _shelved(folder: Path, number: int, line: dict[str, str], blobs: Blobs) -> Shelved:
    where, name = f"{folder / MANIFEST}:{number}", line["file"]
    if not line["platform"].strip():
        raise StudyError("the platform is empty", where=where, hint="Name it.")
    content = _content(folder, name, where)
    said = {key: one_line(valid_text(line.get(key, "")), 2000) for key in ("url", "title", "licence")}
    return Shelved(
        platform=one_line(line["platform"], 100),
        path=name,
        url=said["url"],
        title=said["title"] or None,
        licence=said["licence"] or None,
        dated=_date(line.get("commit_date", ""), where),
        sha256=blobs.keep(content),
    )


def _content(folder: Path, name: str, where: str) -> bytes:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\\" in name or ".." in parts or not name.isprintable():
        hint = "Name files by their path from the folder."
        raise StudyError(f"{name[:200]!r} is no file of the folder", where=where, hint=hint)
    try:
        place = folder / name
        if not place.resolve(strict=True).is_relative_to(folder.resolve()):
            raise StudyError(f"{name[:200]!r} lies outside of the folder", where=where, hint="Copy it into the folder.")
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise StudyError(f"{name[:200]!r} is no regular file", where=where, hint="Take it out.")
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise StudyError(f"{name[:200]!r} cannot be read: {why}", where=where, hint="Correct that line.") from None
    if len(content) > _LARGEST:
        raise StudyError(f"{name[:200]!r} has more than {_LARGEST} bytes", where=where, hint="Take it out.")
    return content


def _date(text: str, where: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return in_utc(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        hint = "Write it like 2026-08-22T21:13:57+02:00."
        raise StudyError(f"{text[:60]!r} is no date", where=where, hint=hint) from None
