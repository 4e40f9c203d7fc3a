"""Requests and time for 1,000 GitHub threads: ``collect threads`` beside what a user would do instead.

Run: ``python tests/bench/bench_github.py``. Every tool is a process of its own that asks a local GitHub for the same
threads, once without latency and once with 50 ms an answer. Exit status 1 if ours does not get every thread and post,
or takes more requests than it may.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import peer_environment
from bench.github_world import KEYWORD, native_id, post_ids, world
from sites.corpus import CorpusThread
from sites.github_lists import GitHubLists
from sites.server import Asked, LocalSite
from tabulate import tabulate

from codebook.rows import Post, Thread
from codebook.study import Study

TOKEN = "gh-t0ken"
LATENCY = 0.05
BOUND = 60
"""Requests for 1,000 threads that ours may need."""

HERE = Path(__file__).parent
Posts = set[tuple[str, str]]
Tool = Callable[[LocalSite, Sequence[CorpusThread]], Posts]


@dataclass(frozen=True)
class Got:
    """What one run of a tool got, with what it cost; ``trouble`` if it failed."""

    posts: Posts
    requests: int = 0
    seconds: float = 0.0
    trouble: str = ""

    @property
    def threads(self) -> set[str]:
        return {thread for thread, anchor in self.posts if anchor == "0"}


def ours(*items: str) -> Tool:
    """``collect threads`` on a new study folder; its time includes writing raw records and tables."""

    def run(local: LocalSite, _threads: Sequence[CorpusThread]) -> Posts:
        with tempfile.TemporaryDirectory() as name:
            head = f'[study]\ntitle = "bench"\nkeywords = ["{KEYWORD}"]\nsince = 2019-01-01\nuntil = 2026-01-01\n'
            site = f'[sources.github]\nkind = "github"\nbase_url = "{local.base_url}"\ntoken_env = "BENCH_TOKEN"\n'
            Path(name, "study.toml").write_text(f"{head}{site}items = {json.dumps(items)}\n")
            _process([sys.executable, "-m", "collect.cli", "threads", "--study", name], BENCH_TOKEN=TOKEN)
            study = Study.open(Path(name))
            native = {thread.thread_id: thread.native_id for thread in study.read(Thread)}
            return {(native[post.thread_id], post.native_id) for post in study.read(Post)}

    return run


def plain_loop(local: LocalSite, _threads: Sequence[CorpusThread]) -> Posts:
    """The loop in ``peer_pygithub.py``."""
    return _printed(_process([sys.executable, str(HERE / "peer_pygithub.py"), local.base_url, TOKEN, KEYWORD]))


def perceval(how: str) -> Tool:
    """Perceval on the repositories of the threads: it knows no search, so it is told where they are."""

    def run(local: LocalSite, threads: Sequence[CorpusThread]) -> Posts:
        script = str(HERE / "peer_perceval.py")
        command = [str(peer_environment.python("perceval")), script, local.base_url, TOKEN, how]
        return _printed(_process(command, asked="\n".join(sorted({t.repo for t in threads}))))

    return run


def measure(tool: Tool, threads: Sequence[CorpusThread], latency: float) -> Got:
    """Run a tool against a site of its own."""

    def late(_number: int, _asked: Asked) -> None:
        time.sleep(latency)

    with LocalSite(GitHubLists(threads, token=TOKEN), fault=late if latency else None) as local:
        began = time.perf_counter()
        try:
            posts = tool(local, threads)
        except (peer_environment.NotThereError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            return Got(set(), len(local.seen), trouble=said.strip().splitlines()[-1])
        return Got(posts, len(local.seen), time.perf_counter() - began)


def row(name: str, calm: Got, slow: Got, best: tuple[Got, Got]) -> list[str]:
    """A line of the table; ``best`` is what ratios refer to."""
    if calm.trouble or slow.trouble:
        return [name, *["-"] * 9]
    per_1000 = [1000 * each.requests / len(each.threads) for each in (calm, best[0])]
    ratios = [per_1000[0] / per_1000[1], calm.seconds / best[0].seconds, slow.seconds / best[1].seconds]
    shown = [str(len(calm.threads)), str(len(calm.posts)), str(calm.requests), f"{per_1000[0]:.0f}"]
    return [name, *shown, f"{calm.seconds:.1f}", f"{slow.seconds:.1f}", *(f"{ratio:.1f}" for ratio in ratios)]


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Say on standard error what is going on."""
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.0f} s", file=sys.stderr)


def both(tools: dict[str, Tool], threads: Sequence[CorpusThread]) -> dict[str, tuple[Got, Got]]:
    """Run each tool without latency, one after the other; with it, ours first and then the others side by side."""
    calm = {}
    for name, tool in tools.items():
        with progress(f"{name.strip()}, 0 ms"):
            calm[name] = measure(tool, threads, 0)
    first, *others = tools
    with progress(f"all, {LATENCY * 1000:.0f} ms"), ThreadPoolExecutor(max(1, len(others))) as pool:
        slow = {first: measure(tools[first], threads, LATENCY)}
        # They wait nearly all the time; one after the other they would take ten minutes.
        slow |= dict(zip(others, pool.map(lambda n: measure(tools[n], threads, LATENCY), others), strict=True))
    return {name: (calm[name], slow[name]) for name in tools}


def lacking(name: str, got: Got, threads: Sequence[CorpusThread]) -> str:
    """What a tool did not get or got beside; empty if it is just the corpus."""
    known: Posts = set().union(*map(post_ids, threads))
    missing, more = len(known - got.posts), len(got.posts - known)
    lost = len({native_id(t) for t in threads} - got.threads)
    return f"{name.strip()} lacks {lost} threads and {missing} posts, and has {more} others." if missing or more else ""


def main(issues: int = 580, pulls: int = 420, discussions: int = 150) -> int:
    """Print the table; give the exit status."""
    searched = world(issues, pulls, 0)
    all_kinds = world(issues, pulls, discussions)
    version = _perceval()
    name, whole = "collect threads", "  the same with discussions"
    tools: dict[str, Tool] = {
        name: ours("issues", "pull_requests"),
        "PyGithub loop": plain_loop,
        f"perceval {version}": perceval("full"),
        "  with --filter-classified": perceval("lean"),
    }
    busy = _load()
    results = both(tools, searched)
    results |= both({whole: ours("issues", "pull_requests", "discussions")}, all_kinds)
    heads = ["tool", "threads", "posts", "requests", "per 1,000\nthreads", "s at\n0 ms", "s at\n50 ms"]
    heads += ["x\nrequests", "x s at\n0 ms", "x s at\n50 ms"]
    order = [name, whole, *list(tools)[1:]]
    rows = [row(each, *results[each], results[name]) for each in order]
    aligned = ("left", *["right"] * (len(heads) - 1))
    world_is = f"{issues} issues and {pulls} pull requests in {len({t.repo for t in searched})} repositories"
    print(f"\nGitHub: {world_is}. {os.cpu_count()} cores; load averages {busy} before and {_load()} after\n")
    print(tabulate(rows, headers=heads, colalign=aligned, disable_numparse=True, preserve_whitespace=True))
    print(f"\n{NOTES}")
    wanted = [(each, results[each][0], all_kinds if each == whole else searched) for each in order]
    gaps = {each: lacking(each, got, threads) for each, got, threads in wanted if not got.trouble}
    print(
        "\n".join(filter(None, gaps.values()))
        or "Each tool above with figures got all threads and posts, and no others."
    )
    for each, tried in results.items():
        if trouble := tried[0].trouble or tried[1].trouble:
            print(f"{each.strip()} could not be run: {trouble}")
    ran = [got for each in (name, whole) for got in results[each] if not got.trouble]
    most = max((1000 * got.requests / max(1000, len(got.threads)) for got in ran), default=0)
    print(f"At most {BOUND} requests for 1,000 threads with a token: {'holds' if most <= BOUND else 'DOES NOT HOLD'}.")
    return int(most > BOUND or bool(gaps.get(name, "-") or gaps.get(whole, "-")))


NOTES = """\
x: how many times as much as the first row. Seconds are of the whole process, the start of Python included.
- collect threads stores every answer, writes the tables and checks its searches for completeness; the others print ids.
- PyGithub loop: pages of 100, its pause of 0.25 s between requests off (on, it would add that much to each request);
  it is not stopped at 1,000 results a search only because there are fewer here.
- perceval has no search: it is told the repositories, and here they hold nothing but these threads, which flatters it.
  One process does all of them, so that Python starts once and its cache of people serves all. Nobody reacts to any
  post, which spares it a request per post with reactions. It gets no discussions; nor does the loop.
  --filter-classified: names, companies and organisations of people, two requests a person, are left out.
- Every answer is late by the same 50 ms. The real GitHub takes longer over a large GraphQL answer than over a small
  list, which flatters ours; its 5,000 requests an hour are not enforced, which flatters the others.
- At 50 ms ours runs first and alone, the others side by side: they wait nearly all the time."""


def _perceval() -> str:
    """Its version; makes its environment, so that no run pays for that. If that fails, its runs say why."""
    with progress("perceval's environment"), suppress(peer_environment.NotThereError):
        peer_environment.python("perceval")
    return peer_environment.version("perceval")


def _load() -> str:
    """How many processes wanted a core in the last minute: what else runs makes seconds worth less."""
    return f"{os.getloadavg()[0]:.1f}"


def _printed(out: str) -> Posts:
    return {(thread, anchor) for thread, anchor in json.loads(out)}


def _process(command: list[str], asked: str = "", **more: str) -> str:
    return subprocess.run(
        command, input=asked, check=True, capture_output=True, text=True, env=os.environ | more
    ).stdout


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
