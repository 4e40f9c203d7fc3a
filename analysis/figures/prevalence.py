"""How many repositories need custom code, per platform, with intervals."""

from analysis.figures.forest import Estimate, Group, Scale, forest
from analysis.figures.picture import Picture, nothing, sentence
from analysis.prevalence.counts import COLUMNS
from codebook.render import Rows

_TITLE = "Repositories that need custom code"
_SERIES = ("published criteria", "executed by the loader")


def prevalence(rows: Rows) -> Picture:
    """Draw the rows of :func:`analysis.prevalence.counts.platforms`."""
    if not rows:
        return nothing("prevalence", _TITLE, "no models have been listed yet; run: scan models")
    groups = [_group(row) for row in rows]
    both = any(len(group.estimates) > 1 for group in groups)
    series = _SERIES if both else _SERIES[:1]
    said = (
        f"{_TITLE}, share of the repositories of each platform by {' and by what is '.join(series)}, with 95 % Wilson "
    )
    said += "intervals, which begin where nothing unknown counts and end where all of it does."
    said += " A hollow marker: of some repositories it is not known."
    alt = f"{_TITLE}: " + sentence([_words(group) for group in groups])
    scale = Scale("percent of repositories", 0, _end(groups), series=series)
    return Picture("prevalence", _TITLE, said, alt, COLUMNS, rows, lambda: forest(groups, scale))


def _group(row: dict[str, object]) -> Group:
    kinds = ["published", *(["loader"] if row["loader_percent"] is not None else [])]
    return Group(str(row["platform"]), tuple(_estimate(row, kind, place) for place, kind in enumerate(kinds)))


def _estimate(row: dict[str, object], kind: str, place: int) -> Estimate:
    percent, low, high = (_number(row[f"{kind}_{name}"]) for name in ("percent", "low", "high"))
    n, of = row[kind], row["models"]
    said = f"{n:,} of {of:,}" + ("" if percent is None else f" ({percent:.3g} %)")
    return Estimate(percent, low, high, said, place, hollow=bool(row[f"{kind}_unknown"]))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _words(group: Group) -> str:
    parts = [
        f"{_SERIES[e.series]} {e.said}"
        + ("" if e.low is None or e.high is None else f", interval {e.low:.3g} to {e.high:.3g} %")
        for e in group.estimates
    ]
    return f"{group.label}: {', '.join(parts)}"


def _end(groups: list[Group]) -> float:
    """Where the axis ends: at 100 %, or at the next multiple of 5 above all intervals."""
    highest = max((e.high or e.value or 0.0 for group in groups for e in group.estimates), default=100.0)
    return min(100.0, 5.0 * (highest // 5 + 1))
