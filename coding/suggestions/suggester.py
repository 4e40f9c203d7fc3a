"""Suggestions from arrays and strings, without a study: scores per method and code, and from where on to say one."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from codebook.extras import require
from coding.suggestions.bound import bound
from coding.suggestions.crossfitting import ALONE, CrossFitted
from coding.suggestions.material import EXTRA, YES, Bools, Codes, Decided, Floats, Ints, Units

COMBINED = "combined"
DIGITS = 6
"""Decimals of scores; what stands behind them, another machine may calculate otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What is suggested.

    Args:
        raw: Per method (``combined``, ``similarity``, ``topics``, ``learnt``), what it gave for each unit and code
            (n x c); methods that could not be used are missing. Units whose thread has decisions are scored by models
            that were learnt without that thread.
        scores: Per method, the calibrated probability that the code would be decided (n x c), also out of fold; empty
            if there is nothing to calibrate on.
        chosen: Whether the code would be given if everything had to be coded now (n x c): for each code, where its
            expected F1 over all units is highest.
        threshold: Per code, the combined score from which the error bound holds (c); NaN where nothing is said.
        said: Whether the code is said of the unit (n x c).
        silent: Per code, why nothing is said of it; empty where something may be.
        evidence: The sentence of each unit that is nearest to each code, as its place in ``units.sentences``
            (n x c); -1 where there is none.
    """

    raw: dict[str, Floats]
    scores: dict[str, Floats]
    chosen: Bools
    threshold: Floats
    said: Bools
    silent: list[str]
    evidence: Ints


def suggest(
    units: Units,
    codes: Codes,
    decided: Decided,
    *,
    seed: int,
    error: float,
    at_most: int,
    methods: Collection[str] = ALONE,
) -> Suggested:
    """Score every unit for every code.

    Args:
        units: All units (n).
        codes: All codes that can be suggested (c, at least one).
        decided: The decisions so far.
        seed: For the folds.
        error: The greatest share of a code's suggestions that may be wrong, in expectation; what exactly holds stands
            in :mod:`coding.suggestions.bound`.
        at_most: How many codes are said of a unit, the likeliest ones.
        methods: What is combined: ``similarity``, ``topics``, ``learnt``; those that cannot be used are left out.
    """
    with require("threadpoolctl", EXTRA).threadpool_limits(1):  # sums in another order are other sums
        fitted = CrossFitted(units, codes, decided, seed, methods)
        logits = {COMBINED: fitted.logits(fitted.methods)}
        logits |= {method: fitted.logits((method,)) for method in fitted.methods if fitted.calibrates}
        raw = {COMBINED: logits[COMBINED], **{method: fitted.raw(method) for method in fitted.methods}}
        evidence = fitted.evidence
    scores = {method: probability(given) for method, given in logits.items()}
    combined = scores[COMBINED]
    threshold, silent = _bounds(combined, fitted.undecided, decided, error if fitted.calibrates else 0.0)
    return Suggested(
        raw={method: given.round(DIGITS) for method, given in raw.items()},
        scores=scores if fitted.calibrates else {},
        chosen=chosen(combined),
        threshold=threshold,
        said=_best(combined, at_most) & (combined >= threshold),
        silent=silent,
        evidence=evidence,
    )


def probability(logits: Floats) -> Floats:
    """Log-odds as probabilities."""
    return np.asarray((1 / (1 + np.exp(-np.clip(logits, -40, 40)))).round(DIGITS), np.float64)


def chosen(scores: Floats) -> Bools:
    """For each code (c), the best-scored units, as many as give the highest expected F1 over all units (n x c).

    With scores that are probabilities, the ``k`` best ones have an expected F1 of about
    ``2 sum(best k) / (k + sum(all))`` (Lipton, Elkan and Naryanaswamy 2014). Ties are chosen together.
    """
    order = -np.sort(-scores, axis=0)
    expected = 2 * np.cumsum(order, axis=0) / (np.arange(1, len(scores) + 1)[:, None] + scores.sum(axis=0))
    return np.asarray(scores >= np.take_along_axis(order, expected.argmax(axis=0)[None], axis=0), np.bool_)


def _best(scores: Floats, at_most: int) -> Bools:
    """Whether a score is among the ``at_most`` highest of its unit; of equal ones, the code that comes first."""
    order = np.argsort(-scores, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(scores.shape[1])[None], axis=1)
    return np.asarray(places < at_most, np.bool_)


def _bounds(scores: Floats, undecided: Bools, decided: Decided, error: float) -> tuple[Floats, list[str]]:
    """Per code, its threshold and why it is silent; all are silent at an ``error`` of 0."""
    if not error:
        why = "decisions on two threads, read without suggestions, are needed" if len(decided) else "no decisions"
        return np.full(scores.shape[1], np.nan), [why] * scores.shape[1]
    found = []
    for number in range(scores.shape[1]):
        there = decided.calibrates & (decided.labels[:, number] >= 0)
        right = decided.labels[there, number] == YES
        found.append(bound(scores[decided.units[there], number], right, scores[undecided, number], error))
    return np.array([one.threshold for one in found]), [one.silent for one in found]
