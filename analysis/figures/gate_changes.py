"""What people wrote about before and after a gate changed."""

from collections.abc import Sequence
from itertools import groupby

from analysis.figures.forest import Estimate, Group, Scale, forest
from analysis.figures.picture import Picture, nothing, sentence
from analysis.interval import share
from codebook.render import Rows
from codebook.themes import Codebook

_TITLE = "Themes before and after a gate changed"
_GROUPS = 36
"""What fits on a page."""


def gate_changes(rows: Rows, names: Sequence[str], book: Codebook | None = None) -> Picture:
    """Draw the rows of :func:`analysis.integration.changes.rows`.

    Args:
        rows: One per change and theme, those of one change together, with ``before`` of ``all_before`` threads and
            ``after`` of ``all_after``.
        names: The columns of the rows.
        book: The codebook, for the names of themes.
    """
    both = [row for row in rows if row["all_before"] and row["all_after"]]
    if not both:
        missing = "no gate is known to have changed with coded threads before and after; run: analysis joins changes"
        return nothing("gate-changes", _TITLE, missing)
    groups = _groups(both, book)
    shown = groups[:_GROUPS]
    left = len([group for group in groups[_GROUPS:] if group.estimates])
    days = next((row["days"] for row in rows if row["days"] is not None), None)
    within = f" in the {days} days before and after" if days else " before and after"
    said = (
        f"Share of the threads about a platform that have a theme,{within} a gate changed, with 95 % Wilson intervals. "
        "A description: other things changed in these days, too."
    )
    said += f" {left} themes of further changes are not drawn." if left else ""
    if len(both) < len(rows):
        said += " Changes with no thread before, or none after, are in the table only."
    alt = f"{_TITLE}: " + sentence([_words(group) for group in groups if group.estimates])
    scale = Scale("percent of threads", 0, 100, series=("before", "after"))
    return Picture("gate-changes", _TITLE, said, alt, names, rows, lambda: forest(shown, scale))


def _groups(rows: Rows, book: Codebook | None) -> list[Group]:
    names = {code.id: code.name for code in book.codes.values()} if book else {}
    found = []
    for change, own in groupby(rows, key=_change):
        found.append(Group(change, bold=True))
        found += [Group(names.get(str(row["theme"]), str(row["theme"])), _pair(row)) for row in own]
    return found


def _change(row: dict[str, object]) -> str:
    return f"{row['platform']}: {row['change']}"


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
