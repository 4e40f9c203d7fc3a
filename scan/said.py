"""Values of strangers' JSON, read to the type that a table holds; what is of another type counts as not said."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

MOST_TAGS = 1000
"""Tags of one model that stand in its row; raw records keep all."""

_MOST = 2**63
_LONGEST = 10_000


def text(value: Any) -> str | None:
    """A text that is not empty."""
    return value[:_LONGEST] if isinstance(value, str) and value.strip() else None


def name(value: Any) -> str | None:
    """A name, blank or not, as it stands."""
    return value if isinstance(value, str) and value else None


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, each once, sorted; none if it is no list."""
    return tuple(sorted({each[:_LONGEST] for each in value if text(each)})) if isinstance(value, list) else ()


def count(value: Any) -> int | None:
    """A number of things that a table can hold."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST else None


def moment(value: Any) -> datetime | None:
    """A moment in ISO 8601, or in seconds since 1970; UTC."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        return datetime.fromtimestamp(value, UTC) if count(value) is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def member(value: Any, *keys: str) -> Any:
    """What stands under a path of keys; None where there is no such thing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def problems(*said: str | None) -> str | None:
    """Several problems as one sentence after the other; None if there is none."""
    return "; ".join(each for each in said if each) or None


def all_of(*groups: Iterable[str]) -> tuple[str, ...]:
    """Several groups of words as one, each once, sorted."""
    return tuple(sorted({each for group in groups for each in group}))
