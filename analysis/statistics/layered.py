"""Tables in layers: is there an association when every layer is compared with itself only?"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri

from analysis.statistics.counts import Result
from analysis.statistics.incidence import Floats


def mantel_haenszel(n: Floats) -> Result:
    """The generalised Cochran-Mantel-Haenszel test of general association, without continuity correction.

    N. Mantel, W. Haenszel, Statistical aspects of the analysis of data from retrospective studies of disease, Journal
    of the National Cancer Institute 22 (1959), 719-748; J. R. Landis, E. R. Heyman, G. G. Koch, Average partial
    association in three-way contingency tables, International Statistical Review 46 (1978), 237-254.

    Args:
        n: Units by layer, row and column; every unit stands in one cell of its layer.
    """
    none = Result("Cochran-Mantel-Haenszel", np.nan, np.nan, np.nan)
    total = n.sum((1, 2))
    n = n[total > 1].astype(np.float64)
    if not len(n) or min(n.shape[1:]) < 2:  # noqa: PLR2004 - one row or one column cannot be associated with anything
        return none
    total, rows, cols = n.sum((1, 2)), n.sum(2), n.sum(1)
    apart = (n - rows[:, :, None] * cols[:, None, :] / total[:, None, None]).sum(0)[:-1, :-1].ravel()
    of_rows, of_cols = _spread(rows, total)[:, :-1, :-1], _spread(cols, total)[:, :-1, :-1]
    scale = total**2 / (total - 1)
    variance = np.einsum("l,lab,lcd->acbd", scale, of_rows, of_cols).reshape(len(apart), len(apart))
    df = int(np.linalg.matrix_rank(variance, hermitian=True))
    if not df:
        return none
    statistic = float(apart @ np.linalg.pinv(variance, hermitian=True) @ apart)
    return Result("Cochran-Mantel-Haenszel", statistic, df, float(chdtrc(df, statistic)))


def _spread(margin: Floats, total: Floats) -> Floats:
    share = margin / total[:, None]
    found: Floats = share[:, :, None] * (np.eye(share.shape[1]) - share[:, None, :])
    return found


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
