"""``coding evaluate``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codebook.command import say, show, shows_a_table, with_study
from codebook.rows import Decision
from codebook.study import Study

if TYPE_CHECKING:  # numpy, which the other commands do without
    from coding.suggestions.gathered import Gathered


@click.command()
@with_study
@shows_a_table
@click.option(
    "--by",
    type=click.Choice(["method", "code"]),
    default="method",
    show_default=True,
    help="One row per method, or for each code; csv and json always have all.",
)
@click.option(
    "--resamples",
    type=click.IntRange(100, 1_000_000),
    help="Bootstrap resamples of threads for the intervals. Default: [agreement].resamples.",
)
def evaluate(study: Study, *, fmt: str, output: Path | None, by: str, resamples: int | None) -> None:
    """Measure suggestions against decisions, beside simpler methods: precision, recall, F1, calibration, coverage.

    Only units count that were read in the plain arm alone, by coders who saw no suggestions, and that are not quoted in
    the codebook. Suggestions are made anew for each of them by models that have not seen its thread, and so are the
    baselines: how often each code is decided (majority), TF-IDF with logistic regression, similarity to the definitions
    alone, and chance.

    A method offers codes: what coders would be shown (said), each code where its expected F1 is best (best F1), or as
    many of the likeliest codes as decided units usually have (likeliest). precision@3 looks at a unit's three first
    codes; best@3 is what it would be in the best order. Brier and ECE (calibration error) are of stated probabilities.
    A measure that the data cannot give is undefined, with the reason; intervals are 95 %, BCa bootstrap over threads.
    """
    from coding.agreement.interval import Resamples
    from coding.evaluation import layout
    from coding.evaluation.out_of_fold import Bounds, enough
    from coding.evaluation.out_of_fold import evaluate as evaluated
    from coding.suggestions.gathered import gather

    settings = study.settings
    number = resamples or settings.agreement.resamples
    decided = {row.unit_id: row.thread_id for row in study.read(Decision)}
    enough(len(decided), len(set(decided.values())))  # before texts are embedded, which takes long
    gathered = gather(study)
    bounds = Bounds(error=settings.suggestions.error, at_most=settings.suggestions.at_most)
    drawn = Resamples(number, settings.study.seed)
    found = evaluated(gathered.units, gathered.codes, gathered.decided, bounds, drawn)
    if fmt in ("csv", "json"):
        show(layout.long(found, study.codebook.codes), layout.LONG, fmt, output)
    elif by == "code":
        show(layout.by_code(found), layout.PER_CODE, fmt, output)
    else:
        show(layout.by_method(found), layout.OVERALL, fmt, output)
    say(
        f"evaluated on {found.units} units of {found.threads} threads whose coders saw no suggestions; each is scored "
        f"by models that have not seen its thread ({found.folds} folds); {number} resamples"
    )
    for what, number in _not_counted(gathered, found.units, len(decided)).items():
        say(f"decided units {what}, and so not counted: {number}")


def _not_counted(gathered: "Gathered", evaluated: int, decided: int) -> dict[str, int]:
    """Decided units that are not evaluated on, by why; no why without units."""
    found = {
        "with a text of the codebook word for word": gathered.quoted,
        "that were read with suggestions": len(gathered.decided) - evaluated - gathered.quoted,
        "without prose, or no longer to be coded": decided - len(gathered.decided),
    }
    return {what: number for what, number in found.items() if number}
