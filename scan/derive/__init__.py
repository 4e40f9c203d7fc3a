"""From raw pages to the tables ``shards``, ``models`` and ``model_files``: pure functions of the raw records."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codebook.raw import RawStore
from codebook.rows import Model, ModelFile, Row, Shard
from scan.derive import rows
from scan.derive.closures import Closures
from scan.derive.index import Index
from scan.derive.merge import Found, models
from scan.fetch.records import Contents, folder
from scan.hub import Hub, Registry
from scan.relevance import Closure

ROWS: tuple[type[Row], ...] = (Shard, Model, ModelFile)
"""The tables that are made here."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A hub whose raw records can be read."""

    hub: Hub
    registry: Registry
    store: RawStore
    contents: RawStore


class Corpus:
    """What the raw records of a study's hubs hold.

    Args:
        gathered: The hubs.
        finished: Ids of the runs that are done.
        closures: Say what loading executes.
    """

    def __init__(self, gathered: list[Gathered], finished: frozenset[str], closures: Closures) -> None:
        self.gathered = gathered
        self.finished = finished
        self._closures = closures
        self.damage: dict[str, None] = {}
        """What could not be read, one sentence per place, filled while rows are made."""
        self.lost = 0
        """How many raw records are damaged; contents say it themselves."""
        self.models = self.files = self.shards = self.incomplete = 0
        """Rows that were made, and how many shards are not complete."""

    @cached_property
    def _indexes(self) -> list[tuple[Gathered, Index]]:
        made = []
        for each in self.gathered:
            made.append((each, Index.of(each.hub, each.registry, each.store, self.finished)))
            self.damage |= dict.fromkeys(f"{each.registry.name}: {line}" for line in each.store.damage)
            self.lost += each.store.lost
        return made

    def rows(self, row_type: type[Row]) -> Iterator[Row]:
        """The rows of one of :data:`ROWS`."""
        made = {Shard: self._shards, Model: self._models, ModelFile: self._files}[row_type]
        return made()

    def _shards(self) -> Iterator[Row]:
        self.shards = self.incomplete = 0
        for each, index in self._indexes:
            for query, seen in index.shards():
                self.shards += 1
                self.incomplete += not seen.is_complete
                yield rows.shard(each.registry, query, seen)

    def _models(self) -> Iterator[Row]:
        self.models = 0
        for registry, found in self._found():
            self.models += 1
            yield rows.model(registry, found, self._closure(registry, found))

    def _files(self) -> Iterator[Row]:
        self.files = 0
        for registry, found in self._found():
            for row in rows.files(registry, found, self._closure(registry, found)):
                self.files += 1
                yield row

    def _closure(self, registry: Registry, found: Found) -> Closure | None:
        return self._closures.of(rows.platform_of(registry, found), found)

    def _found(self) -> Iterator[tuple[Registry, Found]]:
        """The models that are listed, and then those that only another one's loader takes code from."""
        for each, index in self._indexes:
            contents, listed = self._contents[each.registry.name], set()
            for found in models(each.hub, each.registry, each.store.pages(), index):
                if contents.follows:
                    listed.add((found.model.native_id, found.model.revision))
                yield each.registry, contents.over(found)
            for found in contents.followed(listed):
                yield each.registry, found

    @cached_property
    def _contents(self) -> dict[str, Contents]:
        read = {}
        for each in self.gathered:
            read[each.registry.name] = Contents.of(each.hub, each.registry, each.contents)
            self.damage |= dict.fromkeys(f"{folder(each.registry)}: {line}" for line in each.contents.damage)
            self.lost += each.contents.lost
        return read
