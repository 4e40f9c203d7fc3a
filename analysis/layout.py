"""A crosstab as rows to print: wide for readers, long for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Literal

from analysis.crosstab import Crosstab, Weighted
from analysis.values import Value, label
from codebook.harmless import one_line
from codebook.render import Rows

Percent = Literal["row", "col", "all"]
Layers = Mapping[Value, Crosstab]

LONG = ("row", "col", "n", "row_n", "col_n", "n_all", "row_percent", "col_percent", "row_id", "col_id")
"""Columns of :func:`long`: labels, counts of units, percentages, and the values behind the labels."""

LAYERED = ("layer", "layer_id")
"""Two more with layers; null in the table of all layers."""

WEIGHTED = ("weighted_n", "weighted_row_percent", "weighted_col_percent")
"""And with weights: estimates."""

TOTAL = "total"

READABLE = 40
"""Columns that somebody can still read side by side."""


def share(n: float, of: float) -> float | None:
    """Percentage; None of nothing."""
    return 100 * n / of if of else None


def long_columns(table: Crosstab) -> list[str]:
    """The columns of :func:`long` for this table."""
    layered = LAYERED if table.question.layers else ()
    return [*layered, *LONG, *(WEIGHTED if table.weighted else ())]


def long(table: Crosstab, layers: Layers | None = None) -> Rows:
    """One object per cell, cells without units among them: those of every layer, then those of all."""
    found: Rows = []
    for value, layer in (layers or {}).items():
        named = {"layer": _layer(table, value), "layer_id": value}
        found += [named | cell for cell in _cells(layer)]
    return found + list(_cells(table))


def _layer(table: Crosstab, value: Value) -> str:
    variable = table.question.layers
    return label(variable, value, table.book) if variable else ""


def _cells(table: Crosstab) -> Iterator[dict[str, object]]:
    rows = {r: label(table.question.rows, r, table.book) for r in table.rows}
    cols = {c: label(table.question.cols, c, table.book) for c in table.cols}
    for r, row in rows.items():
        for c, col in cols.items():
            yield {
                "row": row,
                "col": col,
                "n": table.n.get((r, c), 0),
                "row_n": table.row_n[r],
                "col_n": table.col_n[c],
                "n_all": table.n_all,
                "row_percent": share(table.n.get((r, c), 0), table.row_n[r]),
                "col_percent": share(table.n.get((r, c), 0), table.col_n[c]),
                "row_id": r,
                "col_id": c,
            } | _estimates(table.weighted, r, c)


def _estimates(sums: Weighted | None, r: Value, c: Value) -> dict[str, object]:
    if sums is None:
        return {}
    n = sums.n.get((r, c), 0.0)
    return dict(zip(WEIGHTED, (n, share(n, sums.row_n[r]), share(n, sums.col_n[c])), strict=True))


def wide(table: Crosstab, percent: Percent | None = None) -> tuple[Rows, list[str]]:
    """One row per value of the row variable and a last one with the totals; one column per value of the other.

    Args:
        table: What was counted.
        percent: Beside each count its percentage of the units of the row, of the column, or of all.

    Returns:
        The rows and the names of their columns, which are unique. With weights, estimates stand behind each count.
    """
    words = ["", " %"] if percent else [""]
    words += [f" weighted{word}" for word in words] if table.weighted else []
    heads = [label(table.question.cols, c, table.book) for c in table.cols]
    first = table.question.rows.name
    names = [first, *(f"{head}{word}" for head in (*_unique(heads, {first, TOTAL}), TOTAL) for word in words)]
    lines = [
        [label(table.question.rows, r, table.book) + table.signs.get(r, ""), *_line(table, r, percent)]
        for r in table.rows
    ]
    lines.append([TOTAL, *_totals(table, percent)])
    return [dict(zip(names, line, strict=True)) for line in lines], names


def _counted(table: Crosstab) -> list[Crosstab | Weighted]:
    return [table, table.weighted] if table.weighted else [table]


def _line(table: Crosstab, r: Value, percent: Percent | None) -> Iterator[object]:
    """The counts of a row and its total, each with what stands beside it."""
    for c in table.cols:
        for one in _counted(table):
            n = one.n.get((r, c), 0)
            yield from _with_share(n, {"row": one.row_n[r], "col": one.col_n[c], "all": one.n_all}, percent)
    for one in _counted(table):
        n = one.row_n[r]
        yield from _with_share(n, {"row": n, "col": one.n_all, "all": one.n_all}, percent)


def _totals(table: Crosstab, percent: Percent | None) -> Iterator[object]:
    """The counts of the columns and of all, likewise."""
    columns = [[*(one.col_n[c] for c in table.cols), one.n_all] for one in _counted(table)]
    for together in zip(*columns, strict=True):
        for one, n in zip(_counted(table), together, strict=True):
            yield from _with_share(n, {"row": one.n_all, "col": n, "all": one.n_all}, percent)


def _with_share(n: float, of: Mapping[str, float], percent: Percent | None) -> tuple[object, ...]:
    return (n, share(n, of[percent])) if percent else (n,)


def stacked(table: Crosstab, layers: Layers, percent: Percent | None = None) -> tuple[Rows, list[str]]:
    """:func:`wide`; with layers, the tables one below the other, with the layer in the first column, all at the end."""
    lines, names = wide(table, percent)
    if table.question.layers is None:
        return lines, names
    (first,) = _unique([table.question.layers.name], set(names))
    parts = [(_layer(table, value), wide(layer, percent)[0]) for value, layer in layers.items()]
    below = chain.from_iterable(({first: named} | line for line in part) for named, part in (*parts, (TOTAL, lines)))
    return list(below), [first, *names]


def _unique(heads: Sequence[str], kept: set[str]) -> list[str]:
    """Headings that differ from each other and from those that are kept, also with what may stand behind them."""
    words = ("", " %", " weighted", " weighted %")
    taken = {f"{name}{word}" for name in kept for word in words}
    found = []
    for head in heads:
        plain = one_line(head)
        name, number = plain, 1
        while {f"{name}{word}" for word in words} & taken:
            number += 1
            name = f"{plain} ({number})"
        taken |= {f"{name}{word}" for word in words}
        found.append(name)
    return found


def topmost(table: Crosstab, top: int, like: Crosstab | None = None) -> Crosstab:
    """The table with its commonest rows and columns only, or with those of another; totals stay those of all."""
    if like:
        return replace(table, rows=like.rows, cols=like.cols)
    rows, cols = (set(sorted(n, key=lambda value: -n[value])[:top]) for n in (table.row_n, table.col_n))
    return replace(
        table, rows=tuple(r for r in table.rows if r in rows), cols=tuple(c for c in table.cols if c in cols)
    )


def left_out(table: Crosstab, top: int) -> str:
    """What ``--top`` does not show."""
    rows, cols = (f"{min(top, len(values))} of {len(values)}" for values in (table.rows, table.cols))
    return f"shown: the commonest {rows} rows and {cols} columns; totals are those of all"
