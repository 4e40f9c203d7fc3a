"""The command ``coding screen``."""

from pathlib import Path

import click

from codebook import ledger
from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.study import Study
from coding import derive
from coding.label_studio import server
from coding.label_studio.studio import Studio
from coding.screening import push, report


@click.command()
@with_study
@click.option("--anew", is_flag=True, help="Give those whose project is gone from the server a new one.")
@click.option("--report", "reports", is_flag=True, help="Only print how well the raters agree; no server is asked.")
@shows_a_table
def screen(study: Study, *, anew: bool, reports: bool, fmt: str, output: Path | None) -> None:
    """Let raters say which threads are about the question, before anything is coded.

    Every rater ([screening].raters, else the first two coders) gets every included thread, or the planned ones where
    `coding sample` was run, in a project of their own, with the [[screening.criteria]] of study.toml and a hint where
    a keyword stands in code, quotations or logs only.
    `coding pull` brings the verdicts: tables screenings and screened. Then run this again: threads on which raters
    differ, or one is unsure or skipped, go to [coders].adjudicator, who sees the verdicts without names. Once something
    is decided, `coding sample` and `coding push` take only threads that are screened in. What is there already stays.

    With --report: per pair of raters percent agreement and Cohen's kappa, as table; a kappa that is not defined says
    why.
    """
    if reports:
        show(_report(study), report.COLUMNS, fmt, output)
        return
    raters = push.raters(study)
    push.page_of(study)  # what study.toml lacks is said before a server is looked for
    studio = Studio(server.find(study))
    arguments = {"server": studio.address.url, "anew": anew}
    with ledger.run(study, "coding screen", arguments, raters) as run:
        for name in ("threads", "posts", "matches"):
            if study.table(name).exists():
                run.used(study.table(name))
        push.push(study, run, studio, say, anew=anew)
        derive.rebuild(study, say, run=run)


def _report(study: Study) -> list[dict[str, object]]:
    rows = report.report(study)
    if not rows:
        raise StudyError(
            "no thread has verdicts of two raters yet",
            where=str(study.table("screenings")),
            hint="Run: coding screen, and when the raters have read something, coding pull",
        )
    if later := report.changed_later(study):
        say(f"{later} threads were changed after the adjudicator was given them; the verdicts from before count")
    return rows
