"""Discourse: what a later run asks for, and what it costs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sites.collecting import Collection
from sites.corpus import CorpusThread
from sites.discourse import DiscourseSite
from sites.server import LocalSite
from test_collect_discourse import FIRST, FORUM, SOURCE, reply, site_at, spread, topic

from codebook.errors import StoppedEarly
from collect.source import Earlier, SeenGone

RUN_1 = datetime(2025, 6, 1, tzinfo=UTC)
AFTER = RUN_1 + timedelta(days=30)
KEYWORDS = ("trust_repo", "title")
STEP = timedelta(days=10)


class Study:
    """One forum that is collected twice."""

    def __init__(self, world: list[CorpusThread], folder: Path, **asked: object) -> None:
        self.forum, self.folder, self.asked = DiscourseSite(world), folder, asked
        self.given: list[str] = []

    def collect(self, run: str, earlier: Earlier | None = None, dies_after: int | None = None) -> Collection:
        """Collect, whole or until the forum dies."""
        with LocalSite(self.forum, dies_after=dies_after) as local:
            site = site_at(local.base_url, **self.asked)
            got = Collection(SOURCE, site, self.folder / "raw", earlier or Earlier(), run)
            if dies_after is None:
                self.given = got.run()
            else:
                with pytest.raises(StoppedEarly):
                    got.run(max_wait=1)
            self.asked_for = [(a.path, a.query) for a in local.seen]
        return got

    @property
    def searches(self) -> int:
        return sum(path == "/search.json" for path, _ in self.asked_for)

    @property
    def topics(self) -> list[int]:
        return sorted(int(path.split("/")[2].removesuffix(".json")) for path, _ in self.asked_for if path[:3] == "/t/")

    def change(self, numbers: list[int], how: Callable[[CorpusThread], CorpusThread]) -> None:
        self.forum.topics |= {n: how(self.forum.topics[n]) for n in numbers}


def with_reply(thread: CorpusThread) -> CorpusThread:
    return replace(thread, posts=(*thread.posts, replace(reply(thread.number * 100 + 50), at=AFTER)))


def test_a_second_run_with_nothing_new_costs_one_request_per_known_window(tmp_path: Path) -> None:
    study = Study(spread(120, FIRST, STEP), tmp_path, keywords=KEYWORDS)
    past = study.collect("r1").past(RUN_1)
    got = study.collect("r2", past)

    assert sum(map(len, past.windows.values())) == len(study.asked_for) == study.searches > 6
    assert study.given == []
    assert got.gone == []


def test_a_known_day_with_more_pages_costs_its_pages(tmp_path: Path) -> None:
    study = Study(spread(52, FIRST, timedelta(minutes=1)), tmp_path, until=date(2019, 1, 2))
    past = study.collect("r1").past(RUN_1)
    study.collect("r2", past)

    assert [dict(query)["page"] for _, query in study.asked_for] == ["1", "2"]


def test_fifty_changed_topics_are_asked_for_again_and_no_other(tmp_path: Path) -> None:
    study = Study(spread(300, FIRST, timedelta(days=7)), tmp_path)
    past = study.collect("r1").past(RUN_1)
    changed = list(range(3, 300, 6))
    study.change(changed, with_reply)
    study.collect("r2", past)

    assert study.topics == changed
    assert len(changed) == 50
    assert sorted(map(int, study.given)) == changed
    assert study.searches == len(past.windows['"trust_repo"'])


def test_a_changed_topic_comes_whole(tmp_path: Path) -> None:
    """Also the posts behind its first page, which have not changed."""
    long = topic(7, *[reply(1000 + number) for number in range(30)])
    study = Study([long, topic(8)], tmp_path)
    past = study.collect("r1").past(RUN_1)
    study.change([7], with_reply)
    got = study.collect("r2", past)

    assert study.given == ["7"]
    assert [int(p.native_id) for p in got.posts if p.thread == "7"][31:] == list(range(1, 33))


@pytest.mark.parametrize(
    "change",
    [
        with_reply,
        lambda t: replace(t, posts=t.posts[:-1]),
        lambda t: replace(t, title="Another title"),
        lambda t: replace(t, state="closed"),
        lambda t: replace(t, posts=(*t.posts[:-1], replace(t.posts[-1], body="Edited.", edited=AFTER))),
    ],
    ids=["reply", "reply deleted", "title", "closed", "last post edited"],
)
def test_what_a_search_tells_of_a_change_is_noticed(
    tmp_path: Path, change: Callable[[CorpusThread], CorpusThread]
) -> None:
    study = Study([topic(n, reply(n * 100 + 2), reply(n * 100 + 3)) for n in (7, 8, 9)], tmp_path)
    past = study.collect("r1").past(RUN_1)
    study.change([8], change)
    study.collect("r2", past)

    assert study.given == ["8"]


def test_new_topics_in_a_known_window_and_behind_it_are_found(tmp_path: Path) -> None:
    study = Study(spread(30, FIRST, STEP), tmp_path, until=AFTER.date() + timedelta(days=9))
    past = study.collect("r1").past(RUN_1)
    study.forum.topics |= {2001: topic(2001, at=AFTER), 2002: topic(2002, at=AFTER + timedelta(days=20))}
    study.asked["until"] = AFTER.date() + timedelta(days=30)
    study.collect("r2", past)

    assert study.given == ["2001", "2002"]
    assert (study.searches, study.topics) == (2, [2001, 2002])


def test_a_known_window_that_overflows_is_halved(tmp_path: Path) -> None:
    study = Study(spread(40, FIRST, STEP), tmp_path)
    past = study.collect("r1").past(RUN_1)
    study.forum.topics |= {n: topic(n, at=FIRST + n * STEP) for n in range(41, 71)}
    got = study.collect("r2", past)

    assert sorted(map(int, study.given)) == list(range(41, 71))
    later = got.past(AFTER)
    study.collect("r3", later)
    assert study.given == []
    assert study.searches == len(later.windows['"trust_repo"']) - 1, "the window that was halved is not asked for again"


@pytest.mark.parametrize(("status", "why"), [(404, "gone"), (410, "deleted"), (403, "private")])
def test_topics_that_no_search_lists_any_more_are_asked_for(tmp_path: Path, status: int, why: str) -> None:
    study = Study(spread(60, FIRST, STEP), tmp_path)
    past = study.collect("r1").past(RUN_1)
    for number in (7, 44):
        del study.forum.topics[number]
        study.forum.refused[number] = status
    got = study.collect("r2", past)

    assert study.topics == [7, 44]
    assert [(gone.native_id, gone.why) for gone in got.gone] == [("7", why), ("44", why)]
    assert study.given == []
    assert [s.problem for s in got.slices if s.problem] == []


def test_a_topic_that_was_merged_into_another_is_that_one_now(tmp_path: Path) -> None:
    study = Study([topic(7), topic(8), topic(9)], tmp_path)
    past = study.collect("r1").past(RUN_1)
    del study.forum.topics[8]
    study.forum.moved[8] = 9
    study.change([9], with_reply)
    got = study.collect("r2", past)

    assert got.gone == [SeenGone(native_id="8", why="renamed", now="9")]
    assert (study.given, study.topics) == (["9"], [8, 9, 9]), "once by itself, once at the end of the redirect"


def test_a_topic_that_lost_the_keyword_is_still_there(tmp_path: Path) -> None:
    study = Study([topic(7, reply(702)), topic(8)], tmp_path)
    past = study.collect("r1").past(RUN_1)
    plain = replace(study.forum.topics[7].posts[0], body="What is it?", edited=AFTER)
    study.change([7], lambda t: replace(t, posts=(plain, *t.posts[1:])))
    got = study.collect("r2", past)

    assert (study.given, got.gone) == (["7"], [])


def test_a_topic_opened_behind_the_dates_is_not_asked_for(tmp_path: Path) -> None:
    """Once the study ends earlier, no search can list it."""
    study = Study([topic(7), topic(8, at=AFTER)], tmp_path)
    past = study.collect("r1").past(RUN_1)
    study.asked["until"] = date(2025, 1, 1)
    study.collect("r2", past)

    assert (study.given, study.topics) == ([], [])


@pytest.mark.parametrize("served", range(0, 16, 2))
def test_a_second_run_that_is_killed_asks_nothing_twice(tmp_path: Path, served: int) -> None:
    runs: dict[str, tuple[Collection, list[object], list[str]]] = {}
    for name in ("calm", "killed"):
        study = Study(spread(90, FIRST, STEP), tmp_path / name, keywords=KEYWORDS, public_url=FORUM)
        past = study.collect("r1").past(RUN_1)
        study.change(list(range(5, 90, 9)), with_reply)
        del study.forum.topics[50]
        if name == "killed":
            study.collect("r2", past, dies_after=served)
        got = study.collect("r2", past)
        runs[name] = (got, list(study.asked_for), study.given)
    (whole, undisturbed, given), (again, rest, given_again) = runs["calm"], runs["killed"]

    assert len(undisturbed) > 16
    assert rest == undisturbed[served:]
    assert (given_again, again.seen) == (given, whole.seen)


def test_the_dry_run_says_what_listing_costs(tmp_path: Path) -> None:
    site = site_at("", keywords=KEYWORDS)
    study = Study(spread(40, FIRST, STEP), tmp_path, keywords=KEYWORDS)
    first = site.options.expected(site, Earlier())
    past = study.collect("r1").past(RUN_1)

    assert first.listing == study.searches == 2
    again = site.options.expected(site, past)
    study.collect("r2", past)
    assert again.listing == len(study.asked_for) == 2
    assert again.note == "2 known windows, 0 new ones; then a request for each topic and 20 more posts"


def test_a_thousand_topics_cost_no_more_than_the_dry_run_says(tmp_path: Path) -> None:
    """A tenth of them goes on behind the first page."""
    long = {n: [reply(100_000 * n + i) for i in range(30)] for n in range(1, 1001, 10)}
    world = [topic(n, *long.get(n, []), at=FIRST + n * timedelta(days=2)) for n in range(1, 1001)]
    study = Study(world, tmp_path)
    got = study.collect("r1")
    expected = got.site.options.expected(got.site, Earlier())

    assert len(study.given) == 1000
    assert len(study.asked_for) <= expected.listing + expected.per_1000
    assert study.searches < 100
