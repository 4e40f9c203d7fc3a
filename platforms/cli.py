"""The command ``platforms``."""

from codebook.command import stage
from platforms.disagreements.command import disagreements
from platforms.fetch.command import fetch
from platforms.matrix.command import matrix
from platforms.status import status


@stage
def cli(*, debug: bool) -> None:
    """What platforms do about code that runs while a model is loaded: claims, each with its evidence."""


for _command in (fetch, status, matrix, disagreements):
    cli.add_command(_command)


if __name__ == "__main__":
    cli(prog_name="platforms")
