"""``scan code`` with Bandit and Semgrep on model repositories on disk, beside what a user would run instead.

    python tests/bench/bench_code.py [--repositories 2000] [--new 20] [--sample 20]
    python tests/bench/bench_code.py --growth 500 1000 2000 4000 8000 [--picture growth.png]
    python tests/bench/bench_code.py --cluster 500

In one run, with the same rules: ``scan code``; one process of each tool per repository, timed on a sample and scaled;
and each tool once over the whole corpus, one after the other. On a corpus in which no file is there twice, and on one
in which half of the files are copies. Then 20 new repositories, as a share of the first run without one start of each
tool. Findings are counted on both sides, in files: a copy counts each time. About 15 minutes; the growth, half an hour.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from repositories import Repository, repositories, weak
from used import Used, used_by

STUDY = '[study]\ntitle = "A bench"\nkeywords = ["trust_remote_code"]\n[scan]\ntools = ["bandit", "semgrep"]\n'
HUB = '[hubs.registry]\nkind = "folder"\npath = "models"\n'
HALF = 0.55
"""The share of copied repositories with which about half of the files are copies."""


def rules() -> Path:
    """Where qualdev's Semgrep rules are."""
    spec = find_spec("scan")
    assert spec is not None
    return Path(str(spec.origin)).parent / "rules" / "semgrep"


def bandit(folder: Path, out: Path) -> list[str]:
    """Bandit over a folder, as its manual says; ``--exit-zero`` as findings are no failure."""
    return [sys.executable, "-I", "-m", "bandit", "-q", "-r", str(folder), "-f", "json", "-o", str(out), "--exit-zero"]


def semgrep(folder: Path, out: Path) -> list[str]:
    """Semgrep over a folder, with our rules, and with nothing sent anywhere."""
    quiet = ["--metrics=off", "--disable-version-check", "--quiet", "--no-git-ignore"]
    program = str(Path(sys.executable).with_name("semgrep"))
    return [program, "scan", "--config", str(rules()), *quiet, "--json", "--output", str(out), str(folder)]


def alone(made: Iterator[Repository]) -> Iterator[Repository]:
    """The same repositories, with a number in every file of code, so that none is there twice."""
    for number, each in enumerate(made):
        files = {p: f"{t}# {number} {p}\n" if p.endswith(".py") else t for p, t in each.files.items()}
        yield replace(each, files=files)


class Corpus:
    """Repositories in a study of their own."""

    def __init__(self, study: Path, made: Iterator[Repository]) -> None:
        self.study, self.models = study, study / "models"
        study.mkdir()
        (study / "study.toml").write_text(STUDY + HUB, encoding="utf-8")
        self.folders = [each.write(self.models) for each in made]
        self.list()

    def list(self) -> Used:
        """``scan models``."""
        return used_by([sys.executable, "-m", "scan.cli", "models", "--study", str(self.study)])

    def scan(self, *more: str) -> Used:
        """``scan code``, of all files that are kept."""
        return used_by([sys.executable, "-m", "scan.cli", "code", "--all", *more, "--study", str(self.study)])

    def contents(self) -> tuple[int, int]:
        """Files of Python, and distinct ones."""
        paths = list(self.models.rglob("*.py"))
        return len(paths), len({path.read_bytes() for path in paths})

    def findings(self, tool: str) -> int:
        """Findings of the study, one for each file that has the content."""
        asked = [sys.executable, "-m", "analysis.cli", "risk", "--all", "--format", "json", "--study", str(self.study)]
        rows = json.loads(subprocess.run(asked, check=True, stdout=subprocess.PIPE).stdout)
        return sum(row["findings"] for row in rows if row["platform"] == "total" and row["tool"] == tool)


def whole(corpus: Corpus, out: Path) -> tuple[Used, Used, int, int]:
    """Each tool once over the whole corpus; what that cost, and how many findings."""
    costs = used_by(bandit(corpus.models, out / "b.json")), used_by(semgrep(corpus.models, out / "s.json"))
    counts = (len(json.loads((out / name).read_text())["results"]) for name in ("b.json", "s.json"))
    return (*costs, *counts)


def apiece(corpus: Corpus, sample: int, out: Path) -> float:
    """Seconds of one process of each tool per repository, scaled from a sample to all."""
    drawn = random.Random(3).sample(corpus.folders, sample)
    seconds = sum(
        used_by(bandit(each, out / "b.json")).wall + used_by(semgrep(each, out / "s.json")).wall for each in drawn
    )
    return seconds / sample * len(corpus.folders)


def line(what: str, used: Used | float, of: float | None = None) -> None:
    """Print one line; ``of`` are the seconds of ``scan code``, to which others are set."""
    wall = used if isinstance(used, float) else used.wall
    more = f"{used.processor:9.1f} {used.peak:7.0f}" if isinstance(used, Used) else f"{'':9} {'':7}"
    print(f"{what:52} {wall:9.1f} {more} {f'{wall / of:9.2f}' if of else '':>9}", flush=True)


def compare(name: str, corpus: Corpus, sample: int, out: Path) -> Used:
    """One corpus, the three ways."""
    files, distinct = corpus.contents()
    print(f"\n{name}: {len(corpus.folders)} repositories, {files} files of Python, {distinct} distinct")
    print(f"{'':52} {'wall s':>9} {'cpu s':>9} {'MB':>7} {'times':>9}")
    ours = corpus.scan()
    line("scan code", ours, ours.wall)
    one, other, n_bandit, n_semgrep = whole(corpus, out)
    line("bandit once over all", one, ours.wall)
    line("semgrep once over all", other, ours.wall)
    line("both, one after the other", one.wall + other.wall, ours.wall)
    line(f"one process of each per repository ({sample} scaled)", apiece(corpus, sample, out), ours.wall)
    found = corpus.findings("bandit"), corpus.findings("semgrep")
    print(f"findings of bandit {found[0]} and {n_bandit}, of semgrep {found[1]} and {n_semgrep}")
    return ours


def again(corpus: Corpus, first: Used, new: int, out: Path) -> None:
    """The same command with nothing new, and with new repositories."""
    line("scan code, nothing new", corpus.scan(), first.wall)
    for each in alone(weak(repositories(new, seed=5, copies=0, first=1_000_000))):
        each.write(corpus.models)
    corpus.list()
    later = corpus.scan()
    empty = out / "empty"
    empty.mkdir()
    (empty / "one.py").write_text("x = 1\n", encoding="utf-8")
    starts = used_by(bandit(empty, out / "b.json")).wall + used_by(semgrep(empty, out / "s.json")).wall
    line(f"scan code, {new} new repositories", later, first.wall)
    line("one start of each tool, on one line of code", starts, first.wall)
    print(f"without the starts: {100 * (later.wall - starts) / first.wall:.1f} % of the first run")


def growth(counts: list[int], folder: Path, picture: Path | None) -> None:
    """How time grows with the number of repositories, none of which has a copy."""
    print(f"{'repositories':>12} {'files':>8} {'wall s':>9} {'cpu s':>9} {'MB':>7} {'ms a file':>10}")
    points = []
    for count in counts:
        corpus = Corpus(folder / str(count), alone(weak(repositories(count, copies=0))))
        used, (files, _) = corpus.scan(), corpus.contents()
        points.append((count, used))
        each = 1000 * used.wall / files
        print(f"{count:12} {files:8} {used.wall:9.1f} {used.processor:9.1f} {used.peak:7.0f} {each:10.2f}", flush=True)
    if picture:
        draw(points, picture)


def cluster(count: int, folder: Path) -> None:
    """The same on this machine's processes and on a Dask cluster of two workers on loopback, in turn, three times."""
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from dask_rig import dask

    here, there = list[float](), list[float]()
    with dask(folder / "dask", workers=2) as running:
        for turn in range(3):
            for name, costs, more in (("here", here, ()), ("there", there, ("--scheduler", running.address))):
                corpus = Corpus(folder / f"{name}{turn}", alone(weak(repositories(count, copies=0))))
                costs.append(corpus.scan(*more).wall)
                print(f"{name:6} {costs[-1]:8.1f} s", flush=True)
    print(f"medians {median(here):.1f} and {median(there):.1f} s: {median(there) / median(here) - 1:+.1%}")


def draw(points: list[tuple[int, Used]], picture: Path) -> None:
    """The growth as a picture, both axes logarithmic, with a line of proportional growth."""
    import plotly.graph_objects as go
    from playwright.sync_api import sync_playwright

    counts = [count for count, _ in points]
    first = points[0]
    lines = {
        "processor": [used.processor for _, used in points],
        "wall clock": [used.wall for _, used in points],
        "proportional": [first[1].processor * count / first[0] for count in counts],
    }
    figure = go.Figure([go.Scatter(x=counts, y=y, name=name, mode="lines+markers") for name, y in lines.items()])
    figure.update_layout(template="simple_white", title="scan code with Bandit and Semgrep", width=800, height=500)
    figure.update_xaxes(type="log", title="model repositories", tickvals=counts)
    figure.update_yaxes(type="log", title="seconds")
    with sync_playwright() as web:
        browser = web.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 820, "height": 520})
        page.set_content(figure.to_html(include_plotlyjs=True))
        page.wait_for_selector(".main-svg")
        page.screenshot(path=str(picture))
        browser.close()


def main() -> None:
    """Make the corpora, run, and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repositories", type=int, default=2000)
    options.add_argument("--new", type=int, default=20)
    options.add_argument("--sample", type=int, default=20)
    options.add_argument("--growth", type=int, nargs="+")
    options.add_argument("--picture", type=Path)
    options.add_argument("--cluster", type=int)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.growth:
            growth(asked.growth, folder, asked.picture)
            return
        if asked.cluster:
            cluster(asked.cluster, folder)
            return
        print(f"{len(os.sched_getaffinity(0))} processors")
        corpus = Corpus(folder / "alone", alone(weak(repositories(asked.repositories, copies=0))))
        again(corpus, compare("no copies", corpus, asked.sample, folder), asked.new, folder)
        corpus = Corpus(folder / "copies", weak(repositories(asked.repositories, copies=HALF)))
        compare("half copies", corpus, asked.sample, folder)


if __name__ == "__main__":
    main()
