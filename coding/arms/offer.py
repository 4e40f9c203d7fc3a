"""One suggestion with a unit, as it is recorded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A suggestion: where its evidence stands, and by which run; the words themselves are not recorded."""

    code: str
    score: float | None
    start: int | None
    end: int | None
    run: str
    words: str = field(default="", compare=False)


OFFERED = "offered"
"""The field of a task's data that says what is filled in."""

Suggested = Mapping[str, Sequence[Offer]]
"""What was suggested for units, by unit."""


def recorded(offers: Sequence[Offer]) -> list[dict[str, Any]]:
    """Suggestions as they are recorded."""
    return [{name: value for name, value in asdict(offer).items() if name != "words"} for offer in offers]


def by_unit(suggested: Suggested, threads: Mapping[str, str]) -> dict[str, Any]:
    """What a record says of suggestions, given the units' threads; nothing where nothing was suggested.

    In the shape of tasks, in which the eraser of forgotten threads finds the thread.
    """
    tasks = [
        {"data": {"unit_id": unit, "thread_id": threads.get(unit, "")}, "offers": recorded(offers)}
        for unit, offers in suggested.items()
    ]
    return {"suggested": tasks} if tasks else {}


def of_record(body: Mapping[str, Any]) -> dict[str, tuple[Offer, ...]]:
    """The suggestions of a record."""
    tasks = body.get("suggested", ())
    return {task["data"]["unit_id"]: tuple(Offer(**each) for each in task["offers"]) for task in tasks}


def read(told: object) -> tuple[Offer, ...]:
    """What a task on the server says of its suggestions; nothing where somebody has spoilt it."""
    try:
        return tuple(Offer(**each) for each in json.loads(str(told)))
    except (ValueError, TypeError):
        return ()
