"""p-values of several tests, corrected for there being several; nan is no test and stays nan."""

import numpy as np

from analysis.statistics.incidence import Floats


def holm(p: Floats) -> Floats:
    """Adjusted so that the chance of any false alarm stays at the level, however tests depend on each other.

    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979),
    65-70.
    """
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    found = np.full(len(p), np.nan)
    found[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1)
    return found


def benjamini_hochberg(p: Floats) -> Floats:
    """Adjusted so that the expected share of false alarms among all alarms stays at the level.

    Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical Society B 57
    (1995), 289-300. It holds for tests that are independent or depend positively on each other.
    """
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")[::-1]]
    number = len(order)
    found = np.full(len(p), np.nan)
    found[order] = np.minimum(np.minimum.accumulate(p[order] * number / np.arange(number, 0, -1)), 1)
    return found
