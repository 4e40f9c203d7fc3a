"""A CSGHub server on this machine: lists of models, and the routes that are like Hugging Face's.

Shapes, limits and faults after OpenCSGs/csghub-server at c1ada0e1, also that a model whose repository is gone is
answered with status 500.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha1, sha256
from typing import Any
from urllib.parse import unquote

from sites.server import Asked, Reply, as_json

MOST_ON_A_PAGE = 100
_SORTS: dict[str, Callable[["CsgModel"], Any]] = {
    "recently_update": lambda m: (m.updated, m.rank),
    "most_download": lambda m: (m.downloads, m.rank),
    "most_favorite": lambda m: m.path[::-1],
    "most_star": lambda m: m.path,
    "trending": lambda m: m.rank,
}
_SOURCES = ("opencsg", "huggingface", "local")
_INFO = re.compile(r"/hf/api/models/([^/]+/[^/]+)$")
_RESOLVE = re.compile(r"/hf/([^/]+/[^/]+)/resolve/([^/]+)/(.+)$")


@dataclass(frozen=True)
class CsgModel:
    """A model; ``files`` maps paths to contents, those of ``lfs`` lie in LFS."""

    path: str
    source: str = "local"
    hf_path: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    license: str = ""
    downloads: int = 0
    updated: str = "2026-05-15T01:09:19Z"
    files: dict[str, bytes] = field(default_factory=dict, hash=False)
    lfs: frozenset[str] = frozenset()
    commit: str = "c" * 40
    copied: bool = False
    rank: int = 0


@dataclass
class OpenCSGSite:
    """Serves models.

    Args:
        models: The world.
        token: The only token that is accepted, if not empty; requests without one are always served.
        broken: Models whose repository is gone.
        lie: Added to every count.
        shifts: Every so many pages, the model that was changed longest ago is changed.
    """

    models: list[CsgModel]
    token: str = ""
    broken: frozenset[str] = frozenset()
    lie: int = 0
    shifts: int = 0
    base_url: str = ""
    _kept: dict[tuple[str, str], list[CsgModel]] = field(default_factory=dict)
    _pages: int = 0

    def change(self, path: str, **changes: Any) -> None:
        self.models = [replace(m, **changes) if m.path == path else m for m in self.models]
        self._kept.clear()

    def answer(self, asked: Asked) -> Reply:
        sent = asked.headers.get("authorization")
        if sent and sent != f"Bearer {self.token}":
            return as_json({"code": "AUTH-ERR-1", "msg": "AUTH-ERR-1: invalid token"}, 401)
        if asked.path == "/api/v1/models":
            return self._list(asked)
        info, content = _INFO.match(asked.path), _RESOLVE.match(asked.path)
        found = info or content
        model = next((m for m in self.models if found and m.path == unquote(found[1])), None)
        if found is None:
            return Reply(404, b"404 page not found", {"Content-Type": "text/plain"})
        if model is None or model.path in self.broken:
            return as_json({"code": "SYS-ERR-0", "msg": "SYS-ERR-0: failed to find model"}, 500)
        if content:
            file = model.files.get(unquote(content[3])) if content[2] in (model.commit, "main") else None
            return Reply(200, file) if file is not None else as_json({"msg": "not found"}, 404)
        return as_json(_info(model, blobs=asked.first("blobs") == "true"))

    def _list(self, asked: Asked) -> Reply:
        per, page, sort = int(asked.first("per", "50")), int(asked.first("page", "1")), asked.first("sort", "trending")
        source = asked.first("source")
        if not 0 < per <= MOST_ON_A_PAGE or page < 1 or sort not in _SORTS or source not in ("", *_SOURCES):
            return as_json({"code": "REQ-ERR-0", "msg": "REQ-ERR-0: bad parameter"}, 400)
        self._pages += 1
        if self.shifts and self._pages % self.shifts == 0:
            oldest = min(self.models, key=_SORTS["recently_update"])
            self.change(oldest.path, updated=f"2026-06-01T00:{self._pages:02}:00Z")
        if (sort, source) not in self._kept:
            chosen = [m for m in self.models if _is_of(m, source)]
            self._kept[sort, source] = sorted(chosen, key=_SORTS[sort], reverse=True)
        chosen = self._kept[sort, source]
        items = [_item(m) for m in chosen[(page - 1) * per : page * per]]
        return as_json({"msg": "OK", "data": items, "total": len(chosen) + self.lie})


def _is_of(model: CsgModel, source: str) -> bool:
    return not source or model.source == source or (source == "local" and model.copied)


def _item(model: CsgModel) -> dict[str, Any]:
    return {
        "id": model.rank + 1,
        "name": model.path.rpartition("/")[2],
        "nickname": "",
        "likes": 1,
        "downloads": model.downloads,
        "path": model.path,
        "private": False,
        "tags": [{"name": name, "category": category, "built_in": True} for category, name in model.tags],
        "updated_at": model.updated,
        "source": model.source,
        "sync_status": "completed",
        "license": model.license,
        "hf_path": model.hf_path,
        "ms_path": "",
        "csg_path": "",
    }


def _info(model: CsgModel, *, blobs: bool) -> dict[str, Any]:
    siblings = [
        {"rfilename": path} | (_blob(content, lfs=path in model.lfs) if blobs else {})
        for path, content in sorted(model.files.items())
    ]
    return {
        "id": model.path,
        "author": model.path.partition("/")[0],
        "sha": model.commit,
        "last_modified": model.updated,
        "private": False,
        "downloads": model.downloads,
        "likes": 1,
        "tags": [name for _, name in model.tags],
        "siblings": siblings or None,
    }


def _blob(content: bytes, *, lfs: bool) -> dict[str, Any]:
    of = {"sha256": sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    return {"blobId": sha1(content).hexdigest(), "size": len(content)} | ({"lfs": of} if lfs else {})


def world(models: int) -> list[CsgModel]:
    """Models of which two in three are mirrors of Hugging Face."""
    return [
        CsgModel(
            f"ns{n % 97}/m{n}",
            "huggingface" if n % 3 else "local",
            f"hf{n % 97}/m{n}" if n % 3 else "",
            downloads=n * 7919 % 100_003,
            rank=n,
        )
        for n in range(models)
    ]
