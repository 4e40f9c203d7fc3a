"""What people wrote about before and after a gate changed."""

from collections.abc import Sequence
from itertools import groupby

from analysis.figures.forest import Estimate, Group, Scale, forest
from analysis.figures.picture import Picture, nothing, sentence
from analysis.interval import share
from analysis.layout import Rows

_TITLE = "Themes before and after a gate changed"
_GROUPS = 36
"""What fits on a page."""


def gate_changes(rows: Rows, names: Sequence[str]) -> Picture:
    """Draw the rows of :func:`analysis.integration.changes.rows`.

    Args:
        rows: One per change and theme, those of one change together, with ``before`` of ``all_before`` threads and
            ``after`` of ``all_after``.
        names: The columns of the rows.
    """
    if not rows:
        return nothing("gate-changes", _TITLE, "no gate is known to have changed while threads were written")
    groups = _groups(rows)
    shown = groups[:_GROUPS]
    left = len([group for group in groups[_GROUPS:] if group.estimates])
    days = next((row["days"] for row in rows if row["days"] is not None), None)
    within = f" in the {days} days before and after" if days else " before and after"
    said = (
        f"Share of the threads about a platform that have a theme,{within} a gate changed, with 95 % Wilson intervals. "
        "A description: other things changed in these days, too."
    )
    said += f" {left} themes of further changes are not drawn." if left else ""
    alt = f"{_TITLE}: " + sentence([_words(group) for group in groups if group.estimates])
    scale = Scale("percent of threads", 0, 100, series=("before", "after"))
    return Picture("gate-changes", _TITLE, said, alt, names, rows, lambda: forest(shown, scale))


def _groups(rows: Rows) -> list[Group]:
    found = []
    for change, own in groupby(rows, key=_change):
        found.append(Group(change, bold=True))
        found += [Group(str(row["theme"]), _pair(row)) for row in own]
    return found


def _change(row: dict[str, object]) -> str:
    return f"{str(row['date'])[:10]} {row['package']}: {row['parameter'] or ''} {row['change']}"


def _pair(row: dict[str, object]) -> tuple[Estimate, ...]:
    found = []
    for series, kind in enumerate(("before", "after")):
        n, of = int(str(row[kind] or 0)), int(str(row[f"all_{kind}"] or 0))
        part = share(n, of)
        found.append(Estimate(part.percent, part.low, part.high, f"{n} of {of}", series))
    return tuple(found)


def _words(group: Group) -> str:
    before, after = group.estimates
    return f"{group.label}: {before.said} before, {after.said} after"
