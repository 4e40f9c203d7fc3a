"""The option ``--picture`` of commands that show a table which can be drawn."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analysis.figures.picture import FORMATS, write
from codebook.command import say
from codebook.errors import StudyError

if TYPE_CHECKING:
    from analysis.figures.picture import Picture


def draws_a_picture(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--picture FILE`` (argument ``picture``, for :func:`draw`)."""
    return click.option(
        "--picture",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        callback=_named_as_a_picture,
        help="Draw it, too: FILE.svg, FILE.pdf or FILE.png.",
    )(command)


def _named_as_a_picture(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    """Refuse another name before anything is counted."""
    if path is not None and path.suffix.lower().removeprefix(".") not in FORMATS:
        raise StudyError("a picture is .svg, .pdf or .png", where=str(path), hint="Name it so.")
    return path


def only(picture: Path | None, part: str, drawn: str) -> None:
    """Refuse a picture of a part that has none.

    Raises:
        StudyError: ``part`` is not the one that is ``drawn``.
    """
    if picture and part != drawn:
        raise StudyError(f"the part {part} is not drawn, only {drawn}", hint="Leave --part or --picture out.")


def draw(made: "Picture", path: Path | None) -> None:
    """Write a picture where a path is given, and say its caption.

    Raises:
        StudyError: There is nothing to draw.
    """
    if path is not None:
        write(made, path)
        say(f"{path}: {made.caption}")
