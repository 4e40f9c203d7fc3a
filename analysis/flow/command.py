"""``analysis flow``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from analysis.figures.option import draw, draws_a_picture
from analysis.flow import steps
from analysis.flow.box import Box, Part
from analysis.flow.boxes import boxes
from analysis.lacking import lacking
from codebook.command import say, show, shows_a_table, with_study
from codebook.render import Rows
from codebook.study import Study

PRISMA = ("phase", "box", "part", "label", "n")
"""Columns of :func:`lines`; behind them stands one column per site, if wanted, and ``origin``."""


@click.command()
@click.option("--prisma", is_flag=True, help="Show boxes that add up, as in a PRISMA 2020 diagram.")
@click.option("--by", type=click.Choice(["site"]), help="The boxes with a column per site (implies --prisma).")
@draws_a_picture
@shows_a_table
@with_study
def flow(study: Study, *, prisma: bool, by: str | None, picture: Path | None, fmt: str, output: Path | None) -> None:
    """How many threads were found, excluded and why, screened, drawn, included, coded and decided.

    With --prisma, every thread leaves once, at the first place where something keeps it back: each box is the one
    before it less what left (part: out). A thread that is excluded for several reasons counts once there, and under
    each reason. The first box has the hits of all queries (of which), before it is known which are the same thread.
    What a coder has read counts as drawn and screened. `origin` names the tables and the runs that wrote them.
    """
    if prisma or by:
        found = boxes(study)
        sites = sorted({site for box in found for site in box.by_site}) if by else []
        names = [*PRISMA, *(_heading(site) for site in sites), "origin"]
        show(list(lines(found, sites)), names, fmt, output)
        for box in found:
            for note in box.notes:
                say(f"{box.name}: {note}")
    else:
        show(steps.flow(study), steps.COLUMNS, fmt, output)
    with study.connect() as con:
        for note in lacking(con, ("threads", "codings", "decisions")):
            say(note)
    if picture:
        from analysis.figures.every import flow_of

        draw(flow_of(study), picture)


def lines(found: Sequence[Box], sites: Sequence[str] = ()) -> Iterator[dict[str, object]]:
    """One row per box, and below it what it is made of, what left, and why.

    ``part`` is ``box``, ``of which``, ``out`` or ``reason``; the columns of sites are called as :func:`_heading` says.
    """
    for box in found:
        yield _line(box, "box", Part(box.label, box.n, box.by_site), sites) | {"origin": box.origin}
        for part in box.parts:
            yield _line(box, "of which", part, sites)
        for part in box.left:
            yield _line(box, "out", part, sites)
            yield from (_line(box, "reason", reason, sites) for reason in part.reasons)


def _line(box: Box, kind: str, part: Part, sites: Sequence[str]) -> dict[str, object]:
    counts = {_heading(site): part.by_site.get(site, 0) for site in sites}
    return {"phase": box.phase, "box": box.name, "part": kind, "label": part.label, "n": part.n} | counts


def _heading(site: str) -> str:
    """The column of a site, which may have the name of another column."""
    return f"site {site}" if site in (*PRISMA, "origin") else site


def rows(study: Study) -> Rows:
    """The rows of ``analysis flow --prisma``."""
    return list(lines(boxes(study)))
