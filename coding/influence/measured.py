"""What is measured of the influence of suggestions: of all codes together and of each, and how long readings took."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from codebook.errors import StudyError
from codebook.rows import Decision, Offered, Withheld
from codebook.study import Study
from coding.agreement.frame import Bools, Floats
from coding.agreement.interval import Resamples
from coding.agreement.readings import Reading, read
from coding.influence.effect import Effect, Sums, effect, share, shift
from coding.influence.judged import ALONE, UNJUDGED, UNSEEN, WITHIN, Judged, judged
from coding.projects.label import PLAIN

Truth = Literal["plain", "decisions"]

MEANING = {
    "accepted_wrong": "share of the wrong suggestions that the coders who were shown them gave",
    "accepted_right": "the same, of the right ones",
    "shift_wrong": "how much more often a wrong code is given if it is suggested; difference of shares",
    "shift_right": "the same, of right ones",
    "unjudged": "suggestions in units that nobody read plainly, of which nobody can say whether they are right",
    "lead_time": "how long a reading takes with suggestions over how long without; ratio of geometric means",
}
"""What each measure is."""

KINDS = {"within": ((WITHIN,), (WITHIN,)), "between": ((ALONE,), (UNSEEN,))}
"""What is compared: of what kind the units are that were read with suggestions, and those that they are set against."""


@dataclass(frozen=True, slots=True)
class Line:
    """A measure of one code, or of all together (empty), and by what comparison."""

    code: str
    measure: str
    comparison: str
    effect: Effect


def measured(study: Study, truth: Truth, resamples: Resamples) -> Iterator[Line]:
    """Measure a study.

    Raises:
        StudyError: Nobody has read anything with suggestions.
        Missing: The extra ``agreement`` is not installed.
    """
    readings = read(study).whole
    if all(reading.arm == PLAIN for reading in readings):
        raise StudyError(
            "nobody has read anything with suggestions yet",
            where=str(study.table("codings")),
            hint="Set [suggestions] share, then: coding sample, coding suggest, coding push and coding pull.",
        )
    found = judged(readings, suggested(study), decisions(study) if truth == "decisions" else None)
    yield from of_all(found, resamples)
    yield Line("", "lead_time", "", lead_time(readings, times(study), resamples))


def suggested(study: Study) -> dict[tuple[str, str, str, int], set[str]]:
    """The codes that were shown to each reader, or withheld from them; none that nobody can give any more."""
    leaves = {leaf.id for leaf in study.codebook.leaves()}
    found: dict[tuple[str, str, str, int], set[str]] = {}
    rows: list[Offered | Withheld] = [*study.read(Offered), *study.read(Withheld)]
    for row in (row for row in rows if row.code in leaves):
        found.setdefault((row.unit_id, row.coder, row.arm, row.round), set()).add(row.code)
    return found


def decisions(study: Study) -> dict[str, frozenset[str]]:
    """What was decided by several: by agreement, or by the adjudicator."""
    several = {"agreement", study.settings.coders.adjudicator}
    found: dict[str, set[str]] = {}
    for row in study.read(Decision):
        if row.by in several:
            found.setdefault(row.unit_id, set()).add(row.code)
    return {unit: frozenset(codes - {""}) for unit, codes in found.items()}


_TIMES = """
SELECT unit_id, coder, arm, round, max(lead_time) FROM codings
WHERE lead_time > 0 GROUP BY ALL
"""


def times(study: Study) -> dict[tuple[str, str, str, int], float]:
    """How long each reading took, in seconds, where Label Studio says so."""
    with study.connect() as con:
        return {row[:4]: row[4] for row in con.execute(_TIMES).fetchall()}


def of_all(found: Judged, resamples: Resamples) -> Iterator[Line]:
    """Measure all codes together, then each."""
    every = np.ones(len(found.code), dtype=bool)
    yield from _lines("", found, every, resamples)
    for code in np.unique(found.code[found.shown]):
        yield from _lines(str(code), found, found.code == code, resamples)


def _lines(code: str, found: Judged, chosen: Bools, resamples: Resamples) -> Iterator[Line]:
    for side in ("wrong", "right"):
        yield Line(code, f"accepted_{side}", "", accepted(found, chosen, side, resamples))
    for name in KINDS:
        for side in ("wrong", "right"):
            measure = shifted(found, chosen, name, side, resamples)
            if measure.shown or name == "within":
                yield Line(code, f"shift_{side}", name, measure)
    number = int((chosen & found.shown & (found.kind == UNJUDGED)).sum())
    yield Line(code, "unjudged", "", Effect(number, None, None, "", number, 0))


def accepted(found: Judged, chosen: Bools, side: str, resamples: Resamples) -> Effect:
    """How many of the suggestions that were shown and are right, or wrong, were given; each counts once."""
    counts = chosen & found.shown & (found.kind != UNJUDGED)
    return effect(_sums(found, np.where(counts, _share_of(found, side), 0.0)), share, resamples, alone=True)


def shifted(found: Judged, chosen: Bools, name: str, side: str, resamples: Resamples) -> Effect:
    """How much more often a code is given if it is suggested, by one of :data:`KINDS`."""
    with_it, without = KINDS[name]
    counts = chosen & np.where(found.shown, np.isin(found.kind, with_it), np.isin(found.kind, without))
    return effect(_sums(found, np.where(counts, found.weight * _share_of(found, side), 0.0)), shift, resamples)


def _share_of(found: Judged, side: str) -> Floats:
    return found.wrong if side == "wrong" else 1 - found.wrong


def _sums(found: Judged, weight: Floats) -> Sums:
    return Sums.of(
        found.threads,
        len(found.coders),
        thread=found.thread,
        coder=found.coder,
        shown=found.shown,
        value=found.gave,
        weight=weight,
    )


def lead_time(
    readings: Sequence[Reading], seconds: Mapping[tuple[str, str, str, int], float], resamples: Resamples
) -> Effect:
    """How long readings take with suggestions, over how long without."""
    timed = [reading for reading in readings if reading.key in seconds]
    coders = sorted({reading.coder for reading in timed})
    threads, thread = np.unique([reading.thread for reading in timed], return_inverse=True)
    sums = Sums.of(
        len(threads),
        len(coders),
        thread=thread.astype(np.int64),
        coder=np.array([coders.index(reading.coder) for reading in timed], dtype=np.int64),
        shown=np.array([reading.arm != PLAIN for reading in timed], dtype=bool),
        value=np.log([seconds[reading.key] for reading in timed]),
        weight=np.ones(len(timed)),
    )
    logarithm = effect(sums, shift, resamples)
    ends = (logarithm.value, logarithm.low, logarithm.high)
    value, low, high = (None if end is None else math.exp(end) for end in ends)
    return replace(logarithm, value=value, low=low, high=high)
