"""Whether a share rises or falls over columns that have an order."""

import numpy as np
from scipy.special import ndtr

from analysis.statistics.counts import Result
from analysis.statistics.incidence import Floats


def cochran_armitage(having: Floats, of: Floats) -> Result:
    """The test for a linear trend in proportions, two-sided; the statistic is z, above 0 where the share rises.

    P. Armitage, Tests for linear trends in proportions and frequencies, Biometrics 11 (1955), 375-386. Columns are
    scored 0, 1, 2 and so on.

    Args:
        having: Units that have the row, by column, weakest column first.
        of: All units by column.
    """
    total, score = of.sum(), np.arange(len(of), dtype=np.float64)
    none = Result("Cochran-Armitage", np.nan, np.nan, np.nan)
    if not total:
        return none
    share = having.sum() / total
    spread = (of * score**2).sum() - (of * score).sum() ** 2 / total
    variance = share * (1 - share) * spread
    if variance <= 0:
        return none
    z = float((score * (having - of * share)).sum() / np.sqrt(variance))
    return Result("Cochran-Armitage", z, np.nan, float(2 * ndtr(-abs(z))))
