"""Later runs of the GitHub source: each known window costs one request, and what changed or went is found."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from bench.github_world import native_id, world
from github_rig import TOKEN, Rig, at, gone, many, post, posts, serve, slices, thread, threads
from sites.corpus import CorpusThread

from codebook.errors import StoppedEarly
from collect.github import GitHubOptions
from collect.source import Earlier, SeenGone, SeenSlice, Site

BEGAN = at("2026-02-01T12:00:00")
"""When the first run began; all of its threads are older."""

BOTH = pytest.mark.parametrize("token", [TOKEN, None], ids=["graphql", "rest"])
ISSUES = GitHubOptions(items=["issues"])


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def touched(threads: Iterable[CorpusThread], body: str = "Now it fails again.") -> list[CorpusThread]:
    """The threads with one more post, written after the first run began."""
    more = post(9_000_000, body, "2026-02-02")
    return [replace(t, posts=(*t.posts, replace(more, id=more.id + n))) for n, t in enumerate(threads)]


def first_run(rig: Rig, corpus: list[CorpusThread], token: str | None, **more: object) -> Earlier:
    with serve(corpus) as local:
        site = rig.site(local, token=token, **more)
        rig.fetch(site, "first")
    return rig.earlier(site, BEGAN)


def second(rig: Rig, site: Site) -> list[object]:
    return rig.seen(site, "second")


@BOTH
def test_a_run_with_nothing_new_costs_one_request_a_known_window_and_query(rig: Rig, token: str | None) -> None:
    corpus = [*world(80, 80, 80), *many(1100)]
    earlier = first_run(rig, corpus, token)
    known = sum(map(len, earlier.windows.values()))

    with serve(corpus) as local:
        site = rig.site(local, token=token)
        whole = rig.fetch(site, "second", earlier=earlier)

    assert known == (9 if token else 8)  # the issues are over the cap, so theirs are seven
    assert whole == []
    assert len(local.seen) == known == site_listing(site, earlier)
    assert {s.changes for s in slices(second(rig, site)) if not s.skipped} == {True}


def site_listing(site: Site, earlier: Earlier) -> int:
    return GitHubOptions().expected(site, earlier).listing


@BOTH
def test_threads_that_changed_are_found_and_no_others(rig: Rig, token: str | None) -> None:
    corpus = world(150, 100, 100)
    earlier = first_run(rig, corpus, token)
    changed = [t for t in corpus if token or t.item != "discussion"][::5][:50]
    rest = [t for t in corpus if t not in changed]

    with serve([*touched(changed), *rest]) as local:
        site = rig.site(local, token=token)
        whole = rig.fetch(site, "second", earlier=earlier)

    seen = second(rig, site)
    lists = sum(1 + 2 * (t.item == "pull_request") for t in changed)
    assert len(changed) == 50
    assert sorted(whole) == sorted(map(native_id, changed))
    assert {p.thread for p in posts(seen) if p.body == "Now it fails again."} == set(whole)
    assert len([p for p in posts(seen) if p.thread in whole]) >= sum(len(t.posts) for t in touched(changed)) - 200
    assert len(local.seen) <= (3 + 5 if token else 2 + lists)
    assert gone(seen) == []


@BOTH
def test_new_threads_in_a_known_window_are_found_without_listing_it_anew(rig: Rig, token: str | None) -> None:
    """As on the last day that the first run asked for, which was not over yet."""
    earlier = first_run(rig, many(120), token, options=ISSUES)
    new = [thread(n, opening=post(0, "trust_remote_code", "2025-12-31T12:00:00", role="opening")) for n in (900, 901)]

    with serve([*many(120), *touched(new)]) as local:
        site = rig.site(local, token=token, options=ISSUES)
        whole = rig.fetch(site, "second", earlier=earlier)

    assert sorted(whole) == ["acme/loader#900", "acme/loader#901"]
    assert len(local.seen) == (1 if token else 3)
    assert [(s.reported, s.changes) for s in slices(second(rig, site))] == [(122, True)]


@BOTH
def test_threads_that_are_gone_are_said_with_what_the_site_tells(rig: Rig, token: str | None) -> None:
    """REST tells deleted from what it does not find; GraphQL does not."""
    earlier = first_run(rig, many(60), token, options=ISSUES)
    left = [t for t in many(60) if t.number != 7]

    with serve(left, deleted=frozenset({"acme/loader#9"})) as local:
        site = rig.site(local, token=token, options=ISSUES)
        whole = rig.fetch(site, "second", earlier=earlier)

    assert whole == []
    assert gone(second(rig, site)) == [
        SeenGone(native_id="acme/loader#7", why="gone"),
        SeenGone(native_id="acme/loader#9", why="gone" if token else "deleted"),
    ]
    assert len(local.seen) == (1 + 2 + 1 if token else 1 + 1 + 2)
    listed = [s for s in slices(second(rig, site)) if not s.changes]
    assert {s.reported for s in listed} == {58}
    assert len({hit for s in listed for hit in s.hits}) == 58


def renamed(corpus: list[CorpusThread]) -> list[CorpusThread]:
    return [replace(t, repo="acme/engine") for t in corpus]


@BOTH
def test_a_thread_that_changed_after_its_repository_was_renamed_is_the_same_under_another_id(
    rig: Rig, token: str | None
) -> None:
    """One request tells where it is now; the window has as many threads as before, so it is not listed anew."""
    earlier = first_run(rig, many(5), token, options=ISSUES)
    corpus = renamed(many(5))

    with serve([*corpus[:3], *touched(corpus[3:4]), corpus[4]], moved={"acme/loader": "acme/engine"}) as local:
        site = rig.site(local, token=token, options=ISSUES)
        whole = rig.fetch(site, "second", earlier=earlier)

    seen = second(rig, site)
    lost = ["acme/loader#4"] if token else [f"acme/loader#{n}" for n in (1, 2, 3, 4, 5)]
    assert set(whole) >= {"acme/engine#4"}
    assert [(g.native_id, g.why, g.now) for g in gone(seen)] == [
        (name, "renamed", name.replace("loader", "engine")) for name in lost
    ]
    assert {(t.uid, t.native_id) for t in threads(seen)} >= {(earlier.threads["acme/loader#4"].uid, "acme/engine#4")}
    assert {s.changes for s in slices(seen)} == {True}


@BOTH
def test_when_a_window_is_listed_anew_renamed_threads_are_not_gone(rig: Rig, token: str | None) -> None:
    earlier = first_run(rig, many(5), token, options=ISSUES)

    with serve(renamed(many(5)[:4]), moved={"acme/loader": "acme/engine"}) as local:
        site = rig.site(local, token=token, options=ISSUES)
        rig.fetch(site, "second", earlier=earlier)

    assert [(g.native_id, g.why, g.now) for g in gone(second(rig, site))] == [
        *((f"acme/loader#{n}", "renamed", f"acme/engine#{n}") for n in (1, 2, 3, 4)),
        ("acme/loader#5", "gone", None),
    ]


@BOTH
def test_a_known_thread_that_lost_its_keyword_is_asked_for_and_is_not_gone(rig: Rig, token: str | None) -> None:
    earlier = first_run(rig, many(5), token, options=ISSUES)
    other = post(0, "Never mind.", "2023-01-01T04:00:00", author="ada", role="opening", edited=at("2026-02-03"))

    with serve([*many(4), thread(5, opening=other)]) as local:
        site = rig.site(local, token=token, options=ISSUES)
        whole = rig.fetch(site, "second", earlier=earlier)

    assert whole == ["acme/loader#5"]
    assert gone(second(rig, site)) == []
    assert [p.body for p in posts(second(rig, site)) if p.thread == "acme/loader#5"] == ["Never mind."]


@BOTH
def test_time_that_no_run_covered_is_listed_and_known_windows_are_not(rig: Rig, token: str | None) -> None:
    earlier = first_run(rig, many(30), token, options=ISSUES)
    later = thread(99, opening=post(0, "trust_remote_code", "2026-01-05", role="opening"))

    with serve([*many(30), later]) as local:
        site = rig.site(local, token=token, options=ISSUES, since=date(2018, 1, 1), until=date(2026, 2, 1))
        whole = rig.fetch(site, "second", earlier=earlier)

    windows = [(s.window_start, s.window_end, s.changes) for s in slices(second(rig, site))]
    assert whole == ["acme/loader#99"]
    assert len(local.seen) == 3
    assert windows == [
        (at("2018-01-01"), at("2018-12-31T23:59:59"), False),
        (at("2019-01-01"), at("2025-12-31T23:59:59"), True),
        (at("2026-01-01"), at("2026-01-31T23:59:59"), False),
    ]


@BOTH
def test_a_window_that_has_grown_over_the_cap_is_halved(rig: Rig, token: str | None) -> None:
    earlier = first_run(rig, many(900), token, options=ISSUES)

    with serve([*many(900), *touched(many(1050)[900:])]) as local:
        site = rig.site(local, token=token, options=ISSUES)
        whole = rig.fetch(site, "second", earlier=earlier)

    seen = slices(second(rig, site))
    standing = Counter(hit for s in seen for hit in s.hits)
    assert len(whole) == 150
    assert len(standing) == 1050
    assert {
        (s.changes, (s.window_start, s.window_end) == (at("2019-01-01"), at("2025-12-31T23:59:59"))) for s in seen
    } == {(False, False)}


@BOTH
@pytest.mark.parametrize("dies_after", range(1, 7))
def test_a_later_run_that_is_killed_goes_on_and_asks_nothing_twice(
    rig: Rig, token: str | None, dies_after: int
) -> None:
    corpus = [*many(70), thread(71, *(post(100 + n, "c") for n in range(60)), item="pull_request")]
    earlier = first_run(rig, corpus, token)
    changed = [*touched(corpus[:2]), *corpus[4:70], *touched(corpus[70:])]
    undisturbed = Rig(rig.folder / "undisturbed")
    with serve(changed) as local:
        expected = undisturbed.fetch(undisturbed.site(local, token=token), "second", earlier=earlier)
        asked = Counter((a.path, a.query, a.body) for a in local.seen)

    with serve(changed, dies_after=dies_after) as local, pytest.raises(StoppedEarly):
        rig.fetch(rig.site(local, token=token), "second", max_wait=0, earlier=earlier)
    before = [(a.path, a.query, a.body) for a in local.seen][:dies_after]
    with serve(changed) as local:
        site = rig.site(local, token=token)
        whole = rig.fetch(site, "second", earlier=earlier)

    assert whole == expected
    assert set(whole) == {"acme/loader#1", "acme/loader#2", "acme/loader#71"}
    assert [g.native_id for g in gone(second(rig, site))] == ["acme/loader#3", "acme/loader#4"]
    assert Counter(before) + Counter((a.path, a.query, a.body) for a in local.seen) == asked
    assert second(rig, site) == undisturbed.seen(site, "second")


def test_a_study_that_gets_a_token_goes_on_with_the_windows_that_it_has(rig: Rig) -> None:
    corpus = [*world(40, 40, 0), thread(3, post(31, "a"), item="discussion")]
    earlier = first_run(rig, corpus, None)

    with serve(corpus) as local:
        site = rig.site(local)
        whole = rig.fetch(site, "second", earlier=earlier)

    assert whole == ["acme/loader#d3"]
    assert len(local.seen) == 3


@BOTH
def test_a_window_is_asked_what_changed_since_it_was_asked_for_last(rig: Rig, token: str | None) -> None:
    """A run in between, of other dates, did not ask for it."""
    earlier = first_run(rig, many(5), token, options=ISSUES)
    windows = {q: tuple(replace(w, asked=BEGAN) for w in whole) for q, whole in earlier.windows.items()}
    earlier = replace(earlier, since=at("2026-03-01"), windows=windows)

    with serve([*touched(many(5)[:1]), *many(5)[1:]]) as local:
        whole = rig.fetch(rig.site(local, token=token, options=ISSUES), "second", earlier=earlier)

    assert whole == ["acme/loader#1"]


def test_an_hour_of_changes_before_the_first_run_is_seen_again_and_not_asked_for_again(rig: Rig) -> None:
    """The index of the search lags behind; what it shows twice is known by its version."""
    late = BEGAN - timedelta(minutes=30)
    edited = post(0, "trust_remote_code", "2023-01-01", role="opening", edited=late)
    corpus = [thread(1, *(post(10 + n, "c") for n in range(60)), opening=edited)]
    earlier = first_run(rig, corpus, TOKEN, options=ISSUES)

    with serve(corpus) as local:
        site = rig.site(local, options=ISSUES)
        whole = rig.fetch(site, "second", earlier=earlier)

    assert whole == []
    assert len(local.seen) == 1
    assert [s.hits for s in slices(second(rig, site)) if isinstance(s, SeenSlice)] == [("acme/loader#1",)]
