"""``scan models`` with the closure of every repository, on 2,000 model repositories on disk.

    python tests/bench/bench_scan.py [--repositories 2000] [--changed 20]

Prints seconds of wall clock and of processor, and the most memory, of the first run, of one that finds nothing new,
and of one after 20 repositories have changed; beside them a bare ``ast.parse`` of the same files in one process, which
is the least that any static look at them costs. Sub-processes are counted in.
"""

import argparse
import ast
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from repositories import repositories

STUDY = '[study]\ntitle = "A bench"\nkeywords = ["trust_remote_code"]\n'
HUB = '[hubs.registry]\nkind = "folder"\npath = "models"\n'


@dataclass(frozen=True)
class Cost:
    """What something cost: seconds of wall clock, seconds of processor, and megabytes at most."""

    wall: float
    processor: float
    megabytes: float


def of_process(arguments: list[str]) -> Cost:
    """What a process and its children cost."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if status:
        raise SystemExit(f"{' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, spent or used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def of_call(call: Callable[[], object]) -> Cost:
    """What a call in this process costs; its memory is not told apart."""
    started, spent = time.monotonic(), time.process_time()
    call()
    return Cost(time.monotonic() - started, time.process_time() - spent, 0.0)


def parse_all(folder: Path) -> int:
    """Parse every Python file once."""
    paths = sorted(folder.rglob("*.py"))
    for path in paths:
        ast.parse(path.read_bytes())
    return len(paths)


def main() -> None:
    """Make the repositories, run, and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repositories", type=int, default=2000)
    options.add_argument("--changed", type=int, default=20)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        study = Path(name)
        (study / "study.toml").write_text(STUDY + HUB, encoding="utf-8")
        made = list(repositories(asked.repositories))
        folders = [each.write(study / "models") for each in made]
        sizes = [len(each.files) for each in made]
        print(f"{len(made)} repositories of {min(sizes)} to {max(sizes)} files, {sum(sizes)} files")
        print(f"{'':34} {'wall s':>8} {'cpu s':>8} {'MB':>6} {'cpu / ast.parse':>16}")
        parsed = of_call(lambda: parse_all(study / "models"))
        show(f"ast.parse of {len(list((study / 'models').rglob('*.py')))} files", parsed, parsed)
        scan = [sys.executable, "-m", "scan.cli", "models", "--study", str(study)]
        show("scan models, first run", of_process(scan), parsed)
        show("scan models, nothing new", of_process(scan), parsed)
        for folder in random.Random(2).sample(folders, asked.changed):
            path = next(iter(sorted(folder.rglob("*.py"))), folder / "modeling_new.py")
            with path.open("a", encoding="utf-8") as out:
                out.write("\nCHANGED = True\n")
        show(f"scan models, {asked.changed} changed", of_process(scan), parsed)


def show(what: str, cost: Cost, parsed: Cost) -> None:
    """Print one line."""
    ratio = cost.processor / parsed.processor
    print(f"{what:34} {cost.wall:8.2f} {cost.processor:8.2f} {cost.megabytes:6.0f} {ratio:16.2f}", flush=True)


if __name__ == "__main__":
    main()
