"""The benchmark of requests to GitHub: its tools do the same work, and its site has GitHub's shapes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bench import bench_github
from bench.github_world import post_ids, world
from github_rig import recorded
from sites.corpus import CorpusThread
from sites.github_lists import GitHubLists
from sites.server import Asked, LocalSite

TOKEN = {"authorization": f"token {bench_github.TOKEN}"}


def get(site: GitHubLists, path: str, **query: str) -> Any:
    reply = site.answer(Asked("GET", path, tuple(query.items()), TOKEN, b""))
    assert reply.status == 200
    return json.loads(reply.body)


@pytest.fixture(scope="module")
def threads() -> list[CorpusThread]:
    return world(12, 10, 6)


def test_the_world_is_the_same_every_time(threads: list[CorpusThread]) -> None:
    assert world(12, 10, 6) == threads


@pytest.mark.parametrize("tool", [bench_github.ours("issues", "pull_requests"), bench_github.plain_loop])
def test_ours_and_the_plain_loop_get_all_issues_and_pull_requests(
    tool: bench_github.Tool, threads: list[CorpusThread]
) -> None:
    got = bench_github.measure(tool, threads, 0)

    assert got.trouble == ""
    assert got.posts == set().union(*(post_ids(t) for t in threads if t.item != "discussion"))


def test_ours_gets_the_discussions_too(threads: list[CorpusThread]) -> None:
    got = bench_github.measure(bench_github.ours("issues", "pull_requests", "discussions"), threads, 0)

    assert bench_github.lacking("ours", got, threads) == ""


def test_a_thousand_threads_cost_at_most_sixty_requests() -> None:
    threads = world(580, 420, 0)

    got = bench_github.measure(bench_github.ours("issues", "pull_requests"), threads, 0)

    assert (bench_github.lacking("ours", got, threads), len(got.threads)) == ("", 1000)
    assert got.requests <= bench_github.BOUND


def test_a_tool_that_fails_says_why_in_its_row_and_takes_nobody_with_it(threads: list[CorpusThread]) -> None:
    def broken(_local: LocalSite, _threads: object) -> bench_github.Posts:
        return bench_github._printed(bench_github._process(["sh", "-c", "echo no such token >&2; exit 1"]))

    got = bench_github.measure(broken, threads, 0)

    assert got.trouble == "no such token"
    assert bench_github.row("it", got, got, (got, got)) == ["it", *["-"] * 9]


def test_a_repository_lists_issues_and_pull_requests_together_by_last_update(threads: list[CorpusThread]) -> None:
    site = GitHubLists(threads, token=bench_github.TOKEN)
    repo = max((t.repo for t in threads), key=lambda r: len(site._in_repo.get(r, ())))
    mine = [t for t in threads if t.repo == repo and t.item != "discussion"]

    listed = get(site, f"/api/v3/repos/{repo}/issues", state="all", direction="asc", per_page="100")

    assert {each["number"] for each in listed} == {t.number for t in mine}
    assert [each["updated_at"] for each in listed] == sorted(each["updated_at"] for each in listed)
    assert get(site, f"/repos/{repo}/issues", since="2030-01-01T00:00:00+00:00") == []


def test_a_pull_request_has_the_fields_and_types_of_a_recorded_one(
    threads: list[CorpusThread], shared: Callable[[str], Path]
) -> None:
    file = shared("recorded/PyGithub/tests/ReplayData/PullRequest.setUp.txt")
    real = next(p.json() for p in recorded(file) if "/pulls/" in p.request)
    thread = next(t for t in threads if t.item == "pull_request" and t.state == "merged")

    ours = get(GitHubLists(threads, token=bench_github.TOKEN), f"/repos/{thread.repo}/pulls/{thread.number}")

    later = {"reactions", "state_reason", "score"}
    assert set(ours) - set(real) - later == set()
    known = {k for k, v in ours.items() if v is not None and real.get(k) is not None}
    assert {k: type(ours[k]) for k in known} == {k: type(real[k]) for k in known}
