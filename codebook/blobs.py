"""Contents of files by their SHA-256: each distinct content once, whole or not at all.

They lie in ``raw/<stage>/blobs/ab/<sha256>``. A content is written aside, flushed to disk and renamed, and only then
may a raw record speak of it. Nobody's path is ever part of a name here.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from codebook.errors import StoppedEarly, StudyError
from codebook.study import Study

FOLDER = "blobs"
"""The folder under ``raw/<stage>``; nothing that is visited can have its name."""


class Blobs:
    """The contents that a study holds.

    Args:
        folder: ``raw/<stage>/blobs``; made on the first write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, study: Study, stage: str = "scan") -> "Blobs":
        """The contents that a stage of a study holds."""
        return cls(study.path / "raw" / stage / FOLDER)

    def path(self, sha256: str) -> Path:
        """Where a content lies, or would.

        Raises:
            StudyError: It is no SHA-256.
        """
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise StudyError(f"not a SHA-256: {sha256[:80]!r}", where=str(self.folder))
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether a content is here."""
        return self.path(sha256).is_file()

    def count(self) -> int:
        """How many contents are here."""
        return sum(1 for _ in self.folder.glob("[0-9a-f][0-9a-f]/*"))

    def read(self, sha256: str) -> bytes | None:
        """A content; None if it is not here.

        Raises:
            StudyError: It is damaged.
        """
        path = self.path(sha256)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StudyError(
                "the content does not have the hash that is its name", where=str(path), hint="Restore it from a backup."
            )
        return content

    def put(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Keep a content.

        Returns:
            Its SHA-256 and its size in bytes.

        Raises:
            StoppedEarly: The disk is full; all contents before this one are safe.
        """
        part = self.folder / ".part"  # one command writes at a time
        digest, size = hashlib.sha256(), 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as out:
                for chunk in chunks:
                    digest.update(chunk)
                    size += out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            path = self.path(digest.hexdigest())
            path.parent.mkdir(exist_ok=True)
            part.replace(path)
        except OSError as error:
            raise StoppedEarly(
                f"could not keep a content: {error.strerror}",
                where=str(self.folder),
                hint="All contents before it are safe. Make room on the disk and run the same command again.",
            ) from error
        finally:
            part.unlink(missing_ok=True)
        return digest.hexdigest(), size

    def keep(self, content: bytes) -> str:
        """Keep a content that is in memory, unless it is here in full; its SHA-256.

        Raises:
            StoppedEarly: The disk is full; all contents before this one are safe.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        try:
            here = self.path(sha256).stat().st_size == len(content)
        except FileNotFoundError:
            here = False
        return sha256 if here else self.put([content])[0]
