"""``scan code`` killed with SIGKILL at so many random moments, and run again each time, against a run left alone.

    python tests/bench/bench_kills.py [--kills 50] [--seed 7]

Prints in how many of the kills the command was at work, whether the tables are the same bytes in the end, and what was
left: processes, files in scratch. The scanners are those of the tests, one of which breaks down on some files.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from code_study import killed, left_in, study_of

FAKES = "f.Fake(batch=5), f.Fake('other', batch=9)"


def main() -> None:
    """Kill and compare."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    files: dict[str, str | bytes] = {f"a{n}.py": f"n = {n}\nbad\n" for n in range(400)}
    files |= {f"{word}{n}.py": f"n = {n}\nx = '{word.upper()}'\n" for n in range(3) for word in ("crash", "silence")}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name) / "scratch"
        scratch.mkdir()
        whole = study_of(Path(name) / "whole", files)
        began = time.monotonic()
        killed(whole, FAKES, 600, TMPDIR=str(scratch))
        took = time.monotonic() - began
        chance, kills, rounds, same = random.Random(asked.seed), 0, 0, 0
        while kills < asked.kills:
            rounds += 1
            broken = study_of(Path(name) / f"broken{rounds}", files)
            while kills < asked.kills and killed(broken, FAKES, chance.uniform(0, took), TMPDIR=str(scratch)):
                kills += 1
            killed(broken, FAKES, 600, TMPDIR=str(scratch))
            same += whole.hashes == broken.hashes
        time.sleep(5)
        left = left_in(scratch)
        killed(whole, FAKES, 600, TMPDIR=str(scratch))
        print(f"undisturbed {took:.1f} s; {kills} kills at work over {rounds} studies")
        print(f"same tables, byte for byte: {same} of {rounds}")
        print(f"left behind: {left or 'nothing'}; after one more run: {left_in(scratch) or 'nothing'}")


if __name__ == "__main__":
    main()
