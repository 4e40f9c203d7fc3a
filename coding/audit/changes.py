"""Two pulls of one project, compared: which annotations and tasks came, went, or are not what they were."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coding.records import Pull, Records

_TEXT, _ITEMS, _DEPTH, _ALL = 200, 30, 6, 2000
"""How much of an annotation is told: characters of a text, items of a list, levels, characters in all."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation as an export has it.

    Args:
        task: Its task's number.
        number: Its own.
        unit_id: What its task shows, as the task says.
        made_by: Id of the account that is said to have made it.
        saved_by: Id of the account that saved it last.
        saved_at: When that was, as the server says it.
        skipped: Whether the task was skipped.
        result: What was put in.
    """

    task: int
    number: int
    unit_id: str | None
    made_by: int | None
    saved_by: int | None
    saved_at: str | None
    skipped: bool
    result: Any

    def same_as(self, other: "Annotation") -> bool:
        """Whether both say the same, of the same people; saving it once more is no change."""
        return (self.result, self.skipped, self.made_by, self.saved_by) == (
            other.result,
            other.skipped,
            other.made_by,
            other.saved_by,
        )

    def not_of(self, account: int) -> int | None:
        """The account that had a hand in it and is not the given one; None if there is none."""
        return next((one for one in (self.saved_by, self.made_by) if one != account), None)

    def brief(self) -> str:
        """What it says, as JSON; long texts and lists are cut."""
        items = self.result if isinstance(self.result, list) else [self.result]
        told: dict[str, list[Any]] = {}
        for item in items[:_ITEMS]:
            part = item if isinstance(item, dict) else {}
            told.setdefault(str(part.get("from_name"))[:_TEXT], []).append(_cut(part.get("value", item), _DEPTH))
        more = {"more": len(items) - _ITEMS} if len(items) > _ITEMS else {}
        text = json.dumps(told | more | ({"skipped": True} if self.skipped else {}), ensure_ascii=False, sort_keys=True)
        return text if len(text) <= _ALL else json.dumps({"cut": text[:_ALL]}, ensure_ascii=False)


Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Touched:
    """When a task was touched last, and by which account."""

    at: str
    by: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs between two pulls of one project.

    Args:
        came: Annotations that are new.
        changed: Annotations that say something else, or of somebody else: before and after.
        deleted: Annotations that are gone, and how their tasks were touched if nothing else can have touched them.
        tasks: Numbers of tasks that are gone, with the annotations that they had.
    """

    came: list[Annotation]
    changed: list[tuple[Annotation, Annotation]]
    deleted: list[tuple[Annotation, Touched | None]]
    tasks: dict[int, list[Annotation]]


def compare(known: Records, before: Pull | None, now: Pull) -> Compared:
    """Compare a pull with the one before; without one, everything is new."""
    earlier = before.exports if before else ()
    old = _annotations(known, earlier, now.exports)
    new = _annotations(known, now.exports, earlier)
    then, heads = _heads(known, before), _heads(known, now)
    tasks: dict[int, list[Annotation]] = {task: [] for task in _gone(known, before, now, then, heads)}
    lost = [one for key, one in old.items() if key not in new]
    for one in lost:
        if one.task in tasks:
            tasks[one.task].append(one)
    came = [one for key, one in new.items() if key not in old]
    changed = [(old[key], one) for key, one in new.items() if key in old and not one.same_as(old[key])]
    busy = {one.task for one in (*came, *(after for _, after in changed))}
    touched = {
        task: head for task, head in (heads or {}).items() if task not in busy and (then or {}).get(task) != head
    }
    return Compared(came, changed, [(one, touched.get(one.task)) for one in lost if one.task not in tasks], tasks)


def _gone(
    known: Records,
    before: Pull | None,
    now: Pull,
    then: Mapping[int, Touched] | None,
    heads: Mapping[int, Touched] | None,
) -> list[int]:
    """The tasks that were in the project, by the pull before or by a push since, and are not any more."""
    if heads is None:
        return []
    missing = {*known.tasks(now), *(then or ())} - {*heads}
    missed_before = {*known.tasks(before)} - {*then} if before and then is not None else set()
    return sorted(missing - missed_before)


def _heads(known: Records, pull: Pull | None) -> dict[int, Touched] | None:
    """The tasks of a project at a pull; None if its records do not say."""
    if pull is None or pull.heads is None or not all(sha in known.places for sha in pull.heads):
        return None
    rows = (row for sha in pull.heads for row in known.store.at(known.places[sha]).json())
    return {task: Touched(at, by) for task, at, by in rows}


def _annotations(known: Records, exports: Sequence[str], but: Iterable[str]) -> dict[Key, Annotation]:
    """The annotations of some exports, but for those that are in others byte for byte."""
    same = set(but)
    pages = (known.store.at(known.places[sha]).json() for sha in exports if sha not in same)
    found = (one for page in pages for task in _dicts(page) for one in _of_task(task))
    return {(one.task, one.number): one for one in found}


def _of_task(task: Mapping[str, Any]) -> Iterator[Annotation]:
    data = task.get("data")
    unit = data.get("unit_id") if isinstance(data, dict) else None
    for one in _dicts(task.get("annotations")):
        made_by = _number(one.get("completed_by"))
        saved_by = _number(one.get("updated_by"))
        yield Annotation(
            task=_number(task.get("id")) or 0,
            number=_number(one.get("id")) or 0,
            unit_id=unit if isinstance(unit, str) else None,
            made_by=made_by,
            saved_by=made_by if saved_by is None else saved_by,
            saved_at=one.get("updated_at"),
            skipped=bool(one.get("was_cancelled")),
            result=one.get("result"),
        )


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _cut(value: Any, depth: int) -> Any:
    """A value with long texts, long lists and deep levels cut."""
    if isinstance(value, str):
        return value if len(value) <= _TEXT else value[:_TEXT] + "…"
    if isinstance(value, dict | list) and depth == 0:
        return "…"
    if isinstance(value, dict):
        return {str(key)[:_TEXT]: _cut(inner, depth - 1) for key, inner in list(value.items())[:_ITEMS]}
    if isinstance(value, list):
        return [_cut(inner, depth - 1) for inner in value[:_ITEMS]] + ["…"] * (len(value) > _ITEMS)
    return value
