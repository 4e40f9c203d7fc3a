"""OpenMMLab: the models that the packages' own index names, each with its config and its weights.

A package is read on this machine, installed or unpacked or as a checkout, or on GitHub. It is never imported, and none
of its configs is run. All that is read of one package is one raw record: the index and the metafiles as they are, and
sizes and hashes of the configs that they name and of the files that these inherit from; on disk, their contents are
kept. A model is ``<package>/<name in the metafile>``, its revision the package's version or the commit.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Protocol
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator

from codebook.blobs import FOLDER, Blobs
from codebook.errors import StudyError
from codebook.raw import Page
from codebook.wire import Answer, Dialect, Wire
from scan import github
from scan.client import Client
from scan.hub import Earlier, HubOptions, Registry, Seen, SeenShard
from scan.openmmlab.metafiles import is_in_package, metafile
from scan.openmmlab.packages import INDEXES, Package, below, installed
from scan.openmmlab.pages import REQUEST, seen_on
from scan.shapes import can_be_asked_for, decoded

_MOST_METAFILES = 5000
_WHERE = "[hubs] in study.toml"


class OpenMMLabOptions(HubOptions):
    """The keys of ``[hubs.*]`` that only the kind ``openmmlab`` knows; at least one of them is needed.

    Args:
        paths: Folders with a package, from the study folder: installed, unpacked from a wheel or an archive of sources,
            or a checkout.
        packages: Names of packages that are installed beside this one, for example ``mmdet``.
        repos: Repositories on GitHub, ``open-mmlab/mmdetection``; ``base_url`` is that of its API. Each costs two
            requests and one for each metafile, and two where its commit is known.
    """

    accept: ClassVar[str] = github.AS_IT_IS

    paths: list[str] = Field(default_factory=list)
    packages: list[str] = Field(default_factory=list)
    repos: list[str] = Field(default_factory=list)

    @field_validator("repos")
    @classmethod
    def _are_repositories(cls, given: list[str]) -> list[str]:
        for each in given:
            if not can_be_asked_for(each):
                raise ValueError(f"{each!r} is not owner/name")
        return given

    @model_validator(mode="after")
    def _name_some(self) -> "OpenMMLabOptions":
        if not (self.paths or self.packages or self.repos):
            raise ValueError("name packages in `paths`, `packages` or `repos`")
        return self

    def content(self, registry: Registry, native_id: str, revision: str | None, path: str) -> str | Path:
        """The file in the package's folder, or on GitHub."""
        name = native_id.rpartition("/")[0]
        if name in self.repos:
            return github.raw_url(registry.base_url, name, revision, path)
        found = next((each for each in _on_disk(registry) if each.name == name), None)
        if found is None:
            raise StudyError(f"the package of {native_id!r} is not where it was", where=_WHERE)
        return found.root / path


class Source(Protocol):
    """Where a package is read: a folder, or a repository."""

    @property
    def name(self) -> str:
        """What its models are called after."""
        ...

    @property
    def index(self) -> str:
        """The path of its index."""
        ...

    @property
    def version(self) -> str | None:
        """Its version or commit."""
        ...

    def read(self, path: str) -> tuple[bytes, str | None]:
        """The content of a file, and why there is none."""
        ...

    def seen(self, path: str) -> Mapping[str, str | int]:
        """What is known of a file: ``bytes`` and ``sha256``, or a ``problem``."""
        ...

    def inherited(self, config: str) -> list[str]:
        """The files that a config inherits from; none where configs are not read."""
        ...

    def metafiles(self) -> list[str]:
        """Every metafile that lies there, whether the index names it or not."""
        ...


class OpenMMLab:
    """See :class:`scan.hub.Hub`."""

    Options: type[HubOptions] = OpenMMLabOptions

    def dialect(self, registry: Registry) -> Dialect:
        """As GitHub talks; of a folder nothing is asked."""
        return github.dialect(registry)

    def fetch(self, registry: Registry, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """Read every package, and of a repository only its commit if that is known."""
        for package in _on_disk(registry):
            yield from _kept(wire, package.name, partial(_all_of, package))
        client = Client(registry, wire, github.PUBLIC) if registry.options.repos else None
        for name in registry.options.repos:
            assert client is not None  # noqa: S101 - there are repositories, so there is one
            yield from _kept(wire, name, _from_github(client, name, earlier))

    def parse(self, page: Page, registry: Registry) -> Iterator[Seen]:  # noqa: ARG002 - a page says everything by itself
        """Say what stands on a stored page; those of GitHub are read from the record that was made of them."""
        return seen_on(page)


def _on_disk(registry: Registry) -> list[Package]:
    options, blobs = registry.options, Blobs(registry.folder / "raw" / "scan" / FOLDER)
    found = [each for path in options.paths for each in below(registry.folder / path, blobs)]
    found += [installed(name, blobs) for name in options.packages]
    names = [each.name for each in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise StudyError(f"there are two packages {twice[0]!r}", where=_WHERE, hint="Leave one of them out.")
    return found


def _kept(wire: Wire, name: str, make: Callable[[], Mapping[str, Any]]) -> Iterator[str]:
    """Store what is read of a package, unless this run has; the native ids of its models."""
    url = f"/{quote(name)}"
    answer = wire.exchange(REQUEST, url, b"", lambda: Answer(HTTPStatus.OK, {}, json.dumps(make()).encode()))
    page = Page(wire.stored_form(REQUEST, url), answer.status, {}, answer.body, wire.run_id)
    for seen in seen_on(page):
        if isinstance(seen, SeenShard):
            yield from seen.hits


def _all_of(source: Source) -> dict[str, Any]:
    """The record of a package: the index, all that it imports, the metafiles that it does not, and the configs."""
    told: list[dict[str, Any]] = []
    left, done, configs = [source.index], set[str](), dict[str, Mapping[str, str | int]]()
    unnamed = sorted(set(source.metafiles()))
    while left or unnamed:
        path, named = (left.pop(0), True) if left else (unnamed.pop(0), False)
        if path in done or len(done) >= _MOST_METAFILES:
            continue
        done.add(path)
        content, problem = source.read(path) if is_in_package(path) else (b"", "its path leads out of the package")
        text = content.decode("utf-8", "backslashreplace")
        told.append({"path": path, "named": named, "text": text, "problem": problem})
        found = metafile(text.encode())
        left += [str(PurePosixPath(path).parent / each) if is_in_package(each) else each for each in found.imports]
        for config in (each for model in found.models for each in model.configs if each not in configs):
            configs[config] = source.seen(config) if is_in_package(config) else {"problem": "it is outside"}
    bases = {config: source.inherited(config) for config in configs if is_in_package(config)}
    files = configs | {path: source.seen(path) for path in dict.fromkeys(p for each in bases.values() for p in each)}
    return {"name": source.name, "version": source.version, "metafiles": told, "files": files, "bases": bases}


class _Repository:
    """A package in a repository on GitHub, at one commit."""

    def __init__(self, client: Client, name: str, at: str, problem: str | None) -> None:
        self.name, self.version = name, at
        self._client = client
        self._sizes, self.problem = github.tree_of(client, name, at) if not problem else ({}, problem)
        self.index = next((each for each in INDEXES if each in self._sizes), INDEXES[1])

    def read(self, path: str) -> tuple[bytes, str | None]:
        if path not in self._sizes:
            return b"", self.problem or "the repository does not have it"
        return github.content_of(self._client, self.name, self.version, path)

    def seen(self, path: str) -> Mapping[str, str | int]:
        if path not in self._sizes:
            return {"problem": self.problem or "the repository does not have it"}
        size = self._sizes[path]
        return {} if size is None else {"bytes": size}

    def inherited(self, config: str) -> list[str]:  # noqa: ARG002 - each config would cost a request
        return []

    def metafiles(self) -> list[str]:
        return sorted(path for path in self._sizes if PurePosixPath(path).name == "metafile.yml")


def _from_github(client: Client, name: str, earlier: Earlier) -> Callable[[], Mapping[str, Any]]:
    def make() -> Mapping[str, Any]:
        at, problem = github.head_of(client, name)
        known = next((known for native_id, known in earlier.models.items() if native_id.startswith(f"{name}/")), None)
        before = decoded(known.page().body) if known and at and known.version == at else None
        if isinstance(before, dict):
            return before
        return _all_of(_Repository(client, name, at or "", problem)) | {"repository": True, "version": at}

    return make
