"""What coders would have the codebook say."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from codebook.rows.column import Row, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal(Row):
    """A code that a coder missed in the codebook while reading one unit."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "coder", "round", "arm", "name")

    unit_id: Annotated[str, "The unit that was read"]
    thread_id: Annotated[str, "The thread that the unit belongs to"]
    coder: Annotated[str, "Who proposes it (a name of `[coders]`)"]
    name: Annotated[str, "What the coder would call the code"]
    memo: Annotated[str | None, "The coder's note on the unit"]
    round: Annotated[int, "Coding round, from 1"]
    arm: Annotated[str, "`plain`, or the arm that sees suggestions"]
    annotation_id: Annotated[str, "Label Studio's id: `<project>/<task>/<annotation>`"]
    codebook_version: Annotated[str, "Version of the codebook that was on the page"]
    run_id: RunId
