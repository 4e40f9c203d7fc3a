"""What happened to codings in Label Studio between two pulls."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Time

AuditEvent = Literal["edited", "deleted", "another account", "task deleted", "page changed", "codebook edited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited(Row):
    """Something that was changed in a coder's project, found by comparing a pull with the one before."""

    KEY: ClassVar[tuple[str, ...]] = (
        "found_at",
        "coder",
        "purpose",
        "round",
        "arm",
        "project",
        "event",
        "annotation_id",
        "at",
        "run_id",
    )

    event: Annotated[
        AuditEvent,
        "`edited` and `deleted`: an annotation; `another account`: an annotation made or saved by another account than"
        " the coder's; `task deleted`: a unit, with its annotations; `page changed`: the labelling page, by hand;"
        " `codebook edited`: the codebook, without a new version",
    ]
    own: Annotated[bool | None, "Whether the coder's own account did it; null where Label Studio does not tell"]
    project: Annotated[int, "Label Studio's number of the project"]
    coder: Annotated[str, "Whose project it is"]
    purpose: Annotated[Literal["coding", "screening", "adjudication"], "What is done in the project"]
    round: Annotated[int, "Coding round, from 1"]
    arm: Annotated[str, "`plain`, or the arm that sees suggestions"]
    annotation_id: Annotated[
        str,
        "Label Studio's id: `<project>/<task>/<annotation>`, `<project>/<task>` of a task, `<project>` of the project",
    ]
    unit_id: Annotated[str | None, "The unit, where the records tell"]
    account: Annotated[str | None, "E-mail address of the account that did it; null where Label Studio does not tell"]
    at: Annotated[Time | None, "When it was done; null where Label Studio does not tell"]
    not_before: Annotated[Time | None, "When the pull before ended: then it had not been done; null for a first pull"]
    found_at: Annotated[Time, "When the pull or push that found it ended"]
    before: Annotated[str | None, "What was there, as JSON, long texts cut; whole in the raw records"]
    after: Annotated[str | None, "What is there now, likewise"]
    run_id: RunId
