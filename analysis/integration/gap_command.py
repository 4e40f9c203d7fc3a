"""``analysis gap``."""

from pathlib import Path

import click

from analysis.figures.option import draw, draws_a_picture
from analysis.integration import gap as gap_of
from analysis.lacking import lacking
from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.study import Study
from codebook.weaknesses.vocabulary import normalised

_NEEDS = ("threads", "matches", "codings", "model_files", "outcomes", "findings", "in_force")


@click.command()
@click.option("--cwe", "cwes", multiple=True, metavar="CWE-N", help="Only findings with this weakness; repeatable.")
@draws_a_picture
@shows_a_table
@with_study
def gap(study: Study, cwes: tuple[str, ...], picture: Path | None, fmt: str, output: Path | None) -> None:
    """Where worry and risk part: per platform the share of concerned threads beside models with findings per 1,000.

    Concern is what [analysis].concern of study.toml names, of the coded threads about the platform. Risk is the models
    with a weakness that any tool found, of those with files that loading executes; a model is not known if nothing was
    found and a file was scanned by no tool, and the interval reaches over those. Ranks go from the most. With a handful
    of platforms all of it is a description. What is there that nobody speaks of: analysis joins mentions.
    """
    with study.connect() as con:
        rows = gap_of.rows(con, study, _weaknesses(cwes))
        for note in (*lacking(con, _NEEDS), *gap_of.notes(con, study), *gap_of.said(rows, study)):
            say(note)
    show(rows, gap_of.COLUMNS, fmt, output)
    if picture:
        from analysis.figures.gap import gap as gap_drawn

        draw(gap_drawn(rows, gap_of.COLUMNS), picture)


def _weaknesses(given: tuple[str, ...]) -> tuple[str, ...]:
    """As they are written in tables."""
    for each in given:
        if not normalised([each]):
            raise StudyError(
                f"no weakness {each!r}", hint="For example: --cwe CWE-502. All are in: codebook weaknesses entries"
            )
    return tuple(cwe for each in given for cwe in normalised([each]))
