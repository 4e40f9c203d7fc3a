"""The counts of a crosstab that are tested: those of units of which both variables are known."""

from dataclasses import dataclass

import numpy as np

from analysis.crosstab import Crosstab
from analysis.known import Known, says_none
from analysis.statistics.incidence import Floats
from analysis.values import Value


@dataclass(frozen=True, slots=True)
class Basis:
    """Counts of units.

    Args:
        rows: The known values of the row variable.
        cols: The known values of the column variable.
        n: Units by row and column.
        row_n: Distinct units by row.
        col_n: Distinct units by column.
        total: All units with known values.
        left_out: Units of which a value is not known.
        one_row: Every unit has one row at most.
        one_col: Every unit has one column.
    """

    rows: tuple[Value, ...]
    cols: tuple[Value, ...]
    n: Floats
    row_n: Floats
    col_n: Floats
    total: float
    left_out: int
    one_row: bool
    one_col: bool


def basis(table: Crosstab) -> Basis:
    """The counts to be tested. Units without a code are known to have none; units without a year are left out."""
    rows, cols = (tuple(v for v in values if v is not None) for values in (table.rows, table.cols))
    n = np.array([[table.n.get((r, c), 0) for c in cols] for r in rows], dtype=np.float64).reshape(len(rows), len(cols))
    known = table.known or _left(table)
    row_n = np.array([known.row_n.get(r, 0) for r in rows], dtype=np.float64)
    col_n = np.array([known.col_n.get(c, 0) for c in cols], dtype=np.float64)
    return Basis(
        rows=rows,
        cols=cols,
        n=n,
        row_n=row_n,
        col_n=col_n,
        total=float(known.n_all),
        left_out=table.n_all - known.n_all,
        one_row=sum(table.row_n.values()) == table.n_all,
        one_col=sum(table.col_n.values()) == table.n_all,
    )


def _left(table: Crosstab) -> Known:
    """Units of which both values are known: all but those of which one is not, for each has one or the other."""
    row_n, col_n, n_all = dict(table.row_n), dict(table.col_n), table.n_all
    if not says_none(table.question.cols):
        row_n = {r: n - table.n.get((r, None), 0) for r, n in row_n.items()}
        n_all -= table.col_n.get(None, 0)
    if not says_none(table.question.rows):
        col_n = {c: n - table.n.get((None, c), 0) for c, n in col_n.items()}
        n_all -= table.row_n.get(None, 0)
        n_all += 0 if says_none(table.question.cols) else table.n.get((None, None), 0)
    return Known(row_n, col_n, n_all)
