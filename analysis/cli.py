"""The command ``analysis``."""

from pathlib import Path
from typing import Any

import click

from analysis import explain, layout
from analysis import flow as flow_of
from analysis.agreement.command import agreement
from analysis.agreement.saturation import saturation
from analysis.crosstab import Crosstab, Pairs, count, pairs
from analysis.notes import notes
from analysis.integration.command import gap, joins
from analysis.package.command import package
from analysis.prevalence.command import prevalence
from analysis.question import Asked, resolve
from analysis.report.page import write as write_report
from analysis.risk.command import risk
from analysis.units import UNITS
from analysis.values import label
from analysis.variables import VARIABLES
from codebook import command
from codebook.command import say
from codebook.study import Study


@command.stage
def cli(*, debug: bool) -> None:
    """Set what developers say beside what is there: crosstabs, the flow of threads, a report.

    Every number is counted from the tables of the study folder and can be traced back from there. Tests and intervals,
    joins between discussions, models and claims, and the replication package are not in this version yet.
    """


@cli.command()
@click.argument("rows")
@click.argument("cols")
@click.option("--unit", metavar="|".join(UNITS), help="What is counted. Default: thread for discussions.")
@click.option("--level", type=click.Choice(["theme", "code"]), help="Count theme or code in place of the other.")
@click.option(
    "--where", multiple=True, metavar="NAME=VALUE", help="Count only rows that say so, or != do not. Repeatable."
)
@click.option("--from", "origin", type=click.Choice(["codings", "decisions"]), help="Where codes come from.")
@click.option("--all", "every", is_flag=True, help="Count excluded threads too.")
@click.option("--percent", type=click.Choice(["row", "col", "all"]), help="Percentages of row, column or all units.")
@click.option(
    "--explain", "cell", nargs=2, metavar="ROW COL", help="List the threads, codings and runs behind one cell instead."
)
@command.shows_a_table
@command.with_study
def crosstab(
    study: Study,
    fmt: str,
    output: Path | None,
    percent: layout.Percent | None,
    cell: tuple[str, str] | None,
    **asked: Any,
) -> None:
    """Count distinct units by two variables, for example: analysis crosstab theme source.

    ROWS and COLS are any two variables that joins connect; "analysis variables" lists them. A unit counts in every cell
    whose two values it has, and once in a total. Codes come from the decisions if there are any, else from the codings:
    there a unit has a code if at least one coder gave it; "(none)" are units that were read and given no code. A code
    on a whole thread counts for each of its posts.

    JSON has one object per cell: row, col, n, row_n, col_n, n_all, row_percent, col_percent, and the ids row_id and
    col_id behind the labels. All other formats have one column per value and totals.
    """
    with pairs(study, resolve(study, Asked(**asked))) as made:
        table = count(made)
        if cell:
            _explained(study, made, table, cell, fmt, output)
            return
        for note in notes(made, table):
            say(note)
    lines, names = (layout.long(table), list(layout.LONG)) if fmt == "json" else layout.wide(table, percent)
    command.show(lines, names, fmt, output)


def _explained(
    study: Study, made: Pairs, table: Crosstab, given: tuple[str, str], fmt: str, output: Path | None
) -> None:
    row, col = explain.cell(made, table, *given)
    lines = explain.behind(study, made, row, col)
    question = table.question
    labels = label(question.rows, row, table.book), label(question.cols, col, table.book)
    n = table.n.get((row, col), 0)
    say(f"{question.rows.name} {labels[0]}, {question.cols.name} {labels[1]}: {n} {question.unit.plural}")
    if not n:
        say("nothing is behind this cell: it is empty")
    command.show(lines, explain.columns(made), fmt, output)


@cli.command()
@command.shows_a_table
@command.with_study
def flow(study: Study, fmt: str, output: Path | None) -> None:
    """How many threads were found, excluded and why, included, coded and decided."""
    command.show(flow_of.flow(study), flow_of.COLUMNS, fmt, output)


@cli.command()
@command.with_study
def report(study: Study) -> None:
    """Write out/report.html: one page with tables, threads and runs, no network needed. Prints its path."""
    command.put(str(write_report(study)), None)


@cli.command()
@command.shows_a_table
def variables(fmt: str, output: Path | None) -> None:
    """List the variables of a crosstab: their tables, what they say, their possible values."""
    names = ("variable", "table", "meaning", "values")
    lines = [
        {"variable": v.name, "table": v.table, "meaning": v.meaning, "values": v.words}
        for homes in VARIABLES.values()
        for v in homes
    ]
    command.show(lines, names, fmt, output)


cli.add_command(package)
cli.add_command(prevalence)
cli.add_command(risk)
cli.add_command(gap)
cli.add_command(joins)
cli.add_command(agreement)
cli.add_command(saturation)


if __name__ == "__main__":
    cli(prog_name="analysis")
