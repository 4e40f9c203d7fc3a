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


def by_unit(suggested: Suggested) -> dict[str, Any]:
    """What a record says of suggestions; nothing where nothing was suggested."""
    return {"suggested": {unit: recorded(offers) for unit, offers in suggested.items()}} if suggested else {}


def of_record(body: Mapping[str, Any]) -> dict[str, tuple[Offer, ...]]:
    """The suggestions of a record."""
    return {unit: tuple(Offer(**each) for each in offers) for unit, offers in body.get("suggested", {}).items()}


def read(told: object) -> tuple[Offer, ...]:
    """What a task on the server says of its suggestions; nothing where somebody has spoilt it."""
    try:
        return tuple(Offer(**each) for each in json.loads(str(told)))
    except (ValueError, TypeError):
        return ()
