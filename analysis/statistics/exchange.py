"""Units with several rows each: are rows and columns associated, whatever rows go together?

Chi-square of a table of codes by columns takes a unit with three codes for three units. Here units stay whole. Without
association, the columns of units can be exchanged among them (within blocks, where there are any: layers, or the
readings of one unit by several coders) and every exchange is as probable as what was seen. Each row has the statistic
``U' V⁻ U`` of what its cells differ from expectation (``U``) and the variance of that under exchange (``V``): for one
block and units with one column it is Pearson's chi-square of "has the row" by column, times (n - 1) / n; for layers it
is the generalised Cochran-Mantel-Haenszel statistic; for blocks of readings, Cochran's Q. Their sum tests all rows
together, as in C. R. Bilder, T. M. Loughin, Testing for marginal independence between two categorical variables with
multiple responses, Biometrics 60 (2004), 241-248; A. Agresti, I.-M. Liu, Modeling a categorical variable allowing
arbitrarily many category choices, Biometrics 55 (1999), 936-943. The distribution of sum and maximum comes from
exchanging units, or, where they are many, from the normal distribution with the same variances and covariances.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from analysis.statistics.counts import Result
from analysis.statistics.draws import exchanged, normal
from analysis.statistics.incidence import Bools, Floats, Ints, Records

_ELEMENTS = 20_000_000
"""Numbers that are held in memory at a time."""

_SAME = 1 - 1e-6
"""Statistics that differ by less are the same, computed in another order and with fewer digits."""

WIDEST = 600
"""Rows times columns up to which all rows are tested together where units are too many to be exchanged."""


@dataclass(frozen=True, slots=True)
class RowTests:
    """What each row's test says; nan where nothing varies.

    Args:
        statistic: Of each row.
        df: Its degrees of freedom.
        p: From its distribution in many units (chi-square, or F in :mod:`analysis.statistics.designed`).
        p_drawn: From drawing; nan where it was not.
        p_max: From drawing, adjusted for there being several rows (Westfall and Young 1993, step-down).
        overall: All rows together.
        taken: The rows that are in ``overall``.
    """

    statistic: Floats
    df: Floats
    p: Floats
    p_drawn: Floats
    p_max: Floats
    overall: Result
    taken: Bools


@dataclass(frozen=True, slots=True)
class Moments:
    """What cells differ from expectation (rows by columns), and its variance under exchange.

    Args:
        apart: ``U``.
        own: The variance of each cell.
        white: Of each row a matrix A with A A' = V⁻.
        df: Of each row the rank of V.
        joint: The covariance of all cells (rows, rows, columns, columns); None where it would be too large.
    """

    apart: Floats
    own: Floats
    white: Floats
    df: Floats
    joint: Floats | None

    def statistics(self, apart: Floats) -> Floats:
        """The statistic of each row, of any number of tables (tables, rows, columns)."""
        found: Floats = (np.einsum("brk,rkl->brl", apart, self.white, optimize=True) ** 2).sum(-1)
        return found


def moments(records: Records, block: Ints) -> Moments:
    """Differences and their variance, of rows and columns exchanged within blocks."""
    rows, cols = records.rows.shape[1], records.cols.shape[1]
    apart, own = np.zeros((rows, cols)), np.zeros((rows, cols * cols))
    together = np.zeros((rows * rows, cols * cols)) if rows * cols <= WIDEST else None
    for y, x in _parts(records, block):
        apart += np.einsum("bnr,bnk->rk", y, x, optimize=True)
        of_cols = (np.einsum("bnk,bnl->bkl", x, x, optimize=True) / (y.shape[1] - 1)).reshape(len(x), -1)
        own += np.einsum("bnr,bnr->br", y, y).T @ of_cols
        if together is not None:
            of_rows = np.einsum("bnr,bns->brs", y, y, optimize=True).reshape(len(y), -1)
            together += of_rows.T @ of_cols
    variance = own.reshape(rows, cols, cols)
    white, df = _whitened(variance, one=len(np.unique(block)) == 1)
    joint = None if together is None else together.reshape(rows, rows, cols, cols)
    return Moments(apart, np.einsum("rkk->rk", variance), white, df, joint)


def _parts(records: Records, block: Ints) -> Iterator[tuple[Floats, Floats]]:
    """Blocks of one size each (blocks, records, values), less their means; those of one record say nothing."""
    order = np.argsort(block, kind="stable")
    _, start, size = np.unique(block[order], return_index=True, return_counts=True)
    wide = max(records.rows.shape[1], records.cols.shape[1])
    for n in np.unique(size[size > 1]):
        starts = start[size == n]
        step = max(1, _ELEMENTS // (int(n) * wide + wide * wide))
        for begin in range(0, len(starts), step):
            places = order[starts[begin : begin + step, None] + np.arange(n)]
            y, x = records.rows[places].astype(np.float64), records.cols[places].astype(np.float64)
            yield y - y.mean(1, keepdims=True), x - x.mean(1, keepdims=True)


def _whitened(variance: Floats, *, one: bool) -> tuple[Floats, Floats]:
    """Of each matrix V a matrix A with A A' = V⁻, and its rank; those of one block differ by a factor only."""
    if one and len(variance):
        scale = np.trace(variance, axis1=1, axis2=2)
        largest = int(scale.argmax())
        white, df = _whitened(variance[largest][None], one=False)
        with np.errstate(divide="ignore"):
            factor = np.where(scale > 0, np.sqrt(scale[largest] / scale), 0.0)
        return factor[:, None, None] * white, np.where(scale > 0, df[0], 0.0)
    values, vectors = np.linalg.eigh(variance)
    known = values > 1e-9 * np.maximum(values.max(-1, keepdims=True, initial=0), 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        return vectors * np.where(known, values**-0.5, 0.0)[:, None, :], known.sum(-1).astype(np.float64)


def tested(records: Records, block: Ints, rare: Bools, resamples: int, seed: int) -> RowTests:
    """Test every row, and all of them together.

    Args:
        records: What is exchanged.
        block: Within which records are exchanged.
        rare: Rows with small cells: they are not in the normal distribution of the overall test.
        resamples: How many are drawn.
        seed: The study's.
    """
    found = moments(records, block)
    varies = found.df > 0
    statistic = np.where(varies, found.statistics(found.apart[None])[0], np.nan)
    p = np.where(varies, chdtrc(np.maximum(found.df, 1), np.nan_to_num(statistic)), np.nan)
    cells = exchanged(records, block, resamples, seed)
    taken = varies if cells is not None else varies & ~rare
    if cells is None:
        cells = normal(found.joint, taken, resamples, seed)
    unknown = np.full(len(p), np.nan)
    if cells is None or not taken.any():
        overall = Result("none", np.nan, np.nan, np.nan)
        return RowTests(statistic, np.where(varies, found.df, np.nan), p, unknown, unknown, overall, taken & False)
    drawn = np.concatenate([found.statistics(each) for each in cells])[:, taken]
    p_drawn, p_max = unknown.copy(), unknown.copy()
    p_drawn[taken], p_max[taken] = _share(drawn, statistic[taken]), _step_down(drawn, statistic[taken])
    total = float(statistic[taken].sum())
    p_all = float(_share(drawn.sum(1)[:, None], np.array([total]))[0])
    name = "exchange of units" if taken is varies else "normal form of the exchange of units"
    overall = Result(name, total, np.nan, p_all)
    return RowTests(statistic, np.where(varies, found.df, np.nan), p, p_drawn, p_max, overall, taken)


def _share(drawn: Floats, observed: Floats) -> Floats:
    """The share of drawn statistics that are at least the observed one, itself among them."""
    found: Floats = (1 + (drawn >= observed * _SAME).sum(0)) / (1 + len(drawn))
    return found


def _step_down(drawn: Floats, observed: Floats) -> Floats:
    """p-values adjusted by the largest of the drawn statistics of this row and of all with smaller ones."""
    order = np.argsort(-observed, kind="stable")
    largest = np.maximum.accumulate(drawn[:, order[::-1]], axis=1)[:, ::-1]
    found = np.empty(len(observed))
    found[order] = np.maximum.accumulate(_share(largest, observed[order]))
    return found
