"""What PyGithub does not do by itself, one test per gap: nothing is lost, and nothing waits or repeats for ever."""

import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from github_rig import TOKEN, Rig, at, many, paths, post, posts, serve, slices, thread
from sites.server import Asked, Reply, as_json

from codebook.errors import StudyError
from collect.github import GitHubOptions

ISSUES = GitHubOptions(items=["issues"])
CORPUS = [thread(1, *(post(10 + n, f"{n}") for n in range(60))), thread(2)]
BOTH = pytest.mark.parametrize("token", [TOKEN, None], ids=["graphql", "rest"])
LIMIT = {"message": "API rate limit exceeded for user ID 1."}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}

Make = Callable[[], Reply | str]


def reset() -> dict[str, str]:
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 5)}


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@BOTH
@pytest.mark.parametrize(
    ("make", "least", "most"),
    [
        (lambda: as_json(LIMIT, 429), 60, 60),
        (lambda: as_json(LIMIT, 429, **{"Retry-After": "3"}), 3, 3),
        (lambda: as_json(SECONDARY, 403), 60, 60),
        (lambda: as_json(SECONDARY, 403, **{"Retry-After": "3"}), 3, 3),
        (lambda: as_json(LIMIT, 403, **reset()), 4, 6),
        (lambda: as_json(LIMIT, 429, **reset()), 4, 6),
        (lambda: as_json({"errors": [{"type": "RATE_LIMITED"} | LIMIT]}), 60, 60),
        (lambda: as_json({"errors": [{"type": "RATE_LIMITED"} | LIMIT]}, **reset()), 4, 6),
        (lambda: Reply(200, b"<html>Unicorn!</html>", {"Content-Type": "text/html"}), 0.5, 1),
        (lambda: Reply(502, b"<html>Unicorn!</html>", {"Content-Type": "text/html"}), 0.5, 1),
        (lambda: as_json({}, 202), 0.5, 1),
        (lambda: Reply(200, b'{"items": [{"num'), 0.5, 1),
        (lambda: "cut", 0.5, 1),
        (lambda: "reset", 0.5, 1),
        (lambda: "drop", 0.5, 1),
    ],
)
def test_what_is_no_answer_is_waited_out_and_asked_again(
    rig: Rig, token: str | None, make: Make, least: float, most: float
) -> None:
    """429 without Retry-After raises in PyGithub, RATE_LIMITED is a 400 to it, 202 it asks for ever."""

    def fault(number: int, _asked: Asked) -> Reply | str | None:
        return make() if number == 2 else None

    with serve(CORPUS, fault=fault) as local:
        site = rig.site(local, token=token, options=ISSUES)
        whole = rig.fetch(site)

    assert sorted(whole) == ["acme/loader#1", "acme/loader#2"]
    assert len(posts(rig.seen(site))) == 62
    assert len(rig.slept) == 1
    assert least <= rig.slept[0] <= most
    assert [p.status for p in rig.pages()] == [200, 200]


def test_the_page_behind_the_last_that_a_search_lists_is_never_asked_for(rig: Rig) -> None:
    """GitHub answers 422, "Only the first 1000 search results are available", and PyGithub raises it."""
    with serve(many(1000)) as local:
        whole = rig.fetch(rig.site(local, token=None, options=ISSUES))

    assert len(whole) == 1000
    assert [a.first("page") for a in local.seen] == [str(n) for n in range(1, 11)]
    assert {p.status for p in rig.pages()} == {200}


def test_a_search_that_is_refused_all_the_same_is_an_error_that_names_it(rig: Rig) -> None:
    refused = as_json({"message": "Only the first 1000 search results are available"}, 422)

    with serve(many(150), fault=lambda n, _: refused if n == 2 else None) as local, pytest.raises(StudyError) as caught:
        rig.fetch(rig.site(local, token=None, options=ISSUES))

    assert "Only the first 1000 search results are available" in caught.value.what
    assert '"trust_remote_code" is:issue' in caught.value.where


def test_results_that_are_incomplete_are_not_taken_for_all(rig: Rig) -> None:
    """PyGithub keeps ``incomplete_results`` to itself while it iterates; here such windows are halved."""
    with serve(many(20), times_out_over=timedelta(days=400)) as local:
        site = rig.site(local, token=None, options=ISSUES)
        whole = rig.fetch(site)

    assert len(whole) == 20
    assert {s.problem for s in slices(rig.seen(site)) if not s.skipped} == {None}
    assert all(s.window_end - s.window_start <= timedelta(days=400) for s in slices(rig.seen(site)) if s.window_end)


def test_pages_hold_a_hundred_and_nothing_is_completed_behind_our_back(rig: Rig) -> None:
    """PyGithub takes 30 a page, and asks for an item again when a field is missing."""
    with serve([thread(1, *(post(10 + n, f"{n}") for n in range(150)))]) as local:
        rig.fetch(rig.site(local, token=None, options=ISSUES))

    assert Counter(paths(local.seen)) == {"/search/issues": 1, "/repos/acme/loader/issues/1/comments": 2}
    assert {a.first("per_page") for a in local.seen} == {"100"}


def test_a_run_waits_for_no_more_than_it_was_told_to(rig: Rig) -> None:
    """PyGithub adds no pause of its own: 0.25 s between requests, 60 s after a secondary limit."""
    began = time.monotonic()
    with serve([thread(n, post(10 * n, "a")) for n in range(1, 31)]) as local:
        rig.fetch(rig.site(local, token=None, options=ISSUES))

    assert len(local.seen) == 31
    assert rig.slept == []
    assert time.monotonic() - began < 7


def test_an_id_of_more_than_32_bits_is_whole(rig: Rig) -> None:
    """``databaseId`` cannot hold it; comments on issues have had such ids since 2024."""
    with serve([thread(1, post(3_500_000_000, "a"))]) as local:
        site = rig.site(local, options=ISSUES)
        rig.fetch(site)

    assert [p.native_id for p in posts(rig.seen(site))] == ["0", "issuecomment-3500000000"]


def test_a_graphql_answer_that_has_data_and_an_error_keeps_the_data(rig: Rig) -> None:
    """``graphql_query`` of PyGithub raises, and the data is lost."""

    def fault(_number: int, asked: Asked) -> Reply:
        answer = json.loads(local.site.answer(asked).body)
        return as_json(answer | {"errors": [{"type": "FORBIDDEN", "message": "Resource protected by SAML"}]})

    with serve([thread(2)], fault=fault) as local:
        site = rig.site(local, options=ISSUES)
        whole = rig.fetch(site)

    assert whole == ["acme/loader#2"]
    assert [s.problem for s in slices(rig.seen(site))] == ["GitHub answers with an error: Resource protected by SAML"]


def test_reviews_and_review_comments_are_not_forgotten(rig: Rig) -> None:
    """They are separate lists in both APIs, and the number of comments does not count them."""
    pull = thread(8, post(1, "r", role="review"), post(2, "t", role="review_comment"), item="pull_request")
    options = GitHubOptions(items=["pull_requests"])

    for token in (TOKEN, None):
        with serve([pull]) as local:
            site = rig.site(local, token=token, options=options)
            rig.fetch(site, f"with {token}")
        seen = [p for p in posts(rig.seen(site, f"with {token}")) if p.role != "opening"]
        assert {p.native_id for p in seen} == {"pullrequestreview-1", "discussion_r2"}
        assert {p.created_at for p in seen} == {at("2023-01-02")}
