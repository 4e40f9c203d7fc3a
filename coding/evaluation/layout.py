"""Evaluations as rows to print: wide for readers, long for programs."""

from collections.abc import Mapping

from codebook.render import Rows
from codebook.themes import Code
from coding.evaluation.estimated import Estimated
from coding.evaluation.out_of_fold import CHOSEN, OURS, SAID, Evaluation, Method

LONG = (
    "method",
    "offers",
    "code",
    "name",
    "measure",
    "estimate",
    "low",
    "high",
    "undefined",
    "no_interval",
    "units",
    "threads",
)
"""Columns of :func:`long`."""

_OVERALL = {
    "precision": "precision_micro",
    "recall": "recall_micro",
    "F1": "f1_micro",
    "F1 macro": "f1_macro",
    "precision@1": "precision@1",
    "precision@3": "precision@3",
    "best@3": "best@3",
    "coverage": "coverage",
    "Brier": "brier",
    "ECE": "ece",
}
OVERALL = ("method", "offers", *_OVERALL)
"""Columns of :func:`by_method`."""

_PER_CODE = ("precision", "recall", "f1", "precision@1", "precision@3")
PER_CODE = ("code", "decided", "offers", *_PER_CODE)
"""Columns of :func:`by_code`."""

_WITH_INTERVAL = {"f1_micro", "f1_macro", "precision@3", "ece", "f1"}


def long(found: Evaluation, codes: Mapping[str, Code]) -> Rows:
    """One object per measure."""
    return [
        {
            "method": method.name,
            "offers": method.offers,
            "code": one.code or None,
            "name": codes[one.code].name if one.code in codes else None,
            "measure": one.measure,
            "estimate": one.value,
            "low": one.low,
            "high": one.high,
            "undefined": one.undefined or None,
            "no_interval": one.no_interval or None,
            "units": found.units,
            "threads": found.threads,
        }
        for method in found.methods
        for one in method.estimates
    ]


def by_method(found: Evaluation) -> Rows:
    """One row per method and what it offers, of all codes together."""
    rows: Rows = []
    for method in found.methods:
        of = _of(method, "")
        cells = {head: cell(of[measure]) for head, measure in _OVERALL.items()}
        rows.append({"method": method.name, "offers": method.offers, **cells})
    return rows


def by_code(found: Evaluation) -> Rows:
    """Two rows per code: what coders would be shown of it, and the cut of the best expected F1."""
    shown = [method for method in found.methods if method.name == OURS and method.offers in (SAID, CHOSEN)]
    return [
        {"code": code, "decided": decided, "offers": method.offers}
        | {measure: cell(_of(method, code)[measure]) for measure in _PER_CODE}
        for code, decided in zip(found.codes, found.decided, strict=True)
        for method in shown
    ]


def _of(method: Method, code: str) -> dict[str, Estimated]:
    return {one.measure: one for one in method.estimates if one.code == code}


def cell(one: Estimated) -> str:
    """A measure as text: some with their interval, or why it is undefined."""
    if one.value is None:
        return f"undefined ({one.undefined})"
    text = f"{one.value:.2f}"
    if one.measure not in _WITH_INTERVAL:
        return text
    if one.low is None or one.high is None:
        return f"{text} [{one.no_interval}]"
    return f"{text} [{one.low:.2f}, {one.high:.2f}]"
