"""The command ``codebook weaknesses``."""

from pathlib import Path

import click

from codebook.command import say, show, shows_a_table
from codebook.weaknesses.stated import TABLES, stated


@click.command()
@click.argument("table", required=False, type=click.Choice(TABLES))
@shows_a_table
def weaknesses(table: str | None, *, fmt: str, output: Path | None) -> None:
    """Print how weaknesses and severities of tools are read: the tables, or the rows of TABLE.

    entries are CWE's, equivalences say which count as the same, remaps which rules of tools are read as another
    weakness, severities the one scale, top25 and owasp the lists of CWE and OWASP. mitigations say which mechanism of a
    platform would have caught a weakness, spoken which words people have for it. Each states its source and year.
    """
    if table:
        say(stated(table).source)
        show(stated(table).rows, stated(table).columns, fmt, output)
        return
    rows = [{"table": each, "rows": len(stated(each).rows), "source": stated(each).source} for each in TABLES]
    show(rows, ["table", "rows", "source"], fmt, output)
