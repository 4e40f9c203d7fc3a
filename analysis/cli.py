"""The command ``analysis``."""

from pathlib import Path

from analysis.variables import VARIABLES
from codebook import command


@command.stage
def cli(*, debug: bool) -> None:
    """Set what developers say beside what is there: crosstabs, joins, the flow of threads, a report, a package.

    Every number is counted from the tables of the study folder and can be traced back from there.
    """


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


cli.add_later(
    {
        "agreement": "analysis.agreement.command:agreement",
        "crosstab": "analysis.crosstab_command:crosstab",
        "flow": "analysis.flow.command:flow",
        "gap": "analysis.integration.gap_command:gap",
        "joins": "analysis.integration.joins_command:joins",
        "package": "analysis.package.command:package",
        "prevalence": "analysis.prevalence.command:prevalence",
        "quotes": "analysis.quotes.command:command",
        "report": "analysis.report.command:report",
        "risk": "analysis.risk.command:risk",
        "saturation": "analysis.agreement.saturation:saturation",
    }
)


if __name__ == "__main__":
    cli(prog_name="analysis")
