"""How strong an association is: Cramér's V, corrected for its bias, with an interval."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chndtr


@dataclass(frozen=True, slots=True)
class Strength:
    """Cramér's V, 0 to 1, and its interval; nan where there is nothing to measure."""

    v: float
    low: float
    high: float


def cramer(statistic: float, shape: tuple[int, int], total: float, alpha: float = 0.05) -> Strength:
    """Cramér's V from a chi-square statistic.

    The estimate is corrected for bias: W. Bergsma, A bias-correction for Cramér's V and Tschuprow's T, Journal of the
    Korean Statistical Society 42 (2013), 323-328. The interval inverts the noncentral chi-square distribution:
    M. Smithson, Confidence Intervals (2003), chapter 4.

    Args:
        statistic: Pearson's chi-square.
        shape: Rows and columns that have units.
        total: Units.
        alpha: One minus the confidence of the interval.
    """
    rows, cols = shape
    df = (rows - 1) * (cols - 1)
    if df < 1 or total < 2 or not np.isfinite(statistic):  # noqa: PLR2004 - one unit says nothing
        return Strength(np.nan, np.nan, np.nan)
    squared = max(0.0, statistic / total - df / (total - 1))
    least = min(side - (side - 1) ** 2 / (total - 1) for side in shape) - 1
    v = min(1.0, float(np.sqrt(squared / least))) if least > 0 else np.nan
    ends = [noncentrality(statistic, df, tail) / (total * (min(shape) - 1)) for tail in (1 - alpha / 2, alpha / 2)]
    low, high = (min(1.0, float(np.sqrt(end))) for end in ends)
    return Strength(v, low, high)


def noncentrality(statistic: float, df: float, tail: float) -> float:
    """The noncentrality at which a smaller statistic has the probability ``tail``; 0 where none has so small a one."""
    if chndtr(statistic, df, 0) <= tail:
        return 0.0
    low, high = 0.0, max(statistic, 1.0)
    while chndtr(statistic, df, high) > tail:
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if chndtr(statistic, df, middle) > tail else (low, middle)
    return (low + high) / 2
