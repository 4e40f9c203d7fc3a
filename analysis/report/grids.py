"""A crosstab of the report: its cells with their shares, and what it was counted from."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from analysis.crosstab import Crosstab, count, pairs
from analysis.layout import LONG, long, share, wide
from analysis.question import Asked, resolve
from analysis.report.behind import Behind, anchor, behind
from analysis.report.downloads import Download, of_rows
from analysis.report.sheet import Sheet, of_table
from analysis.tested import Tested, signs, tested
from analysis.tested.signs import FEWER, MORE, SMALL
from analysis.values import Value, in_order, label
from codebook.study import Study

COLUMNS_SHOWN = 40
"""Columns of a crosstab that are shown; its files have all."""

_SIGNS = {MORE: "more than expected", FEWER: "fewer than expected", SMALL: "few expected"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A count.

    Args:
        n: Threads.
        percent: Of the threads of the column.
        shade: 0 to 4, by the percentage.
        anchor: Where its threads are listed; empty if they are not.
        sign: What the tests say of it (:mod:`analysis.tested.signs`).
    """

    n: int
    percent: float | None
    shade: int
    anchor: str = ""
    sign: str = ""

    @property
    def said(self) -> str:
        """The sign in words."""
        return _SIGNS.get(self.sign, "")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the grid; ``group`` is its theme where rows are codes; ``grey`` if coders agree on it too little."""

    label: str
    group: str
    cells: tuple[Cell, ...]
    total: Cell
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A crosstab with everything that the report says about it.

    Args:
        rows: The variable of the rows.
        cols: That of the columns.
        origin: Where codes come from.
        heads: Labels of the columns that are shown.
        groups: Lines under the name of their theme, where rows are codes.
        totals: The last line.
        n_all: Threads that are counted.
        behind: What is behind each cell.
        files: The crosstab as CSV and JSON.
        hidden: Columns that are not shown.
        says: What the tests say, sentence by sentence.
        tests: The test of each row.
        small: Cells of which fewer threads are expected than the study asks for, and all cells.
    """

    kind: ClassVar[str] = "grid"

    rows: str
    cols: str
    origin: str
    heads: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    totals: tuple[Cell, ...]
    n_all: int
    behind: tuple[Behind, ...]
    files: tuple[Download, ...]
    hidden: int
    says: tuple[str, ...]
    tests: Sheet
    small: tuple[int, int]

    @property
    def id(self) -> str:
        """Anchor, and name of its files."""
        return f"{self.rows}-by-{self.cols}".replace("_", "-")


def grid(study: Study, rows: str, cols: str) -> Grid:
    """Count two variables by included thread, with all codes of the codebook, and find what is behind each cell.

    Raises:
        StudyError: No join connects them, or the codebook cannot be read.
    """
    with pairs(study, resolve(study, Asked(rows=rows, cols=cols))) as made:
        table = count(made)
        told = tested(study, made, table)
        values, shown = _rows(table), table.cols[:COLUMNS_SHOWN]
        cells = behind(made, table, values, shown)
        listed = {cell.anchor for cell in cells}
        lines = [_line(table, told, (number, value), shown, listed) for number, value in enumerate(values)]
        grouped = groupby(lines, key=lambda line: line.group)
        return Grid(
            rows=rows,
            cols=cols,
            origin=table.question.origin or "threads",
            heads=tuple(label(table.question.cols, c, table.book) for c in shown),
            groups=tuple((name, tuple(members)) for name, members in grouped),
            totals=(*(_cell(table.col_n[c], table.col_n[c]) for c in shown), _cell(table.n_all, table.n_all)),
            n_all=table.n_all,
            behind=cells,
            files=_files(table, told, f"{rows}-by-{cols}"),
            hidden=len(table.cols) - len(shown),
            says=told.lines,
            tests=_tests(table, told, f"tests-{rows}-by-{cols}".replace("_", "-")),
            small=(sum(cell.small for cell in told.cells.values()), len(told.cells)),
        )


def _rows(table: Crosstab) -> list[Value]:
    """The counted values, and the active codes that nobody used."""
    book, variable = table.book, table.question.rows
    if book is None or not variable.of_codebook:
        return list(table.rows)
    codes = book.themes() if variable.name == "theme" else book.leaves()
    return in_order(variable, [*table.rows, *(c.id for c in codes if c.status == "active")], book)


def _cell(n: int, of: int, link: str = "", sign: str = "") -> Cell:
    percent = share(n, of)
    shade = 0 if not n or percent is None else min(4, 1 + int(percent // 25))
    return Cell(n, percent, shade, link, sign)


def _line(
    table: Crosstab, told: Tested, place: tuple[int, Value], cols: tuple[Value, ...], listed: Collection[str]
) -> Line:
    number, value = place
    book, variable = table.book, table.question.rows
    theme = book.theme_of(str(value)) if book and variable.name == "code" and value in book.codes else None
    links = [anchor(table, number, column) for column in range(len(cols))]
    sign = {c: signs.sign(told.cells[value, c]) for c in cols if (value, c) in told.cells}
    cells = tuple(
        _cell(table.n.get((value, c), 0), table.col_n[c], link if link in listed else "", sign.get(c, ""))
        for c, link in zip(cols, links, strict=True)
    )
    total = _cell(table.row_n.get(value, 0), table.n_all)
    return Line(label(variable, value, book), theme.name if theme else "", cells, total, value in told.greyed)


_TESTS = ("test", "statistic", "df", "p", "p_holm", "p_bh", "v", "v_low", "v_high", "trend", "trend_p", "flags")


def _tests(table: Crosstab, told: Tested, name: str) -> Sheet:
    """The test of each row, corrected for how many there are."""
    rows: list[dict[str, object]] = [
        {table.question.rows.name: label(table.question.rows, value, table.book)}
        | {column: getattr(test, column) for column in _TESTS}
        | {"flags": ", ".join(test.flags) or None}
        for value, test in told.rows.items()
    ]
    caption = (
        f"The test of each row, {len(rows)} in all; p by itself, corrected by Holm, and by Benjamini and Hochberg; v "
        "is Cramér's V, corrected for bias, with its interval"
    )
    return of_table(name, caption, rows, (table.question.rows.name, *_TESTS))


def _files(table: Crosstab, told: Tested, name: str) -> tuple[Download, ...]:
    """The crosstab as a spreadsheet wants it and as a program does, both as ``analysis crosstab`` prints them."""
    if not table.n_all:
        return ()
    cells = signs.long(long(table), [told])
    return of_rows(name, *wide(table))[:1] + of_rows(name, cells, (*LONG, *signs.LONG))[1:]
