"""Suggestions and baselines for decided units, each by models that have not seen the unit's thread.

Only units whose coders saw no suggestion count, as those whom a suggestion has moved agree with it: they are what is
learnt from, calibrated on and evaluated against. Threads are dealt into folds (those of ``coding suggest``); the units
of a fold are scored by everything that ``coding suggest`` does, given the decisions of all other folds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from codebook.errors import StudyError
from codebook.progress import Progress
from coding.agreement.interval import Resamples
from coding.evaluation.baselines import BASELINES, Task, Vectors
from coding.evaluation.estimated import Estimated, estimates
from coding.evaluation.judged import Bools, Floats, Ints, Offer, Truth, likeliest, usual_number
from coding.suggestions.material import Codes, Decided, Units
from coding.suggestions.stacking import folds
from coding.suggestions.suggester import Suggested, suggest

FEWEST_UNITS, FEWEST_THREADS = 10, 2
"""Below so many decided units, or threads that they belong to, nothing is evaluated."""

OURS = "suggestions"
SAID, CHOSEN, LIKELIEST = "said", "best F1", "likeliest"
OFFERS = {
    SAID: "what coders would be shown: at or above the score from which the code's error bound holds",
    CHOSEN: "for each code the cut at which its expected F1 is highest",
    LIKELIEST: "as many of a unit's likeliest codes as decided units of the other folds usually have",
}
"""What a method offers for a unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What one method is worth.

    Args:
        name: The method.
        offers: What it offers, of :data:`OFFERS`.
        estimates: All its measures.
    """

    name: str
    offers: str
    estimates: Sequence[Estimated]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All methods on the same units.

    Args:
        methods: Suggestions first.
        codes: The codes' ids.
        decided: Units with each code (c).
        units: How many units were evaluated.
        threads: How many threads they belong to.
        folds: How many folds these were dealt into.
    """

    methods: Sequence[Method]
    codes: Sequence[str]
    decided: Sequence[int]
    units: int
    threads: int
    folds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """``error`` and ``at_most`` of ``[suggestions]``."""

    error: float
    at_most: int


def evaluate(units: Units, codes: Codes, decided: Decided, bounds: Bounds, resamples: Resamples) -> Evaluation:
    """Evaluate suggestions and baselines.

    Args:
        units: All units.
        codes: All codes.
        decided: All decisions; those with ``calibrates`` count.
        bounds: What is said.
        resamples: For the intervals; their seed is that of the folds, too.

    Raises:
        StudyError: Too few decided units whose coders saw no suggestions.
    """
    places, labels = decided.units[decided.calibrates], decided.labels[decided.calibrates]
    groups = [units.groups[place] for place in places]
    enough(len(groups), len(set(groups)), len(decided) - len(groups))
    fold_of = folds(groups, resamples.seed)
    count = int(fold_of.max()) + 1
    offers: dict[tuple[str, str], Offer] = {}
    with Progress("evaluate", "folds", count) as progress:
        for there in (fold_of == fold for fold in range(count)):
            for key, offer in _fold(_Fold(units, codes, places, labels, there), bounds, resamples.seed):
                offers[key] = _joined(offers.get(key), offer, there)
            progress.add(1)
    truth = Truth.of(codes.ids, labels, groups)
    return Evaluation(
        methods=[
            Method(name=name, offers=what, estimates=estimates(offer, truth, resamples))
            for (name, what), offer in offers.items()
        ],
        codes=codes.ids,
        decided=[int(number) for number in (labels == 1).sum(axis=0)],
        units=len(places),
        threads=truth.threads,
        folds=count,
    )


def enough(units: int, threads: int, with_suggestions: int = 0) -> None:
    """See that there is something to evaluate on.

    Args:
        units: Decided units whose coders saw no suggestions.
        threads: Threads that they belong to.
        with_suggestions: Decided units whose coders saw some.

    Raises:
        StudyError: There is not; it says what there is, and what is needed.
    """
    if units >= FEWEST_UNITS and threads >= FEWEST_THREADS:
        return
    others = f"; read with suggestions, and so not counted: {with_suggestions}" if with_suggestions else ""
    raise StudyError(
        f"too few decided units to evaluate on: {units} (threads: {threads}){others}",
        where="decisions",
        hint=f"At least {FEWEST_UNITS} units with prose in {FEWEST_THREADS} threads are needed, coded in the plain arm "
        "and decided: code more, then coding pull and coding adjudicate.",
    )


@dataclass(frozen=True, slots=True)
class _Fold:
    """One fold.

    Args:
        units: All units.
        codes: All codes.
        places: Places of the decided units (u).
        labels: What was decided of them; u x c.
        asked: Which of them are in the fold (u).
    """

    units: Units
    codes: Codes
    places: Ints
    labels: npt.NDArray[np.int8]
    asked: Bools

    def task(self, seed: int) -> Task:
        """As baselines take it."""
        labels = self.labels[~self.asked]
        return Task(
            texts=self.units.texts,
            vectors=self.units.vectors,
            definitions=definitions(self.codes),
            learnt=self.places[~self.asked],
            given=labels == 1,
            known=labels >= 0,
            asked=self.places[self.asked],
            seed=seed,
        )

    def decided(self) -> Decided:
        """The decisions of all other folds."""
        others = self.places[~self.asked]
        return Decided(units=others, labels=self.labels[~self.asked], calibrates=np.ones(len(others), dtype=np.bool_))


def definitions(codes: Codes) -> Vectors:
    """The vectors of the codes' names with definitions, which are the first text of each; c x d."""
    return codes.vectors[np.searchsorted(codes.code_of, np.arange(len(codes.ids)))]


def _fold(fold: _Fold, bounds: Bounds, seed: int) -> Iterator[tuple[tuple[str, str], Offer]]:
    """What each method offers for the units of a fold."""
    task = fold.task(seed)
    many = usual_number(task.given)
    made = suggest(fold.units, fold.codes, fold.decided(), seed=seed, error=bounds.error, at_most=bounds.at_most)
    yield from _suggested(made, task.asked, many)
    for method in BASELINES.values():
        scores = method.scores(task)
        probable = scores if method.probable else None
        yield (method.name, LIKELIEST), Offer(scores=scores, chosen=likeliest(scores, many), probable=probable)


def _suggested(made: Suggested, asked: Ints, many: int) -> Iterator[tuple[tuple[str, str], Offer]]:
    scores = made.raw["combined"][asked]
    stated: Floats = made.scores["combined"][asked] if made.scores else np.full(scores.shape, np.nan)
    offered = {SAID: made.said[asked], CHOSEN: made.chosen[asked], LIKELIEST: likeliest(scores, many)}
    for what, chosen in offered.items():
        yield (OURS, what), Offer(scores=scores, chosen=chosen, probable=stated)


def _joined(before: Offer | None, offer: Offer, there: Bools) -> Offer:
    """The offers of the folds so far with those of one more, each unit in its place."""
    shape = (len(there), offer.scores.shape[1])
    scores = np.full(shape, np.nan) if before is None else before.scores
    chosen = np.zeros(shape, dtype=np.bool_) if before is None else before.chosen
    scores[there], chosen[there] = offer.scores, offer.chosen
    if offer.probable is None:
        return Offer(scores=scores, chosen=chosen)
    probable = np.full(shape, np.nan) if before is None or before.probable is None else before.probable
    probable[there] = offer.probable
    return Offer(scores=scores, chosen=chosen, probable=probable)
