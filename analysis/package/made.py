"""What is made of the tables and goes along: by commands, which are those that a reader of the package runs again.

An output is a function of tables, codebook, settings and ledger alone. It is made in a folder that has nothing else, so
that the same comes out in the study and from the package.
"""

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analysis.crosstabs import CROSSTABS
from analysis.integration.joint import JOINTS
from codebook.errors import StudyError
from codebook.harmless import one_line


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that is made.

    Args:
        file: Its name below ``out/``, or that of its folder.
        command: The command that makes it, without options that say where.
        option: The option that says where; empty where the command knows.
    """

    file: str
    command: tuple[str, ...]
    option: str = "--output"

    @property
    def line(self) -> str:
        """How a reader types it in the folder of the package."""
        where = f" {self.option} out/{self.file}".replace(" FILE ", " ") if self.option else ""
        return " ".join(self.command) + where


def _table(file: str, *command: str) -> Output:
    return Output(f"tables/{file}.csv", ("analysis", *command, "--format", "csv"))


def _crosstab(rows: str, cols: str) -> Output:
    return _table(f"{rows}-by-{cols}".replace("_", "-"), "crosstab", rows, cols)


def _figure(command: str) -> Output:
    return Output(f"figures/{command}.svg", ("analysis", command), option="--picture")


def _heatmap(rows: str, cols: str) -> Output:
    name = f"{rows}-by-{cols}".replace("_", "-")
    return Output(f"figures/{name}.svg", ("analysis", "crosstab", rows, cols), option="--picture")


OUTPUTS: tuple[Output, ...] = (
    Output("report.html", ("analysis", "report"), option=""),
    _table("flow", "flow"),
    _table("flow-prisma", "flow", "--prisma"),
    _table("agreement", "agreement"),
    _table("saturation", "saturation"),
    *(_crosstab(rows, cols) for rows, cols in CROSSTABS),
    _table("prevalence", "prevalence"),
    _table("risk", "risk"),
    _table("weaknesses", "risk", "--part", "weaknesses"),
    _table("not-scanned", "risk", "--part", "not_scanned"),
    _table("gap", "gap"),
    *(_table(f"joins-{name}", "joins", name) for name in JOINTS),
    *map(_figure, ("flow", "agreement", "saturation", "prevalence", "risk", "gap")),
    *(_heatmap(rows, cols) for rows, cols in CROSSTABS),
    Output("latex", ("analysis", "report", "--format", "latex")),
    Output("codebook.qdc", ("codebook", "export"), option="FILE"),
    Output("findings.sarif", ("scan", "export"), option="--sarif"),
)
"""Everything that a package has under ``out/``; what a study has no data for is not there, and said."""

_COPIED = ("study.toml", "codebook.yaml", "runs.jsonl")


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one output.

    Args:
        output: The output.
        files: The files that came of it, below ``out/``.
        why: Why there is none; empty if there is one.
    """

    output: Output
    files: tuple[str, ...]
    why: str = ""


def make(folder: Path, target: Path) -> list[Made]:
    """Make every output of the study in ``folder`` anew, below ``target``.

    The folder is only read; what commands note of their own work stays in a place that is thrown away.

    Args:
        folder: A study, or a package.
        target: An empty folder; it is made if it is not there.
    """
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="package-", dir=target.parent.resolve()) as place:
        apart = Path(place) / "study"
        _lay_out(folder, apart)
        made: list[Made] = []
        known: set[str] = set()
        for output in OUTPUTS:
            why = _make(output, apart)
            files = _files(apart / "out") - known
            known |= files
            made.append(Made(output, tuple(sorted(files)), why if not files else ""))
        for name in sorted(known):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (apart / "out" / name).replace(target / name)
    return made


def _lay_out(folder: Path, apart: Path) -> None:
    """A study with the same files, linked: tables may be large."""
    (apart / "tables").mkdir(parents=True)
    for name in _COPIED:
        if (folder / name).exists():
            (apart / name).write_bytes((folder / name).read_bytes())
    for table in sorted((folder / "tables").glob("*.parquet")):
        (apart / "tables" / table.name).symlink_to(table.resolve())


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _make(output: Output, apart: Path) -> str:
    """Make one output; says why there is none."""
    place = apart / "out" / output.file
    place.parent.mkdir(parents=True, exist_ok=True)
    where = {"": (), "FILE": (str(place),)}.get(output.option, (output.option, str(place)))
    arguments = [*output.command[1:], *where, "--study", str(apart)]
    program = output.command[0]
    status, said = _called_apart(program, arguments) if program == "scan" else _called_here(program, arguments)
    if not status:
        return ""
    lines = [line for line in said.replace(f"{apart}{os.sep}", "").replace(str(apart), "").splitlines() if line.strip()]
    told = [n for n, line in enumerate(lines) if line.startswith((f"{output.command[1]}:", f"{program}:"))] or [0]
    if not lines:
        return f"exit status {status}"
    what, hint = lines[told[0]], next((line for line in lines[told[0] + 1 :][:1] if line.startswith("  ")), "")
    return one_line(". ".join(filter(None, (what.partition(": ")[2] or what, hint.strip()))), 300)


def _called_here(program: str, arguments: list[str]) -> tuple[int, str]:
    """Call ``analysis`` or ``codebook`` in this process: thirty processes would begin thirty times."""
    from analysis.cli import cli as analysis
    from codebook.cli import cli as codebook

    said, called = io.StringIO(), analysis if program == "analysis" else codebook
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        status: Any = called.main(arguments, prog_name=program, standalone_mode=False)
    return (status if isinstance(status, int) else 0), said.getvalue()


def _called_apart(program: str, arguments: list[str]) -> tuple[int, str]:
    """Call another stage as a process: stages do not import each other."""
    called = [sys.executable, "-P", "-m", f"{program}.cli", *arguments]
    done = subprocess.run(called, capture_output=True, text=True, check=False, env=os.environ)
    return done.returncode, done.stderr


def missing(made: list[Made]) -> list[str]:
    """What there is not, one sentence each."""
    return [f"{each.output.file}: {each.why}" for each in made if each.why]


def must_be_something(folder: Path) -> None:
    """See that there is anything to make an output of.

    Raises:
        StudyError: The study has no tables.
    """
    if not any((folder / "tables").glob("*.parquet")):
        raise StudyError(
            "there are no tables yet",
            where=str(folder / "tables"),
            hint="Gather something first: collect threads, scan models or platforms fetch.",
        )
