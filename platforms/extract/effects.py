"""What may happen in a function: questions, errors, warnings, and calls that run foreign code, each with its line."""

from dataclasses import dataclass, field

from platforms.extract.call_kinds import Kind
from platforms.extract.symbols import Function


@dataclass(frozen=True, slots=True, order=True)
class Effect:
    """Something that may happen at a line."""

    kind: Kind
    path: str
    line: int
    text: str


@dataclass
class Followed:
    """What was found: effects, the functions that were entered, and where the switch went that cannot be followed."""

    effects: set[Effect] = field(default_factory=set)
    entered: set[Function] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    unsure: set[Effect] = field(default_factory=set)
    """Effects behind a test of the switch that could not be decided."""


class TooMuch(Exception):
    """There are too many ways through the code."""
