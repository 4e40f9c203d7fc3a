"""``coding suggest``."""

from dataclasses import asdict
from pathlib import Path

import click

from codebook import ledger
from codebook.command import say, show, shows_a_table, with_study
from codebook.study import Study
from codebook.versions import recorded
from coding import derive

METHODS = ("similarity", "topics", "learnt")
_COLUMNS = ("code", "decided", "positives", "threshold", "said", "silent")
_INPUTS = ("threads", "posts", "screened", "topics", "codings", "recode", "decisions")


@click.command()
@with_study
@click.option("--method", "methods", multiple=True, type=click.Choice(METHODS), help="Combine these only; repeatable.")
@shows_a_table
def suggest(study: Study, *, methods: tuple[str, ...], fmt: str, output: Path | None) -> None:
    """Suggest codes for units: the table suggestions. A suggestion is never a coding.

    Three methods are combined: how near a unit is to the codebook's definitions, signs and examples (similarity), which
    codes its topic has (topics, after coding topics), and a model of the decisions so far (learnt). Scores are
    probabilities, calibrated on decided units whose coders saw no suggestions; before there are any, scores are empty
    and nothing is said.

    Of a code something is said only where at most [suggestions].error of what is said is expected to be wrong.
    Prints for each code its decided units, those that have it, the score from which it is said, for how many units
    without a decision it is, and why it is not.
    """
    from coding.suggestions.candidates import suggestion_set
    from coding.suggestions.record import append

    chosen = tuple(method for method in METHODS if method in methods) or METHODS
    with ledger.run(study, "coding suggest", {"methods": chosen}, chosen) as run:
        if recorded.see(study, run.id, say):
            derive.rebuild(study, say, run=run)
        for path in (study.path / "codebook.yaml", *(study.table(name) for name in _INPUTS)):
            if path.exists():
                run.used(path)
        made = suggestion_set(study, chosen, say)
        run.notes |= {"suggestions": made.name, "made_of": dict(made.made_of)}
        if not append(study, made, run.id):
            say("nothing is new since the last run: the same suggestions")
        derive.rebuild(study, say, run=run)
    show([asdict(code) for code in made.codes], _COLUMNS, fmt, output)
