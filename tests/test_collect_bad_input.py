"""A site that answers nonsense for ever: a clear stop, after a bounded number of requests, and nothing is lost."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import Ran
from four_sites import FourSites, four_sites
from sites.server import Asked, LocalSite, Reply, as_json
from sites.world import thread_id, world
from world_study import WorldStudy

SITES = ("github", "huggingface", "pytorch_forum", "stackoverflow")
HARDENED = ("github", "huggingface", "pytorch_forum", "stackoverflow")
"""Sites whose pages may lie."""

SIZE = 150
MOST = 600
"""Requests that nonsense may cost. The honest world costs each site less than a third of it."""

SECONDS = 60.0
Nonsense = Callable[[LocalSite], Callable[[int, Asked], Reply | str | None]]


def always(reply: Reply | str) -> Nonsense:
    return lambda _local: lambda _number, _asked: reply


def html(status: int) -> Nonsense:
    page = b"<html><body>\x1b[2J Welcome to the hotel!</body></html>"
    return always(Reply(status, page, {"Content-Type": "text/html"}))


def redirects(onward: bool) -> Nonsense:
    """Redirects for ever, to the same address or each time to another."""

    def make(local: LocalSite) -> Callable[[int, Asked], Reply]:
        def moved(number: int, asked: Asked) -> Reply:
            query = urlencode([*asked.query, ("hop", str(number))] if onward else asked.query)
            return Reply(302, b"", {"Location": f"{local.base_url}{asked.path}?{query}"})

        return moved

    return make


def from_the_first_page(asked: Asked) -> Asked:
    """The same question without its place in a list."""
    query = tuple((k, v) for k, v in asked.query if k not in ("page", "p", "cursor"))
    if not asked.body:
        return replace(asked, query=query)
    body = json.loads(asked.body)
    variables = {k: None if "after" in k.lower() else v for k, v in (body.get("variables") or {}).items()}
    return replace(asked, query=query, body=json.dumps(body | {"variables": variables}).encode())


def changed(value: Any, says: dict[str, Any]) -> Any:
    """JSON with other values under some names, however deep."""
    if isinstance(value, list):
        return [changed(each, says) for each in value]
    if isinstance(value, dict):
        return {k: says[k]() if k in says else changed(v, says) for k, v in value.items()}
    return value


def lying(*, new_cursors: bool = False, again: bool = True, huge: bool = False) -> Nonsense:
    """The honest answers of the site, but for what they say about further pages and totals.

    Args:
        new_cursors: A cursor that was not there before on every page; else always the same.
        again: Every page is the first page.
        huge: A million hits, whatever the window.
    """
    numbers = count(1)
    says: dict[str, Any] = {}
    if again:
        says |= dict.fromkeys(("hasNextPage", "has_more", "more_full_page_results"), lambda: True)
        says["endCursor"] = lambda: f"cursor-{next(numbers)}" if new_cursors else "cursor"
    if huge:
        totals = ("total", "total_count", "totalCount", "issueCount", "discussionCount", "count")
        says |= dict.fromkeys((*totals, "numComments"), lambda: 1_000_000)

    def make(local: LocalSite) -> Callable[[int, Asked], Reply]:
        def told(number: int, asked: Asked) -> Reply:
            honest = local.site.answer(from_the_first_page(asked) if again else asked)
            body = changed(json.loads(honest.body), says)
            query = urlencode([*((k, v) for k, v in asked.query if k != "page"), ("page", str(number + 1))])
            link = {"Link": f'<{local.base_url}{asked.path}?{query}>; rel="next"'} if again else {}
            return as_json(body, honest.status, **(honest.headers | link))

        return told

    return make


NONSENSE: dict[str, Nonsense] = {
    "HTML": html(200),
    "HTML with 403": html(403),
    "HTML with 404": html(404),
    "HTML with 500": html(500),
    "an empty object": always(as_json({})),
    "an empty list": always(as_json([])),
    "null": always(as_json(None)),
    "a number": always(as_json(7)),
    "a deep list": always(Reply(200, b"[" * 100_000, {"Content-Type": "application/json"})),
    "nothing": always(Reply(200, b"")),
    "bytes": always(Reply(200, bytes(range(256)) * 40)),
    "418": always(as_json({"message": "I am a \x1b[31mteapot"}, 418)),
    "closed connections": always("drop"),
    "broken connections": always("reset"),
    "redirects to itself": redirects(onward=False),
    "redirects onward": redirects(onward=True),
}
LIES: dict[str, Nonsense] = {
    "the same page for ever": lying(),
    "the same page behind new cursors": lying(new_cursors=True),
    "a million hits in every window": lying(again=False, huge=True),
    "a million hits and the same page for ever": lying(new_cursors=True, huge=True),
}


@pytest.fixture(scope="module")
def sites() -> Iterator[FourSites]:
    with four_sites(world(SIZE).threads) as running:
        yield running


def collected(sites: FourSites, make: Nonsense, folder: Path, *names: str) -> tuple[Ran, dict[str, int], WorldStudy]:
    """Sites that lie; the command, and how often each was asked."""
    study = WorldStudy.at(folder / "study", sites)
    before = {name: len(sites.local[name].seen) for name in names}
    for name in names:
        sites.local[name].fault = make(sites.local[name])
    try:
        only = [option for name in names for option in ("--site", name)]
        ran = study.collect(*only, "--max-wait", 1, timeout=SECONDS)
    finally:
        for name in names:
            sites.local[name].fault = None
    return ran, {name: len(sites.local[name].seen) - before[name] for name in names}, study


@pytest.mark.parametrize("what", NONSENSE)
def test_sites_that_answer_nonsense_for_ever_are_a_clear_stop(sites: FourSites, what: str, tmp_path: Path) -> None:
    """Exit status 3 where it may pass, 2 where the address or the request is plainly wrong.

    Each site is named with what it said and what to do next. Only the Hub is asked for many repositories, each of which
    may be refused by itself: there it may also be the table of slices that says what is not whole.
    """
    ran, asked, study = collected(sites, NONSENSE[what], tmp_path, *SITES)
    errors = re.findall(r"^(?:collect: )?(\w+): .*\n  \S", ran.err, re.MULTILINE)
    incomplete = {row.source for row in study.slices if row.state != "complete"}

    assert ran.code in (2, 3), ran.err
    assert set(errors) | (incomplete & {"huggingface"}) == set(SITES), ran.err
    assert max(asked.values()) <= 40
    assert "Traceback" not in ran.err
    assert "\x1b" not in ran.err
    assert study.threads == []


def test_after_nonsense_the_same_command_goes_on(sites: FourSites, tmp_path: Path) -> None:
    stopped, _, study = collected(sites, NONSENSE["HTML"], tmp_path, *SITES)
    ran = study.collect()

    assert stopped.code == 3
    assert ran.code == 0, ran.err
    assert {t.source for t in study.threads} == set(SITES)


@pytest.mark.parametrize("name", HARDENED)
@pytest.mark.parametrize("what", LIES)
def test_a_site_that_lies_about_its_pages_is_not_asked_for_ever(
    sites: FourSites, what: str, name: str, tmp_path: Path, run: Callable[..., Ran]
) -> None:
    """It is a stop, or the table of slices says what is not whole, or nothing is missing all the same."""
    ran, asked, study = collected(sites, LIES[what], tmp_path, name)
    status = run("collect", "status", "--study", study.folder)
    whole = {thread_id(t) for t in world(SIZE).wanted if t.site == name} == {t.thread_id for t in study.threads}

    assert asked[name] <= MOST
    assert "Traceback" not in ran.err
    assert ran.code in (0, 2, 3), ran.err
    assert status.code == 1 or whole
