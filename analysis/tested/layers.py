"""A crosstab in layers: is there an association within them, and do coders differ?"""

from collections.abc import Iterator, Mapping

import numpy as np

from analysis.crosstab import Crosstab, Pairs
from analysis.statistics.corrected import holm
from analysis.statistics.incidence import Incidence
from analysis.tested.basis import Basis
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
    if layers is None or table.question.weighted or counted.n.sum() > MOST:
        return
    if len(tables) < 2:  # noqa: PLR2004 - one layer is the table itself
        return
    units = incidence(made, table, tables)
    if units.layer is None:
        return
    if layers.name == "coder":
        readings, unit = _by_layer(units, len(tables)).readings()
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
    yield from _said(table, counted, found, rule, f"within each {layers.name} (generalised Cochran-Mantel-Haenszel)")


def _by_layer(units: Incidence, layers: int) -> Incidence:
    """The layers as columns."""
    layer = units.layer if units.layer is not None else np.zeros(len(units.unit), dtype=np.int64)
    return Incidence(units.units, units.rows, layers, units.unit, units.row, layer)


def _said(table: Crosstab, counted: Basis, found: Outcome, rule: Rule, about: str) -> Iterator[str]:
    p = holm(np.array([each.p for each in found.tests]))
    overall = f"all together {p_value(found.overall.p)}; " if np.isfinite(found.overall.p) else ""
    differing: list[Value] = [row for row, each in zip(counted.rows, p, strict=True) if each <= rule.alpha]
    names = ", ".join(one_line(label(table.question.rows, row, table.book), 60) for row in differing[:_NAMED])
    yield f"{about}: {overall}after Holm's correction: {names or 'none'}"
