"""Which way a crosstab is tested, or why it is not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.crosstab import Crosstab, Pairs
from analysis.statistics.counts import Result, expected, residuals
from analysis.statistics.designed import Design
from analysis.statistics.incidence import Incidence, Ints, Records
from analysis.tested.basis import Basis
from analysis.tested.choice import NOT_KNOWN, Outcome, Rule, alone, exchanged, together
from analysis.tested.units import incidence
from analysis.values import Value, label
from codebook.harmless import one_line

MOST = 500_000
"""Pairs of units and values that are read for tests of units which stand together."""

CELLS, COLUMNS = 10_000, 400
"""What is tested at most; larger tables are counted only."""

_ALONE = ("thread", "model")

_NEVER = {
    "finding": "findings in one file are not independent of each other; count models (--unit model)",
    "file": "files of one model are not independent of each other; count models (--unit model)",
    "claim": "claims are all that packages and pages say, release by release, and no sample of anything",
}


@dataclass(frozen=True, slots=True)
class Untested:
    """A crosstab without tests of its rows: why, what its cells expect, whether each cell can be tested by itself."""

    why: str
    outcome: Outcome
    by_cell: bool = False


def why_not(table: Crosstab, counted: Basis) -> str:
    """Why nothing can be tested; empty if something can."""
    question, unit = table.question, table.question.unit.plural
    rows, cols = question.rows.name, question.cols.name
    if not table.n_all:
        return "nothing was counted"
    for name, values in ((rows, counted.rows), (cols, counted.cols)):
        if not values:
            return f"no {unit} have a {name}"
    if len(counted.cols) == 1:
        return f"there is one {cols} only ({_name(table, counted.cols[0])}), and nothing to compare it with"
    if counted.n.size > CELLS or len(counted.cols) > COLUMNS:
        return f"{len(counted.rows)} by {len(counted.cols)} values are too many; leave some out with --where"
    varies = (counted.row_n > 0) & (counted.row_n < counted.total)
    return "" if varies.any() else f"each {rows} is that of all {unit}: nothing varies"


def _name(table: Crosstab, col: Value) -> str:
    return one_line(label(table.question.cols, col, table.book), 60)


def is_same(table: Crosstab, row: Value, col: Value) -> bool:
    """Whether a row and a column are the same value, or a code and its theme: they go together by themselves."""
    rows, cols, book = table.question.rows, table.question.cols, table.book
    if not (rows.of_codebook and cols.of_codebook and book):
        return rows.name == cols.name and row == col
    themes = {book.theme_of(str(v)).id if v in book.codes else str(v) for v in (row, col)}
    return row == col or (rows.name != cols.name and len(themes) == 1)


def outcome(
    made: Pairs, tables: tuple[Crosstab, Mapping[Value, Crosstab]], counted: Basis, rule: Rule
) -> Outcome | Untested:
    """Test a crosstab, given with its layers, the way that fits its units."""
    table, layers = tables
    question = table.question
    described = plain(counted)
    if question.rows.name == question.cols.name or (question.rows.of_codebook and question.cols.of_codebook):
        return Untested("rows and columns are values of the same units: each cell is tested by itself", described, True)
    if question.rows.name == "coder":
        return Untested("no test: to test whether coders differ, let coder be the columns", described)
    if question.unit.name in _NEVER:
        return Untested(f"no test: {_NEVER[question.unit.name]}", described)
    stand_alone = question.unit.name in _ALONE and counted.one_col and not question.weighted
    if stand_alone and counted.one_row:
        return alone(counted, None, rule)
    if not stand_alone and counted.n.sum() > MOST:
        return Untested(f"no test: too many {question.unit.plural} that are not independent of each other", described)
    units = incidence(made, table, layers)
    return alone(counted, units, rule) if stand_alone else _not_alone(table, counted, units, rule)


def _not_alone(table: Crosstab, counted: Basis, units: Incidence, rule: Rule) -> Outcome | Untested:
    question = table.question
    if question.weighted:
        return _weighted(counted, units)
    if question.cols.name == "coder":
        return _readings(counted, units, rule)
    in_clusters = units.cluster is not None and len(np.unique(units.cluster)) < units.units
    if counted.one_col and not in_clusters:
        return alone(counted, units, rule)
    if units.is_product and not in_clusters:
        return exchanged(units.records(), np.zeros(units.units, dtype=np.int64), "several columns", rule)
    if units.is_product:
        return _clustered(counted, units.records(), _clusters(units))
    readings, unit = units.readings()
    return _clustered(counted, readings, _clusters(units)[unit])


def _readings(counted: Basis, units: Incidence, rule: Rule) -> Outcome | Untested:
    readings, unit = units.readings()
    if np.bincount(unit).max(initial=0) < 2:  # noqa: PLR2004 - two readings can be compared
        return Untested("no test: no unit was read by several coders", plain(counted))
    return exchanged(readings, unit, "readings", rule)


def _clusters(units: Incidence) -> Ints:
    return np.arange(units.units) if units.cluster is None else units.cluster


def _clustered(counted: Basis, records: Records, cluster: Ints) -> Outcome | Untested:
    if len(np.unique(cluster)) < 2:  # noqa: PLR2004 - one cluster says nothing about how clusters differ
        return Untested("no test: all stand in one thread or model", plain(counted))
    size = len(records)
    found = together(records, Design(np.ones(size), cluster, np.zeros(size, dtype=np.int64)))
    return found or Untested("no test: too many values for units that are not independent", plain(counted))


def _weighted(counted: Basis, units: Incidence) -> Outcome | Untested:
    weight = units.weight if units.weight is not None else np.ones(units.units)
    stratum = units.stratum if units.stratum is not None else np.zeros(units.units, dtype=np.int64)
    inside = ~np.isnan(weight)
    if inside.sum() < 2 or not units.is_product:  # noqa: PLR2004 - one unit says nothing about how units differ
        return Untested("no weighted test: too few units are in the plan, or columns differ by row", plain(counted))
    design = Design(weight[inside], _clusters(units)[inside], stratum[inside])
    found = together(units.records().of(inside), design)
    if found is None:
        return Untested("no test: too many values for units with weights", plain(counted))
    return replace(found, kind="weighted")


def plain(counted: Basis) -> Outcome:
    """What cells expect, and residuals as if units were independent; no test."""
    none = Result("none", np.nan, np.nan, np.nan)
    rows = len(counted.rows)
    awaited = expected(counted.row_n, counted.col_n, counted.total)
    apart = residuals(counted.n, counted.row_n, counted.col_n, counted.total)
    return Outcome("none", [none] * rows, np.full(rows, np.nan), [NOT_KNOWN] * rows, none, awaited, apart)
