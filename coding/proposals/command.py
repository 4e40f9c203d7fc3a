"""The command ``coding proposals``."""

from pathlib import Path

import click

from codebook.command import put, say, show, shows_a_table, with_study
from codebook.rows import Proposal
from codebook.study import Study
from coding.proposals.grouped import COLUMNS, as_entries, grouped


@click.command(name="proposals")
@with_study
@click.option(
    "--yaml", "as_yaml", is_flag=True, help="Print entries for codebook.yaml, of names that it does not have."
)
@shows_a_table
def proposals(study: Study, *, as_yaml: bool, fmt: str, output: Path | None) -> None:
    """Show the codes that coders proposed, by name, with for how many units and by how many coders.

    What comes out of --yaml stands in codebook.yaml under `codes:` as it is; its status, proposed, keeps it off the
    labelling page until the team has given it a place and a definition and made it active.
    """
    found = grouped(study.read(Proposal), study.codebook)
    if not found:
        say("no coder has proposed a code, by the last pull")
    if as_yaml:
        put(as_entries(found, study.codebook.codes), output)
    else:
        show([one.row() for one in found], COLUMNS, fmt, output)
