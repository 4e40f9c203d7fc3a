"""A third of all responses is faulty, in every way that the sites know: the tables are as in calm, byte for byte."""

import functools
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from four_sites import TOKEN, four_sites
from sites.faults import KINDS, Faults
from sites.world import world
from world_study import WorldStudy

from codebook import visit
from codebook.wire import Wire
from collect.cli import cli

SIZE = 1200


def in_a_storm(study: WorldStudy, monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, str, list[float]]:
    """Run ``collect threads`` in this process, its waits noted instead of waited: status, talk, waits."""
    waits: list[float] = []
    monkeypatch.setattr(visit, "Wire", functools.partial(Wire, sleep=waits.append))
    asked = ["threads", "--study", str(study.folder), *options]
    done = CliRunner().invoke(cli, asked, env=dict(TOKEN), catch_exceptions=False)
    return done.exit_code, done.stderr, waits


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    with four_sites(world(SIZE).threads) as sites:
        study = WorldStudy.at(tmp_path_factory.mktemp("calm") / "study", sites)
        ran = study.collect()
    assert ran.code == 0, ran.err
    return study.hashes


def test_faults_of_every_kind_change_nothing(
    calm: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Counter[str]()
    for seed in range(3):
        with four_sites(world(SIZE).threads) as sites:
            study = WorldStudy.at(tmp_path / f"study-{seed}", sites)
            storms = {name: Faults(local, KINDS[name], seed) for name, local in sites.local.items()}
            for name, local in sites.local.items():
                local.fault = storms[name]
            status, talk, waits = in_a_storm(study, monkeypatch)
            answered = sum(len(local.seen) for local in sites.local.values())
        faulty = sum((storm.made for storm in storms.values()), Counter[str]())
        noted = {name: study.runs[-1]["notes"][name]["waited_seconds"] for name in storms}
        made += faulty

        assert status == 0, talk
        assert study.hashes == calm
        assert 0.28 < faulty.total() / answered < 0.4
        assert all(noted.values()), "the ledger says what was waited for"
        assert sum(sum(each.values()) for each in noted.values()) >= int(sum(waits)) > 0
    assert set(made) == {kind for kinds in KINDS.values() for kind in kinds}


def test_the_real_command_gets_through_a_storm_of_short_waits(calm: dict[str, str], tmp_path: Path) -> None:
    """Faults that say themselves when to come back, and no time at all, so that the waits are really waited."""
    short = ("429 with Retry-After in seconds", "503 with Retry-After as a date")
    with four_sites(world(SIZE).threads) as sites:
        study = WorldStudy.at(tmp_path / "study", sites)
        for name, local in sites.local.items():
            local.fault = Faults(local, {kind: KINDS[name][kind] for kind in short}, seed=7, seconds=0)
        ran = study.collect("--max-wait", 5)

    assert ran.code == 0, ran.err
    assert study.hashes == calm


def test_more_waiting_than_max_wait_is_a_stop_and_the_same_command_goes_on(
    calm: dict[str, str], tmp_path: Path
) -> None:
    with four_sites(world(SIZE).threads) as sites:
        study = WorldStudy.at(tmp_path / "study", sites)
        for name, local in sites.local.items():
            storm = Faults(local, {"": KINDS[name]["429 with Retry-After in seconds"]}, share=1, seconds=3600)
            local.fault = lambda number, asked, storm=storm: storm(number, asked) if number > 4 else None
        stopped = study.collect("--max-wait", 1)
        asked = {name: len(local.seen) for name, local in sites.local.items()}
        for local in sites.local.values():
            local.fault = None
        ran = study.collect("--max-wait", 1)

    assert stopped.code == 3, stopped.err
    assert set(asked.values()) == {5}, "one request met the limit, and none was made after it"
    assert stopped.err.count("Run the same command again") == 4
    assert ran.code == 0, ran.err
    assert study.hashes == calm
