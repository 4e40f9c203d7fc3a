"""A crosstab in layers: is there an association within them, and do coders differ?"""

from collections.abc import Iterator, Mapping

import numpy as np

from analysis.crosstab import Crosstab, Pairs
from analysis.statistics.corrected import holm
from analysis.statistics.incidence import Incidence
from analysis.statistics.layered import common_odds
from analysis.tested.basis import Basis, basis
from analysis.tested.choice import Outcome, Rule, exchanged
from analysis.tested.sentences import p_value
from analysis.tested.units import incidence
from analysis.tested.way import MOST
from analysis.values import Value, label
from codebook.harmless import one_line

_NAMED = 12


def layered(
    made: Pairs, table: Crosstab, tables: Mapping[Value, Crosstab], counted: Basis, rule: Rule
) -> Iterator[str]:
    """Sentences about the layers of a crosstab; none if it has none."""
    layers = table.question.layers
    if layers is None or table.question.weighted or len(tables) < 2:  # noqa: PLR2004 - one layer is the table itself
        return
    within = f"within each {layers.name} (generalised Cochran-Mantel-Haenszel)"
    if counted.n.sum() > MOST:
        yield f"no test {within}: too many {table.question.unit.plural}"
        return
    units = incidence(made, table, tables)
    if units.layer is None:
        return
    if layers.name == "coder":
        readings, unit = _by_layer(units, len(tables)).readings()
        if np.bincount(unit).max(initial=0) < 2:  # noqa: PLR2004 - two readings can be compared
            yield f"coders are not compared: none of the {table.question.unit.plural} was read by several"
            return
        found = exchanged(readings, unit, "readings", rule)
        yield from _said(table, counted, found, rule, "do coders differ (exchanged within what several have read)")
        return
    single = len(np.unique(units.unit * len(tables) + units.layer)) == units.units
    if not (single and counted.one_col and units.cluster is None):
        yield f"no test within {layers.name}: units stand in several, or are not independent of each other"
        return
    block = np.zeros(units.units, dtype=np.int64)
    block[units.unit] = units.layer
    found = exchanged(units.records(), block, "layers", rule)
    ratios = _ratios(tables, rule) if len(counted.cols) == 2 else {}  # noqa: PLR2004 - odds of one column and the other
    yield from _said(table, counted, found, rule, within, ratios)


def _ratios(tables: Mapping[Value, Crosstab], rule: Rule) -> dict[Value, str]:
    """Of each row the odds ratio that layers of two columns have in common, as text."""
    parts = [basis(each) for each in tables.values()]
    found = {}
    for place, row in enumerate(parts[0].rows):
        n = np.stack([np.stack([part.n[place], part.col_n - part.n[place]]) for part in parts])
        odds = common_odds(n, rule.alpha)
        found[row] = f" (odds ratio {odds.ratio:.2f}, {odds.low:.2f} to {odds.high:.2f})" if odds.low > 0 else ""
    return found


def _by_layer(units: Incidence, layers: int) -> Incidence:
    """The layers as columns."""
    layer = units.layer if units.layer is not None else np.zeros(len(units.unit), dtype=np.int64)
    return Incidence(units.units, units.rows, layers, units.unit, units.row, layer)


def _said(
    table: Crosstab, counted: Basis, found: Outcome, rule: Rule, about: str, ratios: Mapping[Value, str] | None = None
) -> Iterator[str]:
    p = holm(np.array([each.p for each in found.tests]))
    overall = f"all together {p_value(found.overall.p)}; " if np.isfinite(found.overall.p) else ""
    differing: list[Value] = [row for row, each in zip(counted.rows, p, strict=True) if each <= rule.alpha]
    names = ", ".join(
        one_line(label(table.question.rows, row, table.book), 60) + (ratios or {}).get(row, "")
        for row in differing[:_NAMED]
    )
    yield f"{about}: {overall}after Holm's correction: {names or 'none'}"
