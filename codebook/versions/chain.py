"""What becomes of a code that was given under an earlier version of the codebook."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from codebook.themes import Codebook
from codebook.versions.steps import Step, number

State = Literal["leaf", "inner", "retired", "proposed", "gone"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a code that was given is in the newest version.

    Args:
        code: Its id there.
        state: ``leaf``: it is assigned; ``inner``: it has codes under it; ``retired``; ``proposed``; ``gone``.
        choices: It was split: the codes of which somebody has to choose.
    """

    code: str
    state: State
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chain:
    """Versions of one codebook, oldest first.

    Args:
        books: The versions; of two that follow each other, the later one's ``changes`` lead from one to the other.
    """

    books: tuple[Codebook, ...] = ()
    _known: dict[tuple[str, str], Outcome] = field(default_factory=dict, compare=False)

    @property
    def newest(self) -> Codebook | None:
        """The newest version, if there is any."""
        return self.books[-1] if self.books else None

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All changes, each from the version that made it."""
        return tuple(step for book in self.books for step in book.changes if self._is_new(step, book))

    @cached_property
    def assigned(self) -> frozenset[str]:
        """Every id that coders could ever assign."""
        leaves = {leaf.id for book in self.books for leaf in book.leaves()}
        return frozenset(leaves).union(*(step.ended | step.begun for step in self.steps))

    @property
    def splits(self) -> bool:
        """Whether a code was ever split."""
        return any(step.kind == "split" for step in self.steps)

    def before(self, version: str) -> str:
        """The recorded version before one; empty if it is the first."""
        earlier = [book.version for book in self.books if number(book.version) < number(version)]
        return earlier[-1] if earlier else ""

    def outcome(self, code: str, version: str) -> Outcome:
        """Follow a code through all changes since it was given.

        Args:
            code: Its id as it was given.
            version: The version that was on the page. If that has no such code, the last one that had it counts: who
                saves an old annotation again under a new page saves its old codes.
        """
        key = (code, version)
        if key not in self._known:
            self._known[key] = self._followed(code, self._since(code, version))
        return self._known[key]

    def _is_new(self, step: Step, book: Codebook) -> bool:
        return number(self.before(book.version)) < number(step.version) <= number(book.version)

    def _since(self, code: str, version: str) -> int:
        """The place of the first change that a code went through."""
        passed = sum(number(step.version) <= number(version) for step in self.steps)
        page = next((book for book in self.books if book.version == version), None)
        if page is None or all(leaf.id != code for leaf in page.leaves()):
            ends = [index for index, step in enumerate(self.steps[:passed]) if code in step.ended]
            return ends[-1] if ends else passed
        return passed

    def _followed(self, code: str, since: int) -> Outcome:
        retired = False
        for index, step in enumerate(self.steps[since:], since):
            if code not in step.before:
                continue
            if step.kind == "split":
                return Outcome(code, "retired", self._choices(step.after, index + 1))
            if step.kind in ("rename", "merge"):
                code = step.after[0]
            retired = retired or step.kind == "retire"
        return Outcome(code, self._state(code, retired=retired))

    def _choices(self, codes: tuple[str, ...], since: int) -> tuple[str, ...]:
        """What a split code may be now, each that is still assigned, in the order of the split."""
        for step in self.steps[since:]:
            if step.kind in ("rename", "merge", "split"):
                codes = tuple(each for code in codes for each in (step.after if code in step.before else (code,)))
        return tuple(code for code in dict.fromkeys(codes) if self._state(code, retired=False) == "leaf")

    def _state(self, code: str, *, retired: bool) -> State:
        book = self.newest
        found = book.codes.get(code) if book else None
        if book is None or found is None:
            return "retired" if retired else "gone"
        if found.status != "active":
            return found.status
        return "leaf" if any(leaf.id == code for leaf in book.leaves()) else "inner"
