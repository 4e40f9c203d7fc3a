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
from coding.ranking import report as progress
from coding.ranking.certainty import METHOD
from coding.screening import push, report
from coding.screening.ordered import given_by


@click.command()
@with_study
@click.option("--anew", is_flag=True, help="Give those whose project is gone from the server a new one.")
@click.option("--report", "reports", is_flag=True, help="Only print how well the raters agree; no server is asked.")
@click.option("--order", "ordered", is_flag=True, help="Give out the likeliest relevant threads first, in batches.")
@click.option(
    "--batch",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="With --order: how many threads wait for the raters.",
)
@shows_a_table
def screen(
    study: Study, *, anew: bool, reports: bool, ordered: bool, batch: int, fmt: str, output: Path | None
) -> None:
    """Let raters say which threads are about the question, before anything is coded.

    Every rater ([screening].raters, else the first two coders) gets every included thread, or the planned ones where
    `coding sample` was run, in a project of their own, with the [[screening.criteria]] of study.toml and a hint where
    a keyword stands in code, quotations or logs only.
    `coding pull` brings the verdicts: tables screenings and screened. Then run this again: threads on which raters
    differ, or one is unsure or skipped, go to [coders].adjudicator, who sees the verdicts without names. Once something
    is decided, `coding sample` and `coding push` take only threads that are screened in. What is there already stays.

    With --order raters get a batch at a time: a model learns from what was decided so far, and those that it finds
    likeliest relevant come first; others are drawn at random, from which follows how many may be left. Once
    [screening].recall of the relevant threads are found for certain, at [screening].confidence, nothing more is given
    out: the table ranking says which threads stay unread. Run it again after each `coding pull`: it fills the batch up.

    With --report: per pair of raters percent agreement and Cohen's kappa, as table; a kappa that is not defined says
    why. With --order --report: what is read and found, the recall with its interval, and whether to stop, and why.
    """
    if reports:
        _show_report(study, fmt, output, ordered=ordered)
        return
    raters = push.raters(study)
    push.page_of(study)  # what study.toml lacks is said before a server is looked for
    studio = Studio(server.find(study))
    arguments = {"server": studio.address.url, "anew": anew} | ({"order": True, "batch": batch} if ordered else {})
    with ledger.run(study, "coding screen", arguments, [*raters, "order"] if ordered else raters) as run:
        for name in ("threads", "posts", "matches", *(("plan", "screened") if ordered else ())):
            if study.table(name).exists():
                run.used(study.table(name))
        only = given_by(study, run.id, batch, say) if ordered else None
        push.push(study, run, studio, say, anew=anew, only=only)
        derive.rebuild(study, say, run=run)


def _show_report(study: Study, fmt: str, output: Path | None, *, ordered: bool) -> None:
    if not ordered:
        show(_report(study), report.COLUMNS, fmt, output)
        return
    rows = progress.report(study)
    if not rows:
        raise StudyError(
            "nothing was ordered yet", where=str(study.table("ranking")), hint="Run: coding screen --order"
        )
    say(METHOD)
    show(rows, progress.COLUMNS, fmt, output)


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
