"""The matrix as one HTML page that needs no network and no script; a cell leads to the claims behind it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from codebook.html_page import style, templates
from codebook.mechanisms import LEVELS, MECHANISMS
from platforms.disagreements.command import where
from platforms.matrix.cells import COLUMNS, Cell, column, mechanisms
from platforms.matrix.compared import Compared

_SHOWN = 12
"""Claims behind a cell that are shown; the page says how many more there are."""


def html(
    table: Mapping[tuple[str, str], Cell],
    platforms: Sequence[str],
    compared: Iterable[Compared],
    title: str,
    as_of: datetime | None,
) -> str:
    """The page.

    Args:
        table: The cells by mechanism and platform.
        platforms: Columns.
        compared: Cells of a published table beside the derived ones; none if there is no such table.
        title: Of the study.
        as_of: The moment that it shows; None for now.
    """
    rows = mechanisms(table)
    anchors = {key: f"cell-{number}" for number, key in enumerate(_keys(table, rows, platforms), 1)}
    environment = templates("platforms.matrix")
    environment.filters["place"] = where
    return environment.get_template("page.html").render(
        title=title,
        as_of=as_of.date().isoformat() if as_of else None,
        platforms=platforms,
        mechanisms=[(name, MECHANISMS.get(name, "")) for name in rows],
        cell=lambda mechanism, platform: table.get((mechanism, platform), Cell(mechanism, platform)),
        rank=lambda level: LEVELS.index(level) if level in LEVELS else level.replace("_", "-"),
        anchor=lambda mechanism, platform: anchors.get((mechanism, platform)),
        columns=list(COLUMNS),
        derived=lambda name, platform: column(table, name, platform),
        compared=list(compared),
        behind=[(anchors[key], table[key]) for key in anchors],
        shown=_SHOWN,
        **style(Path(__file__).parent / "page.css"),
    )


def _keys(
    table: Mapping[tuple[str, str], Cell], rows: Sequence[str], platforms: Sequence[str]
) -> Iterator[tuple[str, str]]:
    return ((mechanism, platform) for mechanism in rows for platform in platforms if (mechanism, platform) in table)
