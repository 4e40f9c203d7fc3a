"""A coded study as it goes from program to program: texts, and who gave them which codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from codebook.rows.coding import Confidence

Value = str | int | datetime
"""What a variable may be here."""


class Who(NamedTuple):
    """Who coded, in which round and arm."""

    coder: str
    round: int = 1
    arm: str = "plain"

    @property
    def id(self) -> str:
        """What tells them from others."""
        return f"{self.coder}/{self.round}/{self.arm}"

    @property
    def name(self) -> str:
        """What readers see."""
        more = [f"round {self.round}"] * (self.round > 1) + [self.arm] * (self.arm != "plain")
        return f"{self.coder} ({', '.join(more)})" if more else self.coder


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One code that somebody gave a text, or a passage of it.

    Args:
        who: Who.
        code: Id of the code; empty where they read the text and gave it none.
        start: First character of the passage, in code points; None for the whole text.
        end: First character behind it.
        memo: Their note.
        confidence: How sure they are.
        at: When, UTC without a zone.
    """

    who: Who
    code: str
    start: int | None = None
    end: int | None = None
    memo: str | None = None
    confidence: Confidence | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One text with its codings.

    Args:
        unit_id: The unit that it shows; of others' projects, the GUID that the text has there.
        thread_id: The thread of the unit; None where there is none.
        content_sha256: Hash of what was shown.
        name: What readers see.
        text: The text that positions count.
        variables: What is known of it, by the name of the variable.
        marks: Its codings.
    """

    unit_id: str
    thread_id: str | None
    content_sha256: str
    name: str
    text: str
    variables: Mapping[str, Value]
    marks: tuple[Mark, ...]
