"""Scores of units from models that have not seen their thread."""

from collections.abc import Collection, Iterator

import numpy as np

from coding.suggestions import stacking
from coding.suggestions.learnt import Features, learnt
from coding.suggestions.material import YES, Bools, Codes, Decided, Floats, Ints, Units
from coding.suggestions.similarity import Space, evidence, similarity
from coding.suggestions.stacking import Stack
from coding.suggestions.topical import prevalence, topical

ALONE = ("similarity", "topics", "learnt")
"""The methods that are combined."""


class CrossFitted:
    """The three methods on all units, and what combines them.

    A unit whose thread has decisions is scored by models that were learnt without the thread's fold, every other one by
    the mean of these same models.

    Args:
        units: All units (n).
        codes: All codes (c).
        decided: The decisions.
        seed: For the folds.
        methods: Those that may be used; the others are left out.
    """

    def __init__(
        self, units: Units, codes: Codes, decided: Decided, seed: int, methods: Collection[str] = ALONE
    ) -> None:
        self._units, self._codes, self._decided = units, codes, decided
        self._space = Space(units, codes)
        folds = stacking.folds([units.groups[unit] for unit in decided.units], seed)
        by_thread = {units.groups[unit]: fold for unit, fold in zip(decided.units, folds, strict=True)}
        self._fold_of: Ints = np.array([by_thread.get(group, -1) for group in units.groups], np.int64)
        self._folds = folds
        self._count = int(folds.max()) + 1 if len(folds) else 0
        usable = {"similarity": True, "topics": self._count and units.topics is not None, "learnt": self._count}
        self.methods = tuple(method for method in ALONE if usable[method] and method in methods)
        self._near = similarity(units, codes, self._space)
        self._learnt, self._topical, self._prevalence = self._in_folds()
        self.calibrates = len(set(folds[decided.calibrates])) > 1
        """Whether there are decisions to calibrate on: of two threads or more."""

    def _in_folds(self) -> tuple[list[Floats], list[Floats], list[Floats]]:
        """Per fold, what is learnt without it."""
        if not self._count:
            return [], [], [np.full(len(self._codes.wordings), 0.5)]
        features = Features(self._units, self._codes, self._space)
        margins, shares, overall = [], [], []
        for fold in range(self._count):
            there = self._folds != fold
            units, labels = self._decided.units[there], self._decided.labels[there]
            if "learnt" in self.methods:
                margins.append(learnt(features, self._codes, units, labels))
            overall.append(prevalence(labels))
            if self._units.topics is not None:
                shares.append(topical(self._units.topics, units, labels))
        return margins, shares, overall

    def raw(self, method: str) -> Floats:
        """What one method gives (n x c)."""
        if method == "similarity":
            return self._near
        return self._spread(self._learnt if method == "learnt" else self._topical)

    def logits(self, methods: tuple[str, ...]) -> Floats:
        """Log-odds that each code would be decided, by some methods together (n x c)."""
        names = ("intercept", "prevalence", *methods, *(("rivals",) if "similarity" in methods else ()))
        by_fold = list(self._features(names))
        if not self.calibrates:
            start = stacking.prior(names, len(self._codes.wordings))
            return self._spread([start.logits(features) for features in by_fold])
        return self._spread(
            [stack.logits(features) for stack, features in zip(self._stacks(names, by_fold), by_fold, strict=True)]
        )

    def _stacks(self, names: tuple[str, ...], by_fold: list[Floats]) -> Iterator[Stack]:
        """Per fold, the weights learnt from the decided units of others that may be calibrated on."""
        units, labels = self._decided.units, self._decided.labels
        own = np.stack([by_fold[fold][:, unit] for fold, unit in zip(self._folds, units, strict=True)], axis=1)
        for fold in range(self._count):
            there = (self._folds != fold) & self._decided.calibrates
            yield stacking.fitted(names, own[:, there], labels[there] == YES, labels[there] >= 0)

    def _features(self, names: tuple[str, ...]) -> Iterator[Floats]:
        """Per fold, f x n x c."""
        for fold in range(max(self._count, 1)):
            near = self._standard(self._near)
            made = {"intercept": np.ones_like(near), "similarity": near, "rivals": _rivals(near)}
            made["prevalence"] = np.broadcast_to(_log_odds(self._prevalence[fold]), near.shape)
            if "learnt" in names:
                made["learnt"] = self._standard(self._learnt[fold])
            if "topics" in names:
                made["topics"] = _log_odds(self._topical[fold]) - _log_odds(self._prevalence[fold])
            yield np.stack([made[name] for name in names])

    def _standard(self, scores: Floats) -> Floats:
        """Scores with mean 0 and deviation 1 in each code, over the units that have a text."""
        there = scores[self._space.there] if self._space.there.any() else scores
        return np.asarray((scores - there.mean(axis=0)) / np.maximum(there.std(axis=0), 1e-9), np.float64)

    def _spread(self, by_fold: list[Floats]) -> Floats:
        """For each unit, what the models without its thread give."""
        scores = np.mean(by_fold, axis=0)
        for fold, given in enumerate(by_fold):
            scores[self._fold_of == fold] = given[self._fold_of == fold]
        return np.asarray(scores, np.float64)

    @property
    def undecided(self) -> Bools:
        """Which units have no decision (n)."""
        found = np.ones(len(self._units), np.bool_)
        found[self._decided.units] = False
        return found

    @property
    def evidence(self) -> Ints:
        """The sentence of each unit that speaks best for each code (n x c), -1 where there is none."""
        return evidence(self._units, self._space)[0]


def _log_odds(shares: Floats) -> Floats:
    return np.asarray(np.log(shares) - np.log1p(-shares), np.float64)


def _rivals(scores: Floats) -> Floats:
    """For each unit and code, the best score of another code; 0 if there is none."""
    if scores.shape[1] == 1:
        return np.zeros_like(scores)
    second, first = np.sort(scores, axis=1)[:, -2:].T
    return np.where(scores == first[:, None], second[:, None], first[:, None])
