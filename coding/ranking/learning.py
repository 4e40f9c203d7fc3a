"""How likely candidates are relevant, learnt from the verdicts so far.

A linear support vector machine on the TF-IDF of words and pairs of words, as in the default of ASReview 2 (R. van de
Schoot et al., An open source machine learning framework for efficient and transparent systematic reviews, Nature
Machine Intelligence 3 (2021) 125), always fed with what it likes best (G. Cormack and M. Grossman, Evaluation of
machine-learning protocols for technology-assisted review, SIGIR 2014). Relevant candidates are few, so they weigh more.
Where there are sentence embeddings, a second machine learns from these and has a smaller say.
"""

import numpy as np
from numpy.typing import NDArray

from codebook.extras import require
from coding.ranking.features import EXTRA, Matrix

Floats = NDArray[np.float64]

_NOTHING = 1e-9
"""A standard deviation that is only rounding."""

NAMES = (
    "linear SVM on TF-IDF of words and pairs of words",
    "linear SVM on TF-IDF of words and pairs of words, and sentence embeddings",
)
"""What is recorded as the model: without and with embeddings."""

_SAY_OF_MEANING = 0.3
"""Weight of the embeddings' machine beside that of the words.

Chosen on labelled sets of systematic reviews (nudging; ADHD and calcium channel blockers of the Drug Class Reviews): it
reads a little less than words alone on each. Larger ones, and one machine for both, are better on some and worse on
others.
"""

_MARGIN = 0.11
"""Regularisation: strong, as there are few verdicts and many words."""

_TIMES = 9.8
"""How many times the relevant candidates together weigh as much as the others together."""


def scores(
    of: Matrix,
    relevant: NDArray[np.bool_],
    read: NDArray[np.intp],
    wanted: NDArray[np.intp],
    meaning: NDArray[np.float32] | None = None,
) -> Floats | None:
    """Scores of candidates: higher is likelier to be relevant. They compare candidates, and are no chances.

    Args:
        of: The arrays of all candidates, n by p.
        relevant: Of those that have a verdict, whether they are relevant.
        read: Which ones these are.
        wanted: Which ones to score.
        meaning: Sentence embeddings of all candidates, n by d; None where these cannot be had.

    Returns:
        One score per candidate wanted; None if nothing can be learnt, as all verdicts are the same or there are none.
    """
    if relevant.all() or not relevant.any():
        return None
    found = _learnt(of, relevant, read, wanted)
    if meaning is not None:
        said = _learnt(meaning.astype(np.float64), relevant, read, wanted)
        found = _standardised(found) + _SAY_OF_MEANING * _standardised(said)
    return np.asarray(np.round(found, 9), dtype=np.float64)


def _learnt(of: Matrix, relevant: NDArray[np.bool_], read: NDArray[np.intp], wanted: NDArray[np.intp]) -> Floats:
    """How far the wanted ones are on the relevant side of the plane that parts those read."""
    machine = require("sklearn.svm", EXTRA).LinearSVC(C=_MARGIN, random_state=0)
    machine.fit(of[read], relevant, sample_weight=_weights(relevant))
    return np.asarray(of[wanted] @ machine.coef_[0] + machine.intercept_[0], dtype=np.float64)


def _standardised(found: Floats) -> Floats:
    """With a mean of 0 and a standard deviation of 1; zeros where all are the same."""
    if not len(found):
        return found
    spread = float(found.std())
    return np.zeros(len(found)) if spread < _NOTHING else (found - found.mean()) / spread


def _weights(relevant: NDArray[np.bool_]) -> Floats:
    many, few = int((~relevant).sum()), int(relevant.sum())
    weights = np.where(relevant, 1.0, few / (_TIMES * many))
    return np.asarray(weights * len(relevant) / weights.sum(), dtype=np.float64)
