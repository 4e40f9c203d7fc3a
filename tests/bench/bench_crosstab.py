"""Crosstabs of a large study: time and memory of the commands, beside the same counts in pandas.

Run: ``python tests/bench/bench_crosstab.py [SHARE [TIMES]]``. A study of 100,000 threads, 1,000,000 codings and
10,000,000 findings (times SHARE; written on first use into the temporary folder, under a minute, 750 MB) is asked three
questions. Each command and each pandas script runs as a process of its own, start-up included, TIMES times (default 3);
the best time counts. pandas counts and does not test, so the commands do not either; what a crosstab takes with its
tests stands in a column of its own. pandas reads only the needed columns, with pyarrow, in an environment of its own,
and joins what the question joins; what a script takes that first adds up findings by content, as the commands do,
stands in a line of its own.
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

_GAP = (
    *("platform", "threads", "concern", "concern_percent", "concern_low", "concern_high", "concern_rank"),
    *("models", "with_findings", "risk_per_1000", "risk_low", "risk_high", "risk_rank", "not_known"),
    *("files", "not_scanned", "findings", "kloc", "per_kloc", "rank_difference"),
)
"""Every column of the table but those about gates, of which the study has none."""


@dataclass(frozen=True)
class Asked:
    """A question: as pandas knows it, and as a command; ``also`` is another script that answers it."""

    name: str
    command: tuple[str, ...]
    columns: tuple[str, ...]
    also: str = ""


QUESTIONS = (
    Asked("theme source", ("crosstab", "theme", "source"), ("row_id", "col_id", "n")),
    Asked("cwe platform", ("crosstab", "cwe", "platform"), ("row_id", "col_id", "n")),
    Asked("gap", ("gap",), _GAP, also="gap, sums first"),
)

Counts = set[tuple[object, ...]]


def ours(asked: Asked, study: Path, out: Path, *more: str) -> tuple[Used, Counts]:
    """Run the command; give what it used, and its counts that are not 0."""
    command = [sys.executable, "-m", "analysis.cli", *asked.command, *more, "--format", "json", "--output", str(out)]
    used = used_by([*command, "--study", str(study)])
    rows = json.loads(out.read_text(encoding="utf-8"))
    return used, {tuple(_plain(row[name]) for name in asked.columns) for row in rows if row.get("n") != 0}


def _plain(value: object) -> object:
    """A number as both write it, to nine digits."""
    return float(f"{value:.9g}") if isinstance(value, int | float) else value


def pandas(python: Path, name: str, study: Path, out: Path) -> tuple[Used, Counts]:
    """Run the script likewise."""
    script = Path(__file__).with_name("peer_pandas.py")
    used = used_by([str(python), str(script), name, str(study), str(out)])
    return used, {tuple(map(_plain, row)) for row in json.loads(out.read_text(encoding="utf-8"))}


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
    same = True
    if python:
        said, faster, same = _beside(asked.name, used, counts, lambda name: pandas(python, name, study, out), times)
        line, held = line + said, held and faster >= FASTER
    print(line, "" if held or not whole else f" MISSED: {SECONDS} s, {MEGABYTES} MB, {FASTER} times faster", flush=True)
    if python and asked.also:
        said, _, alike = _beside(asked.also, used, counts, lambda name: pandas(python, name, study, out), times)
        print(f"{'  ' + asked.also:<49}{said}  not demanded", flush=True)
        same = same and alike
    return (held or not whole) and same


def _beside(
    name: str, used: Used, counts: Counts, run: Callable[[str], tuple[Used, Counts]], times: int
) -> tuple[str, float, bool]:
    """What a script of pandas took, how many times the command is faster, and whether both count the same."""
    theirs, found = best(lambda: run(name), times)
    faster, same = theirs.wall / used.wall, found == counts
    return f" {_figures(theirs)} {faster:>6.1f}x  {'yes' if same else 'NO'}", faster, same


def _figures(used: Used) -> str:
    return f"{used.wall:>8.2f} {used.processor:>6.2f} {used.peak:>6.0f}"


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(float(given[0]) if given else 1.0, int(given[1]) if len(given) > 1 else 3))
