"""The table ``ranking`` from raw records alone."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from codebook.rows import Ranked
from codebook.rows.ranking import State
from codebook.study import Study
from coding.kept import Kept, Tables
from coding.ranking.steps import History, history
from coding.records import Records


def tables(study: Study, _found: Iterable[Records], kept: Kept) -> Tables:
    """``ranking``, where something was drawn."""
    found = history(study)
    rows = [row for row in ranked(found) if kept.thread(row.thread_id)]
    return [(Ranked, list(rows))] if found.steps else []


def ranked(found: History) -> Iterator[Ranked]:
    """A row per thread that was given to raters, was decided otherwise, or is a candidate; each thread once."""
    given, known = found.given(), found.known()
    for rank, (thread_id, (step, one)) in enumerate(given.items(), 1):
        yield Ranked(
            thread_id=thread_id,
            state="given",
            step=step.number,
            rank=rank,
            how=one.how,
            score=one.score,
            run_id=step.run_id,
        )
    for thread_id, step in known.items():
        if thread_id not in given:
            yield _other(thread_id, "read otherwise", step.run_id)
    unread = found.stop.unread if found.stop else {}
    for rank, (thread_id, score) in enumerate(unread.items(), len(given) + 1):
        if thread_id not in given and found.stop:
            yield replace(_other(thread_id, "unread after the stop", found.stop.run_id), rank=rank, score=score)
    runs = {step.number: step.run_id for step in found.steps}
    for thread_id, since in found.candidates().items():
        if thread_id not in given and thread_id not in known and thread_id not in unread:
            yield _other(thread_id, "waiting", runs[since])


def _other(thread_id: str, state: State, run_id: str) -> Ranked:
    return Ranked(thread_id=thread_id, state=state, step=None, rank=None, how=None, score=None, run_id=run_id)
