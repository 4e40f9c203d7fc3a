"""A package index that answers as the real one does: lists of PEP 503, 691 and 700, files whole and in parts.

The list in JSON tells sizes, hashes, dates and what was yanked; the one in HTML has neither dates nor sizes.
"""

import hashlib
import html
import re
from dataclasses import dataclass, field
from typing import Any

from sites.server import Asked, Reply, as_json

_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True)
class Archive:
    """A file of a release.

    Args:
        name: Its name.
        content: Its bytes.
        uploaded: When, ISO 8601; None: the list does not say.
        yanked: Why it was withdrawn; None if it was not.
        sha256: What the list says its hash is, if that is not so.
        size: What the list says its size is, if that is not so.
    """

    name: str
    content: bytes
    uploaded: str | None = "2023-01-02T03:04:05.000006Z"
    yanked: str | None = None
    sha256: str | None = None
    size: int | None = None

    @property
    def digest(self) -> str:
        """What the list says its hash is."""
        return self.sha256 or hashlib.sha256(self.content).hexdigest()


@dataclass
class PackageIndexSite:
    """Serves lists and files.

    Args:
        packages: Archives by the name of their package.
        json: The list has the form in JSON; else in HTML.
        parts: Files are given in parts where that is asked for.
        pages: Other pages by path.
        user: ``Authorization`` without which nothing is given.
    """

    packages: dict[str, list[Archive]]
    json: bool = True
    parts: bool = True
    pages: dict[str, Reply] = field(default_factory=dict)
    user: str = ""
    base_url: str = ""

    def answer(self, asked: Asked) -> Reply:
        """A list, a file, or another page."""
        if asked.path in self.pages:
            return self.pages[asked.path]
        if self.user and asked.headers.get("authorization") != self.user:
            return Reply(401, b"who are you?")
        if asked.path.startswith("/files/"):
            return self._file(asked)
        package = asked.path.removeprefix("/simple/").removesuffix("/")
        if asked.path != f"/simple/{package}/" or package not in self.packages:
            return Reply(404, b"404 Not Found", {"Content-Type": "text/plain"})
        return self._list(package) if self.json else self._page(package)

    def _list(self, package: str) -> Reply:
        files = [self._described(each) for each in self.packages[package]]
        meta = {"api-version": "1.1", "_last-serial": 1}
        return as_json({"meta": meta, "name": package, "versions": [], "files": files}, 200, **{"Content-Type": _JSON})

    def _described(self, archive: Archive) -> dict[str, Any]:
        known = {
            "filename": archive.name,
            "url": f"{self.base_url}/files/{archive.name}",
            "hashes": {"sha256": archive.digest},
            "size": len(archive.content) if archive.size is None else archive.size,
            "yanked": False if archive.yanked is None else archive.yanked or True,
        }
        return known | ({"upload-time": archive.uploaded} if archive.uploaded else {})

    def _page(self, package: str) -> Reply:
        lines = []
        for each in self.packages[package]:
            yanked = "" if each.yanked is None else f' data-yanked="{html.escape(each.yanked)}"'
            name = html.escape(each.name)
            lines.append(f'<a href="../../files/{name}#sha256={each.digest}"{yanked}>{name}</a><br/>')
        page = f"<!DOCTYPE html><html><body><h1>Links for {package}</h1>{''.join(lines)}</body></html>"
        return Reply(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _file(self, asked: Asked) -> Reply:
        name = asked.path.removeprefix("/files/")
        found = [each for files in self.packages.values() for each in files if each.name == name]
        if not found:
            return Reply(404, b"404 Not Found")
        content = found[0].content
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("range", ""))
        if not part or not self.parts:
            return Reply(200, content)
        start, end = int(part[1]), min(int(part[2]) + 1, len(content))
        if start >= len(content):
            return Reply(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        return Reply(206, content[start:end], {"Content-Range": f"bytes {start}-{end - 1}/{len(content)}"})
