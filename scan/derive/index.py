"""Which stored pages say what of which shard and model: one pass over a hub's raw records, so that few are held.

A hub's tables are made from its newest finished run and from runs after that, which are still open. A shard that an
open run has not got whole keeps the models that the finished run listed, so that nothing goes while a run is stopped.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from codebook.harmless import valid_text
from codebook.raw import Page, RawStore
from scan.hub import Hub, Known, Registry, Seen, SeenFile, SeenModel, SeenShard
from scan.said import problems

Place = tuple[str, int]

_MOST_VISITS = 3
"""Runs of which it is known where a model stands: the newest ones, and the newest one that saw its files."""


@dataclass(slots=True)
class _Visit:
    """What one run stored of one model."""

    run: str
    version: str | None = None
    records: list[int] = field(default_factory=list)
    files: bool = False


@dataclass(slots=True)
class ShardSeen:
    """What one run's pages say of one shard, so far."""

    run: str
    hits: dict[str, None] = field(default_factory=dict)
    reported: int | None = None
    more: bool = False
    problem: str | None = None
    skipped: bool = False

    def add(self, seen: SeenShard) -> None:
        """Take the next page."""
        self.hits.update(dict.fromkeys(map(valid_text, seen.hits)))
        self.reported = self.reported if seen.reported is None else seen.reported
        self.more = seen.more
        self.problem = self.problem or seen.problem
        self.skipped = seen.skipped

    @property
    def reason(self) -> str | None:
        """Why the shard is not whole; None if it is."""
        short = None
        if self.reported is not None and len(self.hits) < self.reported:
            short = f"the hub says {self.reported} models and {len(self.hits)} came"
        return problems(self.problem, "the last page that came has another one behind it" if self.more else short)

    @property
    def is_complete(self) -> bool:
        """Whether all of the shard came."""
        return not self.skipped and self.reason is None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The records from which one model is put together: for what it is, and for its files."""

    header: tuple[int, ...]
    files: tuple[int, ...]

    @property
    def last(self) -> int:
        """The record behind which the model is whole."""
        return max((*self.header, *self.files))


class Index:
    """What a hub's raw records hold; see :meth:`of`."""

    def __init__(self, finished: frozenset[str]) -> None:
        self.finished = finished
        self.places: list[Place] = []
        self._last_record: dict[str, int] = {}
        self._visits: dict[str, list[_Visit]] = {}
        self._shards: dict[str, dict[str, ShardSeen]] = {}

    @classmethod
    def of(
        cls, hub: Hub, registry: Registry, store: RawStore, finished: frozenset[str], *, only_finished: bool = False
    ) -> "Index":
        """Read a store once.

        Args:
            hub: Says what stands on a page.
            registry: The hub's section.
            store: Its raw records.
            finished: Ids of the runs that are done.
            only_finished: Pass over the records of all other runs.
        """
        index = cls(finished)
        for place, page in store.places():
            wanted = page.run_id in finished or not only_finished
            index.add(place, page.run_id, hub.parse(page, registry) if wanted else ())
        return index

    def add(self, place: Place, run: str, seen: Iterable[Seen]) -> None:
        """Take the next record."""
        number = len(self.places)
        self.places.append(place)
        self._last_record[run] = number
        for each in seen:
            if isinstance(each, SeenShard):
                by_run = self._shards.setdefault(valid_text(each.query), {})
                by_run.setdefault(run, ShardSeen(run)).add(each)
            else:
                self._note(each, number, run)

    def _note(self, seen: SeenModel | SeenFile, number: int, run: str) -> None:
        key = seen.native_id if isinstance(seen, SeenModel) else seen.model
        visit = self._visit(valid_text(key), run)
        if not visit.records or visit.records[-1] != number:
            visit.records.append(number)
        if isinstance(seen, SeenModel):
            visit.version = seen.version or visit.version
            visit.files = visit.files or seen.files_whole
        else:
            visit.files = True

    def _visit(self, key: str, run: str) -> _Visit:
        visits = self._visits.setdefault(key, [])
        if visits and visits[-1].run == run:
            return visits[-1]
        found = next((visit for visit in visits if visit.run == run), None)
        if found:
            visits.remove(found)
        elif len(visits) == _MOST_VISITS:
            spare = next((i for i, visit in enumerate(visits) if not visit.files), 0)
            del visits[spare]
        visits.append(found or _Visit(run))
        return visits[-1]

    def shards(self) -> Iterator[tuple[str, ShardSeen]]:
        """Every shard that counts, as its newest run saw it, by its query."""
        counted = self._counted()
        for query in sorted(self._shards):
            runs = [run for run in counted if run in self._shards[query]]
            if runs:
                yield query, self._shards[query][runs[-1]]

    def listed(self) -> dict[str, str]:
        """The models that the shards list, each with the run that listed it last."""
        found: dict[str, str] = {}
        counted = self._counted()
        for by_run in self._shards.values():
            runs = [run for run in counted if run in by_run]
            kept = runs[-1:] if runs and by_run[runs[-1]].is_complete else runs
            for run in kept:
                found.update(dict.fromkeys(by_run[run].hits, run))
        return found

    def _counted(self) -> list[str]:
        """The newest finished run and the open ones after it, in order."""
        with_shards = {run for by_run in self._shards.values() for run in by_run}
        order = sorted(with_shards, key=self._last_record.__getitem__)
        done = max((i for i, run in enumerate(order) if run in self.finished), default=0)
        return order[done:]

    def wanted(self) -> Iterator[tuple[str, Wanted]]:
        """By model that is listed, the records that it is put together from; none where no page shows it."""
        alike: dict[Wanted, Wanted] = {}  # what stands on one page shares one of them
        for key in self.listed():
            visits = self._visits.get(key, [])
            if visits:
                newest = visits[-1]
                of_files = next((v for v in reversed(visits) if v.files and v.version == newest.version), None)
                older = of_files.records if of_files and of_files is not newest else []
                header = tuple(sorted({*older, *newest.records}))
                found = Wanted(header, tuple(of_files.records) if of_files else ())
                yield key, alike.setdefault(found, found)

    def known(self, at: Callable[[Place], Page]) -> Mapping[str, Known]:
        """The models that are listed and were got with their files, with the newest page that shows these."""
        known, pages = {}, dict[int, Callable[[], Page]]()
        for key, wanted in self.wanted():
            if wanted.files:
                last = wanted.files[-1]
                page = pages.setdefault(last, partial(at, self.places[last]))
                known[key] = Known(self._visits[key][-1].version, page)
        return known
