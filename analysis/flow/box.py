"""What the flow of threads is told in: boxes, and parts of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Phase = Literal["identification", "screening", "coding"]
Sites = Mapping[str, int]
"""A number of each site."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some threads, or hits, with why they are apart from others.

    Args:
        label: What they are.
        n: How many.
        by_site: How many of each site; they add up to ``n``.
        reasons: Why they left; a thread may have several, so that these may add up to more.
    """

    label: str
    n: int
    by_site: Sites
    reasons: tuple["Part", ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """What is still in the study at one place.

    Args:
        name: A word for programs.
        phase: Of the work.
        label: What it is.
        n: How many; of the next box, this less what ``left``.
        by_site: How many of each site.
        parts: What the number is made of; they add up to it.
        left: What left before the next box.
        origin: The tables it is counted from, with the runs that wrote them.
        notes: What else is to be known, a sentence each.
    """

    name: str
    phase: Phase
    label: str
    n: int
    by_site: Sites
    origin: str
    parts: tuple[Part, ...] = ()
    left: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
