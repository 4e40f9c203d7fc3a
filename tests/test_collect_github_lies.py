"""A GitHub that lists the same for ever or answers nonsense: a stop, and nothing of it is stored."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from github_rig import TOKEN, Rig, at, many, post, posts, serve, slices, thread
from sites.server import Asked, LocalSite, Reply, as_json

from codebook.errors import StoppedEarly
from collect.github import GitHubOptions
from collect.github.queries import without_window

ISSUES = GitHubOptions(items=["issues"])
WHOLE = '"trust_remote_code" is:issue in:title,body,comments created:2019-01-01T00:00:00Z..2025-12-31T23:59:59Z'
ATTEMPTS = 12

Fault = Callable[[int, Asked], Reply | None]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def stops(rig: Rig, local: LocalSite, fault: Fault, token: str | None = TOKEN) -> str:
    """Fetch from a site that lies; what the stop says."""
    local.fault = fault
    with pytest.raises(StoppedEarly) as caught:
        rig.fetch(rig.site(local, token=token, options=ISSUES))
    local.fault = None
    assert "Run the same command again" in caught.value.hint
    return caught.value.what


def goes_on(rig: Rig, local: LocalSite, token: str | None = TOKEN) -> set[str]:
    """Fetch again, in the same run, from the site that is honest now; the threads that stand in windows."""
    site = rig.site(local, token=token, options=ISSUES)
    rig.fetch(site)
    assert {s.problem for s in slices(rig.seen(site))} == {None}
    return {hit for s in slices(rig.seen(site)) for hit in s.hits}


def names(number: int) -> set[str]:
    return {f"acme/loader#{n + 1}" for n in range(number)}


def variables(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked.body)["variables"]
    return found


def said(local: LocalSite, asked: Asked, **changes: Any) -> dict[str, Any]:
    """What the site honestly says to other variables."""
    body = json.loads(asked.body)
    body["variables"] |= changes
    answer: dict[str, Any] = json.loads(local.site.answer(replace(asked, body=json.dumps(body).encode())).body)
    return answer


@pytest.mark.parametrize("cursors", [(f"new {n}" for n in count()), (None for _ in count()), ("old" for _ in count())])
def test_a_search_that_lists_its_first_page_for_ever_stops_and_goes_on_later(rig: Rig, cursors: Any) -> None:
    """Wherever its cursors lead; the hundred threads of two honest pages are all there afterwards."""

    def fault(_number: int, asked: Asked) -> Reply:
        answer = said(local, asked, after=None)
        answer["data"]["search"]["pageInfo"] = {"hasNextPage": True, "endCursor": next(cursors)}
        return as_json(answer)

    with serve(many(100)) as local:
        what = stops(rig, local, fault)
        asked = len(local.seen)

    assert what.startswith(f"no usable answer after {ATTEMPTS} attempts")
    assert f"a page of {WHOLE} " in what
    assert asked <= ATTEMPTS + 1
    assert len(rig.pages()) == asked - ATTEMPTS


def test_a_search_that_repeats_one_page_is_asked_again_and_then_goes_on(rig: Rig) -> None:
    def fault(_number: int, asked: Asked) -> Reply | None:
        again = said(local, asked, after=None)
        return as_json(again) if variables(asked)["after"] else None

    with serve(many(130)) as local:
        what = stops(rig, local, fault)

        assert goes_on(rig, local) == names(130)
    assert "promises more, and its cursor does not lead on" in what


def test_a_search_that_lists_without_end_stops_at_what_github_lists(rig: Rig) -> None:
    numbers = count(1)

    def fault(_number: int, asked: Asked) -> Reply:
        answer = said(local, asked, after=None)
        for node in answer["data"]["search"]["nodes"]:
            node["id"] = f"I_{next(numbers)}"
        answer["data"]["search"]["pageInfo"] = {"hasNextPage": True, "endCursor": f"{next(numbers)}"}
        return as_json(answer)

    with serve(many(50)) as local:
        what = stops(rig, local, fault)
        asked = len(local.seen)

    assert "promises more than the 1000 that the site lists" in what
    assert asked == 1000 // 50 + ATTEMPTS


def test_threads_that_a_token_may_not_see_are_no_repeats(rig: Rig) -> None:
    """Whole pages of nulls, as for private repositories of others: what is behind them is got."""

    def fault(_number: int, asked: Asked) -> Reply | None:
        answer = said(local, asked)
        nodes = answer["data"]["search"]["nodes"]
        hidden = [None] * len(nodes) if answer["data"]["search"]["pageInfo"]["hasNextPage"] else nodes
        answer["data"]["search"]["nodes"] = hidden
        return as_json(answer)

    with serve(many(130), fault=fault) as local:
        whole = rig.fetch(rig.site(local, options=ISSUES))

    assert set(whole) == names(130) - names(100)


def counts(local: LocalSite, asked: Asked, reported: Callable[[str], int]) -> Reply:
    """The honest answer, but for the count of the window."""
    if asked.body:
        answer = said(local, asked)
        answer["data"]["search"]["issueCount"] = reported(variables(asked)["query"])
    else:
        answer = json.loads(local.site.answer(asked).body)
        if asked.path.endswith("/search/issues"):
            answer["total_count"] = reported(asked.first("q"))
    return as_json(answer)


@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_million_hits_in_every_window_is_a_site_that_does_not_heed_dates(rig: Rig, token: str | None) -> None:
    """Seven years are halved 16 times to an hour; then two second halves are as large as their wholes."""
    with serve(many(3)) as local:
        what = stops(rig, local, lambda _, asked: counts(local, asked, lambda _query: 1_000_000), token)

        assert len(local.seen) < 80
        assert "1000000 results in every window, however short" in what
        assert '"trust_remote_code" is:issue in:title,body,comments created:2019-01-01T0' in what


@pytest.mark.parametrize("token", [TOKEN, None])
@pytest.mark.parametrize("day", ["2019-01-01", "2023-01-01", "2025-12-31"])
def test_thousands_of_threads_in_one_hour_are_no_lie(rig: Rig, day: str, token: str | None) -> None:
    """One half of every window reports as much as the whole, down to the hour; the other halves report none."""

    def reported(query: str) -> int:
        window = without_window(query)[1]
        return 5000 if window is not None and window.start <= at(day) <= window.last else 0

    with serve(many(3)) as local:
        local.fault = lambda _, asked: counts(local, asked, reported)
        site = rig.site(local, token=token, options=ISSUES)
        rig.fetch(site)

    problems = [s.problem for s in slices(rig.seen(site)) if s.problem]
    assert set(problems) == {"GitHub lists 1000 of 5000 results, and the window is not halved further"}


def test_incomplete_results_in_every_window_are_a_stop_and_not_every_hour_of_seven_years(rig: Rig) -> None:
    """Fifty windows that cannot be halved are believed; what is asked after them is asked again, and then goes on."""

    def fault(_number: int, asked: Asked) -> Reply:
        answer = json.loads(local.site.answer(asked).body)
        return as_json(answer | {"incomplete_results": True})

    with serve(many(3)) as local:
        what = stops(rig, local, fault, token=None)
        asked = len(local.seen)
        rig.fetch(rig.site(local, token=None, options=ISSUES))

    problems = [s.problem for s in slices(rig.seen(rig.site(local))) if s.problem]
    assert 'incomplete results for every window, however short: "trust_remote_code" is:issue' in what
    assert asked < 50 * 2 + 16 + ATTEMPTS
    assert problems == ["GitHub says that these results are incomplete (its search ran out of time)"] * 50


def test_comments_that_repeat_behind_new_cursors_stop_and_go_on_later(rig: Rig) -> None:
    numbers = count(1)

    def fault(_number: int, asked: Asked) -> Reply | None:
        if "a0" not in variables(asked):
            return None
        answer = said(local, asked, a0=None)
        answer["data"]["t0"]["issue"]["comments"]["pageInfo"] = {"hasNextPage": True, "endCursor": f"{next(numbers)}"}
        return as_json(answer)

    with serve([thread(1, *(post(n, f"comment {n}") for n in range(1, 351)))]) as local:
        what = stops(rig, local, fault)
        asked = len(local.seen)

    assert "a page of the issue comments of acme/loader#1 promises more, and lists nothing" in what
    assert asked == 2 + ATTEMPTS


def test_replies_that_repeat_stop_too(rig: Rig) -> None:
    numbers = count(1)
    replies = [post(100 + n, f"reply {n}", role="reply", reply_to=7) for n in range(60)]

    def fault(_number: int, asked: Asked) -> Reply | None:
        if "p0" not in variables(asked):
            return None
        answer = said(local, asked, a0=None)
        answer["data"]["p0"]["replies"]["pageInfo"] = {"hasNextPage": True, "endCursor": f"{next(numbers)}"}
        return as_json(answer)

    with serve([thread(3, post(7, "Hello."), *replies, item="discussion")], fault=fault) as local:
        with pytest.raises(StoppedEarly, match="the replies of acme/loader#d3 promises more"):
            rig.fetch(rig.site(local, options=GitHubOptions(items=["discussions"])))
        assert len(local.seen) == 2 + ATTEMPTS


def first_page(local: LocalSite, asked: Asked) -> Reply:
    """REST: the first page, whichever is asked for, and a link to a next one."""
    query = tuple((k, v) for k, v in asked.query if k != "page")
    honest = local.site.answer(replace(asked, query=query))
    return replace(honest, headers=honest.headers | {"Link": f'<{local.base_url}{asked.path}?page=9>; rel="next"'})


@pytest.mark.parametrize(("ends", "what"), [("/comments", "/issues/1/comments"), ("/search/issues", WHOLE)])
def test_rest_pages_that_repeat_stop_and_go_on_later(rig: Rig, ends: str, what: str) -> None:
    """The last page of a search may repeat what a shorter list moved to it; a full one before it may not."""
    first = thread(1, *(post(n, f"comment {n}") for n in range(1, 151)))

    with serve([first, *many(300)[1:]]) as local:
        stop = stops(rig, local, lambda _, a: first_page(local, a) if a.path.endswith(ends) else None, token=None)

        assert goes_on(rig, local, token=None) == names(300)
    assert f"{what} promises more, and lists nothing" in stop
    assert len(posts(rig.seen(rig.site(local)))) >= 300 + 150


@pytest.mark.parametrize("token", [TOKEN, None])
@pytest.mark.parametrize("body", [{}, [], None, 7, "no", {"data": None}, {"data": {}}, {"data": {"search": None}}])
def test_nonsense_in_place_of_a_search_is_asked_again_and_then_a_stop(rig: Rig, body: Any, token: str | None) -> None:
    with serve(many(2)) as local:
        what = stops(rig, local, lambda *_: as_json(body), token)

        assert len(local.seen) == ATTEMPTS
        assert rig.pages() == []
        assert goes_on(rig, local, token) == names(2)
    assert what.startswith(f"no usable answer after {ATTEMPTS} attempts")
    assert what.endswith(("the answer is no result of a search", "the answer has neither data nor an error"))


@pytest.mark.parametrize("body", [{}, None, 7])
def test_nonsense_in_place_of_comments_is_asked_again_and_then_a_stop(rig: Rig, body: Any) -> None:
    with serve([thread(1, post(1, "Hello."))]) as local:
        comments = lambda _, asked: as_json(body) if asked.path.endswith("/comments") else None  # noqa: E731
        what = stops(rig, local, comments, token=None)

        assert goes_on(rig, local, token=None) == names(1)
    assert what.endswith("the answer is no list")


@pytest.mark.parametrize("token", [TOKEN, None])
@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_that_is_not_githubs_is_asked_again_and_then_a_stop(rig: Rig, status: int, token: str | None) -> None:
    """A portal's page says nothing of the search, so no keyword has to be shortened."""
    with serve(many(2)) as local:
        what = stops(rig, local, lambda *_: Reply(status, b"<html>Log in to the hotel"), token)

        assert len(local.seen) == ATTEMPTS
        assert rig.pages() == []
        assert goes_on(rig, local, token) == names(2)
    assert what.endswith(f"HTTP {status}, and the answer is not GitHub's JSON")


def test_nonsense_that_passes_costs_nothing_but_time(rig: Rig) -> None:
    with serve(many(2), fault=lambda number, _: as_json({}) if number < 3 else None) as local:
        whole = rig.fetch(rig.site(local, options=ISSUES))

    assert set(whole) == names(2)
