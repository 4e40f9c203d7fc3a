"""What has to be coded again because its code was split."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from codebook.rows.column import Row, RunId, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Recode(Row):
    """A coding whose code was split: a person has to say which of the new codes it is."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "coder", "round", "arm", "code", "start", "end", "annotation_id")

    unit_id: Annotated[str, "The unit that was read"]
    thread_id: Annotated[str, "The thread that the unit belongs to"]
    coder: Annotated[str, "Who coded (a name of `[coders]`)"]
    code: Annotated[str, "The code that was given, and that a later codebook has split"]
    choices: Annotated[tuple[str, ...], "Codes of which it may be one now, or several"]
    start: Annotated[
        int | None, "First character of the passage in the shown text; null for the whole unit", Unit("characters")
    ]
    end: Annotated[int | None, "First character behind the passage", Unit("characters")]
    round: Annotated[int, "Coding round in which it was given, from 1"]
    arm: Annotated[str, "`plain`, or the arm that sees suggestions"]
    annotation_id: Annotated[str, "Label Studio's id: `<project>/<task>/<annotation>`"]
    codebook_version: Annotated[str, "Version of the codebook that was on the page"]
    answered: Annotated[
        bool, "The coder has read the unit again: in the next round, under a codebook without the reading's split codes"
    ] = False
    run_id: RunId
