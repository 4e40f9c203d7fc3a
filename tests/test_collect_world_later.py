"""A second run with nothing new costs one request per known window; after fifty changes it finds exactly those."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from conftest import Ran
from four_sites import four_sites
from sites.later import PER_SITE, Later, later
from sites.world import World, thread_id, world
from world_study import WorldStudy, serve

from codebook.rows import Change, EarlierPost, Slice
from codebook.study import Study

SITES = ("github", "huggingface", "pytorch_forum", "stackoverflow")
SIZE = 1500


@dataclass
class Three:
    """Three runs: the first, one with nothing new, and one after the changes."""

    world: World
    later: Later
    study: WorldStudy
    ran: list[Ran]
    asked: list[dict[str, int]]
    slices: list[list[Slice]]
    hashes: list[dict[str, str]]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Three:
    made = world(SIZE)
    with four_sites(made.threads) as sites:
        study = WorldStudy.at(tmp_path_factory.mktemp("later") / "study", sites)
        after = later(made, datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1), SITES)
        runs = Three(made, after, study, [], [], [], [])
        for threads in (made.threads, made.threads, after.threads):
            serve(sites, threads)
            before = {name: len(local.seen) for name, local in sites.local.items()}
            runs.ran.append(study.collect())
            runs.asked.append({name: len(local.seen) - before[name] for name, local in sites.local.items()})
            runs.slices.append(study.slices)
            runs.hashes.append(study.hashes)
    return runs


def test_all_runs_are_done(three: Three) -> None:
    assert [ran.code for ran in three.ran] == [0, 0, 0], [ran.err for ran in three.ran]
    assert [line["run_id"] for line in three.study.runs] == [f"collect-threads-{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize("site", SITES)
def test_a_run_with_nothing_new_costs_at_most_a_request_per_window(three: Three, site: str) -> None:
    windows = [s for s in three.slices[0] if s.source == site]

    assert windows
    assert three.asked[1][site] <= len(windows)


def test_a_run_with_nothing_new_changes_no_post_and_no_thread(three: Three) -> None:
    changes = [c for c in Study.open(three.study.folder).read(Change) if c.run_id == "collect-threads-2"]

    assert changes == []
    assert three.hashes[1]["posts"] == three.hashes[0]["posts"]
    assert three.hashes[1]["exclusions"] == three.hashes[0]["exclusions"]


def test_it_finds_exactly_the_threads_that_changed(three: Three) -> None:
    changes = [c for c in Study.open(three.study.folder).read(Change) if c.run_id == "collect-threads-3"]
    found = {c.thread_id: "gone" if c.change in ("deleted", "private") else c.change for c in changes}

    assert len(three.later.changes) >= 47
    assert Counter(found.values()) == Counter(three.later.changes.values())
    assert found == three.later.changes


def test_the_posts_are_those_of_the_later_world(three: Three) -> None:
    gone = {thread for thread, what in three.later.changes.items() if what == "gone"}
    expected = World(three.later.threads, three.world.unfound).posts()
    actual = Counter({post: n for post, n in three.study.posts.items() if post[0] not in gone})

    assert expected == actual


def test_texts_that_were_edited_are_kept_as_they_were(three: Three) -> None:
    kept = {row.thread_id for row in Study.open(three.study.folder).read(EarlierPost)}

    assert kept == set(three.later.edited)


def test_every_slice_is_still_complete(three: Three) -> None:
    for slices in three.slices:
        assert [s for s in slices if s.state != "complete"] == []


def test_a_changed_thread_costs_a_few_requests_and_not_the_world(three: Three) -> None:
    for site in SITES:
        changed = sum(PER_SITE[site].values())
        windows = sum(s.source == site for s in three.slices[0])
        assert three.asked[2][site] <= 4 * (changed + windows)


def test_the_later_tables_are_rebuilt_from_raw_byte_for_byte(three: Three) -> None:
    ran = three.study.collect("--from-raw")

    assert ran.code == 0, ran.err
    assert three.study.hashes == three.hashes[2]
    assert {thread_id(t) for t in three.later.threads} >= set(three.later.edited)
