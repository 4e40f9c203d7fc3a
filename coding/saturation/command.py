"""``coding saturation``."""

from pathlib import Path

import click

from codebook.command import put, say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.rows import Coding, Thread
from codebook.study import Study

_COLUMNS = ("source", "n", "thread_id", "new_codes", "found", "expected", "low", "high")


@click.command()
@with_study
@click.option("--by", type=click.Choice(["source"]), help="One curve per source.")
@click.option("--permutations", type=click.IntRange(100), default=1000, show_default=True, help="Random orders.")
@click.option(
    "--tables",
    type=click.Path(path_type=Path, file_okay=False),
    help="Only count again what the table saturation has, and write it into this folder.",
)
@shows_a_table
def saturation(
    study: Study, *, by: str | None, permutations: int, tables: Path | None, fmt: str, output: Path | None
) -> None:
    """Show how many new codes each further coded thread brought, in the order of coding.

    Beside it what other orders of the same threads would give: the mean of all (expected), and the middle 95 % of
    random ones (low, high; seeded by study.toml). An --output that ends in .svg is a picture. The curves of all threads
    and of each source go into the table saturation, unless it has them already: for analysis saturation.
    """
    from coding.saturation import written
    from coding.saturation.curve import coded_threads, curves

    threads = coded_threads(study.read(Coding))
    if not threads:
        raise StudyError("nothing is coded yet", where=str(study.table("codings")), hint="Run: coding pull")
    if tables is not None:
        written.again(study, tables)
        return
    sources = {thread.thread_id: thread.source for thread in study.read(Thread)} if by else None
    found = curves(threads, sources, permutations=permutations, seed=study.settings.study.seed)
    if output and output.suffix.lower() == ".svg":
        from coding.saturation.picture import picture

        put(picture(found), output)
    else:
        show([row for curve in found for row in curve.rows()], _COLUMNS, fmt, output)
    for curve in found:
        say(curve.said)
    if written.write(study, permutations):
        say("wrote tables/saturation.parquet")
