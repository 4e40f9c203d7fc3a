"""The GitHub source where a search has more than it lists, and where the site dies on the way."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from github_rig import TOKEN, Rig, at, many, post, serve, slices, thread

from codebook.errors import StoppedEarly
from collect.github import GitHubOptions

ISSUES = GitHubOptions(items=["issues"])


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@pytest.mark.parametrize("token", [TOKEN, None])
def test_windows_are_halved_until_the_site_lists_all_and_they_tile_the_dates(rig: Rig, token: str | None) -> None:
    """2,500 threads in three months: all are got, and the windows that stand leave no second out."""
    with serve(many(2500)) as local:
        site = rig.site(local, token=token, options=ISSUES)
        whole = rig.fetch(site)

    standing = {(s.window_start, s.window_end, s.reported): set() for s in slices(rig.seen(site))}
    for each in slices(rig.seen(site)):
        standing[each.window_start, each.window_end, each.reported].update(each.hits)
    windows = sorted((w, hits) for w, hits in standing.items())
    assert len(whole) == len(set(whole)) == 2500
    assert all(len(hits) == reported <= 1000 for (_, _, reported), hits in windows)
    assert sum(len(hits) for _, hits in windows) == 2500
    assert (windows[0][0][0], windows[-1][0][1]) == (at("2019-01-01"), at("2025-12-31T23:59:59"))
    for (before, _), (after, _) in pairwise(windows):
        assert before[1] + timedelta(seconds=1) == after[0]


def test_a_search_that_times_out_is_halved_and_an_hour_that_does_is_a_problem(rig: Rig) -> None:
    with serve(many(3), times_out_over=timedelta(minutes=20)) as local:
        site = rig.site(local, token=None, options=ISSUES, since=date(2023, 1, 1), until=date(2023, 1, 2))
        rig.fetch(site)

    standing = slices(rig.seen(site))
    assert len(standing) == 32  # 24 hours halved five times are 45 minutes
    assert {s.problem for s in standing} == {
        "GitHub says that these results are incomplete (its search ran out of time)"
    }


def test_an_hour_with_more_than_the_site_lists_is_a_problem(rig: Rig) -> None:
    corpus = [
        thread(n, opening=post(0, "trust_remote_code", "2023-01-01T00:10:00", role="opening")) for n in range(1001)
    ]

    with serve(corpus) as local:
        site = rig.site(local, options=ISSUES, since=date(2023, 1, 1), until=date(2023, 1, 2))
        whole = rig.fetch(site)

    over = [s for s in slices(rig.seen(site)) if s.reported]
    assert len(whole) == 1000
    assert {s.reported for s in over} == {1001}
    assert {s.problem for s in over} == {"GitHub lists 1000 of 1001 results, and the window is not halved further"}


@pytest.mark.parametrize(("token", "dies_after"), [(TOKEN, n) for n in range(1, 4)] + [(None, n) for n in range(1, 7)])
def test_a_second_process_goes_on_where_the_site_died_and_asks_nothing_twice(
    rig: Rig, token: str | None, dies_after: int
) -> None:
    comments = [post(n, f"{n}") for n in range(1, 151)]
    answered = thread(3, post(300, "a"), item="discussion")
    corpus = [thread(1, *comments), thread(2, post(200, "c"), item="pull_request"), answered]
    undisturbed = Rig(rig.folder / "undisturbed")
    with serve(corpus) as local:
        undisturbed.fetch(undisturbed.site(local, token=token))
        asked = Counter((a.path, a.query, a.body) for a in local.seen)

    with serve(corpus, dies_after=dies_after) as local, pytest.raises(StoppedEarly):
        rig.fetch(rig.site(local, token=token), max_wait=0)
    first = [(a.path, a.query, a.body) for a in local.seen][:dies_after]
    with serve(corpus) as local:
        site = rig.site(local, token=token)
        rig.fetch(site)

    assert sum(asked.values()) > dies_after
    assert Counter(first) + Counter((a.path, a.query, a.body) for a in local.seen) == asked
    assert rig.seen(site) == undisturbed.seen(site)
