"""All models of ModelScope, in shards that its API gives whole.

A query gives 3,000 models at most, in each of four orders. So the list of all models is read in those orders, and every
value that the models on it have (a task, a licence, a tag, an owner) is a shard of its own; what such a shard holds
shows further values. A shard that is too large is narrowed by a second and a third value. This ends when as many
different models were found as the hub says there are, or when nothing is left to ask for. Every model has one owner, so
the owners' shards together are all models: what can be missed are models of owners none of whose models is on any list.

A note for each shard that its own pages do not show whole says which of its models came with other shards, and which
could not be had: the cap is never hit silently.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from codebook.wire import Wire
from scan.client import Client
from scan.listed import Listed
from scan.modelscope.pages import CAP, LIST, PAGE_SIZE, Shard, listed, total
from scan.shard_notes import Note, keep

ORDERS = ("default", "downloads", "likes", "last_modified")
"""Each gives other 3,000 models of a shard that is too large, and reads one that shifted while it was read again."""

LIBRARIES = (
    "pytorch",
    "transformers",
    "safetensors",
    "diffusers",
    "gguf",
    "onnx",
    "tensorflow",
    "peft",
    "mlx",
    "other",
)
"""The API filters by library and shows none on its lists."""

_ROOT = Shard()
_MOST_FILTERS = 3
_MOST_VALUES = 2000
"""Values of one facet that are asked for, the first that were seen; a tag is free text. Owners are not limited."""

_RANK = {"filter.task": 1, "filter.license": 2, "owner": 3, "filter.library": 4, "filter.custom_tag": 5}
"""What is asked for first: tasks and licences are few and show the owners, and owners together are all models."""

_LATER = 9
"""The rank of the orders that are left of a shard that is too large."""


@dataclass
class _Read:
    """What came of one shard: what the hub said last, what stood on its own pages, and whether they ended.

    ``beyond`` says that the hub goes on where by its own count nothing should be left, up to the cap.
    """

    reported: int | None = None
    own: set[str] = field(default_factory=set)
    more: bool = False
    skipped: bool = False
    beyond: bool = False


class Listing:
    """Reads the list of all models.

    Args:
        client: The hub.
        wire: Where notes are kept.
    """

    def __init__(self, client: Client, wire: Wire) -> None:
        self.models: dict[str, Listed] = {}
        self._client, self._wire = client, wire
        self._having: dict[tuple[str, str], set[str]] = {}
        self._read_of: dict[Shard, _Read] = {}
        self._seen: set[Shard] = set()
        self._values: dict[str, int] = {}
        self._counted = 0
        self._next: list[tuple[int, int, int, Shard, tuple[str, ...]]] = []

    def read(self) -> None:
        """Ask for everything, and keep the notes."""
        self._ask(_ROOT, ORDERS)
        if not self._is_whole(_ROOT):
            self._offer(LIBRARIES)
        while self._next and not self._all_found():
            *_, shard, orders = heapq.heappop(self._next)
            self._ask(shard, orders)
            if not self._next and not self._all_found():
                self._narrow()
        for shard in sorted(self._read_of):
            self._conclude(shard)

    def _all_found(self) -> bool:
        """Whether as many models were found as there are; when it seems so, the hub is asked once more how many."""
        root = self._read_of[_ROOT]
        if root.reported is None or root.beyond or len(self.models) != root.reported:
            return False
        self._counted += 1  # the number of the page tells this request from the one before it
        query = [("page_number", str(min(self._counted, CAP))), ("page_size", "1")]
        root.reported = total(self._client.listed(LIST, query)) or root.reported
        return len(self.models) == root.reported

    def _ask(self, shard: Shard, orders: tuple[str, ...]) -> None:
        """Read a shard in one order after the other.

        A part of all models that is too large is first read in one: the owners on it may lead to the rest in less.
        """
        read = self._read_of.setdefault(shard, _Read())
        for number, order in enumerate(orders, 1):
            self._window(shard, read, order)
            if read.skipped or self._is_whole(shard):
                return
            if shard != _ROOT and orders == ORDERS and (read.reported or 0) > CAP:
                entry = (len(shard.filters), _LATER, len(self._next), shard, orders[number:])
                heapq.heappush(self._next, entry)
                return

    def _window(self, shard: Shard, read: _Read, order: str) -> None:
        """Read a shard in one order, to its end or to the cap."""
        before: list[Listed] = []
        for number in range(1, CAP // PAGE_SIZE + 1):
            query = [*shard.filters, ("sort", order), ("page_number", str(number)), ("page_size", str(PAGE_SIZE))]
            body = self._page(shard, query)
            found = listed(body)
            read.reported, read.skipped = total(body), body is None
            read.own.update(each.native_id for each in found)
            self._take(found)
            read.more = bool(found) and number * PAGE_SIZE < (read.reported or 0)
            full = len(found) >= PAGE_SIZE
            if read.skipped or found == before or (not read.more and not full):
                return
            # A full page that by the count is the last one need not be: a count can be wrong.
            if self._is_whole(shard) and (read.more or not full):
                return
            before = found
        read.beyond = (read.reported or 0) < CAP

    def _page(self, shard: Shard, query: list[tuple[str, str]]) -> Any:
        """A page of a list; None where the hub refuses a part of all models."""
        if shard == _ROOT:
            return self._client.listed(LIST, query)
        status, body = self._client.json(LIST, query)
        return body if status == HTTPStatus.OK else None

    def _take(self, found: list[Listed]) -> None:
        for each in found:
            self.models[each.native_id] = each
            for facet in each.facets:
                if facet not in self._having:
                    self._having[facet] = set()
                    self._offer_single(*facet)
                self._having[facet].add(each.native_id)

    def _offer_single(self, facet: str, value: str) -> None:
        self._values[facet] = self._values.get(facet, 0) + 1
        if facet == "owner" or self._values[facet] <= _MOST_VALUES:
            self._push(_ROOT.narrowed(facet, value), facet)

    def _offer(self, libraries: tuple[str, ...]) -> None:
        for library in libraries:
            self._push(_ROOT.narrowed("filter.library", library), "filter.library")

    def _push(self, shard: Shard, facet: str) -> None:
        if shard not in self._seen:
            self._seen.add(shard)
            heapq.heappush(self._next, (len(shard.filters), _RANK[facet], len(self._seen), shard, ORDERS))

    def _narrow(self) -> None:
        """Offer parts of the shards that are too large: one more filter each, by the values of their models."""
        for shard in sorted(self._read_of):
            read = self._read_of[shard]
            large = read.beyond or (read.reported or 0) > CAP
            if large and not self._is_whole(shard) and 0 < len(shard.filters) < _MOST_FILTERS:
                for facet, value in self._within(shard):
                    self._push(shard.narrowed(facet, value), facet)

    def _within(self, shard: Shard) -> Iterator[tuple[str, str]]:
        used, here = {facet for facet, _ in shard.filters}, self._found(shard)
        yield from (("filter.library", library) for library in LIBRARIES if "filter.library" not in used)
        found = {facet for native_id in here for facet in self.models[native_id].facets if facet[0] not in used}
        counts: dict[str, int] = {}
        for facet, value in sorted(found, key=lambda each: (-len(self._having[each] & here), each)):
            counts[facet] = counts.get(facet, 0) + 1
            if counts[facet] <= _MOST_VALUES:
                yield facet, value

    def _found(self, shard: Shard) -> set[str]:
        """The models of a shard that came on its own pages or with others."""
        if not shard.filters:
            return set(self.models)
        having = sorted((self._having.get(each, set()) for each in shard.filters), key=len)
        return set.intersection(*having) | self._read_of[shard].own if having else set()

    def _is_whole(self, shard: Shard) -> bool:
        read = self._read_of[shard]
        if read.reported is None or read.beyond:
            return False
        return len(read.own) >= read.reported or self._count(shard) >= read.reported

    def _count(self, shard: Shard) -> int:
        """How many models of a shard are known from all pages, at least; quick, for it is asked after each page."""
        if not shard.filters:
            return len(self.models)
        having = sorted((self._having.get(each, set()) for each in shard.filters), key=len)
        return len(having[0]) if len(having) == 1 else sum(all(i in h for h in having[1:]) for i in having[0])

    def _conclude(self, shard: Shard) -> None:
        """Keep a note of what a shard's own pages do not show."""
        read, found = self._read_of[shard], self._found(shard)
        if not read.skipped and not read.beyond and not read.more and len(read.own) >= (read.reported or math.inf):
            return
        problem = self._problem(read, len(found))
        needless = (read.reported or 0) > CAP and problem is not None and self._is_whole(_ROOT)
        keep(
            self._wire,
            Note(
                query=shard.query,
                reported=read.reported,
                hits=sorted(found - read.own),
                problem="not read to its end, for all models were found" if needless else problem,
                skipped=read.skipped or needless,
            ),
        )

    def _problem(self, read: _Read, found: int) -> str | None:
        if read.skipped:
            return "the hub refuses this query"
        if read.reported is None:
            return "the hub does not say how many models there are"
        if read.beyond:
            return f"the hub's count is wrong: it says {read.reported} models and gives {found} or more"
        if found >= read.reported:
            return None
        return (
            f"the hub gives {CAP} models of a query" if read.reported > CAP else f"it was read in {len(ORDERS)} orders"
        )
