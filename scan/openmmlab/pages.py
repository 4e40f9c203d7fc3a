"""What stands in the record of one package. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codebook.raw import Page
from scan import said
from scan.hub import Seen, SeenFile, SeenModel, SeenShard
from scan.openmmlab.metafiles import Entry, Metafile, file_name, metafile
from scan.shapes import decoded, rows, sha256

REQUEST = "METAFILES"
"""The method under which a record is stored; no server gets it."""

_OK = 200


def seen_on(page: Page) -> Iterator[Seen]:
    """Every metafile is a shard, and every model of it has a config, its weights, or both."""
    if page.status != _OK or not page.request.startswith(REQUEST + " "):
        return
    body = decoded(page.body)
    name = said.text(said.member(body, "name"))
    if name is None:
        return
    package = _Package(
        name=name,
        version=said.text(body.get("version")),
        is_repository=body.get("repository") is True,
        files=body["files"] if isinstance(body.get("files"), dict) else {},
        bases=body["bases"] if isinstance(body.get("bases"), dict) else {},
    )
    for each in rows(body.get("metafiles")):
        yield from package.metafile(each)


@dataclass
class _Package:
    name: str
    version: str | None
    is_repository: bool
    files: Mapping[str, Any]
    bases: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.names = Counter[str]()

    def metafile(self, told: Mapping[str, Any]) -> Iterator[Seen]:
        path = said.text(told.get("path")) or ""
        found = metafile(_text(told.get("text")).encode("utf-8", "replace"))
        problem = said.text(told.get("problem"))
        found = Metafile(problem=problem) if problem else found
        ids = [self._native_id(path, entry) for entry in found.models]
        beside = "" if told.get("named") else ", which no index names"
        yield SeenShard(
            query=f"{self.name} {path}{beside}", reported=found.reported, hits=tuple(ids), problem=found.problem
        )
        for native_id, entry in zip(ids, found.models, strict=True):
            yield from self._model(native_id, path, entry)

    def _native_id(self, path: str, entry: Entry) -> str:
        """``<package>/<name>``; a name that comes again gets its number."""
        name = (entry.name or f"unnamed in {path}").replace("/", "%2F")
        self.names[name] += 1
        return f"{self.name}/{name}" + (f"#{self.names[name]}" if self.names[name] > 1 else "")

    def _model(self, native_id: str, path: str, entry: Entry) -> Iterator[Seen]:
        unpinned = None if self.version else "the package does not tell its version"
        again = f"{path} has a name that came before" if "#" in native_id.rpartition("/")[2] else None
        yield SeenModel(
            native_id=native_id,
            revision=self.version,
            version=self.version if self.is_repository else None,
            tags=said.all_of(entry.tasks, [entry.collection] if entry.collection else []),
            task=entry.tasks[0] if entry.tasks else None,
            licence=entry.licence,
            facts={"config": entry.configs, "weights": entry.weights},
            files_whole=True,
            problem=said.problems(unpinned, None if entry.name else f"{path} gives it no name", again),
        )
        inherited = (base for config in entry.configs for base in said.texts(self.bases.get(config)))
        paths = dict.fromkeys((*entry.configs, *inherited))
        for config in paths:
            seen = self.files.get(config)
            yield SeenFile(
                model=native_id,
                path=config,
                sha256=sha256(said.member(seen, "sha256")),
                bytes=said.count(said.member(seen, "bytes")),
                problem=said.text(said.member(seen, "problem")),
            )
        named = dict.fromkeys(filter(None, map(file_name, entry.weights)))
        yield from (SeenFile(model=native_id, path=each) for each in named if each not in paths)


def _text(value: Any) -> str:
    """A text of any length."""
    return value if isinstance(value, str) else ""
