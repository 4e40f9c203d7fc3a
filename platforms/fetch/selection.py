"""Which members of an archive are kept, and what their names are in an installed package."""

import fnmatch
import hashlib
import re

from platforms.evidence import Wanted

_LONGEST = 500
"""Characters of a name; longer ones are nobody's module."""


class Selection:
    """What an extractor wants, made ready for asking.

    Args:
        wanted: Its globs and marks.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._marks = wanted.marks
        self._inside = _any_of([each for each in wanted.paths if not each.startswith("!")])
        self._outside = _any_of([each[1:] for each in wanted.paths if each.startswith("!")])
        described = repr((sorted(wanted.paths), sorted(wanted.marks)))
        self.fingerprint = hashlib.sha256(described.encode()).hexdigest()[:12]
        """What tells this wish from others: 12 hexadecimal digits."""

    def path(self, path: str) -> bool:
        """Whether a member of this name is to be looked into."""
        return bool(self._inside.match(path)) and not self._outside.match(path)

    def content(self, content: bytes) -> bool:
        """Whether a member with this content is kept."""
        return not self._marks or any(mark in content for mark in self._marks)


def _any_of(globs: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, globs)) or r"(?!)")


def installed(name: str, *, sdist: bool) -> str:
    """The path that a member has where the package is installed.

    Args:
        name: Its name in the archive.
        sdist: The archive is one of sources: the folder that all is in goes, and ``src``.
    """
    if not sdist:
        return name
    inside = name.removeprefix("./").partition("/")[2]
    return inside.removeprefix("src/")


def why_odd(name: str) -> str | None:
    """Why a member's name cannot be that of a module; None if it can."""
    if len(name) > _LONGEST or not name.isprintable() or "\\" in name:
        return "a member has a name that no module has"
    if any(part in ("", ".", "..") for part in name.split("/")) or name[1:2] == ":":
        return "a member's name leads out of the package"
    return None
