"""Crosstabs of a large study: time and memory of the commands, beside the same counts in pandas.

Run: ``python tests/bench/bench_crosstab.py [SHARE [TIMES]]``. A study of 100,000 threads, 1,000,000 codings and
10,000,000 findings (times SHARE; written on first use into the temporary folder, under a minute, 750 MB) is asked three
questions. Each command and each pandas script runs as a process of its own, start-up included, TIMES times (default 3);
the best time counts. pandas counts and does not test, so the commands do not either; what a crosstab takes with its
tests stands in a column of its own. pandas reads only the needed columns, with pyarrow, in an environment of its own.
Exit status 1 if numbers differ, or, on the whole study, if a command takes more than it may or is not 5 times faster.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import peer_environment
from bench.crosstab_world import Size, study_of
from bench.used import Used, used_by

SECONDS, MEGABYTES, FASTER = 2.0, 1500, 5.0
"""What a command may take, and how many times faster than pandas it is to be."""

_GAP = ("platform", "threads", "concern", "models", "with_findings", "files", "not_scanned", "findings", "kloc")


@dataclass(frozen=True)
class Asked:
    """A question: as pandas knows it, and as a command."""

    name: str
    command: tuple[str, ...]
    columns: tuple[str, ...]


QUESTIONS = (
    Asked("theme source", ("crosstab", "theme", "source"), ("row_id", "col_id", "n")),
    Asked("cwe platform", ("crosstab", "cwe", "platform"), ("row_id", "col_id", "n")),
    Asked("gap", ("gap",), _GAP),
)

Counts = set[tuple[object, ...]]


def ours(asked: Asked, study: Path, out: Path, *more: str) -> tuple[Used, Counts]:
    """Run the command; give what it used, and its counts that are not 0."""
    command = [sys.executable, "-m", "analysis.cli", *asked.command, *more, "--format", "json", "--output", str(out)]
    used = used_by([*command, "--study", str(study)])
    rows = json.loads(out.read_text(encoding="utf-8"))
    return used, {tuple(_whole(row[name]) for name in asked.columns) for row in rows if row.get("n") != 0}


def _whole(value: object) -> object:
    """Thousands of lines of code as pandas rounds them."""
    return round(value) if isinstance(value, float) else value


def pandas(python: Path, asked: Asked, study: Path, out: Path) -> tuple[Used, Counts]:
    """Run the script likewise."""
    script = Path(__file__).with_name("peer_pandas.py")
    used = used_by([str(python), str(script), asked.name, str(study), str(out)])
    return used, {tuple(row) for row in json.loads(out.read_text(encoding="utf-8"))}


def best(run: Callable[[], tuple[Used, Counts]], times: int) -> tuple[Used, Counts]:
    """The quickest of several runs.

    Raises:
        RuntimeError: They count differently.
    """
    runs = [run() for _ in range(times)]
    if any(counts != runs[0][1] for _, counts in runs):
        raise RuntimeError("two runs of one command count differently")
    return min(runs, key=lambda each: each[0].wall)


def main(share: float, times: int) -> int:
    """Print the figures; give the exit status."""
    study = study_of(Size() if share == 1 else Size().smaller(share))
    try:
        python = peer_environment.python("pandas")
    except peer_environment.NotThereError as error:
        print(f"pandas could not be installed, so there is nothing to compare with: {error}")
        python = None
    print(f"{study}\n{'':<14} {'qualdev':>22} {'with tests':>11} {'pandas ' + peer_environment.version('pandas'):>22}")
    print(f"{'question':<14}  seconds    CPU     MB     seconds  seconds    CPU     MB  faster  same counts")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        held = [_measured(asked, study, python, times, out, whole=share == 1) for asked in QUESTIONS]
    return 0 if all(held) else 1


def _measured(asked: Asked, study: Path, python: Path | None, times: int, out: Path, *, whole: bool) -> bool:
    bare = ["--no-tests"] if asked.command[0] == "crosstab" else []
    used, counts = best(lambda: ours(asked, study, out, *bare), times)
    tested = f"{best(lambda: ours(asked, study, out), times)[0].wall:.2f}" if bare else ""
    line, held = f"{asked.name:<14} {_figures(used)} {tested:>11}", used.wall <= SECONDS and used.peak <= MEGABYTES
    if python:
        theirs, found = best(lambda: pandas(python, asked, study, out), times)
        faster = theirs.wall / used.wall
        line += f" {_figures(theirs)} {faster:>6.1f}x  {'yes' if found == counts else 'NO'}"
        held = held and faster >= FASTER
    print(line, "" if held or not whole else f" MISSED: {SECONDS} s, {MEGABYTES} MB, {FASTER} times faster", flush=True)
    return (held or not whole) and (not python or found == counts)


def _figures(used: Used) -> str:
    return f"{used.wall:>8.2f} {used.processor:>6.2f} {used.peak:>6.0f}"


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(float(given[0]) if given else 1.0, int(given[1]) if len(given) > 1 else 3))
