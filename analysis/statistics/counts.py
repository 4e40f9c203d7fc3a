"""Of a table of counts: what would be expected without association, and how far each cell is from it."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from analysis.statistics.incidence import Bools, Floats


@dataclass(frozen=True, slots=True)
class Result:
    """A test: its name, the statistic, its degrees of freedom (nan where it has none), and p."""

    test: str
    statistic: float
    df: float
    p: float


def expected(row_n: Floats, col_n: Floats, total: float) -> Floats:
    """Units that every cell would have if rows and columns were independent.

    Args:
        row_n: Distinct units by row.
        col_n: Distinct units by column.
        total: All units; totals may be smaller than sums where a unit has several values.
    """
    return row_n[:, None] * col_n / total


def residuals(n: Floats, row_n: Floats, col_n: Floats, total: float) -> Floats:
    """Adjusted residuals: about standard normal in every cell without association; nan where nothing can vary.

    S. J. Haberman, The analysis of residuals in cross-classified tables, Biometrics 29 (1973), 205-220. Of a cell of
    units with several values it is that of the fourfold table "has the row" by "has the column".

    Args:
        n: Units by row and column.
        row_n: Distinct units by row.
        col_n: Distinct units by column.
        total: All units.
    """
    awaited = expected(row_n, col_n, total)
    variance = awaited * np.outer(1 - row_n / total, 1 - col_n / total)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 0, (n - awaited) / np.sqrt(variance), np.nan)


def chi_square(n: Floats) -> Result:
    """Pearson's chi-square of a table in which every unit stands in one cell; without continuity correction."""
    n = without_zeros(n)
    df = (n.shape[0] - 1) * (n.shape[1] - 1)
    if min(n.shape) < 2:  # noqa: PLR2004 - one row or one column cannot be associated with anything
        return Result("chi-square", np.nan, np.nan, np.nan)
    awaited = expected(n.sum(1), n.sum(0), n.sum())
    statistic = float(((n - awaited) ** 2 / awaited).sum())
    return Result("chi-square", statistic, df, float(chdtrc(df, statistic)))


def without_zeros(n: Floats) -> Floats:
    """The table without rows and columns that have no unit."""
    return n[np.ix_(n.sum(1) > 0, n.sum(0) > 0)]


def enough(awaited: Floats, small_cell: float) -> bool:
    """Cochran's rule for chi-square: no cell expects less than 1 unit, at most a fifth less than ``small_cell``.

    W. G. Cochran, Some methods for strengthening the common chi-square tests, Biometrics 10 (1954), 417-451.
    """
    few: Bools = awaited < small_cell
    return bool(awaited.size and awaited.min() >= 1 and few.mean() <= 0.2)  # noqa: PLR2004 - the rule's own fifth
