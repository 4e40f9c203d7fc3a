"""A world of 20,000 threads on four sites, with a month that has more hits than every cap: nothing is lost or doubled.

The caps: GitHub lists 1,000 results of a query, Stack Exchange 25 pages of 100, Discourse ten pages of 50, the Hub a
few discussions on a page of a list. Every inner list (comments, reviews, review comments, replies, answers, comments of
answers, posts of a topic) overflows somewhere.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import pytest
from conftest import Ran
from four_sites import four_sites
from sites.world import HOT, World, thread_id, world
from world_study import WorldStudy

SIZE = 20_000
SECONDS = 300.0
"""Far above what it takes (about a minute and a half on two cores), so that a busy machine does not fail it."""


@dataclass(frozen=True)
class Collected:
    """The world, the study that was made of it, and how the command ended."""

    world: World
    study: WorldStudy
    ran: Ran
    asked: Counter[str]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Collected:
    made = world(SIZE)
    with four_sites(made.threads) as sites:
        study = WorldStudy.at(tmp_path_factory.mktemp("world") / "study", sites)
        ran = study.collect(timeout=SECONDS)
        asked = Counter({name: len(local.seen) for name, local in sites.local.items()})
    return Collected(made, study, ran, asked)


def test_the_world_has_more_hits_in_a_month_than_every_cap(collected: Collected) -> None:
    made = collected.world

    assert len(made.threads) >= SIZE
    assert min(made.hot("github", item) for item in ("issue", "pull_request", "discussion")) > 1000
    assert made.hot("stackoverflow", "question") > 25 * 100
    assert made.hot("pytorch_forum", "topic") > 10 * 50
    assert max(Counter(t.repo for t in made.threads if t.site == "huggingface").values()) > 100


def test_the_world_has_a_day_with_more_topics_than_a_page(collected: Collected) -> None:
    start = HOT + timedelta(days=9)
    on_that_day = [t for t in collected.world.wanted if start <= t.opening.at < start + timedelta(days=1)]

    assert Counter(t.site for t in on_that_day)["pytorch_forum"] > 50


def test_every_thread_is_there_once_and_no_other(collected: Collected) -> None:
    assert collected.ran.code == 0, collected.ran.err
    expected = Counter(thread_id(t) for t in collected.world.wanted)
    actual = Counter(t.thread_id for t in collected.study.threads)

    assert max(expected.values()) == 1
    assert expected == actual


def test_every_post_is_there_once_and_no_other(collected: Collected) -> None:
    expected, actual = collected.world.posts(), collected.study.posts

    assert len(expected) > 2.5 * SIZE
    assert max(expected.values()) == 1
    assert expected - actual == Counter()
    assert actual - expected == Counter()


def test_every_slice_is_complete_and_has_what_the_site_reports(collected: Collected) -> None:
    slices = collected.study.slices

    assert {s.source for s in slices} == {"github", "huggingface", "pytorch_forum", "stackoverflow"}
    assert [s for s in slices if s.state != "complete"] == []
    assert [s for s in slices if s.reported is not None and s.got != s.reported] == []


def test_windows_of_a_query_share_no_moment_and_leave_none_out(collected: Collected) -> None:
    windows: dict[tuple[str, str], list] = {}
    for s in collected.study.slices:
        if s.window_start is not None and s.window_end is not None:
            windows.setdefault((s.source, s.query), []).append((s.window_start, s.window_end))

    assert len(windows) >= 2 * 5
    for query, each in windows.items():
        each.sort()
        gaps = [after[0] - before[1] for before, after in pairwise(each)]
        assert set(gaps) <= {timedelta(seconds=1)}, query
        assert (each[0][0].year, each[-1][1].year) == (2019, 2025), query


def test_found_is_included_and_excluded(collected: Collected, run: Callable[..., Ran]) -> None:
    threads = collected.study.threads
    flow = run("analysis", "flow", "--study", collected.study.folder, "--format", "csv").out.splitlines()
    steps = {line.split(",")[0]: int(line.rsplit(",", 1)[1]) for line in reversed(flow[1:])}

    assert collected.study.excluded == collected.world.excluded
    assert {t.thread_id for t in threads if not t.included} == collected.world.excluded
    assert steps["found"] == len(threads) == steps["included"] + steps["excluded"]
    assert steps["excluded"] == len(collected.world.excluded)


def test_status_says_that_all_is_there(collected: Collected, run: Callable[..., Ran]) -> None:
    status = run("collect", "status", "--study", collected.study.folder)

    assert status.code == 0, status.err


def test_the_ledger_has_the_requests_that_the_sites_counted(collected: Collected) -> None:
    notes = collected.study.runs[-1]["notes"]

    assert {name: notes[name]["requests"] for name in collected.asked} == dict(collected.asked)


def test_the_tables_are_rebuilt_from_raw_byte_for_byte(collected: Collected) -> None:
    before = collected.study.hashes
    ran = collected.study.collect("--from-raw")

    assert ran.code == 0, ran.err
    assert collected.study.hashes == before
