"""``coding sample``."""

from pathlib import Path

import click

from codebook import ledger
from codebook.command import say, show, shows_a_table, with_study
from codebook.study import Study
from coding import derive
from coding.sampling import plan as planning
from coding.sampling.sample import Sample, sample, shown


@click.command("sample")
@with_study
@click.option("--size", type=click.IntRange(0), help="Units in all; 0 is all. Default: [sampling].size.")
@click.option("--round", "round_number", type=click.IntRange(1), default=1, show_default=True, help="The coding round.")
@click.option("--dry-run", is_flag=True, help="Show what would be drawn, and store nothing.")
@shows_a_table
def command(study: Study, *, size: int | None, round_number: int, dry_run: bool, fmt: str, output: Path | None) -> None:
    """Draw the units of a round and say who codes which: the table plan, by which coding push goes.

    [sampling] and [coders] of study.toml say how many, from which strata, and how many are for several coders. The
    same settings give the same plan. A larger size, a larger overlap or another coder adds to it; nobody loses a unit.
    What a coder that [coders] does not name any more has not coded goes to others, too.
    With [suggestions].share, that share of the units is read with suggestions: of a unit of several coders by about
    half of them, so that each coder reads some units with and others without. What was pushed stays in its arm.
    After a screening only what is screened in is drawn, and where the plan came first, what nobody has drawn yet, too.
    Prints frame, units drawn, shared ones and the weight of each stratum, and how many units of it each coder gets.
    """
    if dry_run:
        _show(sample(study, size, round_number, "dry run"), fmt, output)
        say("a dry run: nothing was stored")
        return
    arguments = {"size": size, "round": round_number}
    with ledger.run(study, "coding sample", arguments, arguments) as run:
        for name in ("threads", "posts", "topics", "screened", "codings"):
            if study.table(name).exists():
                run.used(study.table(name))
        drawn = sample(study, size, round_number, run.id)
        if drawn.step.units:
            planning.append(study, drawn.step)
        derive.rebuild(study, say, run=run)
    _show(drawn, fmt, output)


def _show(drawn: Sample, fmt: str, output: Path | None) -> None:
    for line in drawn.said:
        say(line)
    rows, names = shown(drawn)
    show(rows, names, fmt, output)
