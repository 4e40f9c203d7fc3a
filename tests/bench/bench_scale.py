"""Memory and time of a rebuild from raw records of 100,000 threads, beside ``json.loads`` of the same bytes.

Run: ``python tests/bench/bench_scale.py [THREADS]``. The real clients bring invented threads from the four local sites
into raw records; then ``collect threads --from-raw`` runs as a process and is measured alone. Exit status 1 if it takes
more memory or time than it may.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.scale_world import MONTHS, collected
from bench.used import Used, used_by

from codebook.rows import Exclusion, Match, Post, Slice, Thread
from codebook.study import Study

MEMORY = 500
"""Megabytes that it may take."""

RATE = 2000
"""Posts a second that it must do."""


def rebuild(folder: Path) -> Used:
    """Run ``collect threads --from-raw`` on a study as a process that is measured alone."""
    return used_by([sys.executable, "-m", "collect.cli", "threads", "--from-raw", "--study", str(folder)])


def plain(study: Study) -> tuple[float, int, int]:
    """Seconds of processor time that ``json.loads`` of all bodies takes, their bytes, and their number."""
    seconds, size, number = 0.0, 0, 0
    for name in study.settings.sources:
        for page in study.raw("collect", name).pages():
            began = time.process_time()
            json.loads(page.body)
            seconds += time.process_time() - began
            size, number = size + len(page.body), number + 1
    return seconds, size, number


def measured(study: Study) -> int:
    """Rebuild a study whose raw records are there, print the figures, and give the exit status."""
    before, used = _load(), rebuild(study.path)
    print(f"{os.cpu_count()} cores; load averages {before} before the rebuild and {_load()} after")
    parsing, size, pages = plain(study)
    rows = {kind.__name__: sum(1 for _ in study.read(kind)) for kind in (Thread, Post, Match, Exclusion, Slice)}
    people = len({post.author for post in study.read(Post)})
    whole = sum(row.state == "complete" for row in study.read(Slice))
    posts = rows["Post"]
    print(f"{rows['Thread']} threads, {posts} posts, {people} authors; {pages} pages, {size / 1e6:.0f} MB")
    print(f"{rows['Match']} matches, {rows['Exclusion']} exclusions, {whole} of {rows['Slice']} slices complete")
    print(f"rebuild: peak {used.peak:.0f} MB, {used.wall:.0f} s = {posts / used.wall:.0f} posts/s")
    print(f"         {used.processor:.0f} s of processor time = {posts / used.processor:.0f} posts/s")
    print(f"json.loads of the same bytes: {parsing:.1f} s; the rebuild takes {used.wall / parsing:.0f} times as long")
    bounds = {f"under {MEMORY} MB": used.peak < MEMORY, f"{RATE} posts/s or more": posts / used.wall >= RATE}
    print("; ".join(f"{bound}: {'holds' if held else 'DOES NOT HOLD'}" for bound, held in bounds.items()))
    return int(not all(bounds.values()))


def main(threads: int) -> int:
    """Make the raw records and measure."""
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        for done in collected(Path(name), threads):
            print(f"\rmonth {done} of at most {len(MONTHS)}", end="", file=sys.stderr, flush=True)
        print(f"\nraw records: {time.perf_counter() - began:.0f} s", file=sys.stderr)
        return measured(Study.open(Path(name)))


def _load() -> str:
    """How many processes wanted a core in the last minute: what else runs makes seconds worth less."""
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
