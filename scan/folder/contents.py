"""The contents of a model's files: hashed, and those of code and configuration kept, none read twice or for ever."""

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codebook.blobs import Blobs
from scan.folder.inventory import Entry, opened, said, shown
from scan.folder.options import FolderOptions, is_kept

CHANGED = "it changed while"
"""How a problem begins that the next run may not have."""

_CHUNK = 1 << 20


@dataclass
class Reader:
    """Reads the files of one model.

    Args:
        root: A folder.
        options: The limits.
        blobs: Where contents are kept.
        before: What an earlier run noted of a file, by path as shown; a file that has not changed is not read again.
        start: The model's folder, from ``root`` on.
    """

    root: Path
    options: FolderOptions
    blobs: Blobs
    before: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    start: str = ""
    kept_bytes: int = 0
    kept: int = 0

    def note(self, entry: Entry) -> dict[str, Any]:
        """What a raw record holds of an entry."""
        path = shown(entry.path)
        noted: dict[str, Any] = {"path": path, "kind": entry.kind, "bytes": entry.size, "stamp": list(entry.stamp)}
        if entry.problem or entry.kind != "file":
            return noted | {"problem": entry.problem or "not a regular file"}
        limit = self._limit(path, entry.size)
        kept = limit is None and (is_kept(path) or self.options.keeps_weights(path, entry.size))
        noted |= self._unchanged(noted, kept=kept) or self._read(entry, kept=kept)
        if limit:
            noted.setdefault("problem", limit)
        if kept and "sha256" in noted:
            self.kept += 1
            self.kept_bytes += entry.size
        return noted

    def _limit(self, path: str, size: int) -> str | None:
        """Why a content is not kept, if it is too much."""
        options = self.options
        weights = self.options.keeps_weights(path, size)
        if not (weights or is_kept(path)):
            return None
        if not weights and size > options.largest_file:
            return f"not kept: it has {size} bytes, and largest_file is {options.largest_file}"
        if self.kept_bytes + size > options.largest_model:
            return f"not kept: with it there were more than largest_model, {options.largest_model} bytes"
        if self.kept >= options.most_files:
            return f"not kept: there are more than most_files, {options.most_files}"
        return None

    def _unchanged(self, noted: Mapping[str, Any], *, kept: bool) -> dict[str, Any] | None:
        known = self.before.get(noted["path"], {})
        sha256 = known.get("sha256")
        if not sha256 or any(known.get(key) != noted[key] for key in ("kind", "bytes", "stamp")):
            return None
        return {"sha256": sha256} if not kept or self.blobs.has(sha256) else None

    def _read(self, entry: Entry, *, kept: bool) -> dict[str, Any]:
        if not kept and entry.size > self.options.hashed_up_to:
            return {}
        try:
            return self._through(entry, kept=kept)
        except OSError as error:
            return {"problem": f"cannot be read: {said(error)}"}

    def _through(self, entry: Entry, *, kept: bool) -> dict[str, Any]:
        """Open a file that was seen to be a regular one, and make sure that it is still the same, before and after."""
        path = f"{self.start}/{entry.path}" if self.start else entry.path
        handle = opened(self.root, path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            if _stamp(handle) != (entry.size, *entry.stamp):
                return {"problem": f"{CHANGED} it was looked at"}
            content, sha256 = _content(handle, entry.size, whole=kept)
            if _stamp(handle) != (entry.size, *entry.stamp):
                return {"problem": f"{CHANGED} it was read"}
        finally:
            os.close(handle)
        return {"sha256": self.blobs.keep(content) if kept else sha256}


def _content(handle: int, size: int, *, whole: bool) -> tuple[bytes, str]:
    """A file up to the size that it had, with its hash; the bytes only if they are wanted ``whole``."""
    digest, parts, left = hashlib.sha256(), [], size
    while left > 0 and (chunk := os.read(handle, min(_CHUNK, left))):
        digest.update(chunk)
        parts += [chunk] if whole else []
        left -= len(chunk)
    return b"".join(parts), digest.hexdigest()


def _stamp(handle: int) -> tuple[int, int, int, int]:
    now = os.fstat(handle)
    if not stat.S_ISREG(now.st_mode):
        return (-1, 0, 0, 0)
    return now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino
