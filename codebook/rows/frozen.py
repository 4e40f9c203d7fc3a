"""What was said before anybody decided, where it was changed later."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen(Row):
    """A code or verdict from before the adjudicator got a unit that was changed since; agreement is measured on it."""

    KEY: ClassVar[tuple[str, ...]] = ("purpose", "unit_id", "round", "coder", "arm", "code")

    purpose: Annotated[Literal["coding", "screening"], "What the unit was read for"]
    unit_id: Annotated[str, "The unit that was read"]
    thread_id: Annotated[str, "The thread that the unit belongs to"]
    coder: Annotated[str, "Who read it"]
    code: Annotated[
        str, "Code id of `codebook.yaml`, empty where the coder gave no code; the verdict where it was screened"
    ]
    round: Annotated[int, "Coding round, from 1"]
    arm: Annotated[str, "`plain`, or the arm that sees suggestions"]
    annotation_id: Annotated[str, "Label Studio's id: `<project>/<task>/<annotation>`"]
    coded_at: Annotated[Time | None, "When the annotation had been saved last"]
    codebook_version: Annotated[str, "Version of the codebook that was on the page"]
    run_id: RunId
