"""Concern and risk per platform, side by side: where people worry, and where there is reason to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.figures.drawing import WIDE
from analysis.figures.forest import Estimate, Group, Scale, estimates, labels
from analysis.figures.picture import Picture, nothing, sentence
from codebook.render import Rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLE = "Concern and risk"
_LABELS, _AXIS, _SAID = 1.3, 1.75, 1.1  # inches
_TOP, _FOOT = 0.1, 0.42
_THOUSAND = 1000.0


def gap(rows: Rows, names: Sequence[str]) -> Picture:
    """Draw the rows of :func:`analysis.integration.gap.rows`.

    Args:
        rows: One per platform, with ``concern_percent``, ``risk_per_1000`` and their intervals; None where not known.
        names: The columns of the rows.
    """
    known = [row for row in rows if row["concern_percent"] is not None or row["risk_per_1000"] is not None]
    if not known:
        return nothing("gap", _TITLE, "no platform has coded threads about it, or models that were looked at")
    ordered = sorted(known, key=lambda row: (-(_number(row["concern_percent"]) or -1.0), str(row["platform"])))
    n = len(ordered)
    said = (
        "Left: share of the coded threads about a platform that voice concern. Right: models in which a weakness "
        "(CWE) was found, per 1,000 of the models that have a file which loading executes. Intervals are 95 % "
        "(Wilson); a hollow marker: not all files were scanned. "
        f"This describes {n} platform{'s' if n > 1 else ''} and tests nothing."
    )
    alt = f"{_TITLE}, a description of {n} platforms: " + sentence([_words(row) for row in ordered])
    return Picture("gap", _TITLE, said, alt, names, rows, lambda: _draw(ordered))


def _draw(rows: Sequence[dict[str, object]]) -> "Figure":
    from matplotlib.figure import Figure

    concern = [Group(str(row["platform"]), (_concern(row),)) for row in rows]
    risk = [Group(str(row["platform"]), (_risk(row),)) for row in rows]
    body = sum(group.high for group in concern)
    height = _TOP + body + _FOOT
    figure = Figure(figsize=(WIDE, height))
    left = figure.add_axes((_LABELS / WIDE, _FOOT / height, _AXIS / WIDE, body / height))
    start = _LABELS + _AXIS + _SAID
    right = figure.add_axes((start / WIDE, _FOOT / height, _AXIS / WIDE, body / height))
    estimates(left, concern, Scale("percent of threads: concern", 0, _end(concern, 100)))
    labels(left, concern)
    estimates(right, risk, Scale("models with findings per 1,000", 0, _end(risk, _THOUSAND)))
    return figure


def _end(groups: Sequence[Group], whole: float) -> float:
    """Where an axis ends: at the next tenth of the whole above all intervals."""
    highest = max((e.high or e.value or 0.0 for group in groups for e in group.estimates), default=whole)
    step = whole / 10
    return min(whole, step * (highest // step + 1))


def _concern(row: dict[str, object]) -> Estimate:
    value, low, high = (_number(row[f"concern_{name}"]) for name in ("percent", "low", "high"))
    return Estimate(value, low, high, f"{row['concern']} of {row['threads']}" if value is not None else "no threads")


def _risk(row: dict[str, object]) -> Estimate:
    value, low, high = (_number(row[f"risk_{name}"]) for name in ("per_1000", "low", "high"))
    said = f"{row['with_findings']} of {row['models']}" if value is not None else "not looked at"
    return Estimate(value, low, high, said, hollow=bool(row["not_scanned"]))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _words(row: dict[str, object]) -> str:
    concern, risk = _concern(row), _risk(row)
    told = f"{row['platform']}: concern in {concern.said} threads" if concern.value is not None else "no threads"
    told = told if concern.value is not None else f"{row['platform']}: no coded threads"
    found = f"findings in {risk.said} models ({risk.value:.0f} per 1,000)" if risk.value is not None else "not scanned"
    left = f", {row['not_scanned']} files not scanned" if row["not_scanned"] else ""
    return f"{told}{_interval(concern, ' %')}; {found}{_interval(risk, '')}{left}".replace(";", ",")


def _interval(estimate: Estimate, unit: str) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    return f" (interval {estimate.low:.3g} to {estimate.high:.3g}{unit})"
