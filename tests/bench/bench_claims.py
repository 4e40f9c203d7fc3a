"""How long claims take: all files parsed, only those with a mark, and a second run that remembers.

By default a package is made up: releases of which each changes some files, few of which have a mark. With ``--study``
the kept releases of a real package are read instead::

    python tests/bench/bench_claims.py [--releases 60] [--files 120] [--study DIR --package NAME]

What a user would do instead stands beside it: parse every file of every release and look for the switch by name. That
finds the lines and tells no level.
"""

import argparse
import ast
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from code_history import plug_in, release

from codebook.study import Study
from platforms import EVIDENCE
from platforms.evidence import Evidence, Gate
from platforms.extract.claims import of_release
from platforms.extract.reading import Kept
from platforms.extract.skeletons import Skeletons
from platforms.kept import releases

GATE = Gate(
    name="pack.load",
    mechanism="execution gate",
    surface="load",
    parameter="trust",
    symbols=("Model.load",),
    runs=("run_module",),
)
_GATES = (
    "def resolve(trust):\n    pass\n",
    "def resolve(trust):\n    if not trust:\n        raise ValueError\n",
    "def resolve(trust):\n    if trust is None and input('?') != 'y':\n        raise ValueError\n",
)
_DEFAULTS = ("True", "False", "None")
_FUNCTION = "def work{n}(a, b=1):\n    if a > b:\n        return [x + {n} for x in range(a)]\n    return {{'k': b}}\n\n"
_MODEL = "class Model:\n    def load(self, name, trust={default}):\n        resolve(trust)\n        run_module(name)\n"
_MARKED = 10
"""One file in so many says the switch."""


def made_up(count: int, files: int, seed: int) -> list[Kept]:
    """Releases of a package in which three generations of a gate follow each other."""
    draw = random.Random(seed)
    filler = [_FUNCTION.format(n=n) * 120 for n in range(files)]
    kept: list[Kept] = []
    for number in range(count):
        for changed in draw.sample(range(files), max(1, files // 6)):
            filler[changed] = filler[changed].replace("return", f"# {number}\n    return", 1).replace("    # ", "# ", 1)
        age = number * len(_GATES) // count
        gate = _MODEL.format(default=_DEFAULTS[age])
        marked = {n: f"{text}# trust\n" if n % _MARKED == 0 else text for n, text in enumerate(filler)}
        contents = {f"pack/m{n}.py": text for n, text in marked.items()} | {"pack/gate.py": gate + _GATES[age]}
        kept.append(release(f"{number}.0", contents, number=number))
    return kept


def by_hand(kept: Sequence[Kept], name: str) -> int:
    """What a user would write: every file of every release, parsed, with the lines that say the switch."""
    found = 0
    for one in kept:
        for path in one.files:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    tree = ast.parse(one.read(path))
                except (SyntaxError, ValueError):
                    continue
            found += sum(1 for node in ast.walk(tree) if isinstance(node, ast.arg | ast.keyword) and node.arg == name)
    return found


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Seconds, and what came out."""
    began = time.perf_counter()
    made = work()
    return time.perf_counter() - began, made


def run(kept: Sequence[Kept], evidence: Evidence, memory: Path | None, *, filtered: bool) -> tuple[float, int, int]:
    """Seconds, claims, and how many contents were parsed."""
    began = time.perf_counter()
    with Skeletons(memory, filtered=filtered) as skeletons:
        made = sum(len(of_release(one, evidence, skeletons)) for one in kept)
        return time.perf_counter() - began, made, skeletons.parsed


def main() -> None:
    """Print the table."""
    ask = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    ask.add_argument("--releases", type=int, default=60, help="releases; of a real package the newest")
    ask.add_argument("--files", type=int, default=120, help="files of a release that is made up")
    ask.add_argument("--seed", type=int, default=20260120)
    ask.add_argument("--study", type=Path, help="a study with kept releases")
    ask.add_argument("--package", default="transformers")
    given = ask.parse_args()
    if given.study:
        evidence: Evidence = EVIDENCE[given.package]
        every = [k for k in releases(Study.open(given.study), given.package) if k.release.state != "not_read"]
        kept: list[Kept] = list(every[-given.releases :])
        switch = "trust_remote_code"
    else:
        evidence, switch = plug_in(GATE), GATE.parameter
        kept = made_up(given.releases, given.files, given.seed)
    distinct = len({digest for one in kept for digest in one.files.values()})
    print(f"{len(kept)} releases, {sum(len(k.files) for k in kept)} files, {distinct} distinct contents")
    print(f"{'':34}{'seconds':>9}{'parsed':>9}{'claims':>9}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        memory = Path(folder) / "skeletons.sqlite"
        filtered = run(kept, evidence, memory, filtered=True)
        rows = [
            ("marks first, each content once", *filtered),
            ("the same again, remembered", *run(kept, evidence, memory, filtered=True)),
            ("no marks, each content once", *run(kept, evidence, None, filtered=False)),
        ]
    seconds, lines = timed(lambda: by_hand(kept, switch))
    for name, took, claims, parsed in rows:
        print(f"{name:34}{took:9.1f}{parsed:9}{claims:9}{took / filtered[0]:8.2f}")
    print(f"{'by hand: ast over every file':34}{seconds:9.1f}{'':18}{seconds / filtered[0]:8.2f}")
    print(f"by hand, {lines} places say {switch}; none of them has a level")


if __name__ == "__main__":
    main()
