"""What a model suggested to whom, and what they made of it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(Row):
    """A suggestion that a coder was shown with a unit, as it was when the unit was pushed."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "coder", "round", "arm", "code")

    unit_id: Annotated[str, "The unit"]
    thread_id: Annotated[str, "The thread that the unit is or belongs to"]
    coder: Annotated[str, "Whose unit it is (a name of `[coders]`)"]
    round: Annotated[int, "Coding round, from 1"]
    arm: Annotated[str, "The arm in which the coder reads the unit"]
    code: Annotated[
        str, "Code id of `codebook.yaml`; as it was suggested, where a later codebook has split or retired it"
    ]
    code_as_suggested: Annotated[str | None, "The code's id at that time, where a later codebook calls it otherwise"]
    score: Annotated[float | None, "Calibrated probability that the code would be decided", Unit("0 to 1")]
    start: Annotated[int | None, "First character of the evidence in the shown text; null where none was marked"]
    end: Annotated[int | None, "First character behind it"]
    suggested_by: Annotated[str, "The run that suggested it"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld(Row):
    """A suggestion that there was for a unit and that its coder was not shown, so that others can be compared."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "coder", "round", "arm", "code")

    unit_id: Annotated[str, "The unit"]
    thread_id: Annotated[str, "The thread that the unit is or belongs to"]
    coder: Annotated[str, "Whose unit it is (a name of `[coders]`)"]
    round: Annotated[int, "Coding round, from 1"]
    arm: Annotated[str, "`plain`"]
    code: Annotated[
        str, "Code id of `codebook.yaml`; as it was suggested, where a later codebook has split or retired it"
    ]
    code_as_suggested: Annotated[str | None, "The code's id at that time, where a later codebook calls it otherwise"]
    score: Annotated[float | None, "Calibrated probability that the code would be decided", Unit("0 to 1")]
    suggested_by: Annotated[str, "The run that suggested it"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Row):
    """What a coder who was shown suggestions made of one code of a unit that they have read."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "coder", "round", "arm", "code")

    unit_id: Annotated[str, "The unit"]
    thread_id: Annotated[str, "The thread that the unit is or belongs to"]
    coder: Annotated[str, "Who read it"]
    round: Annotated[int, "Coding round, from 1"]
    arm: Annotated[str, "The arm that sees suggestions"]
    code: Annotated[str, "Code id of `codebook.yaml`"]
    offered: Annotated[bool, "Whether the coder was shown it as a suggestion"]
    coded: Annotated[bool, "Whether the coder gave it"]
    outcome: Annotated[Literal["accepted", "rejected", "added"], "What follows of these two"]
    edited: Annotated[bool, "Whether any code or passage of the unit is another than was filled in"]
    run_id: RunId
