"""``analysis joins``."""

from pathlib import Path

import click

from analysis.integration import changes
from analysis.integration.joint import JOINTS, unanswerable
from analysis.lacking import lacking
from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.study import Study

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
