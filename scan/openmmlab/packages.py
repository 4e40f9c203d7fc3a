"""Packages of OpenMMLab on this machine: where their index is, which version they are, and their files.

A package is never imported: its version is read from the name of its metadata folder, from ``PKG-INFO``, or as text
from ``version.py``.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from codebook.blobs import Blobs
from codebook.errors import StudyError
from scan.openmmlab.bases import inherited
from scan.openmmlab.metafiles import is_in_package

INDEXES = (".mim/model-index.yml", "model-index.yml", ".mim/model_zoo.yml", "model_zoo.yml")
"""Where openmim looks for an index, in its order (0.3.9, ``commands/search.py``)."""

_VERSION = re.compile(r"""^__version__\s*=\s*['"]([\w.+!-]{1,60})['"]""", re.MULTILINE)
_INFO = re.compile(r"^Version:\s*([\w.+!-]{1,60})\s*$", re.MULTILINE)
_HEAD = 20_000
_LARGEST = 5_000_000


@dataclass(frozen=True, slots=True)
class Package:
    """A folder with an index.

    Args:
        name: The package's, or that of the folder of a checkout.
        root: Where paths in the index begin.
        index: The index in it.
        version: The package's; None if it does not tell.
        blobs: Where the contents of configs are kept.
    """

    name: str
    root: Path
    index: str
    version: str | None
    blobs: Blobs

    def read(self, path: str) -> tuple[bytes, str | None]:
        """The content of a file below ``root``, and why there is none."""
        return read_below(self.root, path)

    def seen(self, path: str) -> dict[str, str | int]:
        """Size and SHA-256 of a file, whose content is kept, or why they are not known."""
        content, problem = self.read(path)
        if problem:
            return {"problem": problem}
        return {"bytes": len(content), "sha256": self.blobs.keep(content)}

    def inherited(self, config: str) -> list[str]:
        """The files that a config inherits from."""
        return inherited(config, self._inside)

    def _inside(self, path: str) -> bytes | None:
        content, problem = self.read(path) if is_in_package(path) else (b"", "outside")
        return None if problem else content

    def metafiles(self) -> list[str]:
        """Every ``metafile.yml`` below ``root``, named by the index or not."""
        found = []
        for folder, folders, files in os.walk(self.root):  # follows no link to a folder
            folders[:] = sorted(each for each in folders if each != ".git")
            found += [str((Path(folder) / each).relative_to(self.root)) for each in files if each == "metafile.yml"]
        return sorted(each for each in found if each.isprintable())


def read_below(root: Path, path: str) -> tuple[bytes, str | None]:
    """The content of a regular file below a folder, and why there is none."""
    try:
        place = root / path
        if not place.resolve(strict=True).is_relative_to(root.resolve()):
            return b"", "it is outside of the package"
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            seen = os.fstat(file.fileno())
            if not stat.S_ISREG(seen.st_mode):
                return b"", "it is no regular file"
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError, RuntimeError) as error:
        return b"", f"it cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}"
    return (b"", f"it has more than {_LARGEST} bytes") if len(content) > _LARGEST else (content, None)


def below(folder: Path, blobs: Blobs) -> list[Package]:
    """The packages in a folder: an installed package, an unpacked wheel or archive of sources, or a checkout.

    Raises:
        StudyError: There is none.
    """
    try:
        inside = [each for each in sorted(folder.iterdir()) if each.is_dir() and not each.name.startswith(".")]
    except OSError as error:
        raise StudyError(
            f"cannot be read: {error.strerror}", where=str(folder), hint="Correct `paths` in study.toml."
        ) from None
    places = [folder] if _index(folder) else inside
    found = [made for each in places if (made := _package(each, blobs))]
    if not found:
        raise StudyError(
            "neither it nor a folder in it has a model-index.yml",
            where=str(folder),
            hint="Name an installed package, an unpacked one, or a checkout in `paths`.",
        )
    return found


def installed(name: str, blobs: Blobs) -> Package:
    """A package of this environment.

    Raises:
        StudyError: It is not installed, or has no index.
    """
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise StudyError(
            f"the package {name!r} is not installed here",
            hint="Install it, or unpack it and name the folder in `paths`.",
        ) from None
    for file in found.files or ():
        for index in INDEXES:
            last = index.rpartition("/")[2]
            if str(file).endswith("/" + index):
                place = Path(str(found.locate_file(file))).parent
                return Package(name, place, last, found.version, blobs)
    raise StudyError(f"the package {name!r} has no model-index.yml", hint="Is it one of OpenMMLab's?")


def _index(folder: Path) -> str | None:
    return next((each for each in INDEXES if (folder / each).is_file()), None)


def _package(folder: Path, blobs: Blobs) -> Package | None:
    index = _index(folder)
    if index is None:
        return None
    root, last = (folder / index).parent, Path(index).name
    name = re.sub(r"-\d[\w.+!-]*$", "", folder.name) or folder.name
    return Package(name, root, last, next(_versions(folder, name), None), blobs)


def _versions(folder: Path, name: str) -> Iterator[str]:
    for beside in sorted(folder.parent.glob("*.dist-info")):
        found = re.fullmatch(r"(.+)-([\w.+!]+)\.dist-info", beside.name)
        if found and found[1].lower().replace("_", "-") == name.lower().replace("_", "-"):
            yield found[2]
    for place, pattern in (
        (folder / "PKG-INFO", _INFO),
        (folder / "version.py", _VERSION),
        *((each, _VERSION) for each in sorted(folder.glob("*/version.py"))),
    ):
        content, problem = read_below(folder, str(place.relative_to(folder)))
        said = pattern.search(content[:_HEAD].decode("utf-8", "replace")) if not problem else None
        if said:
            yield said[1]
