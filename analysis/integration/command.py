"""``analysis joins`` and ``analysis gap``."""

from pathlib import Path

import click

from analysis.figures.option import draw, draws_a_picture
from analysis.integration import changes
from analysis.integration import gap as gap_of
from analysis.integration.joint import JOINTS, unanswerable
from analysis.lacking import lacking
from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.study import Study
from codebook.weaknesses.vocabulary import normalised

_LISTED = ("join", "rows", "needs")


@click.command()
@click.argument("name", required=False, type=click.Choice(list(JOINTS)))
@click.option(
    "--days", type=click.IntRange(1), default=changes.DAYS, show_default=True, help="changes: length of each window."
)
@shows_a_table
@with_study
def joins(study: Study, name: str | None, days: int, fmt: str, output: Path | None) -> None:
    """Set what is said beside what platforms do and what scanners found: the join NAME; without it, list them all.

    levels: themes by the level of the platform's gate on the day the thread was opened, with a test for trend.
    changes: themes before and after a release that changed a gate, in equal windows, with rate ratios. models: models
    that threads name, with what was found in them. beliefs and ledger: what [[analysis.beliefs]] of study.toml states,
    checked against what platforms did then and do today, summed up or thread by thread. mitigation: weaknesses by the
    mechanisms that would have caught them. mentions: weaknesses by whether concerned threads speak of them.
    disagreements: documentation against code, beside confused threads.

    Which platform a thread is about, [analysis.platforms] of study.toml says. What a table lacks is said with the
    command that brings it.
    """
    if name is None:
        show([{"join": n, "rows": j.meaning, "needs": j.needs} for n, j in JOINTS.items()], _LISTED, fmt, output)
        return
    joint = JOINTS[name]
    with study.connect() as con:
        if unanswered := unanswerable(con, study, joint):
            raise StudyError(unanswered, where=str(study.path), hint="All other joins are listed by: analysis joins")
        rows = changes.rows(con, study, days) if name == "changes" else joint.rows(con, study)
        missing = list(lacking(con, joint.needs))
        for note in (*missing, *joint.notes(con, study)):
            say(note)
    if not rows and not missing:
        say(f"no row: nothing in these tables meets: {', '.join(joint.needs)}")
    show(rows, joint.columns, fmt, output)


_GAP_NEEDS = ("threads", "matches", "codings", "model_files", "outcomes", "findings", "in_force")


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
        for note in (*lacking(con, _GAP_NEEDS), *gap_of.notes(con, study), *gap_of.said(rows, study)):
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
