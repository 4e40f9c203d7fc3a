"""Where a result lies: a path in the repository, from whatever a tool wrote as its address."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from scan import said

_LONGEST_CHAIN = 10
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")


@dataclass(frozen=True, slots=True)
class Place:
    """A path in the repository; if it is not in there, ``inside`` is false and ``path`` what the tool wrote."""

    path: str | None
    inside: bool


class Places:
    """The addresses of one run.

    Args:
        bases: What stands under ``originalUriBaseIds``.
        artifacts: What stands under ``artifacts``; locations may name one by its index.
        root: The repository on the machine where the tool ran, as a path or ``file://`` address; or a folder that all
            relative addresses have in front. Empty: none.
        known: The paths of the repository. A tool that does not encode its addresses is understood by them.
    """

    def __init__(
        self, bases: Mapping[str, Any], artifacts: Sequence[Mapping[str, Any]], root: str, known: Collection[str]
    ) -> None:
        self._bases = bases
        self._artifacts = artifacts
        self._known = known
        self._root = _Address.of(root) if root else None
        self._found: dict[tuple[str, str | None], Place] = {}

    def of(self, location: Any) -> Place:
        """Where an ``artifactLocation`` is."""
        written = self._written(location)
        if not written:
            return Place(None, inside=False)
        if written not in self._found:
            self._found[written] = self._place(*written)
        return self._found[written]

    def _place(self, uri: str, base: str | None) -> Place:
        readings = [_Address.of(uri.replace("\\", "/")), _Address.of(uri), _Address.of(uri, encoded=False)]
        paths = [path for reading in readings if (path := self._inside(reading, base)) is not None]
        meant = next((path for path in paths if path in self._known), self._inside(readings[0], base))
        return Place(uri, inside=False) if meant is None else Place(meant, inside=True)

    def _written(self, location: Any) -> tuple[str, str | None] | None:
        """The address and the id of its base."""
        index = said.count(said.member(location, "index"))
        listed = (
            said.member(self._artifacts[index], "location")
            if index is not None and index < len(self._artifacts)
            else None
        )
        for each in (location, listed):
            uri = said.name(said.member(each, "uri"))
            if uri:
                return uri, said.name(said.member(each, "uriBaseId"))
        return None

    def _inside(self, address: "_Address", base: str | None) -> str | None:
        """The path in the repository that an address and its bases are; None if it is outside."""
        within = address
        for _ in range(_LONGEST_CHAIN):
            if address.top or base is None:
                break
            stated = self._bases.get(base)
            uri = said.name(said.member(stated, "uri"))
            above = _Address.of(uri) if uri else None
            base = said.name(said.member(stated, "uriBaseId"))
            if above is None:
                break
            address = address.below(above)
            if not above.top:  # a folder in the repository, whose own base is the repository or leads to it
                within = address
        if address.top and self._root and self._root.top:
            return address.path_below(self._root)
        path = address.path_below(self._root)
        return within.path_below(self._root) if path is None else path


@dataclass(frozen=True, slots=True)
class _Address:
    """An address taken apart: ``top`` says where it begins (empty: it is relative)."""

    top: str
    parts: tuple[str, ...]

    @classmethod
    def of(cls, uri: str, *, encoded: bool = True) -> "_Address":
        top, rest = "", uri
        if _DRIVE.match(uri):
            top, rest = uri[:2].lower(), uri[2:].replace("\\", "/")
        elif scheme := _SCHEME.match(uri):
            rest = uri[scheme.end() :]
            top = "/" if scheme[0].lower() == "file:" else scheme[0].lower()
            if rest.startswith("//"):
                host, _, rest = rest[2:].partition("/")
                top += host if top != "/" or host.lower() != "localhost" else ""
            if drive := _DRIVE.match(rest.lstrip("/")):
                rest = rest.lstrip("/")[2:]
                top = drive[0][:2].lower()
        elif uri.startswith("/"):
            top = "/"
        decoded = (_decoded(part) if encoded else part for part in rest.split("/"))
        return cls(top, tuple(part for each in decoded for part in each.split("/") if part))

    def below(self, above: "_Address") -> "_Address":
        return _Address(above.top, (*above.parts, *self.parts))

    def path_below(self, root: "_Address | None") -> str | None:
        """The path under ``root``; None if it is not there, or leads out of it."""
        mine = _resolved(self.parts)
        if mine is None:
            return None
        if root is not None and self.top == root.top:
            above = _resolved(root.parts)
            if above is not None and mine[: len(above)] == above:
                return "/".join(mine[len(above) :]) or None
        return "/".join(mine) or None if not self.top else None


def _resolved(parts: Sequence[str]) -> tuple[str, ...] | None:
    """Without ``.`` and ``..``; None if it leads above where it begins."""
    walked: list[str] = []
    for part in parts:
        if part == "..":
            if not walked:
                return None
            walked.pop()
        elif part != ".":
            walked.append(part)
    return tuple(walked)


def _decoded(part: str) -> str:
    r"""One part of a path, percent-encoding undone; bytes that are not UTF-8 as ``\xNN``, as in ``model_files``."""
    return unquote_to_bytes(part.encode("utf-8", "surrogatepass")).decode("utf-8", "backslashreplace")
