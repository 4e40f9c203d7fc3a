"""Measures as rows to print: wide for readers, long for programs."""

from collections.abc import Sequence
from itertools import groupby

from codebook.themes import Codebook
from coding.agreement.estimate import Estimate
from coding.agreement.measured import PARTS, Line

Rows = list[dict[str, object]]

LONG = (
    *PARTS,
    "subject",
    "level",
    "code",
    "name",
    "measure",
    "estimate",
    "low",
    "high",
    "undefined",
    "no_interval",
    "units",
    "coders",
    "mark",
)
"""Columns of :func:`long`."""

_SHOWN = (
    "prevalence",
    "percent",
    "kappa",
    "alpha",
    "alpha_masi",
    "alpha_jaccard",
    "alpha_of_codes",
    "difference",
    "ac1",
    "pabak",
    "positive",
    "negative",
)
_WITH_INTERVAL = {"kappa", "alpha", "alpha_masi", "alpha_jaccard", "ac1", "difference"}

_SAME = 1e-9
"""What is this near to nothing is nothing, computed in another order."""


def mark(line: Line, threshold: float) -> str:
    """What a reader is to be warned of: an alpha below the threshold, or that may be; a theme that diverges."""
    found = line.estimate
    if found.value is None:
        return ""
    if line.measure == "difference":
        apart = found.low is not None and found.high is not None and (found.low > _SAME or found.high < -_SAME)
        return "diverges" if apart else ""
    if line.measure not in ("alpha", "alpha_masi", "alpha_jaccard"):
        return ""
    if found.value < threshold:
        return f"below {threshold:g}"
    return "" if found.low is not None and found.low >= threshold else f"may be below {threshold:g}"


def long(lines: Sequence[Line], book: Codebook, threshold: float) -> Rows:
    """One object per measure."""
    return [
        {
            **line.part,
            "subject": line.subject,
            "level": line.level,
            "code": line.code or None,
            "name": book.codes[line.code].name if line.code in book.codes else None,
            "measure": line.measure,
            "estimate": line.estimate.value,
            "low": line.estimate.low,
            "high": line.estimate.high,
            "undefined": line.estimate.undefined or None,
            "no_interval": line.estimate.no_interval or None,
            "units": line.estimate.units,
            "coders": line.estimate.coders,
            "mark": mark(line, threshold) or None,
        }
        for line in lines
    ]


def wide(lines: Sequence[Line], threshold: float) -> tuple[Rows, list[str]]:
    """One row per subject and part, with the columns that have anything in them.

    Args:
        lines: What was measured.
        threshold: Below which alpha is marked.

    Returns:
        The rows and the names of their columns. ``kappa`` is Cohen's of two coders, Fleiss' of more.
    """
    rows = []
    for _, group in groupby(lines, key=lambda line: (line.part, line.subject, line.level, line.code)):
        of = list(group)
        rows.append(_row(of, threshold))
    heads = [*(part for part in PARTS if any(part in line.part for line in lines)), "of", "units", "coders"]
    used = [name for name in _SHOWN if any(name in row for row in rows)]
    return rows, [*heads, *used, "mark"]


def _row(lines: Sequence[Line], threshold: float) -> dict[str, object]:
    first = lines[0]
    row: dict[str, object] = {**first.part, "of": first.code or _all(first)}
    found = {line.measure: line.estimate for line in lines}
    whole = found["percent"]
    row |= {"units": whole.units, "coders": whole.coders}
    found["kappa"] = found["cohen" if whole.coders <= 2 else "fleiss"]  # noqa: PLR2004 - Cohen's is for two
    row |= {name: cell(name, found[name]) for name in _SHOWN if name in found}
    marks = dict.fromkeys(filter(None, (mark(line, threshold) for line in lines if line.measure in _MARKED)))
    return row | {"mark": ", ".join(marks)}


_MARKED = {"alpha", "difference"}
"""Measures whose marks stand in the wide table."""


def _all(line: Line) -> str:
    """What a row without a code is about."""
    return f"{line.level}, pooled" if line.subject == "pooled" else f"sets of {line.level}"


def cell(measure: str, found: Estimate) -> str:
    """A measure as text: with its interval where it has one, or why it is undefined."""
    if found.value is None:
        return f"undefined ({found.undefined})"
    if measure == "percent":
        return f"{found.value:.0f} %"
    text = _two(found.value)
    if measure not in _WITH_INTERVAL:
        return text
    if found.low is None or found.high is None:
        return f"{text} [{found.no_interval}]"
    return f"{text} [{_two(found.low)}, {_two(found.high)}]"


def _two(value: float) -> str:
    """A number with two digits, without a minus before zero."""
    return f"{round(value, 2) + 0:.2f}"
