"""Which unit has which of the values that are tested."""

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.crosstab import Crosstab, Pairs
from analysis.entries import entries
from analysis.known import says_none
from analysis.statistics.incidence import Incidence, Ints
from analysis.values import Value


def incidence(made: Pairs, table: Crosstab, layers: Mapping[Value, Crosstab]) -> Incidence:
    """Read the units whose values are known; see :func:`analysis.tested.basis.basis`, which counts the same.

    Args:
        made: The open pairs.
        table: What was counted.
        layers: What :func:`analysis.crosstab.by_layer` gave; empty without layers.
    """
    read = entries(made, table, layers)
    row, col = _known(read.row, table.rows), _known(read.col, table.cols)
    kept = np.ones(len(row), dtype=np.bool_)
    if not says_none(table.question.cols):
        kept &= col >= 0
    if not says_none(table.question.rows):
        kept &= row >= 0
    units, unit = np.unique(read.unit[kept], return_inverse=True)
    return Incidence(
        units=len(units),
        rows=sum(value is not None for value in table.rows),
        cols=sum(value is not None for value in table.cols),
        unit=unit.astype(np.int64),
        row=row[kept],
        col=col[kept],
        layer=None if read.layer is None or not layers else read.layer[kept],
        cluster=None if read.cluster is None else read.cluster[units],
        weight=None if read.weight is None else read.weight[units],
        stratum=None if read.stratum is None else read.stratum[units],
    )


def _known(place: Ints, values: Sequence[Value]) -> Ints:
    """Places among the known values, -1 for the empty one; it stands last."""
    found: Ints = np.where(place < sum(value is not None for value in values), place, -1)
    return found
