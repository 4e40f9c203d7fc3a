"""Repositories on a GitHub on this machine: commits, trees and contents, as its REST API gives them."""

import base64
import re
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any
from urllib.parse import unquote

from sites.server import Asked, Reply, as_json

_PATH = re.compile(r"/repos/([^/]+/[^/]+)/(commits|git/trees|contents)/(.+)$")


@dataclass
class RepositoriesSite:
    """Serves repositories, each at one commit.

    Args:
        repositories: Files by path, by ``owner/name``.
        commits: The commit of each; one of its own for the others.
        renamed: New name by old one.
        truncated: Repositories whose tree is too large to be given whole.
        left: Requests that are left; then it says that its limit is reached, once.
    """

    repositories: dict[str, dict[str, bytes]]
    commits: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    truncated: frozenset[str] = frozenset()
    left: int | None = None
    base_url: str = ""

    def commit(self, name: str) -> str:
        return self.commits.get(name, sha1(name.encode()).hexdigest())

    def answer(self, asked: Asked) -> Reply:
        if self.left is not None:
            self.left -= 1
            if self.left == -1:
                headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}
                return as_json({"message": "API rate limit exceeded for 127.0.0.1."}, 403, **headers)
        found = _PATH.match(asked.path)
        name = unquote(found[1]) if found else ""
        if name in self.renamed:
            there = asked.path.replace(f"/repos/{name}/", f"/repos/{self.renamed[name]}/")
            return as_json({"message": "Moved Permanently"}, 301, Location=there)
        if found is None or name not in self.repositories:
            return as_json({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}, 404)
        what, rest = found[2], unquote(found[3])
        if what == "commits":
            return as_json({"sha": self.commit(name), "commit": {"message": "m"}})
        return self._tree(name) if what == "git/trees" else self._content(name, rest, asked)

    def _tree(self, name: str) -> Reply:
        files = self.repositories[name]
        tree: list[dict[str, Any]] = [_blob(path, content) for path, content in sorted(files.items())]
        folders = {path.rpartition("/")[0] for path in files} - {""}
        tree += [{"path": each, "mode": "040000", "type": "tree", "sha": "0" * 40} for each in sorted(folders)]
        tree += [{"path": "third_party/sub", "mode": "160000", "type": "commit", "sha": "0" * 40}]
        return as_json({"sha": self.commit(name), "tree": tree, "truncated": name in self.truncated})

    def _content(self, name: str, path: str, asked: Asked) -> Reply:
        content = self.repositories[name].get(path)
        if content is None:
            return as_json({"message": "Not Found"}, 404)
        if asked.headers.get("accept") == "application/vnd.github.raw+json":
            return Reply(200, content)
        encoded = base64.encodebytes(content).decode()
        return as_json({"type": "file", "encoding": "base64", "path": path, "size": len(content), "content": encoded})


def _blob(path: str, content: bytes) -> dict[str, Any]:
    digest = sha1(b"blob %d\x00" % len(content) + content).hexdigest()
    return {"path": path, "mode": "100644", "type": "blob", "size": len(content), "sha": digest}
