"""The tables ``screenings`` and ``screened`` from raw records.

A thread is decided by ``agreement`` where at least two raters gave a verdict, all of them the same, and none is unsure;
who skipped it is unsure. The criterion is the one that all of them named. One rater alone decides where the thread was
given to one alone, or the others left before they read it. Everything else is for the adjudicator, whose last verdict
counts, whatever the raters change later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from codebook.rows import Quarantined, Screened, Screening
from codebook.study import Study
from coding.answers.annotations import Reading
from coding.answers.standing import distinct, skipped, standing
from coding.kept import Kept, Tables
from coding.projects.label import Purpose
from coding.records import Records
from coding.screening.verdicts import Given, read

PURPOSE: Purpose = "screening"
ADJUDICATION = "adjudication"
"""The arm of a screening in which the adjudicator decides what the raters left open."""

SEVERAL = 2


@dataclass
class Screen:
    """Everything that is known of the screening of one thread.

    Args:
        thread_id: The thread.
        asked: The raters who were given it, and did not leave before they answered.
        verdicts: Those that there are, by rater.
        skipped: The raters who skipped it.
        settled: The adjudicator's.
    """

    thread_id: str
    asked: set[str] = field(default_factory=set)
    verdicts: dict[str, Given] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    settled: Given | None = None

    @property
    def answered(self) -> set[str]:
        """The raters who are done with it."""
        return self.verdicts.keys() | self.skipped

    @property
    def is_complete(self) -> bool:
        """Whether there are as many answers as it takes to decide."""
        return len(self.answered) >= min(SEVERAL, len(self.asked)) > 0

    @property
    def is_open(self) -> bool:
        """Whether the raters are done with it and have not decided it."""
        said = {given.verdict for given in self.verdicts.values()}
        said |= {"unsure"} if self.skipped - self.verdicts.keys() else set()
        return self.is_complete and (len(said) > 1 or "unsure" in said)

    def result(self) -> Screened | None:
        """The row of ``screened``, if it is decided."""
        if self.settled:
            return self._row(self.settled, self.settled.coder, self.settled.criterion)
        if not self.is_complete or self.is_open:
            return None
        last = max(self.verdicts.values(), key=lambda given: given.reading.order())
        criteria = {given.criterion for given in self.verdicts.values()}
        by = "agreement" if len(self.verdicts) >= SEVERAL else last.coder
        return self._row(last, by, criteria.pop() if len(criteria) == 1 else None)

    def _row(self, given: Given, by: str, criterion: str | None) -> Screened:
        reason = None if by == "agreement" else given.memo
        included = given.verdict == "include"
        run_id = given.reading.run_id
        return Screened(
            thread_id=self.thread_id, included=included, criterion=criterion, by=by, reason=reason, run_id=run_id
        )


def screens(found: Sequence[Records]) -> tuple[dict[str, Screen], list[Quarantined]]:
    """What is known of each thread that was given to raters, by id in order; and what cannot stand."""
    made: dict[str, Screen] = {}
    for push in (push for each in found for push in each.pushes if push.label.purpose == PURPOSE):
        for unit in push.units:
            screen = made.setdefault(unit.thread_id, Screen(unit.thread_id))
            if push.label.arm != ADJUDICATION:
                screen.asked.add(push.label.coder)
    readings, apart = standing(found, PURPOSE)
    gone = {push.label.coder for each in found if PURPOSE in each.left for push in each.pushes}
    for reading in sorted(readings, key=Reading.order):
        apart += _enter(reading, made[reading.unit.thread_id])
    for thread_id, label in skipped(found, PURPOSE, apart):
        if label.arm != ADJUDICATION:
            made[thread_id].skipped.add(label.coder)
    for screen in made.values():
        screen.asked -= gone - screen.answered
    return dict(sorted(made.items())), distinct(apart)


def _enter(reading: Reading, screen: Screen) -> Iterable[Quarantined]:
    settles = reading.pull.label.arm == ADJUDICATION
    given, problems = read(reading, ("include", "exclude")) if settles else read(reading)
    if given and settles:
        screen.settled = given
    elif given:
        screen.verdicts[given.coder] = given
    return reading.apart(problems) if problems else ()


def tables(_study: Study, found: list[Records], kept: Kept) -> Tables:
    """``screenings``, ``screened`` and what is kept apart; nothing before the first pull of a screening."""
    if not any(pull.label.purpose == PURPOSE for each in found for pull in each.pulls):
        return []
    made, apart = screens(found)
    stay = [screen for screen in made.values() if kept.thread(screen.thread_id)]
    rows = [given.row() for screen in stay for given in screen.verdicts.values()]
    decided = [row for screen in stay if (row := screen.result())]
    return [
        (Screening, [replace(row, memo=kept.text(row.memo)) for row in rows]),
        (Screened, [replace(row, reason=kept.text(row.reason)) for row in decided]),
        (Quarantined, list(kept.apart(apart))),
    ]
