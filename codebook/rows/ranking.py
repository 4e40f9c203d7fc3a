"""In which order candidates are screened, and which are left unread: the ranking."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId

State = Literal["given", "read otherwise", "waiting", "unread after the stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked(Row):
    """One candidate of a screening by `coding screen --order`: when and why raters get it, or that nobody reads it."""

    KEY: ClassVar[tuple[str, ...]] = ("thread_id",)

    thread_id: Annotated[str, "The thread"]
    state: Annotated[
        State,
        "`given` to raters by the order; `read otherwise`, decided without it; `waiting` for its turn; "
        "`unread after the stop`, neither included nor excluded by anybody, as enough was found",
    ]
    step: Annotated[int | None, "The batch in which it was given to the raters, from 1; null if it was not"]
    rank: Annotated[
        int | None,
        "Its place in the whole order, from 1; behind those given, the unread ones of a stop, likeliest first",
    ]
    how: Annotated[
        Literal["similar", "model", "random"] | None,
        "`similar` to the question, chosen by the `model`, or drawn at `random` from all unread; null if not given",
    ]
    score: Annotated[
        float | None,
        "By what it was put in order: similarity (0 to 1) or distance from the model's border; compares within a step",
    ]
    run_id: RunId
