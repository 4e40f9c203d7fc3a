"""``analysis report``."""

from pathlib import Path

import click

from analysis.report.page import pieces, write
from codebook.command import put, with_study
from codebook.html_page import replace_whole
from codebook.study import Study


@click.command()
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["html", "latex"]),
    default="html",
    show_default=True,
    help="A page, or a folder with tables (booktabs), figures (PDF) and a paper.tex that includes them.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write there, and nothing into the study. Default: out/report.html or out/latex, entered in the run ledger.",
)
@with_study
def report(study: Study, fmt: str, output: Path | None) -> None:
    """Write one page with every table and figure of the study, for a browser without network. Prints its path.

    It has the method in sentences with its numbers, what limits them, crosstabs with their tests, and behind each cell
    its threads with quotes, codings and runs. Each table can be saved from it as CSV and JSON, each figure as SVG;
    --format latex writes figures as PDF. What the study does not have yet is said, with the command that brings it.
    The same tables give the same page.
    """
    if fmt == "latex":
        from analysis.latex import paper

        put(str((paper.write(study, output) if output else paper.write_in_study(study))[0]), None)
        return
    if output is None:
        put(str(write(study)), None)
        return
    replace_whole(output, pieces(study))
    put(str(output), None)
