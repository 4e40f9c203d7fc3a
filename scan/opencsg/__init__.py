"""OpenCSG, or any CSGHub server: all models with what they mirror, and their files.

A list has no cap, but no order that stands still either: it is sorted by what people do, without a second key. So where
fewer different models came than there are, it is read again in another order. A later run reads the list anew, for it
shows which models are gone; it asks for files only of models whose ``updated_at`` is another one.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field

from codebook.raw import Page
from codebook.wire import Dialect, Wire
from scan import said
from scan.client import Client, dialect
from scan.hub import Earlier, HubOptions, Registry, Seen
from scan.listed import Listed, in_turn
from scan.opencsg.pages import CONFIG, LIST, PER, listed, seen_on, shard, total
from scan.shapes import commit, rows
from scan.shard_notes import Note, keep

PUBLIC = "https://hub.opencsg.com"
"""Where the hub is, if ``study.toml`` names no ``base_url``."""

BRANCH = "main"

ORDERS = ("recently_update", "most_download", "most_favorite", "recently_update")

_MOST_PAGES = 20_000
_LARGEST = 4_000_000
"""Bytes of a ``config.json``; a larger one is not read."""


class OpenCSGOptions(HubOptions):
    """The keys of ``[hubs.*]`` that only the kind ``opencsg`` knows.

    Args:
        sources: Which models are listed: ``huggingface`` for mirrors of Hugging Face, ``opencsg`` for what the server
            has from another CSGHub, ``local`` for what was uploaded to it or is copied whole; all if none is named.
        files_limit: Of how many models files are asked for, the most downloaded ones first; all if it is not given, and
            none at 0. Each costs a request, and one more for ``config.json`` where it has one.
    """

    asks_for_one: ClassVar[Literal["never", "newest", "any"]] = "newest"

    sources: list[Literal["huggingface", "opencsg", "local"]] = Field(default_factory=list)
    files_limit: int | None = Field(default=None, ge=0)

    def content(self, registry: Registry, native_id: str, revision: str | None, path: str) -> str:
        """``GET /hf/{path}/resolve/{revision}/{file}``, as on Hugging Face."""
        return (registry.base_url or PUBLIC) + _resolved(native_id, revision or BRANCH, path)


class OpenCSG:
    """See :class:`scan.hub.Hub`."""

    Options: type[HubOptions] = OpenCSGOptions

    def dialect(self, registry: Registry) -> Dialect:
        """Judge answers by their JSON: a list has ``data``, a model has an ``id``."""
        return dialect(registry, _is_the_hubs, "a CSGHub server", "msg")

    def fetch(self, registry: Registry, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """Ask for the lists, and then for the files of the models that are new or changed."""
        client = Client(registry, wire, PUBLIC)
        for native_id, _ in registry.only:
            _ask_for_files(client, native_id)
            yield native_id
        if registry.only:
            return
        models: dict[str, Listed] = {}
        for source in registry.options.sources or [""]:
            models |= _all_of(client, wire, source)
        for each, wanted in in_turn(models.values(), registry.options.files_limit, wire, earlier):
            if wanted:
                _ask_for_files(client, each.native_id)
            yield each.native_id

    def parse(self, page: Page, registry: Registry) -> Iterator[Seen]:  # noqa: ARG002 - a page says everything by itself
        """Say what stands on a stored page."""
        return seen_on(page)


def _is_the_hubs(body: object) -> bool:
    return isinstance(body, dict) and ("data" in body or "id" in body)


def _all_of(client: Client, wire: Wire, source: str) -> dict[str, Listed]:
    """The models of one source, read in one order after the other until as many came as there are."""
    found: dict[str, Listed] = {}
    for attempt, order in enumerate(ORDERS):
        query = [("per", str(PER)), ("sort", order), *([("source", source)] if source else [])]
        # A parameter that the server does not know tells a second reading in the same order from the first.
        reported = _read(client, [*query, *([("reading", "2")] if order in ORDERS[:attempt] else [])], found)
        if reported is not None and len(found) >= reported:
            return found
    problem = f"it was read {len(ORDERS)} times, in different orders"
    keep(wire, Note(query=shard(source), reported=reported, problem=problem))
    return found


def _read(client: Client, query: list[tuple[str, str]], found: dict[str, Listed]) -> int | None:
    """Read a list in one order to its end; the number of models that its last page says."""
    reported, before = None, list[Listed]()
    for number in range(1, _MOST_PAGES + 1):
        body = client.listed(LIST, [*query, ("page", str(number))])
        models, reported = listed(body), total(body)
        found |= {each.native_id: each for each in models}
        if not models or models == before or (number * PER >= (reported or 0) and len(models) < PER):
            break
        before = models
    return reported


def _ask_for_files(client: Client, native_id: str) -> None:
    _, body = client.one(f"/hf/api/models/{quote(native_id)}", [("blobs", "true")])
    for item in rows(said.member(body, "siblings")):
        size = said.count(item.get("size"))
        if item.get("rfilename") == CONFIG and (size or 0) <= _LARGEST:
            client.content(_resolved(native_id, _pinned(body), CONFIG), (), size)


def _pinned(body: Any) -> str:
    return commit(said.member(body, "sha")) or BRANCH


def _resolved(native_id: str, revision: str, path: str) -> str:
    return f"/hf/{quote(native_id)}/resolve/{quote(revision, safe='')}/{quote(path)}"
