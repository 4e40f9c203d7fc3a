"""What the tests of a crosstab say."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.statistics.counts import Result
from analysis.values import Value


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one cell besides its count.

    Args:
        expected: Units that it would have without association.
        residual: How far it is from that, about standard normal without association; None where nothing can vary.
        small: Fewer are expected than ``[analysis].small_cell``.
        marked: It differs after Holm's correction over all cells; a small cell is never marked.
    """

    expected: float
    residual: float | None
    small: bool
    marked: bool


@dataclass(frozen=True, slots=True)
class RowTest:
    """The test of one row against the columns; None where there is no such thing.

    Args:
        test: Its name.
        statistic: Chi-square, F, or the odds ratio of Fisher's test.
        df: Degrees of freedom.
        p: Of this row by itself.
        p_holm: Corrected for the number of rows, so that any false alarm is rare.
        p_bh: Corrected so that false alarms are a small share of all alarms (Benjamini and Hochberg).
        p_max: Corrected by the largest statistic of exchanged units (Westfall and Young).
        v: Cramér's V of having the row, by column, corrected for bias.
        v_low: Where its interval begins.
        v_high: Where it ends.
        trend: z of the Cochran-Armitage test, where columns have an order.
        trend_p: Its p, corrected by Holm.
        flags: ``small``, ``low agreement``.
    """

    test: str
    statistic: float | None
    df: float | None
    p: float | None
    p_holm: float | None
    p_bh: float | None
    p_max: float | None = None
    v: float | None = None
    v_low: float | None = None
    v_high: float | None = None
    trend: float | None = None
    trend_p: float | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tested:
    """All that the tests of a crosstab say.

    Args:
        cells: By row and column value; cells of unknown values are not in it.
        rows: By row value.
        overall: All rows together; None where there is no such test.
        lines: Sentences for readers: which test by which rule, what it says, or why there is none.
        greyed: Row values on which coders agree less than ``[agreement].threshold``.
    """

    cells: Mapping[tuple[Value, Value], Cell] = field(default_factory=dict)
    rows: Mapping[Value, RowTest] = field(default_factory=dict)
    overall: Result | None = None
    lines: tuple[str, ...] = ()
    greyed: frozenset[Value] = frozenset()

    @property
    def residuals(self) -> dict[tuple[Value, Value], float]:
        """The adjusted residuals of all cells that have one."""
        return {place: cell.residual for place, cell in self.cells.items() if cell.residual is not None}

    @property
    def marks(self) -> dict[tuple[Value, Value], float]:
        """The adjusted residuals of the cells that are out of line after correction."""
        return {place: cell.residual for place, cell in self.cells.items() if cell.marked and cell.residual is not None}
