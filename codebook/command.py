"""What all six commands share: options, the meaning of exit statuses, and where output goes.

Data goes to standard output or ``--output``, talk to standard error. Exit status: 0 done and complete, 1 what was asked
for does not hold, 2 wrong input, 3 stopped early and the same command goes on, 4 a needed tool or server is missing.
"""

import errno
import functools
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import duckdb

from codebook import render
from codebook.damage import damaged
from codebook.errors import StoppedEarly, StudyError
from codebook.harmless import on_terminal
from codebook.masks import masked
from codebook.study import Study

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
"""Settings mean the same whatever else is installed; and nobody waits while all of that is searched for plugins."""

P = ParamSpec("P")
T = TypeVar("T")
Command = Callable[..., Any]


def say(line: str) -> None:
    """Print a line of talk on standard error, control characters removed."""
    click.echo(on_terminal(line), err=True)


class Stage(click.Group):
    """A command group whose errors are one message and an exit status; ``--debug`` shows the traceback."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.params.append(click.Option(["--debug"], is_flag=True, help="Show the traceback of an error."))
        self._places: dict[str, str] = {}

    def add_later(self, places: Mapping[str, str]) -> None:
        """Add commands that are imported when they are asked for: name → ``module:attribute``."""
        self._places |= places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in alphabetical order."""
        return sorted({*super().list_commands(ctx), *self._places})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None if there is none."""
        if cmd_name in self._places and cmd_name not in self.commands:
            module, _, attribute = self._places[cmd_name].partition(":")
            self.add_command(getattr(import_module(module), attribute), cmd_name)
        return super().get_command(ctx, cmd_name)

    def main(self, *args: Any, **options: Any) -> Any:
        """Run as a program; help, too, may find no room where it is written."""
        try:
            return super().main(*args, **options)
        except OSError as error:
            if not error.strerror:
                raise
            _let_go_of_stdout()
            failure = _of_system(error)
            say(f"{options.get('prog_name') or Path(sys.argv[0]).name}: {failure}")
            sys.exit(failure.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; see the class."""
        try:
            return super().invoke(ctx)
        except StudyError as error:
            raise self._failure(ctx, error) from error
        except BrokenPipeError:
            _let_go_of_stdout()  # the reader went away; nothing to say
            ctx.exit(0)
        except OSError as error:
            if not error.strerror:
                raise  # not of the system, but of a package that derives its own errors from this one
            _let_go_of_stdout()
            raise self._failure(ctx, _of_system(error), shown=error) from error
        except KeyboardInterrupt as interrupt:
            stop = StoppedEarly("interrupted", hint="What was got is safe. Run the same command again to go on.")
            raise self._failure(ctx, stop) from interrupt

    @staticmethod
    def _failure(ctx: click.Context, error: StudyError, *, shown: BaseException | None = None) -> click.exceptions.Exit:
        if ctx.params.get("debug"):
            say(masked("".join(traceback.format_exception(shown or error))))
        say(masked(f"{ctx.info_name}: {error}"))
        return click.exceptions.Exit(error.exit_code)


def _of_system(error: OSError) -> StudyError:
    """What the operating system refused: a full disk, a path that cannot be used."""
    where = "" if error.filename is None or isinstance(error.filename, int) else os.fsdecode(error.filename)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "What was got is safe. Make room and run the same command again."
        return StoppedEarly(f"cannot write: {error.strerror}", where=where, hint=hint)
    hint = "Check this path and its permissions, and run the same command again."
    return StudyError(f"cannot be read or written: {error.strerror}", where=where or "a file", hint=hint)


def _let_go_of_stdout() -> None:
    """Drop what standard output could not take, so that Python does not try once more when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except AttributeError:
        return  # it was closed from the start, and Python has none


def stage(function: Callable[..., None]) -> Stage:
    """Make a command group of a function; its docstring is the help.

    The function takes ``debug`` and may ignore it. ``--help`` and ``--version`` come with it.
    """
    group = click.group(cls=Stage, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
    versioned = click.version_option(package_name="qualdev", message="%(package)s %(version)s")
    made: Stage = versioned(group(function))
    return made


def with_study(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command ``--study`` and, as its first argument, the :class:`~codebook.study.Study` that it finds.

    If DuckDB cannot answer, the error names the table that is damaged.
    """

    @click.option(
        "--study",
        "study_path",
        type=click.Path(path_type=Path),
        help="The study folder. Default: $STUDY, else the nearest parent with a study.toml.",
    )
    @functools.wraps(command)
    def wrapped(*args: Any, study_path: Path | None, **options: Any) -> T:
        study = Study.find(study_path)
        try:
            return command(study, *args, **options)
        except duckdb.Error as error:
            blamed = damaged(study, error)
            if blamed is None:
                raise
            raise blamed from error

    return wrapped


def shows_a_table(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command ``--format`` and ``--output`` (arguments ``fmt`` and ``output``, for :func:`show`)."""
    command = click.option(
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write to this file. Default: standard output.",
    )(command)
    return click.option(
        "--format", "fmt", type=click.Choice(render.FORMATS), default="text", show_default=True, help="How to print it."
    )(command)


def show(rows: Sequence[Mapping[str, object]], names: Sequence[str], fmt: str, output: Path | None) -> None:
    """Print rows as a table in ``fmt``, or write them to ``output``.

    Args:
        rows: One mapping a row.
        names: The columns, in order.
        fmt: One of :data:`codebook.render.FORMATS`.
        output: File to write; None for standard output.
    """
    put(render.table(rows, names, fmt), output)


def put(text: str, output: Path | None) -> None:
    """Write text to a file, or to standard output if there is none.

    Raises:
        StudyError: It cannot be written.
        StoppedEarly: The disk is full.
        BrokenPipeError: Whoever read standard output has gone.
    """
    where = "standard output" if output is None else str(output)
    if output is None and sys.stdout is None:
        raise StudyError("it is closed", where=where, hint="Name an --output.")
    try:
        if output:
            output.write_text(text + "\n", encoding="utf-8")
        else:
            click.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        kind, hint = (StoppedEarly, "Make room, or name") if full else (StudyError, "Name")
        _let_go_of_stdout()
        raise kind(f"cannot be written: {error.strerror}", where=where, hint=f"{hint} another --output.") from error
