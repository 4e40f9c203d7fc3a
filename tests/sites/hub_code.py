"""A Hugging Face Hub with the contents of repositories: lists, single repositories at a revision, and files.

Shapes after the Hub's own answers. A file that is not kept in Git LFS is answered behind a redirect on the same host,
as the Hub has it since 2025; one that is, behind a redirect to another host.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from sites.server import Asked, Reply, as_json

_CACHE = "/api/resolve-cache/models/"


def sha_of(*parts: object) -> str:
    """A commit id for something."""
    return hashlib.sha1(repr(parts).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class CodeModel:
    """A repository.

    Args:
        id: ``<owner>/<name>``.
        files: Contents by path.
        tags: The Hub's.
        branches: Commits by name of a branch or a tag.
        listed: Whether the list shows it.
        refused: Status with which the Hub refuses it.
        said: What else the Hub says of it.
    """

    id: str
    files: dict[str, bytes]
    tags: tuple[str, ...] = ()
    branches: dict[str, str] = field(default_factory=dict)
    listed: bool = True
    refused: int = 0
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def sha(self) -> str:
        """Its newest commit."""
        return sha_of(self.id, sorted(self.files.items()))

    def info(self, *, blobs: bool) -> dict[str, Any]:
        """What the Hub says of it."""
        config = _object(self.files.get("config.json"))
        siblings = [_sibling(path, content, blobs=blobs) for path, content in sorted(self.files.items())]
        item: dict[str, Any] = {"id": self.id, "sha": self.sha, "tags": list(self.tags), "siblings": siblings}
        item |= self.said
        return item | ({"config": {"auto_map": config["auto_map"]}} if "auto_map" in config else {})


def _object(content: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sibling(path: str, content: bytes, *, blobs: bool) -> dict[str, Any]:
    if not blobs:
        return {"rfilename": path}
    digest = hashlib.sha256(content).hexdigest()
    lfs = {"lfs": {"sha256": digest, "size": len(content)}} if path.endswith(".safetensors") else {}
    return {"rfilename": path, "size": len(content)} | lfs


@dataclass
class HubCodeSite:
    """Serves the list, single repositories, and their files.

    Args:
        models: What there is.
        cdn: Where large files are; they are given by the Hub itself if there is none.
        replies: An answer in place of a file's, by its path.
        moved: New name by old one.
    """

    models: list[CodeModel]
    cdn: str = ""
    replies: dict[str, Reply] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    base_url: str = ""

    def answer(self, asked: Asked) -> Reply:
        """One page, one repository, or one file."""
        if asked.path == "/api/models":
            return as_json([each.info(blobs=False) for each in self.models if each.listed])
        if asked.path.startswith(_CACHE):
            return self._file(unquote(asked.path.removeprefix(_CACHE)))
        if asked.path.startswith("/api/models/"):
            return self._one(asked.path.removeprefix("/api/models/"))
        if "/resolve/" in asked.path:
            return self._resolved(asked.path)
        return as_json({"error": "Not found"}, 404)

    def _model(self, native_id: str) -> CodeModel | None:
        return next((each for each in self.models if each.id == native_id), None)

    def _one(self, path: str) -> Reply:
        native_id, _, revision = path.partition("/revision/")
        found = self._model(unquote(native_id))
        if unquote(native_id) in self.moved:
            return Reply(307, b"", {"Location": f"/api/models/{self.moved[unquote(native_id)]}"})
        if found is None or found.refused:
            return as_json({"error": "Repository not found"}, found.refused if found else 404)
        if revision and found.branches.get(unquote(revision), revision) != found.sha:
            return as_json({"error": f"Invalid rev id: {revision}"}, 404)
        return as_json(found.info(blobs=True))

    def _resolved(self, path: str) -> Reply:
        native_id, _, rest = path.removeprefix("/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        found = self._model(unquote(native_id))
        if found is None or revision != found.sha:
            return as_json({"error": "Entry not found"}, 404)
        if found.refused:
            return as_json({"error": f"Access to model {found.id} is restricted"}, found.refused)
        to = self.cdn if self.cdn and name.endswith("tokenizer.json") else ""
        return Reply(307, b"", {"Location": f"{to}{_CACHE}{native_id}/{revision}/{name}"})

    def _file(self, path: str) -> Reply:
        owner, name, _, file = path.split("/", 3)
        if file in self.replies:
            return self.replies[file]
        found = self._model(f"{owner}/{name}")
        if found is None or file not in found.files:
            return as_json({"error": "Entry not found"}, 404)
        return Reply(200, found.files[file], {"Content-Type": "text/plain; charset=utf-8"})


def resolve(model: CodeModel, path: str) -> str:
    """The path of the request for a file."""
    return f"/{model.id}/resolve/{model.sha}/{quote(path)}"
