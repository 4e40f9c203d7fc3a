"""A crosstab as rows to print: wide for readers, long for programs."""

from typing import Literal

from analysis.crosstab import Crosstab
from analysis.values import label
from codebook.harmless import one_line

Percent = Literal["row", "col", "all"]
Rows = list[dict[str, object]]

LONG = ("row", "col", "n", "row_n", "col_n", "n_all", "row_percent", "col_percent", "row_id", "col_id")
"""Columns of :func:`long`: labels, counts of units, percentages, and the values behind the labels."""

TOTAL = "total"


def share(n: int, of: int) -> float | None:
    """Percentage; None of nothing."""
    return 100 * n / of if of else None


def long(table: Crosstab) -> Rows:
    """One object per cell, cells without units among them."""
    return [
        {
            "row": label(table.question.rows, r, table.book),
            "col": label(table.question.cols, c, table.book),
            "n": table.n.get((r, c), 0),
            "row_n": table.row_n[r],
            "col_n": table.col_n[c],
            "n_all": table.n_all,
            "row_percent": share(table.n.get((r, c), 0), table.row_n[r]),
            "col_percent": share(table.n.get((r, c), 0), table.col_n[c]),
            "row_id": r,
            "col_id": c,
        }
        for r in table.rows
        for c in table.cols
    ]


def wide(table: Crosstab, percent: Percent | None = None) -> tuple[Rows, list[str]]:
    """One row per value of the row variable and a last one with the totals; one column per value of the other.

    Args:
        table: What was counted.
        percent: Beside each count its percentage of the units of the row, of the column, or of all.

    Returns:
        The rows and the names of their columns, which are unique.
    """
    heads = _unique([label(table.question.cols, c, table.book) for c in table.cols], table)
    names = [table.question.rows.name]
    for head in (*heads, TOTAL):
        names += [head, f"{head} %"] if percent else [head]
    lines: Rows = []
    for r in table.rows:
        counts = [table.n.get((r, c), 0) for c in table.cols]
        head = label(table.question.rows, r, table.book)
        lines.append(_line(table, percent, (head, counts, table.row_n[r]), names))
    totals = [table.col_n[c] for c in table.cols]
    lines.append(_line(table, percent, (TOTAL, totals, table.n_all), names))
    return lines, names


def _line(
    table: Crosstab, percent: Percent | None, line: tuple[str, list[int], int], names: list[str]
) -> dict[str, object]:
    head, counts, total = line
    values: list[object] = [head]
    columns = [*(table.col_n[c] for c in table.cols), table.n_all]
    for n, of_column in zip([*counts, total], columns, strict=True):
        base = {"row": total, "col": of_column, "all": table.n_all}
        values += [n, share(n, base[percent])] if percent else [n]
    return dict(zip(names, values, strict=True))


def _unique(heads: list[str], table: Crosstab) -> list[str]:
    """Headings that differ from each other, from the heading of the rows and from the totals, also with `` %``."""
    taken = {table.question.rows.name, TOTAL, f"{TOTAL} %"}
    found = []
    for head in heads:
        plain = one_line(head)
        name, number = plain, 1
        while {name, f"{name} %"} & taken:
            number += 1
            name = f"{plain} ({number})"
        taken |= {name, f"{name} %"}
        found.append(name)
    return found
