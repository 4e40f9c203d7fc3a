"""What is measured of what: codes, themes and all together, in the whole frame or in parts of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from codebook.rows.agreement import Subject
from codebook.study import Study
from codebook.themes import Codebook
from coding.agreement.across import across
from coding.agreement.codes import Codes
from coding.agreement.estimate import Estimate, Estimates, estimate
from coding.agreement.frame import Frame, levels, load
from coding.agreement.interval import Resamples
from coding.agreement.sets import Sets

By = Literal["code", "theme", "overall", "source", "pair", "round", "month", "arm"]
SUBJECTS: tuple[By, ...] = ("overall", "theme", "code")
PARTS: tuple[By, ...] = ("source", "round", "arm", "month", "pair")

Part = dict[str, str | int]
"""Which part of the frame: for each of ``source``, ``round`` and so on that was asked for, its value."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one subject in one part of the frame.

    Args:
        part: The part; empty for the whole frame.
        subject: ``code``; ``theme``, rolled up; ``sets``, of codes or themes; ``pooled``, all codes together.
        level: ``codes`` as they were given, ``themes``, or ``level 2`` and so on between them.
        code: Id of the code or theme; empty for all together.
        measure: A key of :data:`coding.agreement.estimate.MEANING`.
        estimate: The measure.
    """

    part: Part
    subject: Subject
    level: str
    code: str
    measure: str
    estimate: Estimate


def measured(study: Study, by: Sequence[By], resamples: Resamples, tell: Callable[[str], None]) -> Iterator[Line]:
    """Measure agreement in a study.

    Args:
        study: The study.
        by: What to measure, of :data:`SUBJECTS` (overall if none), and in which parts, of :data:`PARTS`.
        resamples: What intervals come from.
        tell: Gets what is to be known of the readings, a line each.

    Raises:
        StudyError: There are no codings or no codebook.
        Missing: The extra ``agreement`` is not installed.
    """
    whole = load(study, arms_apart="arm" in by)
    for note in whole.notes:
        tell(note)
    subjects = [subject for subject in SUBJECTS if subject in by] or ["overall"]
    for part, frame in parts(whole, [each for each in PARTS if each in by]):
        yield from of_frame(frame, part, study.codebook, subjects, resamples)


def of_frame(frame: Frame, part: Part, book: Codebook, subjects: Sequence[str], resamples: Resamples) -> Iterator[Line]:
    """Measure agreement in one frame; see :func:`measured`."""
    codes = Codes(frame, resamples)
    if "overall" in subjects:
        yield from _overall(codes, part, book, resamples)
    if "theme" in subjects:
        yield from _themes(codes, part, book, resamples)
    if "code" in subjects:
        for number, code in enumerate(frame.codes):
            late = code in frame.absent
            each = Codes(frame.asked(code), resamples).each(0) if late else codes.each(number)
            yield from _lines(part, "code", "codes", code, each)


def _lines(part: Part, subject: Subject, level: str, code: str, estimates: Estimates) -> Iterator[Line]:
    for measure, each in estimates.items():
        yield Line(part, subject, level, code, measure, each)


def level_name(level: int) -> str:
    """What a level of the codebook is called."""
    return "themes" if level == 1 else f"level {level}"


def _overall(codes: Codes, part: Part, book: Codebook, resamples: Resamples) -> Iterator[Line]:
    frame = codes.frame
    yield from _lines(part, "sets", "codes", "", Sets(frame, resamples).estimates())
    for level, below in levels(book, frame.codes):
        yield from _lines(part, "sets", level_name(level), "", Sets(frame.rolled(below), resamples).estimates())
    yield from _lines(part, "pooled", "codes", "", codes.pooled(range(len(frame.codes))))


def _themes(codes: Codes, part: Part, book: Codebook, resamples: Resamples) -> Iterator[Line]:
    """Codes with codes below them, rolled up, beside the codes below."""
    place = {code: number for number, code in enumerate(codes.frame.codes)}
    for level, parts_of in levels(book, codes.frame.codes):
        rolled = Codes(codes.frame.rolled(parts_of), resamples)
        for number, (theme, below) in enumerate(parts_of.items()):
            if below == [theme]:
                continue
            numbers = [place[code] for code in below]
            estimates = dict(rolled.each(number))
            estimates["alpha_of_codes"] = codes.pooled_one("alpha", numbers)
            estimates["difference"] = _difference(estimates["alpha"], rolled, number, codes, numbers)
            yield from _lines(part, "theme", level_name(level), theme, estimates)


def _difference(alpha: Estimate, rolled: Codes, theme: int, codes: Codes, below: Sequence[int]) -> Estimate:
    """Alpha of a theme minus that of the codes below it, in the same resamples."""
    of_codes = codes.pooled_one("alpha", below)
    if alpha.value is None or of_codes.value is None:
        why = alpha.undefined or of_codes.undefined
        return estimate("difference", codes.numbers, float("nan"), (np.zeros(0), np.zeros(0)), why)
    pairs = zip(rolled.spread("alpha", [theme]), codes.spread("alpha", below), strict=True)
    resampled, left_out = (of_theme - below_it for of_theme, below_it in pairs)
    return estimate("difference", codes.numbers, alpha.value - of_codes.value, (resampled, left_out))


def parts(frame: Frame, by: Sequence[By]) -> Iterator[tuple[Part, Frame]]:
    """The parts of a frame, each with what it is.

    Args:
        frame: The frame.
        by: Of :data:`PARTS`; a pair's part are the units that both coders have read, and that of two arms the pairs
            of readings in both, see :mod:`coding.agreement.across`.
    """
    if not by:
        yield {}, frame
        return
    for value, inside in _CUTS[by[0]](frame):
        for part, frame_of_part in parts(inside, by[1:]):
            yield {by[0]: value, **part}, frame_of_part


def _sources(frame: Frame) -> Iterator[tuple[str, Frame]]:
    for value in np.unique(frame.source):
        yield str(value), frame.within((frame.source == value)[:, None])


def _rounds(frame: Frame) -> Iterator[tuple[int, Frame]]:
    for value in np.unique(frame.round):
        yield int(value), frame.within((frame.round == value)[:, None])


def _months(frame: Frame) -> Iterator[tuple[str, Frame]]:
    for value in np.unique(frame.month):
        yield str(value), frame.within((frame.month == value)[:, None])


def _arms(frame: Frame) -> Iterator[tuple[str, Frame]]:
    for value in np.unique(frame.arm[frame.read]):
        yield str(value), frame.within(frame.arm == value)
    for one, other in combinations(map(str, np.unique(frame.arm[frame.read])), 2):
        yield f"{one} · {other}", across(frame, one, other)


def _pairs(frame: Frame) -> Iterator[tuple[str, Frame]]:
    for one, other in combinations(frame.coders, 2):
        yield f"{one} · {other}", frame.pair(one, other)


_CUTS: dict[str, Callable[[Frame], Iterator[tuple[str | int, Frame]]]] = {
    "source": _sources,
    "round": _rounds,
    "month": _months,
    "arm": _arms,
    "pair": _pairs,
}
