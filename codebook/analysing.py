"""``[analysis]`` of ``study.toml``: what the team says about its own codes, so that words and facts can be joined."""

import difflib
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from codebook.mechanisms import LEVELS, MECHANISMS
from codebook.people import Strict


def _is_mechanism(name: str) -> str:
    return _one_of(name, "mechanism", MECHANISMS)


def _is_level(name: str) -> str:
    return _one_of(name, "level", LEVELS)


def _one_of(name: str, kind: str, words: Iterable[str]) -> str:
    known = list(words)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        nearest = f" (nearest: {near[0]})" if near else ""
        raise ValueError(f"should be a {kind}: {', '.join(known)}{nearest}")
    return name


class About(Strict):
    """``[analysis.platforms.NAME]``: which threads are about a platform.

    Those of these ``sites`` (names of ``[sources]``), those of these ``repositories`` (``owner/name``), and those that
    one of these ``keywords`` of the study was found in. A thread may be about several platforms.
    """

    sites: list[str] = Field(default_factory=list)
    repositories: list[str] = Field(default_factory=list)
    keywords: list[str] = Field(default_factory=list)


class Belief(Strict):
    """``[[analysis.beliefs]]``: what people believe who are given a code, as something that claims can bear out or not.

    It holds where the mechanism (of this parameter, if one is named) has one of the levels in ``holds_at``.
    """

    code: str
    belief: str
    mechanism: Annotated[str, AfterValidator(_is_mechanism)]
    parameter: str = ""
    holds_at: list[Annotated[str, AfterValidator(_is_level)]] = Field(min_length=1)


class Analysis(Strict):
    """``[analysis]``: how tables are tested, and which codes meet which facts.

    ``alpha`` is the level of tests and one minus that of intervals; ``resamples`` are drawn where a p-value or an
    interval is simulated; a cell below ``small_cell`` expected units is flagged. ``concern`` and ``confusion`` are ids
    of codes or themes that mean worry about risk, and confusion. ``licences`` say of each source under which licence
    its words may be passed on, for the replication package.
    """

    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    resamples: int = Field(default=9999, ge=199)
    small_cell: float = Field(default=5.0, ge=0)
    concern: list[str] = Field(default_factory=list)
    confusion: list[str] = Field(default_factory=list)
    platforms: dict[str, About] = Field(default_factory=dict)
    beliefs: list[Belief] = Field(default_factory=list)
    licences: dict[str, str] = Field(default_factory=dict)
