"""A ModelScope on this machine: lists with their caps, listings of files, and contents.

Shapes and limits after ``_openapi.py``, ``_legacy_api.py`` and ``api.py`` of modelscope/modelscope_hub at 26921de3.
"""

import json
import re
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from sites.server import Asked, Reply, as_json

CAP = 3000
MOST_ON_A_PAGE = 50
_PATH = re.compile(r"/api/v1/models/([^/]+/[^/]+)/repo(/files)?$")
_ORDERS = {
    "default": lambda m: (len(m.id), m.id),
    "downloads": lambda m: (-m.downloads, m.id),
    "likes": lambda m: (m.id[::-1],),
    "last_modified": lambda m: (m.modified, m.id),
}


@dataclass(frozen=True)
class ScopeModel:
    """A model; ``files`` maps paths to contents."""

    id: str
    tasks: tuple[str, ...] = ()
    license: str = "Apache License 2.0"
    library: str = "pytorch"
    tags: tuple[str, ...] = ()
    downloads: int = 0
    modified: str = "2026-05-15T01:09:19Z"
    files: dict[str, bytes] = field(default_factory=dict, hash=False)
    commit: str = "c" * 40

    @property
    def owner(self) -> str:
        return self.id.partition("/")[0]


@dataclass
class ModelScopeSite:
    """Serves models.

    Args:
        models: The world.
        token: The only token that is accepted, if not empty; requests without one are always served.
        refused: Models whose files are not given.
        cap: Models of one query that are given.
        lie: Added to every count.
        one_order: All orders are the same.
        names_the_commit: Whether a listing of files has ``LatestCommitter.Id``, which the real one often leaves empty.
    """

    models: list[ScopeModel]
    token: str = ""
    refused: frozenset[str] = frozenset()
    cap: int = CAP
    lie: int = 0
    one_order: bool = False
    names_the_commit: bool = False
    base_url: str = ""
    _kept: dict[Any, list[ScopeModel]] = field(default_factory=dict)

    def change(self, native_id: str, **changes: Any) -> None:
        self.models = [replace(m, **changes) if m.id == native_id else m for m in self.models]
        self._kept.clear()

    def answer(self, asked: Asked) -> Reply:
        sent = asked.headers.get("authorization")
        if sent and sent != f"Bearer {self.token}":
            return as_json({"success": False, "code": 401, "message": "Invalid token"}, 401)
        if asked.path == "/openapi/v1/models":
            return self._list(asked)
        found = _PATH.match(asked.path)
        model = next((m for m in self.models if found and m.id == unquote(found[1])), None)
        if model is None or found is None or model.id in self.refused:
            return as_json({"Code": 10010205001, "Message": "Record not found", "Success": False, "Data": None}, 404)
        return self._files(model) if found[2] else self._content(model, asked)

    def _list(self, asked: Asked) -> Reply:
        number, size = int(asked.first("page_number", "1")), int(asked.first("page_size", "10"))
        if number * size > self.cap or size > MOST_ON_A_PAGE:
            return as_json({"success": False, "code": 400, "message": "page_number * page_size must be <= 3000"}, 400)
        filters = tuple(sorted((k, v) for k, v in asked.query if k == "owner" or k.startswith("filter.")))
        order = "default" if self.one_order else asked.first("sort", "default")
        chosen = self._chosen(filters, order)
        page = chosen[(number - 1) * size : number * size]
        data = {"models": [_item(m) for m in page], "total_count": len(chosen) + self.lie}
        return as_json({"success": True, "request_id": "r", "data": data | {"page_number": number, "page_size": size}})

    def _chosen(self, filters: tuple[tuple[str, str], ...], order: str) -> list[ScopeModel]:
        if not self._kept:
            for each in sorted(self.models, key=_ORDERS["default"]):
                for facet in _facets(each):
                    self._kept.setdefault(facet, []).append(each)
            self._kept[()] = self.models
        if (filters, order) not in self._kept:
            few = min((self._kept.get(each, []) for each in filters), key=len, default=self.models)
            chosen = [m for m in few if set(filters) <= _facets(m)]
            self._kept[filters, order] = sorted(chosen, key=_ORDERS[order])
        return self._kept[filters, order]

    def _files(self, model: ScopeModel) -> Reply:
        short = {"Id": model.commit if self.names_the_commit else "", "ShortId": model.commit[:8]}
        files = [_file(path, content, model.commit) for path, content in sorted(model.files.items())]
        folders = {path.rpartition("/")[0] for path in model.files} - {""}
        files += [{"Path": path, "Type": "tree", "Size": 0, "Sha256": "", "Revision": ""} for path in sorted(folders)]
        data = {"Files": files, "IsVisual": 0, "LatestCommitter": short}
        return as_json({"Code": 200, "Data": data, "Message": "success", "RequestId": "r", "Success": True})

    def _content(self, model: ScopeModel, asked: Asked) -> Reply:
        content = model.files.get(asked.first("FilePath"))
        if content is None or asked.first("Revision") not in (model.commit, "master"):
            return as_json({"Code": 10990101004, "Message": "Not found", "Success": False}, 404)
        return Reply(200, content, {"Content-Type": "application/octet-stream"})


def _facets(model: ScopeModel) -> set[tuple[str, str]]:
    single = {("owner", model.owner), ("filter.license", model.license), ("filter.library", model.library)}
    tasks = {("filter.task", task) for task in model.tasks}
    return single | tasks | {("filter.custom_tag", tag) for tag in model.tags}


def _item(model: ScopeModel) -> dict[str, Any]:
    return {
        "id": model.id,
        "display_name": model.id.rpartition("/")[2],
        "license": model.license,
        "tasks": list(model.tasks),
        "tags": list(model.tags),
        "downloads": model.downloads,
        "likes": 3,
        "created_at": "2024-01-01T00:00:00Z",
        "last_modified": model.modified,
        "file_size": sum(map(len, model.files.values())),
        "private": False,
        "gated": False,
    }


def _file(path: str, content: bytes, commit: str) -> dict[str, Any]:
    return {
        "Name": path.rpartition("/")[2],
        "Path": path,
        "Type": "blob",
        "Size": len(content),
        "Sha256": sha256(content).hexdigest(),
        "Revision": commit,
        "IsLFS": False,
        "Mode": "33188",
    }


def configuration(**keys: Any) -> bytes:
    return json.dumps({"framework": "pytorch", "task": "text-generation"} | keys).encode()


def world(models: int, owners: int = 90) -> list[ScopeModel]:
    """Models of which every tenth is one owner's, every second has one task, and some have nothing to split by."""
    found = []
    for number in range(models):
        owner = "hoard" if number % 10 == 0 else f"owner-{number * 7 % owners}"
        tasks = ("text-generation",) if number % 2 else (f"task-{number % 12}",) if number % 3 else ()
        licence = ("Apache License 2.0", "mit", "")[number % 3]
        tags, downloads = (f"tag-{number % 20}",), number * 7919 % 100_003
        found.append(ScopeModel(f"{owner}/m{number}", tasks, licence, "pytorch", tags, downloads))
    return found


CONFIG = b'{"auto_map": {"AutoModel": "modeling_heron.Heron"}}'
REMOTE = configuration(allow_remote=True, plugins=["adaseq"])
HERON = ScopeModel(
    "iic/heron",
    ("text-generation",),
    tags=("custom_code", "heron"),
    downloads=7,
    files={"config.json": CONFIG, "configuration.json": REMOTE, "ms_wrapper.py": b"x = 1\n", "sub/a.bin": b"\x00"},
)
