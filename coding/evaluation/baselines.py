"""What simpler methods would offer for the same units, learnt from the same decisions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from codebook.extras import require
from coding.evaluation.judged import Bools, Floats, Ints

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Units of which some are decided, and the others asked about.

    Args:
        texts: The prose of all units (n).
        vectors: Their embeddings; n x d, unit length.
        definitions: Embeddings of the codes' names with definitions; c x d, unit length.
        learnt: Places of the decided units (u).
        given: Whether a code is in their agreed sets; u x c.
        known: Whether it could be; u x c.
        asked: Places of the units asked about (a).
        seed: For what is drawn.
    """

    texts: Sequence[str]
    vectors: Vectors
    definitions: Vectors
    learnt: Ints
    given: Bools
    known: Bools
    asked: Ints
    seed: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """One method.

    Args:
        name: What it is called in tables.
        scores: The scores of the units asked about; a x c.
        probable: Whether the scores are meant as probabilities.
    """

    name: str
    scores: Callable[[Task], Floats]
    probable: bool


def majority(task: Task) -> Floats:
    """How often each code was decided, for every unit the same; 0 where nothing is known."""
    known = task.known.sum(axis=0)
    shares = (task.given & task.known).sum(axis=0) / np.maximum(known, 1)
    return np.tile(shares.astype(np.float64), (len(task.asked), 1))


def tfidf(task: Task, *, balanced: bool = False) -> Floats:
    """TF-IDF of words, and one logistic regression per code (scikit-learn's defaults).

    A code of which there are only units with it, or only units without, has its share for every unit.

    Args:
        task: The task.
        balanced: Weigh units with and without a code as if both were as many.

    Raises:
        Missing: scikit-learn is not installed.
    """
    scores = majority(task)
    words = _words([task.texts[at] for at in task.learnt], [task.texts[at] for at in task.asked])
    if words is None:
        return scores
    linear = require("sklearn.linear_model", "topics")
    for code in range(scores.shape[1]):
        known = task.known[:, code]
        given = task.given[known, code]
        if 0 < given.sum() < len(given):
            weights = "balanced" if balanced else None
            model = linear.LogisticRegression(max_iter=1000, class_weight=weights).fit(words[0][known], given)
            scores[:, code] = model.predict_proba(words[1])[:, 1]
    return scores


def _words(learnt: list[str], asked: list[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None:
    """Word frequencies of the texts; None if the decided ones have no words, or there are none."""
    text = require("sklearn.feature_extraction.text", "topics")
    counting = text.TfidfVectorizer(sublinear_tf=True)
    if not any(map(counting.build_analyzer(), learnt)) or not asked:
        return None
    return counting.fit_transform(learnt), counting.transform(asked)


def similarity(task: Task) -> Floats:
    """Cosine of a unit's embedding to those of the codes' names with definitions; nothing is learnt."""
    return (task.vectors[task.asked] @ task.definitions.T).astype(np.float64)


def chance(task: Task) -> Floats:
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(task.seed).random((len(task.asked), task.given.shape[1]))


BASELINES: Mapping[str, Baseline] = {
    "majority": Baseline("majority", majority, probable=True),
    "tfidf": Baseline("TF-IDF + logistic regression", tfidf, probable=True),
    "tfidf_balanced": Baseline("TF-IDF + logistic regression, balanced", partial(tfidf, balanced=True), probable=False),
    "similarity": Baseline("similarity to definitions", similarity, probable=False),
    "random": Baseline("random", chance, probable=False),
}
"""Baselines by id."""
