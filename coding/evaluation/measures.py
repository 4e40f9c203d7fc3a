"""Precision, recall, F1, precision among the first, calibration and coverage, as functions of sums over units.

Every measure is a function of sums, so that a bootstrap over threads only weighs each thread's sums. Micro averages
pool all cells of the table units x codes; macro averages are plain means over the codes for which the measure is
defined (as scikit-learn's with ``zero_division=nan``). Calibration error: M. P. Naeini, G. F. Cooper, M. Hauskrecht,
Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015; here with :data:`BINS` bins of equal width.
Brier score: G. W. Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78 (1950).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coding.evaluation.judged import Bools, Floats, Offer, Truth, likeliest

BINS = 10
"""Bins of equal width from 0 to 1 in which stated and observed shares are compared; the last holds 1 itself."""

FIRST = (1, 3)
"""How many of the first codes are looked at: precision@1, precision@3."""

Sums = Mapping[str, Floats]
"""Sums by name; the last axis has codes, bins, or one place."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure.

    Args:
        of: From sums to values, (…, c) for a measure per code, (…, 1) else; nan where it is undefined.
        undefined: Why it may be undefined.
        meaning: What it is.
    """

    of: Callable[[Sums], Floats]
    undefined: str
    meaning: str


def summands(offer: Offer, truth: Truth) -> dict[str, Floats]:
    """What each unit adds to the sums; n rows each."""
    known, given, chosen = truth.known, truth.given & truth.known, offer.chosen & truth.known
    scores = np.where(known, offer.scores, np.nan)
    made: dict[str, npt.NDArray[Any]] = {
        "right": given & chosen,
        "wrong": chosen & ~given,
        "missed": given & ~chosen,
        "units": np.ones((len(known), 1)),
        "covered": chosen.max(axis=1, keepdims=True, initial=False),
    }
    for many in FIRST:
        made |= _first(scores, given, many)
    return {name: values.astype(np.float64) for name, values in (made | _cells(offer, given, known)).items()}


def _first(scores: Floats, given: Bools, many: int) -> dict[str, Floats]:
    """Of the first codes of each unit: which they are, which are right, and which share of them is, and could be."""
    first = likeliest(scores, many)
    looked_at = np.maximum(first.sum(axis=1), 1)
    right = first & given
    return {
        f"first@{many}": first.astype(np.float64),
        f"hit@{many}": right.astype(np.float64),
        f"share@{many}": (right.sum(axis=1) / looked_at)[:, None],
        f"best@{many}": (np.minimum((given & ~np.isnan(scores)).sum(axis=1), first.sum(axis=1)) / looked_at)[:, None],
    }


def _cells(offer: Offer, given: Bools, known: Bools) -> dict[str, Floats]:
    """Stated probabilities beside what was decided, over all cells of a unit: squared, and by bin."""
    units = len(given)
    if offer.probable is None:
        return {"cells": np.zeros((units, 1)), "squared": np.zeros((units, 1)), "apart": np.zeros((units, BINS))}
    there = known & ~np.isnan(offer.probable)
    stated = np.where(there, offer.probable, 0.0)
    apart = np.where(there, stated - given, 0.0)
    bins = np.minimum((stated * BINS).astype(int), BINS - 1)
    by_bin = np.stack([np.where(bins == one, apart, 0.0).sum(axis=1) for one in range(BINS)], axis=1)
    return {
        "cells": there.sum(axis=1, keepdims=True).astype(np.float64),
        "squared": (apart**2).sum(axis=1, keepdims=True),
        "apart": by_bin,
    }


def _share(part: Floats, whole: Floats) -> Floats:
    """A share; nan where there is no whole."""
    made: Floats = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.divide(part, whole, out=made, where=whole > 0)


def _all(values: Floats) -> Floats:
    summed: Floats = values.sum(axis=-1, keepdims=True)
    return summed


def _mean_of_defined(values: Floats) -> Floats:
    there = ~np.isnan(values)
    return _share(np.where(there, values, 0.0).sum(axis=-1, keepdims=True), _all(there.astype(np.float64)))


def _precision(sums: Sums) -> Floats:
    return _share(sums["right"], sums["right"] + sums["wrong"])


def _recall(sums: Sums) -> Floats:
    return _share(sums["right"], sums["right"] + sums["missed"])


def _f1(sums: Sums) -> Floats:
    return _share(2 * sums["right"], 2 * sums["right"] + sums["wrong"] + sums["missed"])


def _pooled(sums: Sums) -> Sums:
    return {name: _all(sums[name]) for name in ("right", "wrong", "missed")}


def _precision_at(many: int) -> Callable[[Sums], Floats]:
    return lambda sums: _share(sums[f"hit@{many}"], sums[f"first@{many}"])


def _over_units(name: str) -> Callable[[Sums], Floats]:
    return lambda sums: _share(sums[name], sums["units"])


PER_CODE = {
    "precision": Measure(_precision, "never offered", "share of the units offered the code that have it"),
    "recall": Measure(_recall, "never decided", "share of the units that have the code that were offered it"),
    "f1": Measure(_f1, "neither offered nor decided", "harmonic mean of precision and recall"),
} | {
    f"precision@{many}": Measure(
        _precision_at(many),
        f"never among the first {many}",
        f"share of the units with the code among their {many} first that have it",
    )
    for many in FIRST
}
"""Measures of one code."""

OVERALL = (
    {
        "precision_micro": Measure(lambda s: _precision(_pooled(s)), "nothing offered", "precision, all cells pooled"),
        "recall_micro": Measure(lambda s: _recall(_pooled(s)), "nothing decided", "recall, all cells pooled"),
        "f1_micro": Measure(lambda s: _f1(_pooled(s)), "nothing offered or decided", "F1, all cells pooled"),
        "precision_macro": Measure(
            lambda s: _mean_of_defined(_precision(s)), "nothing offered", "mean precision of the codes offered"
        ),
        "recall_macro": Measure(
            lambda s: _mean_of_defined(_recall(s)), "nothing decided", "mean recall of the codes decided"
        ),
        "f1_macro": Measure(
            lambda s: _mean_of_defined(_f1(s)), "nothing offered or decided", "mean F1 of the codes offered or decided"
        ),
    }
    | {
        f"precision@{many}": Measure(
            _over_units(f"share@{many}"),
            "no units",
            f"share of a unit's {many} first codes that were decided, mean over units; without any score 0",
        )
        for many in FIRST
    }
    | {
        f"best@{many}": Measure(
            _over_units(f"best@{many}"), "no units", f"what precision@{many} would be in the best order"
        )
        for many in FIRST
    }
    | {
        "coverage": Measure(_over_units("covered"), "no units", "share of the units that are offered a code or more"),
        "brier": Measure(
            lambda s: _share(s["squared"], s["cells"]),
            "no probabilities",
            "mean squared difference of stated probability and decision (1 or 0), over all cells; 0 is best",
        ),
        "ece": Measure(
            lambda s: _share(np.abs(s["apart"]).sum(axis=-1, keepdims=True), s["cells"]),
            "no probabilities",
            f"calibration error: mean difference of stated and decided share in {BINS} bins of equal width, weighted "
            "by the number of cells; 0 is best, and few units make it look worse than it is",
        ),
    }
)
"""Measures of a method as a whole."""
