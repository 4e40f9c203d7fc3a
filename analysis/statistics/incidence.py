"""Which unit has which values of the row and the column variable."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Incidence:
    """The distinct pairs of values of every unit, as whole numbers.

    Args:
        units: How many units there are, those without any pair among them.
        rows: How many values the row variable has.
        cols: How many values the column variable has.
        unit: Of each pair, its unit, 0 to ``units - 1``.
        row: Of each pair, its row, 0 to ``rows - 1``; -1 where the unit has none.
        col: Of each pair, its column, 0 to ``cols - 1``; -1 where the unit has none.
        layer: Of each pair, its layer; None without layers.
        cluster: Of each unit, what it stands in together with units like it; None where units stand alone.
        weight: Of each unit, its design weight, nan where it has none; None without weights.
        stratum: Of each unit, the group that it was drawn from; None without strata.
    """

    units: int
    rows: int
    cols: int
    unit: Ints
    row: Ints
    col: Ints
    layer: Ints | None = None
    cluster: Ints | None = None
    weight: Floats | None = None
    stratum: Ints | None = None

    def records(self) -> "Records":
        """Every unit with its rows and its columns, whichever stand together."""
        return Records(
            _marked(self.unit, self.row, (self.units, self.rows)), _marked(self.unit, self.col, (self.units, self.cols))
        )

    def readings(self) -> tuple["Records", Ints]:
        """Every unit in each of its columns as a record of its own, and the unit of each record."""
        known = self.col >= 0
        keys, place = np.unique(self.unit[known] * self.cols + self.col[known], return_inverse=True)
        size = len(keys)
        rows = _marked(place.astype(np.int64), self.row[known], (size, self.rows))
        return Records(rows, _marked(np.arange(size), keys % self.cols, (size, self.cols))), keys // self.cols

    @property
    def is_product(self) -> bool:
        """Whether every unit has each of its rows in each of its columns."""
        rows, cols = (_counted(self.unit, values, self.units) for values in (self.row, self.col))
        pairs = len(np.unique((self.unit * (self.rows + 1) + self.row + 1) * (self.cols + 1) + self.col + 1))
        return pairs == int((rows * cols).sum())


@dataclass(frozen=True, slots=True)
class Records:
    """What is tested: which record has which rows and which columns (records by rows, records by columns)."""

    rows: Bools
    cols: Bools

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, chosen: Bools | Ints) -> "Records":
        """Some of the records."""
        return Records(self.rows[chosen], self.cols[chosen])

    @property
    def counts(self) -> Floats:
        """Records by row and column."""
        return self.rows.T.astype(np.float64) @ self.cols.astype(np.float64)


def _marked(place: Ints, value: Ints, shape: tuple[int, int]) -> Bools:
    found = np.zeros(shape, dtype=np.bool_)
    known = value >= 0
    found[place[known], value[known]] = True
    return found


def _counted(unit: Ints, value: Ints, units: int) -> Ints:
    """How many distinct values each unit has; -1 is one of them."""
    width = int(value.max(initial=0)) + 2
    return np.bincount(np.unique(unit * width + value + 1) // width, minlength=units)
