"""Scores of units from models that have not seen their thread."""

from collections.abc import Collection, Mapping
from itertools import combinations

import numpy as np

from coding.suggestions import stacking
from coding.suggestions.learnt import Features, learnt
from coding.suggestions.material import YES, Bools, Codes, Decided, Floats, Ints, Units
from coding.suggestions.similarity import Space, evidence, similarity
from coding.suggestions.topical import prevalence, topical

ALONE = ("similarity", "topics", "learnt")
"""The methods that are combined."""

Given = Mapping[str, Floats]
"""What methods give, by name (n x c each)."""


class CrossFitted:
    """The three methods on all units, and what combines them.

    Threads with decisions are in folds. For each fold there is a model that is learnt without it, and its weights are
    learnt from what further models, without one more fold each, give for the units of that fold (nested
    cross-validation). A unit of a thread with decisions is scored by the model without its fold, every other one by the
    mean of all of them. So no decision has a part in the score of a unit of its thread.

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
        self._near = similarity(units, codes, self._space)
        self._folds = stacking.folds([units.groups[unit] for unit in decided.units], seed)
        by_thread = {units.groups[unit]: fold for unit, fold in zip(decided.units, self._folds, strict=True)}
        self._fold_of: Ints = np.array([by_thread.get(group, -1) for group in units.groups], np.int64)
        count = int(self._folds.max()) + 1 if len(self._folds) else 0
        usable = {"similarity": True, "topics": count and units.topics is not None, "learnt": count}
        self.methods = tuple(method for method in ALONE if usable[method] and method in methods)
        self._features = Features(units, codes, self._space) if "learnt" in self.methods else None
        self.calibrates = len(set(self._folds[decided.calibrates])) > 1
        """Whether there are decisions to calibrate on: of two threads or more."""
        self._raw = [self._given({fold}) for fold in range(count)] or [self._given(set())]
        self._scaled = [self._standard(given) for given in self._raw]
        self._inner = self._within(count) if self.calibrates else []

    def _given(self, without: set[int]) -> Given:
        """What is learnt without some folds."""
        there = (self._folds >= 0) & ~np.isin(self._folds, list(without))
        units, labels = self._decided.units[there], self._decided.labels[there]
        found = {"prevalence": prevalence(labels), "similarity": self._near}
        if self._features is not None:
            found["learnt"] = learnt(self._features, self._codes, units, labels)
        if "topics" in self.methods and self._units.topics is not None:
            found["topics"] = topical(self._units.topics, units, labels)
        return found

    def _within(self, count: int) -> list[dict[str, Floats]]:
        """Per fold, what is learnt without it for the decided units of every other fold (u x c), without that, too."""
        shape = (len(self._decided), len(self._codes.wordings))
        found: list[dict[str, Floats]] = [{name: np.zeros(shape) for name in self._scaled[0]} for _ in range(count)]
        for fold, other in combinations(range(count), 2):
            for name, given in self._standard(self._given({fold, other})).items():
                for out, scored in ((fold, other), (other, fold)):
                    there = self._folds == scored
                    found[out][name][there] = given[self._decided.units[there]]
        return found

    def _standard(self, given: Given) -> Given:
        """What methods give as features for :mod:`coding.suggestions.stacking`."""
        base = _log_odds(given["prevalence"])
        found = {"intercept": np.ones_like(self._near), "prevalence": np.broadcast_to(base, self._near.shape)}
        found |= {name: self._even(given[name]) for name in ("similarity", "learnt") if name in given}
        found["rivals"] = _rivals(found["similarity"])
        if "topics" in given:
            found["topics"] = _log_odds(given["topics"]) - base
        return found

    def _even(self, scores: Floats) -> Floats:
        """Scores with mean 0 and deviation 1 in each code, over the units that have a text."""
        there = scores[self._space.there] if self._space.there.any() else scores
        return np.asarray((scores - there.mean(axis=0)) / np.maximum(there.std(axis=0), 1e-9), np.float64)

    def raw(self, method: str) -> Floats:
        """What one method gives (n x c)."""
        return self._spread([given[method] for given in self._raw])

    def logits(self, methods: Collection[str]) -> Floats:
        """Log-odds that each code would be decided, by some methods together (n x c)."""
        names = ("intercept", "prevalence", *methods, *(("rivals",) if "similarity" in methods else ()))
        stacks = [stacking.prior(names, len(self._codes.wordings))] * len(self._scaled)
        if self.calibrates:
            stacks = [self._stack(names, fold) for fold in range(len(self._scaled))]
        features = (np.stack([given[name] for name in names]) for given in self._scaled)
        return self._spread([stack.logits(each) for stack, each in zip(stacks, features, strict=True)])

    def _stack(self, names: tuple[str, ...], fold: int) -> stacking.Stack:
        """The weights that are learnt without a fold, from units that may be calibrated on."""
        there = (self._folds != fold) & self._decided.calibrates
        features = np.stack([self._inner[fold][name][there] for name in names])
        labels = self._decided.labels[there]
        return stacking.fitted(names, features, labels == YES, labels >= 0)

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


def _rivals(scores: Floats) -> Floats:
    """For each unit and code, the best score of another code; 0 if there is none."""
    if scores.shape[1] == 1:
        return np.zeros_like(scores)
    second, first = np.sort(scores, axis=1)[:, -2:].T
    return np.where(scores == first[:, None], second[:, None], first[:, None])


def _log_odds(shares: Floats) -> Floats:
    return np.asarray(np.log(shares) - np.log1p(-shares), np.float64)
