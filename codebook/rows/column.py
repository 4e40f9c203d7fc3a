"""The pieces of which a row of the data dictionary is made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar


class Row:
    """Base of the frozen dataclasses whose fields are the columns of one table."""

    __slots__ = ()
    KEY: ClassVar[tuple[str, ...]] = ()
    SORTED: ClassVar[tuple[str, ...]] = ()
    """What rows are sorted by on disk, the key in it; empty if it is the key alone."""

    @classmethod
    def order(cls) -> tuple[str, ...]:
        """The columns by which rows are sorted on disk."""
        return cls.SORTED or cls.KEY


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of a column, for example ``characters`` or ``UTC``."""

    name: str


Time = Annotated[datetime, Unit("UTC")]
"""A moment in Coordinated Universal Time, stored with microseconds and without a zone."""

RunId = Annotated[str, "The run that wrote this row or fetched the raw page it comes from (`runs.jsonl`)"]
