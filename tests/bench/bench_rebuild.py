"""How fast tables are rebuilt from raw records, beside ``json.loads`` of the same bytes.

Run: ``python tests/bench/bench_rebuild.py [THREADS]``. It collects invented questions from a local Stack Exchange site
with the real client, then times ``collect threads --from-raw`` as a whole process and prints one row.
"""

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.used import Used, used_by
from sites.corpus import CorpusPost, CorpusThread
from sites.server import LocalSite
from sites.stackexchange import StackExchangeSite

from codebook.raw import RawStore
from codebook.rows import Post
from codebook.study import Study

WORDS = [
    "the",
    "model",
    "wants",
    "trust_remote_code",
    "and",
    "I",
    "do",
    "not",
    "know",
    "why",
    "it",
    "loads",
    "code",
    "from",
    "there",
]
START = datetime(2020, 1, 1, tzinfo=UTC)


def question(number: int) -> CorpusThread:
    """One question with nine answers and comments of about 1 KB each."""
    at = START + timedelta(minutes=37 * number)
    body = " ".join(WORDS[(number + i) % len(WORDS)] for i in range(150)) + "\n\n```python\nload(1)\n```"
    roles = ["opening", *["answer"] * 4, *["comment"] * 5]
    posts = tuple(
        CorpusPost(number * 100 + i, f"person{(number + i) % 500}", at + timedelta(minutes=i), f"{i} {body}", role)
        for i, role in enumerate(roles)
    )
    return CorpusThread(
        "stackoverflow", "question", "", number * 100, f"Question {number}: trust_remote_code", "open", posts
    )


def collect(folder: Path, *options: str) -> Used:
    """Run ``collect threads``."""
    return used_by([sys.executable, "-m", "collect.cli", "threads", "--study", str(folder), *options])


def main(count: int) -> None:
    """Print the figures."""
    with (
        tempfile.TemporaryDirectory() as name,
        LocalSite(StackExchangeSite([question(i + 1) for i in range(count)])) as local,
    ):
        folder = Path(name)
        head = '[study]\ntitle = "bench"\nkeywords = ["trust_remote_code"]\nsince = 2019-01-01\nuntil = 2026-01-01\n'
        section = f'[sources.stackoverflow]\nkind = "stackexchange"\nbase_url = "{local.base_url}"\n'
        (folder / "study.toml").write_text(head + section)
        fetched = collect(folder)
        bodies = [page.body for page in RawStore(folder / "raw" / "collect" / "stackoverflow").pages()]
        started = time.perf_counter()
        for body in bodies:
            json.loads(body)
        plain = time.perf_counter() - started
        rebuilds = [collect(folder, "--from-raw") for _ in range(3)]
        posts = sum(1 for _ in Study.open(folder).read(Post))
    rebuilt, peak = min(used.wall for used in rebuilds), max(used.peak for used in rebuilds)
    print(f"threads {count}, posts {posts}, raw {sum(map(len, bodies)) / 1e6:.1f} MB, requests {len(local.seen)}")
    print(f"collect {fetched.wall:.1f} s; rebuild {rebuilt:.1f} s = {posts / rebuilt:.0f} posts/s, peak {peak:.0f} MB")
    print(f"json.loads of the same bytes {plain:.3f} s; the rebuild takes {rebuilt / plain:.0f} times as long")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
