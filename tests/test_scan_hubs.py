"""What every hub must hold, whichever it is: one test per promise, over the whole dict."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hub_rigs import RIGS, HubWorld
from pydantic import BaseModel, ValidationError

from codebook.raw import Page, RawStore
from codebook.settings import Section
from codebook.wire import Dialect, Wire
from scan import HUBS
from scan.derive.index import Index
from scan.derive.merge import Found, models
from scan.hub import Earlier, Hub, Registry, Seen, SeenFile, SeenModel, SeenShard


@dataclass
class Gathered:
    """One hub of a kind, asked once or more."""

    hub: Hub
    registry: Registry
    world: HubWorld
    store: RawStore
    found: list[str] = field(default_factory=list)

    def fetch(self, run: str = "r", earlier: Earlier | None = None) -> list[str]:
        """Ask as one process does."""
        dialect = self.hub.dialect(self.registry)
        wire = Wire(self.store, run, self.registry.base_url, dialect, sleep=lambda _: None)
        found = list(self.hub.fetch(self.registry, wire, earlier or Earlier()))
        self.store.close()
        return found

    def seen(self) -> list[Seen]:
        """What all pages say."""
        return [seen for page in self.store.pages() for seen in self.hub.parse(page, self.registry)]

    def index(self, *finished: str) -> Index:
        """Which pages say what."""
        return Index.of(self.hub, self.registry, self.store, frozenset(finished))

    def models(self, *finished: str) -> dict[str, Found]:
        """The models as the tables have them."""
        found = models(self.hub, self.registry, self.store.pages(), self.index(*finished))
        return {each.model.native_id: each for each in found}


@pytest.fixture(params=sorted(HUBS))
def gathered(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gathered]:
    kind = str(request.param)
    with RIGS[kind](tmp_path) as world:
        hub = HUBS[kind]
        registry = Registry(
            name="here",
            kind=kind,
            base_url=world.base_url,
            folder=tmp_path,
            options=hub.Options.model_validate(world.options),
        )
        made = Gathered(hub, registry, world, RawStore(tmp_path / "raw" / "scan" / "here"))
        made.found = made.fetch()
        yield made


def test_every_model_of_the_hub_is_a_hit_and_is_seen(gathered: Gathered) -> None:
    seen = gathered.seen()
    shards = [s for s in seen if isinstance(s, SeenShard)]

    assert set(gathered.found) == gathered.world.native_ids
    assert {s.native_id for s in seen if isinstance(s, SeenModel)} == gathered.world.native_ids
    assert {hit for s in shards for hit in s.hits} == gathered.world.native_ids
    assert len(gathered.found) == len(set(gathered.found))


def test_every_shard_is_complete(gathered: Gathered) -> None:
    shards = list(gathered.index("r").shards())

    assert shards
    assert [(query, shard.reason) for query, shard in shards if not shard.is_complete] == []
    assert all(query for query, _ in shards)


def test_files_belong_to_models_and_paths_are_unique(gathered: Gathered) -> None:
    for page in gathered.store.pages():
        files = [(s.model, s.path) for s in gathered.hub.parse(page, gathered.registry) if isinstance(s, SeenFile)]

        assert len(files) == len(set(files))
        assert {name for name, _ in files} <= gathered.world.native_ids


def test_parsing_is_pure(gathered: Gathered) -> None:
    assert gathered.seen() == gathered.seen()


def test_a_run_that_goes_on_asks_for_nothing_twice(gathered: Gathered) -> None:
    requests, stored = len(gathered.world.seen), [s.read_bytes() for s in gathered.store.segments()]

    assert gathered.fetch() == gathered.found
    assert len(gathered.world.seen) == requests
    assert [s.read_bytes() for s in gathered.store.segments()] == stored


def test_a_later_run_lists_every_shard_anew_and_gives_the_same_models(gathered: Gathered) -> None:
    before, shards = gathered.models("r"), dict(gathered.index("r").shards())
    earlier = Earlier(lambda: gathered.index("r").known(gathered.store.at))

    assert sorted(gathered.fetch("r2", earlier)) == sorted(gathered.found)
    after, again = gathered.models("r", "r2"), dict(gathered.index("r", "r2").shards())
    assert {k: (v.model, v.files) for k, v in after.items()} == {k: (v.model, v.files) for k, v in before.items()}
    assert {k: (v.hits, v.reported) for k, v in again.items()} == {k: (v.hits, v.reported) for k, v in shards.items()}
    assert {shard.run for shard in again.values()} == {"r2"}


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"error": "no"}', b'{"models": null}', b"<html>", b"1"])
def test_a_refusal_on_any_stored_page_parses_to_no_model(gathered: Gathered, body: bytes) -> None:
    """What a hub said instead of an answer is kept in raw; it must not stop a rebuild."""
    for page in list(gathered.store.pages()):
        refused = Page(page.request, 404, {}, body, "r")

        assert [s for s in gathered.hub.parse(refused, gathered.registry) if isinstance(s, SeenFile)] == []
        assert all(s.problem for s in gathered.hub.parse(refused, gathered.registry) if isinstance(s, SeenModel))


def test_content_names_one_place_per_file(gathered: Gathered) -> None:
    options = gathered.registry.options
    native_id = min(gathered.world.native_ids)
    places = {str(options.content(gathered.registry, native_id, "abc", path)) for path in ("a.py", "b/a.py", "b?a#.py")}

    assert len(places) == 3


@pytest.mark.parametrize("kind", sorted(HUBS))
def test_a_hub_is_its_three_functions_and_its_keys(kind: str, tmp_path: Path) -> None:
    hub = HUBS[kind]

    assert issubclass(hub.Options, BaseModel)
    assert not set(hub.Options.model_fields) & set(Section.model_fields), "a key of all kinds may not be redefined"
    assert isinstance(hub.dialect(Registry(name="here", kind=kind, folder=tmp_path)), Dialect)
    with pytest.raises(ValidationError):
        hub.Options.model_validate({"no_such_key": 1})
