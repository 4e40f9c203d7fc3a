"""What is in a project on the server: whose tasks they are, and whether one is there twice."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from coding.arms.offer import OFFERED
from coding.label_studio.studio import Studio, TaskHead
from coding.records import PushedUnit

_PAUSE = 0.25


@dataclass
class Stock:
    """The tasks of a project.

    Args:
        units: The units that are there, by task.
        foreign: How many tasks are not ours.
        twice: Tasks that show a unit once more, and on which nobody has worked.
        offered: What a task's data say was suggested with its unit, by task, where they say anything.
        bare: Of these, tasks without predictions on which nobody has worked.
    """

    units: dict[int, PushedUnit] = field(default_factory=dict)
    offered: dict[int, object] = field(default_factory=dict)
    bare: set[int] = field(default_factory=set)
    foreign: int = 0
    twice: list[int] = field(default_factory=list)

    def named(self) -> dict[str, PushedUnit]:
        """The units by id."""
        return {unit.unit_id: unit for unit in self.units.values()}


def take_stock(
    studio: Studio, project: int, known: Mapping[int, PushedUnit], awaited: Iterable[str] = (), seconds: float = 0
) -> Stock:
    """Find out what is in a project.

    Args:
        studio: The server.
        project: The project's number.
        known: What its tasks show, as far as that was recorded; other tasks are asked for their data.
        awaited: Units that may be on their way; without them, the stock is taken again.
        seconds: For how long.
    """
    deadline = time.monotonic() + seconds
    while True:
        stock = _stock(_heads(studio, project, known), known)
        if set(awaited) <= stock.named().keys() or time.monotonic() > deadline:
            return stock
        time.sleep(_PAUSE)


def _heads(studio: Studio, project: int, known: Mapping[int, PushedUnit]) -> Iterable[TaskHead]:
    heads = list(studio.tasks(project, data=False))
    return heads if all(head.id in known for head in heads) else studio.tasks(project, data=True)


def _stock(heads: Iterable[TaskHead], known: Mapping[int, PushedUnit]) -> Stock:
    stock = Stock()
    worked_on: dict[str, TaskHead] = {}
    for head, unit in _ours(heads, known, stock):
        other = worked_on.setdefault(unit.unit_id, head)
        if other is not head and head.annotations and not other.annotations:
            stock.twice.append(other.id)
            del stock.units[other.id]
            worked_on[unit.unit_id] = head
        elif other is not head and not head.annotations:
            stock.twice.append(head.id)
            continue
        stock.units[head.id] = unit
    return stock


def _ours(
    heads: Iterable[TaskHead], known: Mapping[int, PushedUnit], stock: Stock
) -> Iterator[tuple[TaskHead, PushedUnit]]:
    for head in heads:
        unit = known.get(head.id) or _unit(head.data)
        if OFFERED in head.data:
            stock.offered[head.id] = head.data[OFFERED]
            stock.bare |= {head.id} if not head.predictions and not head.annotations else set()
        if unit is None:
            stock.foreign += 1
        else:
            yield head, unit


def _unit(data: Mapping[str, object]) -> PushedUnit | None:
    """The unit that a task of ours shows."""
    named = [data.get(key) for key in ("unit_id", "thread_id", "content_sha256")]
    if not all(isinstance(value, str) for value in named):
        return None
    unit_id, thread_id, sha256 = map(str, named)
    kind = "thread" if unit_id == thread_id else "post"
    return PushedUnit(unit_id=unit_id, thread_id=thread_id, kind=kind, content_sha256=sha256)
