"""How well coders agree on each code and theme, with intervals and the study's threshold."""

from collections.abc import Sequence

from analysis.figures.forest import Estimate, Group, Scale, forest
from analysis.figures.picture import Picture, nothing, sentence
from codebook import agreed
from codebook.rows import AgreementMeasure
from codebook.themes import Codebook

_TITLE = "Agreement of coders"
_SERIES = {"alpha": "Krippendorff's alpha", "ac1": "Gwet's AC1"}


def agreement(measures: Sequence[AgreementMeasure], book: Codebook | None, threshold: float) -> Picture:
    """Draw rows of the table ``agreement`` that are about all readings of one code or theme.

    Args:
        measures: Rows of the table; those about parts of the readings are left out.
        book: The codebook, for names and order.
        threshold: Below which alpha is marked (``[agreement] threshold``).
    """
    shown = [each for each in measures if _whole(each)]
    if not shown or book is None:
        return nothing("agreement", _TITLE, "agreement has not been measured yet; run: coding agreement")
    groups = [group for code in book.codes for group in _group(book, code, shown, threshold)]
    series = tuple(_SERIES.values())
    units = max(each.units for each in shown)
    said = (
        f"{_TITLE} on each theme (bold) and code, over at most {units} units: {series[0]} and {series[1]}, with 95 % "
        f"intervals (bootstrap over threads). The broken line is the study's threshold for alpha, {threshold:g}; what "
        "is below it is in grey."
    )
    alt = f"{_TITLE}, threshold {threshold:g}: " + sentence([_words(group) for group in groups])
    low = min([0.0, *(e.low if e.low is not None else e.value or 0.0 for g in groups for e in g.estimates)])
    scale = Scale(
        "agreement (1 is perfect, 0 is chance)", max(-1.0, low - 0.05 if low < 0 else low), 1, threshold, series
    )
    rows = agreed.long(shown, book, threshold)
    return Picture("agreement", _TITLE, said, alt, agreed.LONG, rows, lambda: forest(groups, scale))


def _whole(each: AgreementMeasure) -> bool:
    """Whether it is about all readings of one code or theme, and one of the measures that are drawn."""
    subject = each.subject == "theme" or (each.subject == "code" and each.level == "codes")
    return subject and each.measure in _SERIES and all(getattr(each, part) is None for part in agreed.PARTS)


def _group(book: Codebook, code: str, shown: Sequence[AgreementMeasure], threshold: float) -> list[Group]:
    own = {each.measure: each for each in shown if each.code == code}
    estimates = [_estimate(own[name], place) for place, name in enumerate(_SERIES) if name in own]
    below = "alpha" in own and agreed.mark(own["alpha"], threshold).startswith("below")
    bold = book.codes[code].parent is None
    return [Group(book.codes[code].name, tuple(estimates), stands_back=below, bold=bold)] if estimates else []


def _estimate(each: AgreementMeasure, series: int) -> Estimate:
    value = each.estimate
    said = f"undefined: {each.undefined}" if value is None else f"{value:.2f}, {each.units} units"
    return Estimate(value, each.low, each.high, said, series)


def _words(group: Group) -> str:
    kinds = tuple(_SERIES)
    parts = [
        f"{kinds[e.series]} {e.said}" + ("" if e.low is None or e.high is None else f" ({e.low:.2f} to {e.high:.2f})")
        for e in group.estimates
    ]
    return f"{group.label}: {', '.join(parts)}{', below the threshold' if group.stands_back else ''}"
