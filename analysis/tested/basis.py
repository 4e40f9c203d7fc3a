"""The counts of a crosstab that are tested: those of units of which both variables are known."""

from dataclasses import dataclass

import numpy as np

from analysis.crosstab import Crosstab
from analysis.statistics.incidence import Floats
from analysis.values import Value
from analysis.variables import Variable

_LISTS = ("thread_labels", "thread_matches", "model_tags", "model_criteria")
"""Relations with one row per entry of a list: an empty list is known to be empty."""


def says_none(variable: Variable) -> bool:
    """Whether an empty value says that the unit has none of the values, and not that nothing is known."""
    return variable.of_codebook or variable.table in _LISTS


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
    row_n = np.array([table.row_n[r] - table.n.get((r, None), 0) for r in rows], dtype=np.float64)
    col_n = np.array([table.col_n[c] for c in cols], dtype=np.float64)
    total = table.n_all
    if says_none(table.question.cols):
        row_n = np.array([table.row_n[r] for r in rows], dtype=np.float64)
    else:
        total -= table.col_n.get(None, 0)
    if not says_none(table.question.rows):
        col_n -= np.array([table.n.get((None, c), 0) for c in cols], dtype=np.float64)
        total -= table.row_n.get(None, 0)
        total += 0 if says_none(table.question.cols) else table.n.get((None, None), 0)
    return Basis(
        rows=rows,
        cols=cols,
        n=n,
        row_n=row_n,
        col_n=col_n,
        total=float(total),
        left_out=table.n_all - int(total),
        one_row=sum(table.row_n.values()) == table.n_all,
        one_col=sum(table.col_n.values()) == table.n_all,
    )
