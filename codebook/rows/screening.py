"""What was found to be about the question: each rater's verdict, and what came of them."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Time

Verdict = Literal["include", "exclude", "unsure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening(Row):
    """One rater's verdict on one thread; the adjudicator's are in `screened` only."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "coder")

    unit_id: Annotated[str, "The thread's id"]
    thread_id: Annotated[str, "The thread that was read"]
    coder: Annotated[str, "Who read it (a name of `[screening].raters`, else of `[coders]`)"]
    verdict: Annotated[Verdict, "What the rater said"]
    criterion: Annotated[str | None, "Id of the criterion that decided (`[[screening.criteria]]`); null where none"]
    memo: Annotated[str | None, "The rater's note"]
    coded_at: Annotated[Time | None, "When the annotation was last saved"]
    annotation_id: Annotated[str, "Label Studio's id: `<project>/<task>/<annotation>`"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened(Row):
    """What was decided on one thread; a thread whose raters are not done, disagree or are unsure has no row."""

    KEY: ClassVar[tuple[str, ...]] = ("thread_id",)

    thread_id: Annotated[str, "The thread"]
    included: Annotated[bool, "Whether it is to be coded"]
    criterion: Annotated[
        str | None, "Id of the criterion that decided; null where none was named, or where raters named different ones"
    ]
    by: Annotated[str, "`agreement` where the raters agree, else the adjudicator; the rater where there is only one"]
    reason: Annotated[str | None, "The adjudicator's reason, or the only rater's note"]
    run_id: RunId
