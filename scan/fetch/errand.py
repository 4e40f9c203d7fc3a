"""One run's way through a hub's models, and from them to the repositories that they take code from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from codebook.wire import Wire
from scan.derive import rows
from scan.derive.closures import Closures
from scan.derive.merge import Found
from scan.fetch import records
from scan.fetch.keep import Keeper
from scan.fetch.records import Contents, Pinned
from scan.hub import Earlier, Hub, Registry
from scan.relevance import Reference
from scan.shapes import can_be_asked_for

DEEPEST = 5
"""How many repositories are followed one after the other."""

MOST_REFERENCES = 50
"""Repositories that are followed from one model."""

Named = dict[Pinned, list[tuple[Pinned, str]]]
"""By repository and revision, the models that name it, each with the place."""


def is_wanted(registry: Registry, found: Found) -> bool:
    """Whether a model meets a published criterion, or its loader executes code, as far as the listing shows."""
    made = rows.model(registry, found, None)
    return bool(made.criteria) or made.needs_custom_code is not False


@dataclass
class Errand:
    """What one run does at one hub.

    Args:
        hub: The hub.
        registry: Its section.
        wire: Where requests go.
        keeper: Gets contents.
        closures: Say which repositories a model takes code from.
    """

    hub: Hub
    registry: Registry
    wire: Wire
    keeper: Keeper
    closures: Closures
    _done: set[Pinned] = field(default_factory=set)

    def run(self, listed: Iterable[Found]) -> Iterator[str]:
        """Get contents of the models, then those of the repositories that they name, and so on."""
        named: Named = {}
        for found in listed:
            self._get(found, named)
            yield found.model.native_id
        asked = set[Pinned]()
        for depth in range(DEEPEST + 1):
            todo = {of: named[of] for of in sorted(named.keys() - asked, key=_order)}
            asked |= todo.keys()
            named = {}
            yield from self._follow(todo, named, deep=depth == DEEPEST)

    def _get(self, found: Found, named: Named) -> None:
        at = (found.model.native_id, found.model.revision)
        if at in self._done:
            return
        self._done.add(at)
        got = self.keeper.model(found)
        closure = self.closures.of(rows.platform_of(self.registry, got), got)
        targets = set[Pinned]()
        for each in closure.elsewhere if closure else ():
            of = (each.target, each.revision)
            if _is_a_repository(each) and of[0] != at[0]:
                targets.add(of)
                beyond = len(targets) > MOST_REFERENCES
                named.setdefault(of, []).append((at, _place(at[0], each) + (_BEYOND if beyond else "")))

    def _follow(self, todo: Named, named: Named, *, deep: bool) -> Iterator[str]:
        """Ask the hub for repositories, note who names them, and get their contents."""
        problems = {of: self._why_not(of, by, deep=deep) for of, by in todo.items()}
        asked = tuple(of for of, problem in problems.items() if problem is None)
        if asked:
            yield from self.hub.fetch(replace(self.registry, only=asked), self.wire, Earlier())
        for of, by in todo.items():
            self._note(of, by, problems[of])
        known = Contents.of(self.hub, self.registry, self.wire.store).repositories if asked else {}
        for of in asked:
            found = known.get(of)
            if found and found.model.revision:
                self._get(found, named)
            elif found and found.model.moved_to:
                there = (found.model.moved_to, of[1])
                named.setdefault(there, []).extend((at, f"{name}, as {of[0]}") for at, name in todo[of])

    def _note(self, of: Pinned, by: list[tuple[Pinned, str]], problem: str | None) -> None:
        makers = [{"model": at[0], "revision": at[1], "named": name} for at, name in sorted(by, key=str)]
        records.note(self.wire, records.FOLLOW, records.url(*of), by=makers, problem=problem)

    def _why_not(self, of: Pinned, by: list[tuple[Pinned, str]], *, deep: bool) -> str | None:
        if deep:
            return f"not followed: it is more than {DEEPEST} repositories away from a model that is listed"
        can = self.registry.options.asks_for_one
        if can == "never" or (can == "newest" and of[1] is not None):
            what = "single repositories" if can == "never" else "revisions by name"
            return f"not followed: a hub of the kind {self.registry.kind} is not asked for {what}"
        if not can_be_asked_for(of[0]):
            return "not followed: this is no name of a repository"
        if all(name.endswith(_BEYOND) for _, name in by):
            return f"not followed: the model names more than {MOST_REFERENCES} repositories"
        return None


_BEYOND = " (one of too many)"


def _order(of: Pinned) -> tuple[str, str]:
    return of[0], of[1] or ""


def _is_a_repository(reference: Reference) -> bool:
    """Whether what is named is a repository of the hub, and not a package."""
    return "/" in reference.target


def _place(native_id: str, reference: Reference) -> str:
    return f"{native_id}: {reference.where}"


def wanted(registry: Registry, found: Iterable[Found], *, every: bool, limit: int | None) -> Iterator[Found]:
    """The models that contents are got of, in the order of the list."""
    left = limit
    for each in found:
        if left == 0:
            return
        if every or is_wanted(registry, each):
            left = None if left is None else left - 1
            yield each
