"""The command ``analysis``."""

from pathlib import Path

from analysis.agreement.command import agreement
from analysis.agreement.saturation import saturation
from analysis.crosstab_command import crosstab
from analysis.flow.command import flow
from analysis.integration.command import gap, joins
from analysis.package.command import package
from analysis.prevalence.command import prevalence
from analysis.quotes.command import command as quotes
from analysis.report.page import write as write_report
from analysis.risk.command import risk
from analysis.variables import VARIABLES
from codebook import command
from codebook.study import Study


@command.stage
def cli(*, debug: bool) -> None:
    """Set what developers say beside what is there: crosstabs, the flow of threads, a report.

    Every number is counted from the tables of the study folder and can be traced back from there. Tests and intervals,
    joins between discussions, models and claims, and the replication package are not in this version yet.
    """


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


cli.add_command(crosstab)
cli.add_command(package)
cli.add_command(prevalence)
cli.add_command(risk)
cli.add_command(gap)
cli.add_command(joins)
cli.add_command(agreement)
cli.add_command(saturation)
cli.add_command(flow)
cli.add_command(quotes)


if __name__ == "__main__":
    cli(prog_name="analysis")
