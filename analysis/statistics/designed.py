"""Units that are not independent of each other or do not count alike: clusters, design weights, strata.

Each row is tested against the columns with the weighted chi-square statistic; its distribution is found from how the
sums over clusters differ within strata (linearisation), with the second-order correction: J. N. K. Rao, A. J. Scott,
On chi-squared tests for multiway contingency tables with cell proportions estimated from survey data, The Annals of
Statistics 12 (1984), 46-60; D. R. Thomas, J. N. K. Rao, Small-sample comparisons of level and power for simple
goodness-of-fit statistics under cluster sampling, Journal of the American Statistical Association 82 (1987), 630-636,
for the F distribution with as many degrees of freedom as there are clusters less strata.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from analysis.statistics.counts import Result
from analysis.statistics.exchange import RowTests
from analysis.statistics.incidence import Floats, Ints, Records

MOST = 20_000_000
"""Clusters times rows times columns up to which there is a test."""


@dataclass(frozen=True, slots=True)
class Design:
    """How units were drawn (each an array over units).

    Args:
        weight: Units of the whole that each stands for; only their ratios matter.
        cluster: What units stand in together.
        stratum: The group that it was drawn from; units of a cluster are in one stratum, that of the first counts.
    """

    weight: Floats
    cluster: Ints
    stratum: Ints


def tested(records: Records, design: Design) -> RowTests | None:
    """Test every row, and all of them together; None where there are too many clusters and cells."""
    clusters = len(np.unique(design.cluster))
    if not len(records) or clusters * records.rows.shape[1] * records.cols.shape[1] > MOST:
        return None
    weight = design.weight * len(records) / design.weight.sum()
    sums, scale, cols = _scores(records, weight, design)
    rows = sums.shape[1]
    white, rank = _white(cols)
    with np.errstate(divide="ignore"):
        factor = np.where(scale > 0, scale**-0.5, 0.0)
    apart, around = (np.einsum("grk,kl,r->grl", s, white, factor, optimize=True) for s in _centred(sums, design))
    squared = apart.sum(0) ** 2
    flat = around.reshape(len(around), -1)
    each = around.transpose(1, 2, 0) @ around.transpose(1, 0, 2)
    mean, second = np.trace(each, axis1=1, axis2=2), (each**2).sum((1, 2))
    strata = len(np.unique(design.stratum))
    statistic, ndf, p = _f(squared.sum(1), mean, second, clusters - strata)
    varies = (scale > 0) & (rank > 0)
    small = flat.T @ flat if flat.shape[1] <= len(flat) else flat @ flat.T
    total = _f(squared.sum()[None], mean.sum()[None], (small**2).sum()[None], clusters - strata)
    unknown = np.full(rows, np.nan)
    overall = Result("Rao-Scott", float(total[0][0]), float(total[1][0]), float(total[2][0]))
    statistic, ndf, p = (np.where(varies, value, np.nan) for value in (statistic, ndf, p))
    return RowTests(statistic, ndf, p, unknown, unknown, overall, varies)


def standardised(records: Records, design: Design) -> Floats:
    """How far each cell is from expectation, about standard normal without association; nan where nothing varies."""
    weight = design.weight * len(records) / design.weight.sum()
    sums, around = _centred(_scores(records, weight, design)[0], design)
    spread = np.sqrt((around**2).sum(0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, sums.sum(0) / spread, np.nan)


def _scores(records: Records, weight: Floats, design: Design) -> tuple[Floats, Floats, Floats]:
    """Of each cluster the sums of what its units differ from expectation; the variance of rows, and of columns."""
    y, x = records.rows.astype(np.float64), records.cols.astype(np.float64)
    share, of_cols = weight @ y / len(y), weight @ x / len(x)
    left, right = weight[:, None] * (y - share), x - of_cols
    order = np.argsort(design.cluster, kind="stable")
    _, start = np.unique(design.cluster[order], return_index=True)
    sums = np.stack([np.add.reduceat((left * column[:, None])[order], start) for column in right.T], axis=-1)
    return sums, share * (1 - share) * len(y), (weight[:, None] * right).T @ right / len(y)


def _centred(sums: Floats, design: Design) -> tuple[Floats, Floats]:
    """The sums of clusters, and what they differ from the mean of their stratum, scaled for its size."""
    order = np.argsort(design.cluster, kind="stable")
    _, start = np.unique(design.cluster[order], return_index=True)
    _, stratum = np.unique(design.stratum[order][start], return_inverse=True)
    size = np.bincount(stratum).astype(np.float64)
    mean = np.zeros((len(size), *sums.shape[1:]))
    np.add.at(mean, stratum, sums)
    mean /= size[:, None, None]
    mean[size == 1] = sums.mean(0)  # a stratum of one cluster is compared with all
    factor = np.sqrt(np.where(size > 1, size / np.maximum(size - 1, 1), 1.0))
    return sums, (sums - mean[stratum]) * factor[stratum][:, None, None]


def _white(variance: Floats) -> tuple[Floats, int]:
    """A matrix A with A A' = V⁻, and the rank of V."""
    values, vectors = np.linalg.eigh(variance)
    known = values > 1e-9 * max(float(values.max(initial=0)), 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        return vectors * np.where(known, values**-0.5, 0.0), int(known.sum())


def _f(squared: Floats, mean: Floats, second: Floats, clusters: int) -> tuple[Floats, Floats, Floats]:
    """F, its degrees of freedom in the numerator, and p; nan where there is no variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic, ndf = squared / mean, mean**2 / second
        return statistic, ndf, fdtrc(ndf, ndf * max(clusters, 1), statistic)
