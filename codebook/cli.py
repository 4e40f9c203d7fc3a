"""The command ``codebook``."""

from dataclasses import asdict
from pathlib import Path

import click

from codebook import check as checks
from codebook import example_study
from codebook.command import say, show, shows_a_table, stage, with_study
from codebook.errors import DoesNotHold, StudyError
from codebook.exchange.command import export, import_
from codebook.rows import TABLES
from codebook.study import Study
from codebook.tables import dictionary
from codebook.versions.command import diff, migrate
from codebook.weaknesses.command import weaknesses


@stage
def cli(*, debug: bool) -> None:
    """The study folder, the data dictionary and the codes: what words mean and where records lie."""


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--example", is_flag=True, help="Unpack the example study, invented threads and coders included.")
@click.option("--title", default="A study", show_default=True, help="The study's title.")
def init(folder: Path, *, example: bool, title: str) -> None:
    """Make a new study in FOLDER."""
    study = example_study.unpack(folder) if example else Study.create(folder, title)
    say(f"made {study.path}")
    say("next: " + ("collect threads --from-raw" if example else "fill in study.toml, then: collect threads"))


@cli.command()
@with_study
@shows_a_table
def check(study: Study, *, fmt: str, output: Path | None) -> None:
    """Check a study: all files validate, tables equal what the raw records give, every row's run exists.

    Exit status 1 if anything does not hold.
    """
    results = list(checks.check(study))
    show([asdict(r) for r in results], ["check", "where", "result", "what"], fmt, output)
    failed = sum(r.result == "failed" for r in results)
    if failed:
        raise DoesNotHold(f"{failed} of {len(results)} checks failed", hint="The table says where.")


@cli.command()
@click.argument("table", required=False)
@shows_a_table
def tables(table: str | None, *, fmt: str, output: Path | None) -> None:
    """Print the data dictionary: every table and column with type, unit and meaning; or that of TABLE."""
    if table and table not in TABLES:
        raise StudyError(f"no table {table!r}", hint=f"There are: {', '.join(TABLES)}.")
    rows = [row for row in dictionary() if table in (None, row["table"])]
    show(rows, ["table", "column", "type", "unit", "key", "empty", "meaning"], fmt, output)


cli.add_command(diff)
cli.add_command(migrate)
cli.add_command(weaknesses)

cli.add_command(export)
cli.add_command(import_)


if __name__ == "__main__":
    cli(prog_name="codebook")
