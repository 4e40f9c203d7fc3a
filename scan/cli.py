"""The command ``scan``."""

from codebook.command import stage
from scan.code.command import code
from scan.fetch.command import fetch
from scan.models import models
from scan.sarif.giving import export
from scan.sarif.taking import import_
from scan.status import status


@stage
def cli(*, debug: bool) -> None:
    """Models of several platforms, and what scanners did with their code."""


cli.add_command(status)
cli.add_command(models)
cli.add_command(fetch)
cli.add_command(code)
cli.add_command(export)
cli.add_command(import_)


if __name__ == "__main__":
    cli(prog_name="scan")
