"""One score of several: a small logistic regression over all pairs of unit and code, regularised towards similarity.

The pairs of all codes are one sample, so ten decided units of twenty codes are two hundred. Each code has weights of
its own about the common ones (partial pooling: Gelman and Hill 2007, chapter 12), and those are drawn to what
similarity alone would say, the more so the fewer decisions there are: a maximum a posteriori estimate under Gaussian
priors. What comes out is a calibrated probability (Platt 1999, for scores not learnt from the same decisions).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from codebook.extras import require
from coding.suggestions.material import EXTRA, Bools, Floats, Ints

PRIOR: Mapping[str, tuple[float, float, float]] = {
    "intercept": (0.0, 0.5, 0.5),
    "prevalence": (1.0, 0.3, 0.0),
    "similarity": (1.2, 0.5, 0.3),
    "rivals": (-0.3, 0.3, 0.2),
    "learnt": (0.6, 0.5, 0.3),
    "topics": (0.3, 0.3, 0.2),
}
"""Per feature: the weight before any decision, its standard deviation, and that of one code's about the common one."""

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Stack:
    """Weights of features.

    Args:
        weights: Per feature and code (f x c).
    """

    weights: Floats

    def logits(self, features: Floats) -> Floats:
        """Log-odds of every unit and code (n x c), given its features (f x n x c)."""
        return np.asarray(np.einsum("fc,fnc->nc", self.weights, features), np.float64)


def prior(names: tuple[str, ...], codes: int) -> Stack:
    """What holds without decisions."""
    return Stack(np.array([[PRIOR[name][0]] * codes for name in names]))


def fitted(names: tuple[str, ...], features: Floats, wanted: Bools, known: Bools) -> Stack:
    """Learn weights.

    Args:
        names: The features, of :data:`PRIOR`.
        features: f x u x c.
        wanted: Whether the unit has the code (u x c).
        known: Whether that is known (u x c).
    """
    minimize = require("scipy.optimize", EXTRA).minimize
    kinds, codes = len(names), features.shape[2]
    start = np.array([PRIOR[name][0] for name in names])
    common = np.array([PRIOR[name][1] for name in names])
    own = np.array([PRIOR[name][2] for name in names])
    freed = own > 0

    def split(values: Floats) -> tuple[Floats, Floats]:
        apart = np.zeros((kinds, codes))
        apart[freed] = values[kinds:].reshape(-1, codes)
        return values[:kinds], apart

    def loss(values: Floats) -> tuple[float, Floats]:
        shared, apart = split(values)
        logits = np.einsum("fc,fnc->nc", shared[:, None] + apart, features)
        miss = np.where(known, 1 / (1 + np.exp(-np.clip(logits, -40, 40))) - wanted, 0.0)
        losses = np.where(known, np.logaddexp(0, logits) - wanted * logits, 0.0)
        slope = np.einsum("nc,fnc->fc", miss, features)
        away = (shared - start) / common
        apart_by = apart[freed] / own[freed, None]
        total = losses.sum() + 0.5 * (away**2).sum() + 0.5 * (apart_by**2).sum()
        slopes = [slope.sum(axis=1) + away / common, (slope[freed] + apart_by / own[freed, None]).ravel()]
        return float(total), np.concatenate(slopes)

    first = np.concatenate([start, np.zeros(int(freed.sum()) * codes)])
    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-10})
    shared, apart = split(np.asarray(found.x, np.float64))
    return Stack(shared[:, None] + apart)


def folds(groups: Sequence[str], seed: int) -> Ints:
    """The fold of each decided unit: units of a thread are in one, and folds are about equally large.

    Five folds, or as many as there are threads; -1 for all if there is one thread.
    """
    names, place = np.unique(groups, return_inverse=True)
    if len(names) < 2:  # noqa: PLR2004 - one thread cannot be both learnt from and scored
        return np.full(len(groups), -1, np.int64)
    count = min(len(names), _FOLDS)
    order = np.random.default_rng(seed).permutation(len(names))
    split = require("sklearn.model_selection", EXTRA).GroupKFold(n_splits=count)
    found = np.zeros(len(groups), np.int64)
    for number, (_, there) in enumerate(split.split(groups, groups=order[place])):
        found[there] = number
    return found
