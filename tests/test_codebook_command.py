"""What every command does when the operating system refuses: one line and an exit status, no traceback."""

import errno
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Ran  # type: ignore[import-not-found] # tests are not a package

from codebook.command import put, stage
from codebook.study import Study

Run = Callable[..., Ran]

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


def shell(line: str) -> tuple[int, str]:
    """Exit status and standard error of a line of shell in which ``$COMMAND`` prints 200 lines."""
    print_all = shlex.join([sys.executable, "-m", "codebook.cli", "tables"])
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace("$COMMAND", print_all)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@needs_full
def test_a_full_standard_output_stops_early_with_one_message() -> None:
    said = "cannot be written: No space left on device\n  Make room, or name another --output.\n"

    assert shell("$COMMAND > /dev/full") == (3, f"codebook: standard output: {said}")
    assert shell("$COMMAND --output /dev/full") == (3, f"codebook: /dev/full: {said}")


@needs_full
def test_help_for_which_there_is_no_room_is_no_traceback() -> None:
    said = "cannot write: No space left on device\n  What was got is safe. Make room and run the same command again.\n"

    assert shell("$COMMAND --help > /dev/full") == (3, f"codebook: {said}")


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_a_reader_that_goes_away_ends_a_command_quietly() -> None:
    assert shell("$COMMAND | head -n 1") == (0, "")
    assert shell("$COMMAND | true") == (0, "")


def test_a_closed_standard_output_is_an_error() -> None:
    said = "codebook: standard output: it is closed\n  Name an --output.\n"

    assert shell("$COMMAND >&-") == (2, said)


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "a/b"),
            2,
            "x: a/b: cannot be read or written: Permission denied\n  Check this path and its permissions, and",
        ),
        (OSError(errno.EIO, "Input/output error"), 2, "x: a file: cannot be read or written: Input/output error\n"),
        (OSError(errno.ENOSPC, "No space left on device", b"a\xff"), 3, "x: a\ufffd: cannot write: No space left"),
        (
            OSError(errno.EDQUOT, "Disk quota exceeded"),
            3,
            "x: cannot write: Disk quota exceeded\n  What was got is safe.",
        ),
    ],
)
def test_what_the_system_refuses_is_one_message(raised: OSError, code: int, said: str) -> None:
    @stage
    def cli(*, debug: bool) -> None:
        """Nothing."""

    @cli.command()
    def fail() -> None:
        raise raised

    plain = CliRunner().invoke(cli, ["fail"], prog_name="x")
    debugged = CliRunner().invoke(cli, ["--debug", "fail"], prog_name="x")

    assert (plain.exit_code, plain.stderr[: len(said)]) == (code, said)
    assert "Traceback" not in plain.stderr
    assert "Traceback" in debugged.stderr


def test_an_error_of_a_package_that_only_looks_like_the_systems_is_not_hidden() -> None:
    @stage
    def cli(*, debug: bool) -> None:
        """Nothing."""

    @cli.command()
    def fail() -> None:
        raise OSError("a package's own")

    assert isinstance(CliRunner().invoke(cli, ["fail"]).exception, OSError)


def test_a_path_below_a_file_and_a_codebook_that_is_a_folder(
    tmp_path: Path, make_study: Callable[..., Study], run: Run
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    study = make_study()
    (study.path / "codebook.yaml").mkdir()

    below = run("codebook", "init", tmp_path / "file" / "x")
    report = run("analysis", "report", "--study", study.path)

    assert below.code == 2
    assert below.err.splitlines()[0] == f"codebook: {tmp_path}/file/x: cannot be read or written: Not a directory"
    assert report.code == 2
    assert "codebook.yaml: cannot be read or written: Is a directory" in report.err
    assert "Traceback" not in below.err + report.err


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_study_that_may_not_be_written_is_named(make_study: Callable[..., Study], run: Run) -> None:
    study = make_study()
    study.path.chmod(0o500)

    done = run("analysis", "report", "--study", study.path)

    study.path.chmod(0o700)
    assert done.code == 2
    assert "cannot be read or written: Permission denied" in done.err


def test_what_is_put_into_a_file_ends_with_a_line_break(tmp_path: Path) -> None:
    put("äöü", tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == "äöü\n".encode()


def test_a_report_whose_place_is_taken_names_it(make_study: Callable[..., Study], run: Run) -> None:
    study = make_study()
    (study.path / "out").write_text("", encoding="utf-8")

    done = run("analysis", "report", "--study", study.path)

    assert (done.code, done.err.splitlines()[0]) == (
        2,
        f"analysis: {study.path}/out: cannot be read or written: File exists",
    )


def test_a_command_that_is_added_later_is_imported_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "import click\n@click.command()\ndef made() -> None:\n    '''Made later.'''\n    click.echo('done')\n"
    (tmp_path / "made_later.py").write_text(lines, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    @stage
    def cli(*, debug: bool) -> None:
        """A stage."""

    cli.add_later({"made": "made_later:made", "lost": "made_later:lost"})

    assert "made_later" not in sys.modules
    assert CliRunner().invoke(cli, ["made"]).output == "done\n"
    assert "made_later" in sys.modules
    assert "No such command 'mad'" in CliRunner().invoke(cli, ["mad"]).output
    with cli.make_context("cli", [], resilient_parsing=True) as context:
        assert cli.list_commands(context) == ["lost", "made"]
