"""What readers are told of the tests of a crosstab: which, by which rule, and what came out."""

from collections.abc import Iterator, Mapping

import numpy as np

from analysis.crosstab import Crosstab
from analysis.tested.basis import Basis
from analysis.tested.choice import Outcome, Rule
from analysis.tested.found import Cell, RowTest
from analysis.tested.greyed import Greyed
from analysis.tested.signs import FEWER, GREY, MORE, SMALL
from analysis.values import Value, label
from codebook.harmless import one_line

_NAMED = 12

_WAYS = {
    "several columns": "{rows} values of whole {units} exchanged among them: {units} have several {cols} values",
    "readings": "{cols} values exchanged within each of the {units} that several read: readings of one are alike",
    "together": "Rao-Scott: {units} that stand together count as a cluster, because they are alike",
    "weighted": "Rao-Scott: {units} count by their design weights, within strata",
}


def p_value(p: float) -> str:
    """A p-value as text."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.4f}" if p < 0.01 else f"p = {p:.3f}"  # noqa: PLR2004


def of_tests(
    table: Crosstab, found: Outcome, counted: Basis, rule: Rule, rows: Mapping[Value, RowTest]
) -> Iterator[str]:
    """How rows were tested, all of them together, and which differ."""
    question = table.question
    names = {"rows": question.rows.name, "cols": question.cols.name, "units": question.unit.plural}
    left = (
        f"; {counted.left_out} of unknown {names['cols']} or {names['rows']} are left out" if counted.left_out else ""
    )
    yield f"tested: each {names['rows']} against {names['cols']}: {_way(found, rule, names)}{left}"
    yield from _overall(found, rule, names)
    yield _differing(table, rows, rule, names)
    missing = sum(1 for each in rows.values() if each.p is None and each.statistic is not None)
    if missing:
        yield f"{missing} {names['rows']} values are not tested: their cells are small, and too many to be simulated"
    trends = [row for row, each in rows.items() if each.trend_p is not None and each.trend_p <= rule.alpha]
    if any(each.trend is not None for each in rows.values()):
        said = ", ".join(f"{_name(table, row)} {_direction(rows[row])}" for row in trends[:_NAMED])
        yield f"trend over {names['cols']} (Cochran-Armitage, Holm): {said or 'none'}{_more(trends)}"


def _direction(row: RowTest) -> str:
    return f"{'rises' if (row.trend or 0) > 0 else 'falls'} ({p_value(row.trend_p or 0)})"


def _way(found: Outcome, rule: Rule, names: Mapping[str, str]) -> str:
    if found.kind != "alone":
        return _WAYS[found.kind].format(**names)
    used = {each.test for each in found.tests}
    ways = {
        "chi-square": "chi-square where no cell expects fewer than 1 and at most a fifth fewer than "
        f"{rule.small_cell:g} (Cochran's rule)",
        "Fisher": "Fisher's exact test of two columns with small cells",
        "Monte Carlo": f"{rule.resamples} simulated tables where cells are small",
    }
    return ", ".join(said for test, said in ways.items() if test in used) or "nothing varies"


def _overall(found: Outcome, rule: Rule, names: Mapping[str, str]) -> Iterator[str]:
    result = found.overall
    if np.isnan(result.p):
        return
    among = "within" if found.kind == "readings" else "among whole"
    hows = {
        "exchange of units": f"{rule.resamples} exchanges of {names['cols']} {among} {names['units']}, whichever "
        f"{names['rows']} values go together",
        "normal form of the exchange of units": f"normal form of the exchange of {names['cols']} {among} "
        f"{names['units']}; rows with small cells are not in it",
        "Monte Carlo": f"{rule.resamples} simulated tables",
    }
    df = f"{result.statistic:.2f}, {result.df:.4g} degrees of freedom" if np.isfinite(result.df) else ""
    how = hows.get(result.test, f"{result.test} {df}" if df else result.test)
    yield f"all {names['rows']} values together: {p_value(result.p)} ({how})"


def _differing(table: Crosstab, rows: Mapping[Value, RowTest], rule: Rule, names: Mapping[str, str]) -> str:
    found = [row for row, each in rows.items() if each.p_holm is not None and each.p_holm <= rule.alpha]
    several = sum(1 for each in rows.values() if each.p is not None)
    corrected = f"Holm's correction for {several} tests at {rule.alpha:g}"
    if not found:
        return f"no {names['rows']} differs by {names['cols']} after {corrected}"
    said = "; ".join(f"{_name(table, row)} ({_strength(rows[row])})" for row in found[:_NAMED])
    measured = any(rows[row].v is not None for row in found[:_NAMED])
    what = f"; V is Cramér's, corrected for bias, with its {100 * (1 - rule.alpha):g} % interval" if measured else ""
    return f"differ by {names['cols']} after {corrected}: {said}{_more(found)}{what}"


def _strength(row: RowTest) -> str:
    p = p_value(row.p_holm or 0.0)
    if row.v is None or row.v_low is None or row.v_high is None:
        return p
    return f"{p}, V {row.v:.2f}, {row.v_low:.2f} to {row.v_high:.2f}"


def of_cells(table: Crosstab, cells: Mapping[tuple[Value, Value], Cell], rule: Rule) -> Iterator[str]:
    """The legend of signs in cells."""
    small = sum(1 for cell in cells.values() if cell.small)
    if small:
        units = table.question.unit.plural
        yield f"{SMALL} fewer than {rule.small_cell:g} {units} expected: {small} of {len(cells)} cells"
    if any(cell.marked for cell in cells.values()):
        yield f"{MORE} more and {FEWER} fewer than expected (adjusted residuals, Holm's correction over all cells)"


def about_agreement(table: Crosstab, low: Greyed, threshold: float) -> Iterator[str]:
    """Which rows coders agree on too little, or that it is not known."""
    if not low.known:
        yield "how well coders agree on these codes is not known: coding agreement measures it"
    if low.rows:
        names = [_name(table, row) for row in table.rows if row in low.rows]
        yield f"{GREY} coders agree less than {threshold:g} (alpha): {', '.join(names[:_NAMED])}{_more(names)}"


def _name(table: Crosstab, row: Value) -> str:
    return one_line(label(table.question.rows, row, table.book), 60)


def _more(named: list[Value] | list[str]) -> str:
    return f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
