"""Method (b): how often the decided units of a topic have a code."""

import numpy as np
from numpy.typing import NDArray

from coding.suggestions.material import YES, Floats, Ints

_AS_MANY = 5.0
"""Units that a topic borrows from the whole study (additive smoothing)."""


def prevalence(labels: NDArray[np.int8]) -> Floats:
    """The share of decided units with each code (c), moved towards a half by one unit (Jeffreys' prior)."""
    known = (labels >= 0).sum(axis=0)
    return np.asarray(((labels == YES).sum(axis=0) + 0.5) / (known + 1.0), np.float64)


def topical(topics: Ints, units: Ints, labels: NDArray[np.int8]) -> Floats:
    """The smoothed share of decided units with the code in each unit's topic (n x c), from 0 to 1.

    Args:
        topics: The topic of each unit (n); an outlier (-1) belongs to none and gets the share in the whole study.
        units: The decided units (u).
        labels: Their labels, u x c.
    """
    overall = prevalence(labels)
    shares = np.tile(overall, (len(topics), 1))
    for topic in np.unique(topics[topics >= 0]):
        here = labels[topics[units] == topic]
        share = ((here == YES).sum(axis=0) + _AS_MANY * overall) / ((here >= 0).sum(axis=0) + _AS_MANY)
        shares[topics == topic] = share
    return shares
