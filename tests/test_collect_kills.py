"""``collect threads`` killed with SIGKILL at a hundred seeded moments, and run again each time.

The tables are those of an undisturbed run, byte for byte, and a kill costs at most one page that is fetched twice.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from four_sites import TOKEN, FourSites, four_sites
from sites.later import later
from sites.server import Asked, LocalSite
from sites.world import world
from world_study import WorldStudy, serve

SIZE = 500
KILLS = 100
SITES = ("github", "huggingface", "pytorch_forum", "stackoverflow")
WHILE_FETCHING = 80
_WITHIN = 0.012
"""Seconds after a request within which the kill falls: before its answer, in it, while it is stored, or after."""


@dataclass
class Reaper:
    """Kills a process some milliseconds after its n-th request has come in, at whichever site."""

    chance: random.Random
    _left: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, sites: FourSites) -> None:
        """See every request of all sites; none is answered otherwise than it would be."""
        for local in sites.local.values():
            local.fault = self._count

    def _count(self, _number: int, _asked: Asked) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0 and self._process is not None:
                threading.Timer(self.chance.uniform(0, _WITHIN), self._process.kill).start()

    def kill_after(self, requests: int, study: WorldStudy) -> bool:
        """Run ``collect threads`` until it has made so many requests; whether it was still running then."""
        with self._lock:
            self._left = requests
            self._process = start(study)
        return self._process.wait() == -signal.SIGKILL


def start(study: WorldStudy, *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(study.command(*options), env=os.environ | TOKEN, stderr=subprocess.DEVNULL)


def killed_while(process: subprocess.Popen[bytes], study: Path, seconds: float) -> bool:
    """Kill a process ``seconds`` after it has begun to derive; whether it was still running then."""
    private = study / ".private"
    before = set(private.glob("derive-*"))
    while process.poll() is None and not set(private.glob("derive-*")) - before:
        time.sleep(0.002)
    time.sleep(seconds)
    process.kill()
    return process.wait() == -signal.SIGKILL


def repeated(local: dict[str, LocalSite]) -> int:
    """How many requests were made again."""
    asked = Counter((name, a.method, a.path, a.query, a.body) for name, site in local.items() for a in site.seen)
    return asked.total() - len(asked)


@dataclass(frozen=True)
class Calm:
    """An undisturbed run: its tables, its requests, and how long its tables took."""

    study: WorldStudy
    hashes: dict[str, str]
    requests: int
    deriving: float


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    with four_sites(world(SIZE).threads) as sites:
        study = WorldStudy.at(tmp_path_factory.mktemp("calm") / "study", sites)
        ran = study.collect()
        requests, hashes = sites.requests, study.hashes
        assert ran.code == 0, ran.err
        assert repeated(sites.local) == 0
    started = time.monotonic()
    idle = subprocess.run([sys.executable, "-c", "import collect.cli"], check=True)
    starting = time.monotonic() - started
    ran = study.collect("--from-raw")
    assert (idle.returncode, ran.code) == (0, 0)
    return Calm(study, hashes, requests, max(0.2, time.monotonic() - started - 2 * starting))


def test_killed_a_hundred_times_the_tables_are_as_if_never_stopped(calm: Calm, tmp_path: Path) -> None:
    chance = random.Random(20260120)
    reaper, kills = Reaper(chance), 0
    with four_sites(world(SIZE).threads) as sites:
        study = WorldStudy.at(tmp_path / "study", sites)
        reaper.watch(sites)
        for moment in sorted(chance.sample(range(1, calm.requests * 3 // 4), WHILE_FETCHING)):
            answered = sites.requests - repeated(sites.local)
            kills += reaper.kill_after(max(1, moment - answered), study)

        assert kills == WHILE_FETCHING
        assert repeated(sites.local) <= kills
        kills += killed_while_deriving(study, tmp_path / "aside", KILLS - kills, calm.deriving, chance)
        ran = study.collect()

        assert ran.code == 0, ran.err
        assert kills == KILLS
        assert repeated(sites.local) <= kills
        assert sites.requests <= calm.requests + kills
    assert [line["run_id"] for line in study.runs] == ["collect-threads-1"]
    assert study.hashes == calm.hashes
    assert sorted(p.name for p in (study.folder / "tables").iterdir()) == sorted(f"{n}.parquet" for n in calm.hashes)


def killed_while_deriving(study: WorldStudy, aside: Path, wanted: int, seconds: float, chance: random.Random) -> int:
    """Kill the command ``wanted`` times while it makes the tables; a process that is done before is taken back.

    The first is killed as soon as it has fetched the rest, so that what is taken back has made no request. Done is a
    process that has entered its run in the ledger, too: a kill after that stops nothing, and what follows is a new run.
    """
    kills = int(killed_while(start(study), study.folder, 0))
    for _ in range(4 * wanted):
        shutil.copytree(study.folder, aside)
        if killed_while(start(study), study.folder, chance.uniform(0, seconds)) and not study.runs:
            kills += 1
            shutil.rmtree(aside)
        else:
            shutil.rmtree(study.folder)
            aside.rename(study.folder)
        if kills == wanted:
            break
    return kills


def test_a_rebuild_that_is_killed_leaves_whole_tables_and_the_next_one_makes_the_same(
    calm: Calm, tmp_path: Path
) -> None:
    chance = random.Random(3)
    folder = tmp_path / "study"
    shutil.copytree(calm.study.folder, folder)
    study, kills = WorldStudy(folder), 0
    for _ in range(8):
        process = start(study, "--from-raw")
        kills += killed_while(process, folder, chance.uniform(0, calm.deriving))

        assert study.hashes == calm.hashes, "each table is the old one or the new one, and they are the same"
    ran = study.collect("--from-raw")

    assert kills >= 4
    assert ran.code == 0, ran.err
    assert study.hashes == calm.hashes


def test_a_later_run_that_is_killed_finds_the_same_changes(calm: Calm, tmp_path: Path) -> None:
    chance = random.Random(11)
    reaper, kills, made = Reaper(chance), 0, world(SIZE)
    after = later(made, datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1), SITES)
    with four_sites(made.threads) as sites:
        serve(sites, after.threads)
        undisturbed = WorldStudy.at(copy(calm, tmp_path / "undisturbed"), sites)
        assert undisturbed.collect().code == 0
        needed = sites.requests
        killed = WorldStudy.at(copy(calm, tmp_path / "killed"), sites)
        reaper.watch(sites)
        for moment in sorted(chance.sample(range(1, needed), 12)):
            kills += reaper.kill_after(max(1, moment - (sites.requests - needed)), killed)
        ran = killed.collect()

        assert ran.code == 0, ran.err
        assert kills >= 6
        assert sites.requests - needed <= needed + kills
    assert [line["run_id"] for line in killed.runs] == ["collect-threads-1", "collect-rebuild-1", "collect-threads-2"]
    assert killed.hashes == undisturbed.hashes
    assert killed.hashes != calm.hashes


def copy(calm: Calm, folder: Path) -> Path:
    return Path(shutil.copytree(calm.study.folder, folder))
