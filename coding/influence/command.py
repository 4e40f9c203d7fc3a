"""``coding influence``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codebook.command import say, show, shows_a_table, with_study
from codebook.study import Study

if TYPE_CHECKING:  # numpy, which the other commands do without
    from coding.influence.measured import Truth

COLUMNS = ("code", "measure", "comparison", "estimate", "low", "high", "why", "suggested", "compared")
"""``estimate`` with its 95 % interval, or ``why`` there is none; on how many readings of suggested codes it rests, and
on how many that were not shown them."""


@click.command()
@with_study
@click.option(
    "--truth",
    type=click.Choice(("plain", "decisions")),
    default="plain",
    show_default=True,
    help="Who says whether a suggestion is right: colleagues who read the unit plainly, or what was decided on it.",
)
@click.option(
    "--resamples",
    type=click.IntRange(100, 1_000_000),
    help="Bootstrap resamples of threads for the intervals. Default: [agreement].resamples.",
)
@shows_a_table
def influence(study: Study, *, truth: "Truth", resamples: int | None, fmt: str, output: Path | None) -> None:
    """Measure how suggestions moved the coders who saw them, above all towards wrong codes, with 95 % intervals.

    For all codes together (no code) and for each: how many of the right and of the wrong suggestions were accepted;
    the shift, which is how much more often a code is given if it is suggested; how many suggestions nobody can judge;
    and how long readings took with suggestions, over how long without. Above 0, a shift_wrong is a pull to what is
    wrong; where its interval holds 0, none was found.

    By --truth plain, a suggested code is wrong if a colleague who read the unit plainly did not give it; the judge is
    never the reader, and readings with and without suggestions are judged alike. By --truth decisions it is what the
    coders agreed on or the adjudicator decided, within units only; suggestions may have moved that, too. Compared are
    readings of the same units (within), and readings of units that nobody saw suggestions on, of codes that would have
    been suggested there (between). What was said before the adjudicator had a unit counts, as in coding agreement.
    """
    from coding.agreement.interval import Resamples
    from coding.influence.measured import measured

    settings = study.settings
    number = resamples or settings.agreement.resamples
    rows: list[dict[str, object]] = [
        {
            "code": line.code or None,
            "measure": line.measure,
            "comparison": line.comparison or None,
            "estimate": line.effect.value,
            "low": line.effect.low,
            "high": line.effect.high,
            "why": line.effect.why or None,
            "suggested": line.effect.shown,
            "compared": line.effect.compared,
        }
        for line in measured(study, truth, Resamples(number, settings.study.seed))
    ]
    show(rows, list(COLUMNS), fmt, output)
    say(f"intervals: 95 %, BCa bootstrap over threads, {number} resamples; what is right is said by: {truth}")
