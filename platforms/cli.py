"""The command ``platforms``."""

from codebook.command import stage
from platforms.changes import diff
from platforms.claims_command import claims
from platforms.coverage import coverage
from platforms.disagreements.command import disagreements
from platforms.fetch.command import fetch
from platforms.matrix.command import matrix
from platforms.status import status
from platforms.timeline import timeline


@stage
def cli(*, debug: bool) -> None:
    """What platforms do about code that runs while a model is loaded: claims, each with its evidence."""


for _command in (fetch, status, claims, matrix, timeline, diff, coverage, disagreements):
    cli.add_command(_command)


if __name__ == "__main__":
    cli(prog_name="platforms")
