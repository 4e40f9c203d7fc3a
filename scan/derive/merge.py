"""Models put together from the pages that show them: a second pass over the raw records, one page in memory at a time.

A model is given out as soon as its last page has been read, so only those are held that stand on several pages.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from codebook.harmless import valid_text
from codebook.raw import Page
from scan.derive.index import Index, Wanted
from scan.hub import Hub, Registry, Seen, SeenFile, SeenModel, SeenShard
from scan.said import problems


@dataclass(frozen=True, slots=True)
class Found:
    """A model with its files by path, and the run that stored what was seen of it last.

    Args:
        model: What was seen of it.
        files: Its files by path.
        run_id: The run.
        runs: By path, the runs that have asked for contents.
        named_by: What names it, if it is here only because another model takes code from it.
    """

    model: SeenModel
    files: dict[str, SeenFile]
    run_id: str
    runs: Mapping[str, str] = field(default_factory=dict)
    named_by: tuple[str, ...] = ()


@dataclass(slots=True)
class _Half:
    """A model of which some pages have been read."""

    native_id: str
    run_id: str
    model: SeenModel | None = None
    files: dict[str, SeenFile] = field(default_factory=dict)
    twice: str | None = None

    def add_model(self, seen: SeenModel) -> None:
        named = seen if seen.native_id == self.native_id else replace(seen, native_id=self.native_id)
        self.model = named if self.model is None else merged(self.model, named)

    def add_file(self, seen: SeenFile) -> None:
        path = valid_text(seen.path)
        if path in self.files and self.files[path].path != seen.path:
            self.twice = f"two files have the path {path!r} once it is valid Unicode; the last one stands"
        self.files[path] = seen

    def whole(self) -> Found:
        model = self.model or SeenModel(native_id=self.native_id)
        if self.twice:
            model = replace(model, problem=problems(model.problem, self.twice))
        return Found(model, self.files, self.run_id)


def merged(before: SeenModel, after: SeenModel) -> SeenModel:
    """What two pages say of one model: the later one wins where it says something."""
    said = {}
    for each in fields(SeenModel):
        value = getattr(after, each.name)
        said[each.name] = getattr(before, each.name) if value in (None, (), False) else value
    said["facts"] = {**before.facts, **after.facts}
    said["problem"] = problems(*dict.fromkeys((before.problem, after.problem)))
    return SeenModel(**said)


def models(hub: Hub, registry: Registry, pages: Iterable[Page], index: Index) -> Iterator[Found]:
    """Every model that the hub's shards list, each once; one that no page shows has a problem that says so.

    Args:
        hub: Says what stands on a page.
        registry: The hub's section.
        pages: Its raw records, the same and in the same order as ``index`` has seen them.
        index: Which of them are wanted.
    """
    wanted = dict(index.wanted())
    ending = defaultdict(list)
    for key, of in wanted.items():
        ending[of.last].append(key)
    needed = {number for of in wanted.values() for number in of.header}
    halves: dict[str, _Half] = {}
    for number, page in enumerate(pages):
        if number in needed:
            _take(hub.parse(page, registry), number, page.run_id, wanted, halves)
        for key in ending.pop(number, ()):
            if key in halves:
                yield halves.pop(key).whole()
    for key, run in index.listed().items():
        if key not in wanted:
            yield Found(SeenModel(native_id=key, problem="the hub lists it, and nothing of it has come yet"), {}, run)


def _take(seen: Iterable[Seen], number: int, run: str, wanted: dict[str, Wanted], halves: dict[str, _Half]) -> None:
    for each in seen:
        if isinstance(each, SeenShard):
            continue
        key = valid_text(each.native_id if isinstance(each, SeenModel) else each.model)
        of = wanted.get(key)
        if of is None or number not in of.header:
            continue
        half = halves.get(key)
        if half is None:
            half = halves[key] = _Half(key, run)
        half.run_id = run
        if isinstance(each, SeenModel):
            half.add_model(each)
        elif number in of.files:
            half.add_file(each)
