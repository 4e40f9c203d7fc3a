"""Test a crosstab: choose the test, run it, correct it for how many there are, and say so."""

import numpy as np
from scipy.special import ndtr

from analysis.crosstab import Crosstab, Pairs, by_layer
from analysis.statistics.corrected import benjamini_hochberg, holm
from analysis.statistics.incidence import Bools, Floats
from analysis.statistics.trend import cochran_armitage
from analysis.tested import sentences
from analysis.tested.basis import Basis, basis
from analysis.tested.choice import Outcome, Rule
from analysis.tested.found import Cell, RowTest, Tested
from analysis.tested.greyed import greyed
from analysis.tested.layers import layered
from analysis.tested.way import Untested, is_same, outcome, plain, why_not
from analysis.values import Value
from codebook.study import Study

_IN_ORDER = ("year",)
"""Variables whose values have an order without being words of a scale."""


def tested(study: Study, made: Pairs, table: Crosstab) -> Tested:
    """Test a crosstab while its pairs are open.

    Args:
        study: Its ``[analysis]`` says how, its seed what is drawn, its table ``agreement`` which codes stand back.
        made: The open pairs.
        table: What was counted, all layers together.
    """
    section, counted, low = study.settings.analysis, basis(table), greyed(study, made.con, table)
    rule = Rule(section.alpha, section.resamples, section.small_cell, study.settings.study.seed)
    about = tuple(sentences.about_agreement(table, low, study.settings.agreement.threshold))
    why = why_not(table, counted)
    if why:
        return Tested(lines=(f"no test: {why}", *about), greyed=low.rows)
    tables = by_layer(made, table)
    found = outcome(made, (table, tables), counted, rule)
    if isinstance(found, Outcome) and np.isnan([found.overall.p, *(each.p for each in found.tests)]).all():
        found = Untested("no test: cells are small, and too many to be simulated", found)
    if isinstance(found, Untested):
        cells = _cells(table, found.outcome, counted, rule, can_be_marked=found.by_cell)
        return Tested(cells, lines=(found.why, *sentences.of_cells(table, cells, rule), *about), greyed=low.rows)
    cells = _cells(table, found, counted, rule, can_be_marked=True)
    rows = _rows(found, counted, _trends(table, counted, found), cells, low.rows)
    lines = (
        *sentences.of_tests(table, found, counted, rule, rows),
        *sentences.of_cells(table, cells, rule),
        *layered(made, table, tables, counted, rule),
    )
    overall = None if np.isnan(found.overall.p) else found.overall
    return Tested(cells, rows, overall, (*lines, *about), low.rows)


def described(study: Study, table: Crosstab, like: Tested) -> Tested:
    """What the cells of one layer expect, and which are small; the rows are tested over all layers only.

    Args:
        study: Its ``[analysis]`` says what is small.
        table: The layer.
        like: What was found over all layers.
    """
    counted, section = basis(table), study.settings.analysis
    if not counted.total or not like.cells:
        return Tested(greyed=like.greyed)
    rule = Rule(section.alpha, section.resamples, section.small_cell, study.settings.study.seed)
    return Tested(_cells(table, plain(counted), counted, rule, can_be_marked=False), greyed=like.greyed)


def _cells(
    table: Crosstab, found: Outcome, counted: Basis, rule: Rule, *, can_be_marked: bool
) -> dict[tuple[Value, Value], Cell]:
    small: Bools = found.expected < rule.small_cell
    same = np.array([[is_same(table, r, c) for c in counted.cols] for r in counted.rows])
    residual = np.where(same, np.nan, found.residual)
    p = np.where(small | ~np.isfinite(residual), np.nan, 2 * ndtr(-np.abs(np.nan_to_num(residual))))
    marked = holm(p.ravel()).reshape(p.shape) <= rule.alpha
    return {
        (r, c): Cell(
            float(found.expected[i, j]), _known(residual[i, j]), bool(small[i, j]), can_be_marked and bool(marked[i, j])
        )
        for i, r in enumerate(counted.rows)
        for j, c in enumerate(counted.cols)
    }


def _rows(
    found: Outcome,
    counted: Basis,
    trends: tuple[Floats, Floats],
    cells: dict[tuple[Value, Value], Cell],
    low: frozenset[Value],
) -> dict[Value, RowTest]:
    p = np.array([each.p for each in found.tests])
    by_holm, by_bh = holm(p), benjamini_hochberg(p)
    rows = {}
    for i, row in enumerate(counted.rows):
        test, strength = found.tests[i], found.strengths[i]
        small = ("small",) if any(cells[row, c].small for c in counted.cols) else ()
        rows[row] = RowTest(
            test=test.test if np.isfinite(p[i]) else "none",
            statistic=_known(test.statistic),
            df=_known(test.df),
            p=_known(p[i]),
            p_holm=_known(by_holm[i]),
            p_bh=_known(by_bh[i]),
            p_max=_known(found.p_max[i]),
            v=_known(strength.v),
            v_low=_known(strength.low),
            v_high=_known(strength.high),
            trend=_known(trends[0][i]),
            trend_p=_known(trends[1][i]),
            flags=(*small, *(("low agreement",) if row in low else ())),
        )
    return rows


def _trends(table: Crosstab, counted: Basis, found: Outcome) -> tuple[Floats, Floats]:
    """Of each row z over columns that have an order, and its p by Holm; nan where they have none."""
    cols = table.question.cols
    unknown = np.full(len(counted.rows), np.nan)
    if found.kind != "alone" or len(counted.cols) < 3 or not (cols.ordered or cols.name in _IN_ORDER):  # noqa: PLR2004 - of two columns the test of the row says it
        return unknown, unknown
    trends = [cochran_armitage(row, counted.col_n) for row in counted.n]
    return np.array([t.statistic for t in trends]), holm(np.array([t.p for t in trends]))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
