"""The odds ratio of tables in layers; whether there is an association, :mod:`analysis.statistics.exchange` tests."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from analysis.statistics.incidence import Floats


@dataclass(frozen=True, slots=True)
class Odds:
    """An odds ratio that the layers have in common, with its interval; nan where it cannot be known."""

    ratio: float
    low: float
    high: float


def common_odds(n: Floats, alpha: float = 0.05) -> Odds:
    """The Mantel-Haenszel odds ratio of layers of two by two, with the interval of Robins, Breslow and Greenland.

    J. Robins, N. Breslow, S. Greenland, Estimators of the Mantel-Haenszel variance consistent in both sparse data and
    large-strata limiting models, Biometrics 42 (1986), 311-323.

    Args:
        n: Units by layer, row and column.
        alpha: One minus the confidence of the interval.
    """
    n = n[n.sum((1, 2)) > 0].astype(np.float64)
    total = n.sum((1, 2))
    along, across = n[:, 0, 0] * n[:, 1, 1] / total, n[:, 0, 1] * n[:, 1, 0] / total
    if not along.sum() or not across.sum():
        return Odds(np.nan, np.nan, np.nan)
    same, other = (n[:, 0, 0] + n[:, 1, 1]) / total, (n[:, 0, 1] + n[:, 1, 0]) / total
    r, s = along.sum(), across.sum()
    variance = (same * along).sum() / (2 * r**2) + (same * across + other * along).sum() / (2 * r * s)
    variance += (other * across).sum() / (2 * s**2)
    half = ndtri(1 - alpha / 2) * np.sqrt(variance)
    return Odds(float(r / s), float(r / s * np.exp(-half)), float(r / s * np.exp(half)))
