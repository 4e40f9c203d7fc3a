"""Tests of tables with small cells: Fisher's exact test of two by two, simulated tables of larger ones."""

import numpy as np
from scipy.special import gammaln

from analysis.statistics.counts import Result, chi_square, enough, expected, without_zeros
from analysis.statistics.incidence import Floats

MOST = 20_000_000
"""Cells times resamples that are simulated at most: about two seconds."""

_SAME = 1 + 1e-7
"""Probabilities, or statistics, that differ by less are the same, computed in another order."""


def fisher(n: Floats) -> Result:
    """Fisher's exact test of a table of two by two, two-sided: the tables that are no more probable than this one.

    R. A. Fisher, The logic of inductive inference, Journal of the Royal Statistical Society 98 (1935), 39-82. The
    statistic is the odds ratio of the sample.
    """
    (a, b), (c, d) = n
    rows, cols, total = n.sum(1), n.sum(0), n.sum()
    x = np.arange(max(0.0, rows[0] + cols[0] - total), min(rows[0], cols[0]) + 1)
    cells = np.stack([x, rows[0] - x, cols[0] - x, total - rows[0] - cols[0] + x])
    logs = -gammaln(cells + 1).sum(0)
    chances = np.exp(logs - logs.max())
    here = chances[int(a - x[0])]
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = float(np.float64(a) * d / (np.float64(b) * c))
    p = float(chances[chances <= here * _SAME].sum() / chances.sum())
    return Result("Fisher", odds, np.nan, min(p, 1.0))


def simulated(n: Floats, resamples: int, seed: int) -> Result:
    """Chi-square against tables drawn with the same margins, every unit standing in one cell.

    p is (1 + tables with at least this statistic) / (1 + tables), so that it is never zero: B. Phipson, G. K. Smyth,
    Permutation p-values should never be zero, Statistical Applications in Genetics and Molecular Biology 9 (2010).

    Args:
        n: Units by row and column.
        resamples: How many tables are drawn.
        seed: The study's; the same draws the same.
    """
    n = without_zeros(n)
    observed = chi_square(n).statistic
    if not np.isfinite(observed):
        return Result("Monte Carlo", np.nan, np.nan, np.nan)
    awaited = expected(n.sum(1), n.sum(0), n.sum())
    constant = float(n.sum())
    statistics = _sums(n, awaited, resamples, np.random.default_rng(seed)) - constant
    above = int((statistics >= observed / _SAME).sum())
    return Result("Monte Carlo", observed, np.nan, (1 + above) / (1 + resamples))


def _sums(n: Floats, awaited: Floats, resamples: int, random: np.random.Generator) -> Floats:
    """Of each drawn table the sum of n² / expected. Cells are drawn one by one, for all tables at once.

    The last row is what the others leave.
    """
    found = np.zeros(resamples)
    left = np.tile(n.sum(0).astype(np.int64), (resamples, 1))
    for i, total in enumerate(n.sum(1)[:-1].astype(np.int64)):
        of_row = np.full(resamples, total)
        behind = left.sum(1)
        for j in range(n.shape[1]):
            behind = behind - left[:, j]
            drawn = random.hypergeometric(left[:, j], behind, of_row)
            found += drawn**2 / awaited[i, j]
            of_row -= drawn
            left[:, j] -= drawn
    last: Floats = found + (left**2 / awaited[-1]).sum(1)
    return last


def fitting(n: Floats, small_cell: float, resamples: int, seed: int) -> Result:
    """The test that fits the cells of a table in which every unit stands in one cell.

    Chi-square by Cochran's rule (:func:`~analysis.statistics.counts.enough`), else Fisher's exact test of two by two
    and simulated tables of larger ones. A table with small cells that is too large to be simulated is not tested:
    chi-square would find in it what is not there.

    Args:
        n: Units by row and column.
        small_cell: See there.
        resamples: How many tables are drawn; 0 for none.
        seed: The study's.
    """
    n = without_zeros(n)
    if min(n.shape) < 2:  # noqa: PLR2004 - one row or one column cannot be associated with anything
        return Result("none", np.nan, np.nan, np.nan)
    if enough(expected(n.sum(1), n.sum(0), n.sum()), small_cell):
        return chi_square(n)
    if n.shape == (2, 2):
        return fisher(n)
    if 0 < n.size * resamples <= MOST:
        return simulated(n, resamples, seed)
    return Result("none", chi_square(n).statistic, np.nan, np.nan)
