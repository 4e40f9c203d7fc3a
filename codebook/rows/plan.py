"""What was drawn for whom before anything was pushed: the plan."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Row):
    """One coder is to read one unit: what `coding sample` drew."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "coder", "round", "arm")

    unit_id: Annotated[str, "The thread's or the post's id"]
    thread_id: Annotated[str, "The thread that the unit is or belongs to"]
    kind: Annotated[Literal["thread", "post"], "What the unit is"]
    round: Annotated[int, "Coding round, from 1"]
    arm: Annotated[str, "`plain`, or the arm that sees suggestions"]
    coder: Annotated[str, "Who is to code it (a name of `[coders]`)"]
    stratum: Annotated[str, "The group that it was drawn from, by `[sampling].strata`; `all` without strata"]
    shared: Annotated[bool, "Whether it is for several coders, so that their agreement can be measured"]
    weight: Annotated[
        float,
        "Design weight: units of the stratum that could be drawn, per unit drawn from it in all rounds of the same "
        "`[sampling]` unit and strata together; for one round alone it is too small",
    ]
    run_id: RunId
