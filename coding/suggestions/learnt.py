"""Method (c): a model learnt from decisions, which starts from the codebook.

Logistic regression, one per code, over embeddings and TF-IDF together. The codebook's own texts are examples, too:
what speaks for a code is one of it, and what speaks for others is none. So there is a model with a single decision, or
none of the code, and each further decision moves it. Classes weigh the same however rare a code is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codebook.extras import require
from coding.suggestions.material import EXTRA, NO, YES, Codes, Floats, Ints, Units
from coding.suggestions.similarity import Space

_WORDS = 1.2
"""How much words count beside embeddings."""

_CODEBOOK = 3.0
"""How many decided units a text of the codebook counts for."""

_C = 10.0


class Features:
    """Embeddings and TF-IDF of units and of the codebook's texts, in one inner product.

    Args:
        units: The units.
        codes: The codes.
        space: Their embeddings.
    """

    def __init__(self, units: Units, codes: Codes, space: Space) -> None:
        self._dense = np.vstack([space.units, space.codes])
        self._words = _words([*units.texts, *codes.texts])
        self.units = len(units)

    def products(self, rows: Ints) -> Floats:
        """The inner products of some rows with one another; rows behind the units are the codebook's texts."""
        found = self._dense[rows] @ self._dense[rows].T
        if self._words is not None:
            found = found + _WORDS**2 * (self._words[rows] @ self._words[rows].T).toarray()
        return np.asarray(found, np.float64)

    def margins(self, rows: Ints, weights: Floats) -> Floats:
        """For every unit, the sum of its inner products with some rows, weighted (n x c)."""
        found = self._dense[: self.units] @ (self._dense[rows].T @ weights)
        if self._words is not None:
            found = found + _WORDS**2 * (self._words[: self.units] @ (self._words[rows].T @ weights))
        return np.asarray(found, np.float64)


def _words(texts: Sequence[str]) -> Any:
    """TF-IDF of words and pairs of words that occur twice (sparse); None where there is no such word."""
    text = require("sklearn.feature_extraction.text", EXTRA)
    try:
        return text.TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2)).fit_transform(texts)
    except ValueError:  # "empty vocabulary", or no word twice
        return None


def learnt(features: Features, codes: Codes, units: Ints, labels: NDArray[np.int8]) -> Floats:
    """What the models learnt from decided units say of all units (n x c): log-odds if classes were even.

    A code with nothing to tell it from (no other code, and no decision without it) gets zeros.
    """
    rows = np.concatenate([units, features.units + np.flatnonzero(codes.for_it)])
    written = (codes.code_of[codes.for_it][:, None] == np.arange(len(codes.wordings))).astype(np.int8)
    known = np.vstack([labels, written])
    weight = np.concatenate([np.ones(len(units)), np.full(len(written), _CODEBOOK)])
    strengths, directions = np.linalg.eigh(features.products(rows))
    kept = strengths > 1e-9 * max(float(strengths[-1]), 1e-9)
    inward = directions[:, kept] / np.sqrt(strengths[kept])
    places = directions[:, kept] * np.sqrt(strengths[kept])
    found = [_fitted(places, known[:, number], weight) for number in range(len(codes.wordings))]
    weights = np.array([coefficients for coefficients, _ in found]).T
    return np.asarray(features.margins(rows, inward @ weights) + [b for _, b in found], np.float64)


def _fitted(places: Floats, known: NDArray[np.int8], weight: Floats) -> tuple[Floats, float]:
    """Coefficients and intercept of one code's model."""
    seen = known >= 0
    yes, no = known == YES, known == NO
    if not yes.any() or not no.any():
        return np.zeros(places.shape[1]), 0.0
    even = weight * np.where(yes, weight[seen].sum() / weight[yes].sum(), weight[seen].sum() / weight[no].sum()) / 2
    even *= seen.sum() / even[seen].sum()
    model = require("sklearn.linear_model", EXTRA).LogisticRegression(C=_C, max_iter=1000)
    model.fit(places[seen], yes[seen], sample_weight=even[seen])
    return np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])
