"""``analysis saturation``."""

from pathlib import Path

import click

from analysis.agreement.standing import standing
from analysis.figures.option import draw, draws_a_picture
from codebook.command import say, show, shows_a_table, with_study
from codebook.render import Rows
from codebook.rows import SaturationStep
from codebook.study import Study

COLUMNS = ("source", "n", "thread_id", "new_codes", "found", "expected", "low", "high")


@click.command()
@click.option("--by", type=click.Choice(["source"]), help="One curve per source.")
@draws_a_picture
@shows_a_table
@with_study
def saturation(study: Study, *, by: str | None, picture: Path | None, fmt: str, output: Path | None) -> None:
    """How many new codes each further coded thread brought, as `coding saturation` has counted it.

    In the order of coding; beside it the mean of all orders of the same threads (expected), and the middle 95 % of
    random ones (low, high). If codings have changed since, that is said.
    """
    with study.connect() as con:
        said = standing(con, study, "saturation")
    rows = curves(study, by_source=by is not None)
    show(rows, COLUMNS, fmt, output)
    for last in summary(rows):
        say(last)
    if said:
        say(said)
    if picture:
        from analysis.figures.saturation import saturation as drawn

        draw(drawn(list(study.read(SaturationStep))), picture)


def curves(study: Study, *, by_source: bool) -> Rows:
    """The steps of the curve of all threads, or of that of each source; the columns are :data:`COLUMNS`."""
    return [
        {name: getattr(step, name) for name in COLUMNS} | ({} if by_source else {"source": "all"})
        for step in study.read(SaturationStep)
        if (step.source is not None) == by_source
    ]


def summary(rows: Rows) -> list[str]:
    """One sentence per curve: how many codes, and when the last new one came."""
    ends: dict[object, tuple[object, object, object]] = {}
    newest: dict[object, object] = {}
    for row in rows:
        ends[row["source"]] = row["found"], row["n"], row["source"]
        if row["new_codes"]:
            newest[row["source"]] = row["n"]
    return [
        f"{source}: {found} codes in {n} threads; the last new one came with thread {newest.get(source, '-')}"
        for found, n, source in ends.values()
    ]
