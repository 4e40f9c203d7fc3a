"""How far an ordered screening has come, and whether it may stop."""

from codebook.study import Study
from coding.ranking.candidates import candidates
from coding.ranking.certainty import METHOD
from coding.ranking.order import Known, decided, known
from coding.ranking.steps import History, history

COLUMNS = (
    "candidates", "read", "found", "waiting", "drawn_at_random", "recall", "recall_at_least", "recall_at_most",
    "confidence", "saved", "may_stop", "why",
)  # fmt: skip
"""Candidates; how many have a verdict, are relevant, wait for a verdict, and are evidence as they were drawn at random.
The likeliest recall with its interval at the confidence of the next column; share of candidates not read; whether to
stop, and why."""


def report(study: Study) -> list[dict[str, object]]:
    """One row with the columns of :data:`COLUMNS`; none before the first batch."""
    found, there = history(study), candidates(study)
    return [row(study, found, known(study, found, there, decided(study)))] if found.steps else []


def row(study: Study, found: History, state: Known) -> dict[str, object]:
    """The row of a state."""
    sure = state.certainty
    return {
        "candidates": sure.candidates,
        "read": sure.read,
        "found": sure.found,
        "waiting": len(state.waiting),
        "drawn_at_random": sure.drawn,
        "recall": sure.recall,
        "recall_at_least": sure.recall_at_least,
        "recall_at_most": 1.0,
        "confidence": study.settings.screening.confidence,
        "saved": (sure.candidates - sure.read) / sure.candidates if sure.candidates else 0.0,
        "may_stop": state.may_stop,
        "why": _why(study, found, state),
    }


def _why(study: Study, found: History, state: Known) -> str:
    asked, sure = study.settings.screening, state.certainty
    goal = f"a recall of {asked.recall:g} at a confidence of {asked.confidence:g}"
    if state.waiting:
        return f"{len(state.waiting)} threads that raters were given have no verdict yet"
    if sure.read == sure.candidates:
        return "everything is read"
    if state.may_stop:
        return f"{goal} is certain"
    said = f"{goal} is not certain: there may be {sure.at_most} relevant threads, and {sure.found} are found"
    late = state.counts_since > 1 and sum(state.counts_since > step.number for step in found.steps)
    return said + (f"; candidates came, so the draws of the first {late} batches are no evidence" if late else "")


def lines(study: Study, found: History, state: Known) -> list[str]:
    """The same for people: one line each."""
    told, sure = row(study, found, state), state.certainty
    left = sure.candidates - sure.read
    said = [f"{sure.read} of {sure.candidates} read, {sure.found} relevant; {told['why']} ({METHOD})"]
    if state.may_stop and left:
        said.append(f"stop here: {left} threads stay unread, neither included nor excluded; see the table ranking")
    asked = study.settings.screening
    first = found.steps[0].settings if found.steps else {}
    begun = (first.get("recall", asked.recall), first.get("confidence", asked.confidence))
    if begun != (asked.recall, asked.confidence):
        said.append(
            f"the first batch was drawn for a recall of {begun[0]:g} at {begun[1]:g}; "
            "goals that are chosen after looking are not covered by the confidence"
        )
    return said
