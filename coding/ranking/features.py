"""Texts as sparse arrays: TF-IDF of words and pairs of words, and how similar texts are to what is asked.

Only the texts decide the arrays, not their order in time: a text gives the same row in every run over the same texts.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codebook.extras import require

Matrix = Any
"""A sparse matrix of scipy's, in rows."""

EXTRA = "agreement"
"""The extra that brings scikit-learn and scipy; the lightest that does."""

_LONGEST = 100_000
"""Characters of a text that are read; more is a pasted log, and of no help."""

_NO_WORDS = re.compile("empty vocabulary")
"""How scikit-learn says that no text has a word."""


def features(texts: Sequence[str]) -> Matrix:
    """The arrays of n texts: n by p, rows of unit length, or of zeros for texts without words.

    Raises:
        Missing: The extra is not installed.
    """
    return _weighed([text[:_LONGEST] for text in texts], longest=2)


def _weighed(texts: Sequence[str], longest: int, stop: str | None = None) -> Matrix:
    text = require("sklearn.feature_extraction.text", EXTRA)
    counter = text.CountVectorizer(ngram_range=(1, longest), stop_words=stop)
    try:
        counts = counter.fit_transform(texts)
    except ValueError as error:
        if not _NO_WORDS.search(str(error)):
            raise
        return require("scipy.sparse", EXTRA).csr_matrix((len(texts), 1), dtype=np.float64)
    return text.TfidfTransformer(sublinear_tf=True).fit_transform(counts)


def similarity(texts: Sequence[str], question: Sequence[str]) -> NDArray[np.float64]:
    """How similar each text is to what is asked: cosine of the TF-IDF of words, 0 to 1.

    Args:
        texts: The n texts.
        question: What is asked: keywords, criteria. None of it gives zeros.
    """
    asked = " ".join(question)
    both = _weighed([*(text[:_LONGEST] for text in texts), asked], longest=1, stop="english")
    return np.asarray((both[:-1] @ both[-1].T).todense(), dtype=np.float64).ravel()
