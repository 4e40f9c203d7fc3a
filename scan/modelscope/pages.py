"""What stands on the pages of ModelScope's API. Pure.

Lists come from the OpenAPI (``GET /openapi/v1/models``: ``{"success", "data": {"models": [...], "total_count"}}``, with
``id``, ``license``, ``tasks``, ``tags``, ``downloads``, ``last_modified`` of each), files and contents from the older
API (``GET /api/v1/models/{id}/repo/files``: ``{"Code", "Data": {"Files": [{"Path", "Type", "Size", "Sha256",
"Revision"}], "LatestCommitter": {"Id", "ShortId"}}}``).

Sources: ``_openapi.py`` (``list_models``), ``_legacy_api.py`` (``list_repo_files``, ``get_download_url``) and
``types.py`` (``RepoInfo``) of modelscope/modelscope_hub at 26921de3; ``LatestCommitter.Id`` is often empty.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from codebook.harmless import one_line
from codebook.raw import Page
from scan import said
from scan.client import refusal
from scan.hub import Seen, SeenFile, SeenModel, SeenShard
from scan.listed import Listed
from scan.shapes import auto_map, can_be_asked_for, commit, decoded, rows, sha256
from scan.shard_notes import is_note, seen_in

PAGE_SIZE = 50
"""Models on a page, at most."""

CAP = 3000
"""Models of one query that the API gives: ``page_number * page_size must be <= 3000``."""

LIST = "/openapi/v1/models"
BRANCH = "master"

CONFIGURATIONS = ("config.json", "configuration.json")
"""Files that are read, because a loader decides by them whether it runs code of the repository."""

LARGEST = 4_000_000
"""Bytes of such a file; a larger one is not read."""

_FACTS: dict[str, tuple[str, ...]] = {"config.json": ("auto_map",), "configuration.json": ("allow_remote", "plugins")}
_FILES = re.compile(r"/api/v1/models/([^/]+/[^/]+)/repo/files$")
_CONTENT = re.compile(r"/api/v1/models/([^/]+/[^/]+)/repo$")
_OK = 200
_ASKED = ("owner", "filter.")


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Models that some filters of the API select, all of which must hold; none selects every model."""

    filters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, query: list[tuple[str, str]]) -> "Shard":
        """The shard that the parameters of a request ask for."""
        return cls(tuple(sorted((k, v) for k, v in query if k.startswith(_ASKED))))

    def narrowed(self, facet: str, value: str) -> "Shard":
        """This shard with one more filter."""
        return Shard(tuple(sorted((*self.filters, (facet, value)))))

    @property
    def query(self) -> str:
        """What it is called in ``shards``."""
        parts = [f"{facet.removeprefix('filter.')} {one_line(value, 200)}" for facet, value in self.filters]
        return " of ".join(("models", ", ".join(parts))) if parts else "models"


def listed(body: Any) -> list[Listed]:
    """The models on a page of a list."""
    found = []
    for item in rows(said.member(body, "data", "models")):
        native_id = said.text(item.get("id"))
        if native_id:
            found.append(
                Listed(native_id, said.text(item.get("last_modified")), _downloads(item), _facets(native_id, item))
            )
    return found


def total(body: Any) -> int | None:
    """How many models a page says that its query has."""
    return said.count(said.member(body, "data", "total_count"))


def files(body: Any) -> list[dict[str, Any]]:
    """The files of a listing, folders left out."""
    return [item for item in rows(said.member(body, "Data", "Files")) if item.get("Type") != "tree"]


def revision(body: Any) -> str | None:
    """The commit that a listing of files shows; None if it does not tell.

    Where the listing leaves ``LatestCommitter.Id`` empty, one of the files was changed last by the commit whose
    ``ShortId`` stands there, unless that commit only deleted files.
    """
    if whole := commit(said.member(body, "Data", "LatestCommitter", "Id")):
        return whole
    short = said.text(said.member(body, "Data", "LatestCommitter", "ShortId"))
    named = {each for item in files(body) if (each := commit(item.get("Revision")))}
    matching = sorted(each for each in named if short and each.startswith(short))
    return matching[0] if len(matching) == 1 else None


def seen_on(page: Page) -> Iterator[Seen]:
    """Say what stands on a page."""
    path, _, asked = page.path.partition("?")
    query = parse_qsl(asked, keep_blank_values=True)
    if is_note(page):
        yield from seen_in(page)
    elif path.endswith(LIST):
        yield from _list(page, query)
    elif found := _FILES.search(path):
        yield from _files(page, unquote(found[1]))
    elif found := _CONTENT.search(path):
        yield from _content(page, unquote(found[1]), dict(query))


def _downloads(item: dict[str, Any]) -> int:
    return said.count(item.get("downloads")) or 0


def _facets(native_id: str, item: dict[str, Any]) -> frozenset[tuple[str, str]]:
    found = {("owner", native_id.partition("/")[0])}
    found |= {("filter.task", task) for task in said.texts(item.get("tasks"))[: said.MOST_TAGS]}
    found |= {("filter.custom_tag", tag) for tag in said.texts(item.get("tags"))[: said.MOST_TAGS]}
    licence = said.text(item.get("license"))
    return frozenset(found | ({("filter.license", licence)} if licence else set()))


def _list(page: Page, query: list[tuple[str, str]]) -> Iterator[Seen]:
    shard, asked = Shard.of(query), dict(query)
    if page.status != _OK:
        yield SeenShard(query=shard.query, problem=refusal(page.status, decoded(page.body)))
        return
    body = decoded(page.body)
    models, reported = rows(said.member(body, "data", "models")), total(body)
    if asked.get("page_size") == "1":  # asked for its count alone
        return
    hits = tuple(each.native_id for each in listed(body))
    so_far = int(asked.get("page_number", "1")) * PAGE_SIZE
    yield SeenShard(
        query=shard.query,
        reported=reported,
        hits=hits,
        more=bool(models) and so_far < (reported or 0),
        problem=None if reported is not None else "the answer does not say how many models there are",
    )
    for item in models:
        if native_id := said.text(item.get("id")):
            yield _model(native_id, item)


def _model(native_id: str, item: dict[str, Any]) -> SeenModel:
    tasks = said.texts(item.get("tasks"))
    odd = None if can_be_asked_for(native_id) else "its name cannot be asked for, so its files are not known"
    return SeenModel(
        native_id=native_id,
        version=said.text(item.get("last_modified")),
        tags=said.texts(item.get("tags")),
        task=tasks[0] if tasks else None,
        library=said.text(item.get("library")),
        downloads=said.count(item.get("downloads")),
        modified_at=said.moment(item.get("last_modified")),
        licence=said.text(item.get("license")),
        problem=odd,
    )


def _files(page: Page, native_id: str) -> Iterator[Seen]:
    body = decoded(page.body)
    if page.status != _OK or not isinstance(said.member(body, "Data", "Files"), list):
        yield SeenModel(
            native_id=native_id, problem=f"its files are not told: {refusal(page.status, decoded(page.body))}"
        )
        return
    at, found = revision(body), files(body)
    unpinned = None if at else "the hub does not tell the commit of its branch"
    paths = {item.get("Path") for item in found}
    lacking = {fact: () for name, facts in _FACTS.items() if name not in paths for fact in facts}
    yield SeenModel(native_id=native_id, revision=at, files_whole=True, facts=lacking, problem=unpinned)
    for item in found:
        if path := said.text(item.get("Path")):
            yield SeenFile(
                model=native_id, path=path, sha256=sha256(item.get("Sha256")), bytes=said.count(item.get("Size"))
            )


def _content(page: Page, native_id: str, asked: dict[str, str]) -> Iterator[Seen]:
    name = asked.get("FilePath", "")
    if page.status != _OK:
        yield SeenModel(
            native_id=native_id, problem=f"{name} could not be had: {refusal(page.status, decoded(page.body))}"
        )
        return
    config = decoded(page.body)
    if not isinstance(config, dict):
        yield SeenModel(native_id=native_id, problem=f"{name} is no JSON object")
    elif name == "config.json":
        yield SeenModel(native_id=native_id, facts={"auto_map": auto_map(config)})
    else:
        yield SeenModel(native_id=native_id, facts=_would_run(config))


def _would_run(configuration: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """What of a ``configuration.json`` makes ModelScope run code: ``allow_remote``, and ``plugins`` by name.

    Source: ``modelscope/pipelines/builder.py:168-184`` and ``utils/plugins.py:1229-1245`` of modelscope/modelscope at
    2905da12: any true ``allow_remote`` imports the modules of the model's folder, and every plugin is installed and
    imported.
    """
    plugins = configuration.get("plugins")
    named = said.texts(plugins if isinstance(plugins, list) else [plugins])
    return {"allow_remote": ("true",) if configuration.get("allow_remote") else (), "plugins": named}
