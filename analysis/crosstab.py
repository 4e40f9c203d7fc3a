"""Counts of distinct units by two variables, and for each value of a third.

A unit counts in a cell if it has both values; :mod:`analysis.pairing` says what that means. Totals are distinct units
as well.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import fsum

from analysis.known import Known, are_known, is_mixed
from analysis.pairing import Pairs, pairs
from analysis.question import Question
from analysis.selection import present
from analysis.values import Value, in_order
from codebook.themes import Codebook

__all__ = ["Crosstab", "Pairs", "Weighted", "by_layer", "count", "pairs", "present"]


@dataclass(frozen=True, slots=True)
class Weighted:
    """The same counts by design weights: estimates for everything that could have been drawn.

    Args:
        n: By row and column.
        row_n: By row.
        col_n: By column.
        n_all: Of all.
        outside: Units that count and are not in the plan: they have no weight.
    """

    n: dict[tuple[Value, Value], float]
    row_n: dict[Value, float]
    col_n: dict[Value, float]
    n_all: float
    outside: int


@dataclass(frozen=True, slots=True)
class Crosstab:
    """A counted question.

    Args:
        question: What was asked.
        book: The codebook, where codes were asked for.
        rows: Values of the row variable, in order.
        cols: Values of the column variable, in order.
        n: Distinct units by row and column; cells without units are not in it.
        row_n: Distinct units by row.
        col_n: Distinct units by column.
        n_all: Distinct units that have any value of both variables.
        weighted: The same by design weights, where they were asked for.
        signs: What stands behind the labels of rows.
        known: Units of which both values are known; None where the other counts tell it.
    """

    question: Question
    book: Codebook | None
    rows: tuple[Value, ...]
    cols: tuple[Value, ...]
    n: dict[tuple[Value, Value], int]
    row_n: dict[Value, int]
    col_n: dict[Value, int]
    n_all: int
    weighted: Weighted | None = None
    signs: Mapping[Value, str] = field(default_factory=dict)
    known: Known | None = None


_Key = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class _Counts:
    """Units, their weights, and those without a weight, by values."""

    n: dict[_Key, int]
    weights: dict[_Key, float]
    outside: dict[_Key, int]


def count(made: Pairs) -> Crosstab:
    """Count the pairs, in whatever layers they are."""
    cells, by_row, by_col, everything = (_counted(made, sides) for sides in ("rc", "r", "c", ""))
    rows = in_order(made.question.rows, (r for (r,) in by_row.n), made.book)
    cols = in_order(made.question.cols, (c for (c,) in by_col.n), made.book)
    table = _table(made, (tuple(rows), tuple(cols)), (cells, by_row, by_col, everything))
    if not is_mixed(made.question, table.row_n, table.col_n, table.n_all):
        return table
    return replace(table, known=_known(*(_counted(made, sides, are_known(made.question)) for sides in ("r", "c", ""))))


def by_layer(made: Pairs, table: Crosstab) -> dict[Value, Crosstab]:
    """Count the pairs for each value of the layers by itself.

    Args:
        made: The open pairs.
        table: What :func:`count` gave.

    Returns:
        Value and table, in order; each has all rows and columns of ``table``. Nothing without layers.
    """
    layers = made.question.layers
    if layers is None:
        return {}
    cells, by_row, by_col, everything = (_split(_counted(made, sides)) for sides in ("lrc", "lr", "lc", "l"))
    shown = (table.rows, table.cols)
    tables = {
        layer: _table(made, shown, (cells[layer], by_row[layer], by_col[layer], everything[layer]))
        for layer in in_order(layers, everything, made.book)
    }
    if table.known is None:
        return tables
    parts = [_split(_counted(made, sides, are_known(made.question))) for sides in ("lr", "lc", "l")]
    none = _Counts({}, {}, {})
    return {layer: replace(each, known=_known(*(p.get(layer, none) for p in parts))) for layer, each in tables.items()}


def _known(by_row: _Counts, by_col: _Counts, everything: _Counts) -> Known:
    row_n, col_n = ({value: n for (value,), n in side.n.items()} for side in (by_row, by_col))
    return Known(row_n, col_n, everything.n.get((), 0))


def _table(
    made: Pairs,
    shown: tuple[tuple[Value, ...], tuple[Value, ...]],
    counts: tuple[_Counts, _Counts, _Counts, _Counts],
) -> Crosstab:
    """A table of the rows and columns that are shown, from the counts of cells, rows, columns and all."""
    rows, cols = shown
    cells, by_row, by_col, everything = counts
    weighted = Weighted(
        n={(r, c): n for (r, c), n in cells.weights.items()},
        row_n={r: by_row.weights.get((r,), 0.0) for r in rows},
        col_n={c: by_col.weights.get((c,), 0.0) for c in cols},
        n_all=everything.weights.get((), 0.0),
        outside=everything.outside.get((), 0),
    )
    return Crosstab(
        question=made.question,
        book=made.book,
        rows=rows,
        cols=cols,
        n={(r, c): n for (r, c), n in cells.n.items()},
        row_n={r: by_row.n.get((r,), 0) for r in rows},
        col_n={c: by_col.n.get((c,), 0) for c in cols},
        n_all=everything.n.get((), 0),
        weighted=weighted if made.question.weighted else None,
    )


def _counted(made: Pairs, sides: str, where: str = "") -> _Counts:
    """Distinct units by the values of some sides; weights are added in one order, whatever DuckDB's."""
    names = [*sides]
    weight = ["weight"] if made.question.weighted else []
    joined = "LEFT JOIN unit_weights USING (unit)" if weight else ""
    times = "count(*)" if made.counted == "pairs" and not made.alike else "sum(times)::BIGINT"
    found = made.con.execute(
        f"SELECT {', '.join([*names, *weight, times])} FROM {_once(made, names, where)} {joined} GROUP BY ALL"  # noqa: S608 - our names
    ).fetchall()
    n: dict[_Key, int] = defaultdict(int)
    outside: dict[_Key, int] = defaultdict(int)
    weights: dict[_Key, list[float]] = defaultdict(list)
    for line in found:
        key, units = line[: len(names)], line[-1] or 0
        n[key] += units
        if weight:
            weights[key].append((line[-2] or 0.0) * units)
            outside[key] += units if line[-2] is None else 0
    return _Counts(dict(n), {key: fsum(each) for key, each in weights.items()}, dict(outside))


def _once(made: Pairs, names: list[str], where: str) -> str:
    """The pairs with each unit once for its values of these sides."""
    if {*names} == {*made.question.sides} and not where:
        return made.counted
    return f"(SELECT DISTINCT {', '.join(['unit', 'times', *names])} FROM {made.counted} WHERE {where or 'true'})"  # noqa: S608 - our names


def _split(counts: _Counts) -> dict[Value, _Counts]:
    """Counts whose first value is the layer, by layer."""
    found: dict[Value, _Counts] = {}
    for part in ("n", "weights", "outside"):
        for (layer, *key), number in getattr(counts, part).items():
            getattr(found.setdefault(layer, _Counts({}, {}, {})), part)[tuple(key)] = number
    return found
