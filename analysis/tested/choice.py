"""Which test a crosstab gets.

=====================================================  =======================================================
units stand alone, each in one column                  each row: chi-square by Cochran's rule, else Fisher's exact
                                                       test (two columns) or simulated tables; all rows: the same of
                                                       the whole table, or the exchange of whole units where units
                                                       have several rows
units stand alone, with several columns                exchange of the rows of units against their columns
several coders read one unit, columns are coders       exchange of coders within each unit
units stand together (posts of a thread, findings of   Rao-Scott with the thread or the file as cluster
a file), or have design weights
columns of a unit differ from row to row               Rao-Scott with the unit as cluster
=====================================================  =======================================================
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.statistics import designed, exchange
from analysis.statistics.counts import Result, chi_square, enough, expected, residuals
from analysis.statistics.exact import MOST, fitting
from analysis.statistics.incidence import Bools, Floats, Incidence, Ints, Records
from analysis.statistics.strength import Strength, cramer
from analysis.tested.basis import Basis


@dataclass(frozen=True, slots=True)
class Rule:
    """``[analysis]`` of the study, as far as tests need it."""

    alpha: float
    resamples: int
    small_cell: float
    seed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a test says, row by row, cell by cell and overall.

    Args:
        kind: Which line of the module's table.
        tests: The test of each row.
        p_max: Of each row; nan where it was not drawn.
        strengths: Cramér's V of each row.
        overall: All rows together.
        expected: By row and column.
        residual: By row and column; nan where nothing can vary.
    """

    kind: str
    tests: Sequence[Result]
    p_max: Floats
    strengths: Sequence[Strength]
    overall: Result
    expected: Floats
    residual: Floats


NOT_KNOWN = Strength(np.nan, np.nan, np.nan)


def alone(counted: Basis, units: Incidence | None, rule: Rule) -> Outcome:
    """Units that stand alone, each in one column; ``units`` are needed where they have several rows."""
    n, cols = counted.n, counted.col_n
    fourfold = [np.stack([row, cols - row]) for row in n]
    awaited = expected(counted.row_n, cols, counted.total)
    found = None
    if units is not None:
        rare = np.array([not enough(expected(t.sum(1), t.sum(0), t.sum()), rule.small_cell) for t in fourfold])
        found = exchange.tested(units.records(), np.zeros(units.units, dtype=np.int64), rare, rule.resamples, rule.seed)
    resamples = rule.resamples if 2 * n.size * rule.resamples <= MOST else 0
    drawn = np.full(len(n), np.nan) if found is None else found.p_drawn
    tests = [_of_row(t, rule, resamples, float(p)) for t, p in zip(fourfold, drawn, strict=True)]
    strengths = [cramer(chi_square(t).statistic, _shape(t), counted.total, rule.alpha) for t in fourfold]
    p_max = np.full(len(n), np.nan) if found is None else found.p_max
    overall = found.overall if found else fitting(n, rule.small_cell, rule.resamples, rule.seed)
    apart = residuals(n, counted.row_n, cols, counted.total)
    return Outcome("alone", tests, p_max, strengths, overall, awaited, apart)


def _of_row(n: Floats, rule: Rule, resamples: int, drawn: float) -> Result:
    """The test of a row; one that was drawn with all others (``drawn`` is its p) is not drawn again."""
    fits = fitting(n, rule.small_cell, 0, rule.seed)
    if fits.test != "none" or not np.isfinite(fits.statistic):
        return fits
    if np.isfinite(drawn):
        return Result("Monte Carlo", fits.statistic, np.nan, drawn)
    return fitting(n, rule.small_cell, resamples, rule.seed)


def _shape(n: Floats) -> tuple[int, int]:
    return int((n.sum(1) > 0).sum()), int((n.sum(0) > 0).sum())


def exchanged(records: Records, block: Ints, kind: str, rule: Rule) -> Outcome:
    """Records whose columns are exchanged within blocks."""
    moments = exchange.moments(records, block)
    n = records.counts
    awaited = n - moments.apart
    rare = np.array([not enough(row, rule.small_cell) for row in awaited])
    found = exchange.tested(records, block, rare, rule.resamples, rule.seed)
    tests = [_drawn(found, rare, j) for j in range(len(n))]
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = np.where(moments.own > 0, moments.apart / np.sqrt(moments.own), np.nan)
    return Outcome(kind, tests, found.p_max, [NOT_KNOWN] * len(n), found.overall, awaited, residual)


def _drawn(found: exchange.RowTests, rare: Bools, row: int) -> Result:
    if rare[row] and np.isfinite(found.p_drawn[row]):
        return Result("exchange", float(found.statistic[row]), np.nan, float(found.p_drawn[row]))
    if rare[row]:
        return Result("none", float(found.statistic[row]), np.nan, np.nan)
    return Result("chi-square", float(found.statistic[row]), float(found.df[row]), float(found.p[row]))


def together(records: Records, design: designed.Design) -> Outcome | None:
    """Records that stand together in clusters, or count by their weights; None where they are too many."""
    found = designed.tested(records, design)
    if found is None:
        return None
    tests = [Result("Rao-Scott", *map(float, each)) for each in zip(found.statistic, found.df, found.p, strict=True)]
    n, weight = records.counts, design.weight * len(records) / design.weight.sum()
    awaited = expected(weight @ records.rows, weight @ records.cols, len(records))
    unknown = np.full(len(n), np.nan)
    residual = designed.standardised(records, design)
    return Outcome("together", tests, unknown, [NOT_KNOWN] * len(n), found.overall, awaited, residual)
