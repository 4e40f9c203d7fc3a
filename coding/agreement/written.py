"""The table ``agreement``: what was measured, kept for whoever cannot or need not measure again.

It has everything together, themes and codes in the whole study and in each source, and in the parts that the command
was asked for. As long as the codings stay the same, so do its rows: what is there already is not measured again, and
parts that were asked for earlier stay.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from codebook import ledger
from codebook.agreed import basis
from codebook.rows import AgreementMeasure
from codebook.study import Study
from coding.agreement.interval import Resamples
from coding.agreement.layout import row
from coding.agreement.measured import PARTS, SUBJECTS, By, measured

Cut = tuple[By, ...]
"""Parts that readings are cut into, one within the other; empty for the whole."""

STANDARD: tuple[Cut, ...] = ((), ("source",))
"""The cuts that the table always has."""


def write(study: Study, asked: Iterable[By], resamples: Resamples) -> bool:
    """Write the table, unless it has all of it already.

    Args:
        study: The study.
        asked: Parts that it is to have beside the standard ones; some reading is in one of them.
        resamples: What intervals come from.

    Returns:
        Whether it was written.

    Raises:
        StudyError: There are no codings or no codebook.
        StoppedEarly: Another command is writing, or the disk is full; the table is as it was before.
    """
    lacking = _lacking(study, asked, resamples, _basis(study))
    if not lacking:
        return False
    arguments = {"by": ["+".join(cut) for cut in lacking if cut], "resamples": resamples.number}
    with ledger.run(study, "coding agreement", arguments, arguments) as run:
        for path in (study.path / "codebook.yaml", *map(study.table, ("codings", "recode", "frozen", "threads"))):
            if path.exists():
                run.used(path)
        now = _basis(study)
        new = _rows(study, _lacking(study, asked, resamples, now), resamples, now, run.id)
        run.write(AgreementMeasure, [*_standing(study, resamples, now), *new])
    return True


def again(study: Study, folder: Path) -> None:
    """Measure what the table has once more, and write it into a folder: the same, unless somebody changed it by hand.

    Each row keeps the name of the run that wrote it.
    """
    there = {_key(each): each for each in study.read(AgreementMeasure)}
    number = max((each.resamples for each in there.values()), default=study.settings.agreement.resamples)
    cuts = dict.fromkeys((*STANDARD, *map(_cut, there.values())))
    last = max((each.run_id for each in there.values()), default="")
    made = _rows(study, cuts, Resamples(number, study.settings.study.seed), _basis(study), last)
    named = (replace(each, run_id=there.get(_key(each), each).run_id) for each in made)
    study.write(AgreementMeasure, named, folder)


def _basis(study: Study) -> str:
    with study.connect() as con:
        return basis(con, study)


def _standing(study: Study, resamples: Resamples, now: str) -> Iterator[AgreementMeasure]:
    """The rows of the table that still say what they said."""
    for each in study.read(AgreementMeasure):
        if (each.basis, each.resamples) == (now, resamples.number):
            yield each


def _lacking(study: Study, asked: Iterable[By], resamples: Resamples, now: str) -> list[Cut]:
    """The cuts that the table is to have and has not."""
    had = {_cut(each) for each in _standing(study, resamples, now)}
    in_order = tuple(part for part in PARTS if part in set(asked))
    return [cut for cut in dict.fromkeys((*STANDARD, in_order)) if cut not in had]


def _cut(measure: AgreementMeasure) -> Cut:
    return tuple(part for part in PARTS if getattr(measure, part) is not None)


def _key(measure: AgreementMeasure) -> tuple[object, ...]:
    return tuple(getattr(measure, name) for name in measure.KEY)


def _rows(study: Study, cuts: Iterable[Cut], resamples: Resamples, now: str, run_id: str) -> Iterator[AgreementMeasure]:
    for cut in cuts:
        for line in measured(study, (*SUBJECTS, *cut), resamples, lambda _: None):
            yield row(line, resamples.number, now, run_id)
