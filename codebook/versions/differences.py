"""What differs between two versions of a codebook, and which typed change explains it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from codebook.themes import Code, Codebook
from codebook.versions.steps import Kind, Step, number

What = Literal["added", "gone", "new id", "renamed", "moved", "reworded", "status", "not assigned"]

_EXPLAINED_BY: dict[What, tuple[frozenset[Kind], frozenset[Kind]]] = {
    "added": (frozenset(), frozenset(("add", "merge", "split"))),
    "gone": (frozenset(("merge", "split", "retire")), frozenset()),
    "new id": (frozenset(), frozenset(("rename",))),
    "renamed": (frozenset(), frozenset(("rename", "merge", "split"))),
    "moved": (frozenset(), frozenset(("move", "merge", "split"))),
    "reworded": (frozenset(("split",)), frozenset(("reword", "merge", "split"))),
    "status": (frozenset(("merge", "split", "retire")), frozenset(("add", "merge", "split"))),
    "not assigned": (frozenset(("merge", "split")), frozenset()),
}
"""Per difference, the changes that explain it: to a code that they were done to, and to one that came of them."""

_WORDS = ("definition", "include", "exclude", "examples")


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a code differs.

    Args:
        code: Its id in the newer version; in the older one, if it is gone.
        change: What happened: ``added``, ``gone``, ``new id``, ``renamed`` (its name), ``moved``, ``reworded``,
            ``status``, ``not assigned`` (it was a code to assign, and has codes under it now).
        before: What it was.
        after: What it is.
        explained_by: The typed change that says so; empty if none does.
    """

    code: str
    change: What
    before: str
    after: str
    explained_by: str = ""


def unexplained(found: Iterable[Difference]) -> list[Difference]:
    """Those that no typed change explains."""
    return [each for each in found if not each.explained_by]


_PLAIN: dict[What, Kind] = {"added": "add", "gone": "retire", "renamed": "rename", "reworded": "reword"}


def proposed(lost: Difference) -> str:
    """The plainest change that would explain a difference, as YAML; empty where there is more than one way.

    What is gone and what was added may as well be one code under a new id, or parts of a merge or a split: that is for
    people to say.
    """
    if lost.change in _PLAIN:
        return f"{_PLAIN[lost.change]}: {lost.code}"
    if lost.change == "moved":
        return f"move: {{code: {lost.code}, under: {lost.after or 'null'}}}"
    if lost.change == "status" and lost.after != "proposed":
        return f"{'add' if lost.after == 'active' else 'retire'}: {lost.code}"
    return ""


def differences(old: Codebook, new: Codebook) -> list[Difference]:
    """How two versions differ, in the order of the newer file; what is gone comes last.

    Order, comments and white space of the files are no difference.

    Args:
        old: The earlier version.
        new: The later one; its ``changes`` with a version above ``old``'s are those that may explain.
    """
    return list(_Comparison(old, new).all())


class _Comparison:
    """Two versions, and the changes between them in the ids that codes have in the end."""

    def __init__(self, old: Codebook, new: Codebook) -> None:
        self._old, self._new = old, new
        steps = [s for s in new.changes if number(old.version) < number(s.version) <= number(new.version)]
        self._done = [(step, *self._in_the_end(step, steps[index + 1 :])) for index, step in enumerate(steps)]
        self._now = {each: _followed(each, steps, ("rename",)) for each in old.codes}
        self._for = {each: _followed(each, steps, ("rename", "merge")) for each in old.codes}
        self._leaves = {leaf.id for leaf in old.leaves()}, {leaf.id for leaf in new.leaves()}

    def all(self) -> Iterator[Difference]:
        """The differences."""
        was: dict[str, list[Code]] = {}
        for code in self._old.codes.values():
            was.setdefault(self._now[code.id], []).append(code)
        for code in self._new.codes.values():
            if code.id not in was:
                yield self._difference(code.id, "added", "", code.name)
            for before in was.get(code.id, ()):
                yield from self._changed(before, code, alone=len(was[code.id]) == 1)
        for end, codes in was.items():
            for code in codes if end not in self._new.codes else ():
                yield Difference(code.id, "gone", code.name, "", self._explained("gone", end))

    def _changed(self, before: Code, after: Code, *, alone: bool) -> Iterator[Difference]:
        code = after.id
        if before.id != code:
            why = self._explained("new id", code) if alone else ""  # two codes under one id are merged, not renamed
            yield Difference(code, "new id", before.id, code, why)
        if before.name != after.name:
            yield self._difference(code, "renamed", before.name, after.name)
        expected = {mapping[before.parent] if before.parent else None for mapping in (self._now, self._for)}
        if after.parent not in expected:
            yield self._difference(code, "moved", before.parent or "", after.parent or "")
        for words in _WORDS:
            one, two = getattr(before, words), getattr(after, words)
            if one != two:
                yield self._difference(code, "reworded", _said(words, one), _said(words, two))
        if before.status != after.status:
            yield self._difference(code, "status", before.status, after.status)
        elif after.status == "active" and before.id in self._leaves[0] and code not in self._leaves[1]:
            yield self._difference(code, "not assigned", "a code", "a theme")

    def _difference(self, code: str, change: What, before: str, after: str) -> Difference:
        return Difference(code, change, before, after, self._explained(change, code))

    def _explained(self, change: What, code: str) -> str:
        done_to, came_of = _EXPLAINED_BY[change]
        for step, before, after in self._done:
            if (step.kind in done_to and code in before) or (step.kind in came_of and code in after):
                return str(step)
        return ""

    @staticmethod
    def _in_the_end(step: Step, later: list[Step]) -> tuple[set[str], set[str]]:
        before, after = ({_followed(each, later, ("rename",)) for each in ids} for ids in (step.before, step.after))
        return before, after


def _followed(code: str, steps: Iterable[Step], kinds: tuple[Kind, ...]) -> str:
    """The id that a code has after some changes, as far as changes of these kinds give it one."""
    for step in steps:
        if step.kind in kinds and code in step.before:
            code = step.after[0]
    return code


def _said(words: str, value: str | tuple[str, ...]) -> str:
    return f"{words}: {value if isinstance(value, str) else ' | '.join(value)}"
