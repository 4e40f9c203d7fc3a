"""What was drawn for raters, batch by batch: raw records that are only ever added to.

``raw/coding/order/`` has a record ``ORDER /step/<n>`` per batch, with everything that decided it but the texts, and a
record ``STOP /step/<n>`` when the rule said after step n that enough was found. A batch after a stop lifts it: verdicts
had changed, or candidates had come. Tables and the evidence for stopping come from these records and the verdicts, so
no model runs again for them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from codebook.raw import Page, RawStore
from codebook.study import Study
from coding import records
from coding.ranking.batch import How


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A thread of a batch; the order within one, that of its record, is the order of choice."""

    thread_id: str
    how: How
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One batch.

    Args:
        number: From 1.
        settings: Seed, size of the batch, recall and confidence asked for.
        model: What gave the scores: name, versions of packages, numbers and hash of the verdicts that it learnt from.
        joined: Candidates that the step before did not have.
        gone: Candidates of the step before that are none any more.
        known: Candidates with a verdict that no step gave to raters, as far as no earlier step names them.
        drawn: The batch.
        run_id: The run that drew it.
    """

    number: int
    settings: Mapping[str, Any]
    model: Mapping[str, Any]
    joined: Sequence[str]
    gone: Sequence[str]
    known: Sequence[str]
    drawn: Sequence[Drawn]
    run_id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Enough was found.

    Args:
        settings: As of a step.
        certainty: What was known, see :class:`coding.ranking.certainty.Certainty`.
        unread: The candidates without a verdict and their scores, likeliest first.
        run_id: The run that found it out.
    """

    settings: Mapping[str, Any]
    certainty: Mapping[str, Any]
    unread: Mapping[str, float]
    run_id: str = field(default="", compare=False)


@dataclass
class History:
    """All batches, and the stop if nothing came behind it."""

    steps: list[Step] = field(default_factory=list)
    stop: Stop | None = None

    def candidates(self) -> dict[str, int]:
        """Every candidate of the last step, with the step since which it is one without a break."""
        since: dict[str, int] = {}
        for step in self.steps:
            for thread_id in step.gone:
                since.pop(thread_id, None)
            since |= dict.fromkeys(step.joined, step.number)
        return since

    def given(self) -> dict[str, tuple[Step, Drawn]]:
        """Every thread that was given to raters by a step, in the order in which they read: the likeliest first."""
        return {
            one.thread_id: (step, one)
            for step in self.steps
            for one in sorted(step.drawn, key=lambda one: (-one.score, one.thread_id))
        }

    def known(self) -> dict[str, Step]:
        """Every thread that was decided without a step, with the step that found it so."""
        return {thread_id: step for step in self.steps for thread_id in step.known}


def store(study: Study) -> RawStore:
    """Where the batches are kept."""
    return records.store(study, "order")


def history(study: Study) -> History:
    """What was drawn so far."""
    found = History()
    for page in store(study).pages():
        if page.request.startswith("ORDER /step/"):  # a coder may be called "order"
            found.steps.append(_step(page))
            found.stop = None
        elif page.request.startswith("STOP /step/"):
            found.stop = Stop(**page.json(), run_id=page.run_id)
    return found


def append(study: Study, made: Step | Stop, number: int) -> None:
    """Store a batch, or a stop behind step ``number``."""
    body = asdict(made)
    del body["run_id"]
    word = "ORDER" if isinstance(made, Step) else "STOP"
    content = json.dumps(body, ensure_ascii=False).encode()  # the order of keys is that of ranks
    kept = store(study)
    kept.append(Page(f"{word} /step/{number}", 200, {"content-type": "application/json"}, content, made.run_id))
    kept.close()


def _step(page: Page) -> Step:
    body = page.json()
    return Step(**body | {"drawn": tuple(Drawn(**one) for one in body["drawn"])}, run_id=page.run_id)


def takes(found: History) -> Iterator[tuple[int, str, bool]]:
    """Every candidate taken, in the order in which that is evidence: step, thread, and whether drawn at random."""
    for step in found.steps:
        for thread_id in step.known:
            yield step.number, thread_id, False
        for one in step.drawn:
            yield step.number, one.thread_id, one.how == "random"
