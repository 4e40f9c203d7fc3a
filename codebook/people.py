"""The sections of ``study.toml`` about people who read: who codes, what is drawn for them, and how well they agree."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Strict(BaseModel):
    """A section in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


def _is_a_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name):
        raise ValueError(f"a coder's name is letters, digits, - and _: {name!r}")
    return name


def _are_distinct(names: list[str]) -> list[str]:
    if len({name.lower() for name in names}) < len(names):
        raise ValueError("two coders have the same name")
    return names


Name = Annotated[str, AfterValidator(_is_a_name)]
Names = Annotated[list[Name], AfterValidator(_are_distinct)]


class Coders(Strict):
    """``[coders]``: who codes.

    ``overlap`` is the share of units that several coders get, ``per_unit`` how many of them (0: all), so that their
    agreement can be measured; every other unit goes to one coder.
    """

    names: Names = Field(default_factory=list)
    adjudicator: Name | Literal[""] = ""
    overlap: float = Field(default=1.0, ge=0, le=1)
    per_unit: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _enough(self) -> "Coders":
        if self.per_unit > max(len(self.names), 1):
            raise ValueError(f"`per_unit` is {self.per_unit}, and there are {len(self.names)} coders")
        return self


class Sampling(Strict):
    """``[sampling]``: what is drawn for the coders.

    ``size`` is the number of units (0: all), ``strata`` say within which groups they are drawn in proportion,
    ``lengths`` where the groups of ``length`` begin, in characters.
    """

    unit: Literal["thread", "post"] = "thread"
    size: int = Field(default=0, ge=0)
    strata: list[Literal["source", "item", "topic", "length", "year"]] = Field(default_factory=list)
    lengths: list[int] = Field(default_factory=lambda: [1000, 5000])


class Criterion(Strict):
    """One of ``[[screening.criteria]]``: why a thread is left out, or what it must have."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
    kind: Literal["include", "exclude"]
    text: Annotated[str, Field(min_length=1)]


class Screening(Strict):
    """``[screening]``: the round in which raters say which threads are about the question.

    Without ``raters``, the first two coders are asked. ``recall`` is the share of relevant threads that have to be
    found before an ordered screening may stop, and ``confidence`` how sure that has to be.
    """

    raters: Names = Field(default_factory=list)
    recall: float = Field(default=0.95, gt=0, lt=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    criteria: list[Criterion] = Field(default_factory=list)

    @model_validator(mode="after")
    def _distinct(self) -> "Screening":
        ids = [criterion.id for criterion in self.criteria]
        if len(set(ids)) < len(ids):
            raise ValueError("two criteria have the same id")
        return self


class Agreement(Strict):
    """``[agreement]``: below which alpha a code is marked, and how many resamples give an interval."""

    threshold: float = Field(default=0.667, ge=-1, le=1)
    resamples: int = Field(default=1000, ge=100)
