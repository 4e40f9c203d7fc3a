"""The command ``platforms``."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from codebook.command import say, show, shows_a_table, stage, with_study
from codebook.rows.claims import Level
from codebook.study import Study
from platforms.fetch.command import fetch

UNKNOWN = "unknown"

_LATEST = """
SELECT mechanism, platform, list(DISTINCT level), count(*)
FROM (SELECT *, rank() OVER (PARTITION BY platform, mechanism, component, package, parameter
                             ORDER BY released DESC NULLS LAST) AS age FROM claims)
WHERE age = 1 GROUP BY mechanism, platform
"""

Cells = dict[tuple[str, str], tuple[list[str], int]]


@stage
def cli(*, debug: bool) -> None:
    """What platforms do about code that runs while a model is loaded.

    What exists today is the matrix of claims that are in the tables of the study. Gathering claims from client releases
    and documentation, the timeline and the comparison of dates are not in this version yet.
    """


@cli.command()
@shows_a_table
@with_study
def matrix(study: Study, fmt: str, output: Path | None) -> None:
    """Mechanisms by platform with the level in the latest release or page that was read.

    A cell lists every level that the latest claims about a part of the platform give, weakest first; "unknown" means
    that there is no claim. Platforms are those of study.toml and those of the claims. JSON has one object per cell:
    mechanism, platform, levels, and claims, the number of claims behind it.
    """
    cells = _cells(study)
    platforms = list(dict.fromkeys([*study.settings.platforms.names, *sorted({p for _, p in cells})]))
    mechanisms = sorted({m for m, _ in cells})
    if not cells:
        say("no claims about platforms are in this study")
    if fmt == "json":
        lines = [_cell(cells, m, p) for m in mechanisms for p in platforms]
        show(lines, ("mechanism", "platform", "levels", "claims"), fmt, output)
    elif cells or fmt != "text":
        names = ["mechanism", *_heads(platforms)]
        table = [[m, *(" / ".join(_levels(cells, m, p)) for p in platforms)] for m in mechanisms]
        show([dict(zip(names, line, strict=True)) for line in table], names, fmt, output)


def _cells(study: Study) -> Cells:
    """Levels, weakest first, and number of the latest claims, by mechanism and platform."""
    scale = get_args(Level)
    with study.connect() as con:
        found = con.execute(_LATEST).fetchall()
    return {(m, p): (sorted(levels, key=scale.index), n) for m, p, levels, n in found}


def _levels(cells: Cells, mechanism: str, platform: str) -> list[str]:
    return cells.get((mechanism, platform), ([UNKNOWN], 0))[0]


def _cell(cells: Cells, mechanism: str, platform: str) -> dict[str, object]:
    levels, claims = cells.get((mechanism, platform), ([UNKNOWN], 0))
    return {"mechanism": mechanism, "platform": platform, "levels": levels, "claims": claims}


def _heads(platforms: Sequence[str]) -> list[str]:
    """Headings that do not collide with that of the mechanisms."""
    return [f"{p} (platform)" if p == "mechanism" else p for p in platforms]


cli.add_command(fetch)


if __name__ == "__main__":
    cli(prog_name="platforms")
