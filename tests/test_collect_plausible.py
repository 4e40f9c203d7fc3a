"""Sites that list the same for ever, or hits of another time: a stop, and once they are honest the run goes on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.collecting import Collection
from sites.corpus import CorpusPost, CorpusThread
from sites.discourse import DiscourseSite
from sites.server import Asked, LocalSite, Reply, as_json
from sites.stackexchange import StackExchangeSite
from test_collect_discourse import SOURCE as DISCOURSE
from test_collect_discourse import site_at, spread, topic
from test_collect_stackexchange_wire import DAY, WORLD, collection

from codebook.errors import StoppedEarly
from collect.discourse.listing import Listing as ForumListing
from collect.discourse.windows import Window
from collect.stackexchange.listing import Listing, room
from collect.stackexchange.pages import PAGE_SIZE, PAGES

SINCE = int(datetime(2019, 1, 1, tzinfo=UTC).timestamp())
MOST = 100
NUMBERS = count(10**6)
CAP = PAGES * PAGE_SIZE


@dataclass
class Liar:
    """Lets a site answer, and changes what it says on one path.

    Args:
        site: The honest site.
        path: What the path of a lying request has in it.
        without: Parameters that the site does not heed.
        says: Makes the lie of the honest answer.
    """

    site: Any
    path: str
    without: tuple[str, ...]
    says: Callable[[dict[str, Any]], dict[str, Any]]

    def __call__(self, _number: int, asked: Asked) -> Reply | None:
        if self.path not in asked.path:
            return None
        heeded = tuple((k, v) for k, v in asked.query if k not in self.without)
        return as_json(self.says(json.loads(self.site.answer(replace(asked, query=heeded)).body)))


def goes_on(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"has_more": True}


def always_new(body: dict[str, Any]) -> dict[str, Any]:
    """Questions that never were, of a result that never ends."""
    items = [{"question_id": number, "creation_date": SINCE} for number in islice(NUMBERS, 100)]
    return body | {"items": items, "has_more": True, "total": 220}


def nothing_but_more(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"items": [], "has_more": True}


def too_many_everywhere(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"total": 3000}


STACK_EXCHANGE_LIES = [
    ("/search/advanced/", ("page",), goes_on, "there is more, but the page lists nothing new", 4),
    ("/search/advanced/", (), nothing_but_more, "there is more, but the page lists nothing new", 3),
    ("/search/advanced/", (), always_new, "there is more, but 400 are listed of a total of 220", 6),
    ("/search/advanced/", (), too_many_everywhere, r"3000 hits in a part of a window that leaves at most \d+ ", 60),
    ("/search/advanced/", ("fromdate", "todate"), too_many_everywhere, "no question on the page was asked from", 6),
    ("/posts/", ("page",), goes_on, "there is more, but the page lists nothing new", 9),
]


@pytest.mark.parametrize(("path", "without", "says", "wrong", "honest"), STACK_EXCHANGE_LIES)
def test_stack_exchange_is_not_believed(
    tmp_path: Path, path: str, without: tuple[str, ...], says: Any, wrong: str, honest: int
) -> None:
    """``honest`` is the most requests before the one that is asked again and again; it alone is not stored."""
    fake = StackExchangeSite(WORLD)
    with LocalSite(fake, Liar(fake, path, without, says)) as local:
        got = collection(local, tmp_path / "raw")
        with pytest.raises(StoppedEarly, match=wrong) as stop:
            got.run()
        asked, attempts = len(local.seen), local.seen.count(local.seen[-1])

    assert path in stop.value.where
    assert 1 < attempts <= 12
    assert asked - attempts < honest
    assert asked <= MOST


def test_stack_exchange_goes_on_where_it_was_not_believed(tmp_path: Path) -> None:
    fake = StackExchangeSite(WORLD)
    with LocalSite(fake, Liar(fake, "/posts/", ("page",), goes_on)) as local:
        with pytest.raises(StoppedEarly):
            collection(local, tmp_path / "raw").run()
        local.fault, before = None, len(local.seen)
        got = collection(local, tmp_path / "raw")
        found, again = got.run(), len(local.seen) - before

    assert len(found) == len(got.threads) == 220
    assert len({post.native_id for post in got.posts if post.role == "comment"}) == 220
    assert again == 3, "the end of the first comments, and those that were not asked for"


def test_one_lie_is_asked_again_and_no_stop(tmp_path: Path) -> None:
    fake = StackExchangeSite(WORLD)
    lie = Liar(fake, "/search/advanced/", ("page",), goes_on)
    with LocalSite(fake, lambda number, asked: lie(number, asked) if number == 4 else None) as local:
        got = collection(local, tmp_path / "raw")

        assert len(got.run()) == 220
        assert [asked.first("page") for asked in local.seen[2:6]] == ["1", "2", "2", "3"]


def test_a_flood_in_one_hour_is_halved_down_to_it_though_each_half_reports_what_the_whole_did(tmp_path: Path) -> None:
    """An honest site: only *both* halves may not report it."""
    posts = (CorpusPost(1, "ada", DAY + timedelta(seconds=n), "trust_remote_code", "opening") for n in range(CAP + 1))
    world = [replace(WORLD[0], number=number, posts=(post,)) for number, post in enumerate(posts, 1)]
    with LocalSite(StackExchangeSite(world)) as local:
        found = collection(local, tmp_path / "raw").run()

    assert len(found) == CAP + 1


@given(st.lists(st.integers(1, 100), min_size=1, max_size=25), st.integers(0, 99))
def test_an_honest_result_that_shifts_is_believed(sizes: list[int], shift: int) -> None:
    """Every page repeats some of the one before it, and the last says that it is."""
    listing, start, total = Listing(0, 10), 0, sum(sizes)
    wrong = []
    for number, size in enumerate(sizes, 1):
        first = max(0, start - shift)
        items = [{"question_id": n, "creation_date": n % 11} for n in range(first, start + size)]
        page = {"items": items, "has_more": number < len(sizes), "total": total}
        wrong.append(listing.wrong(page))
        listing.add(page)
        start += size

    assert wrong == [""] * len(sizes)
    assert listing.wrong({"items": items, "has_more": False, "total": total}) == ""
    assert listing.wrong({"items": items, "has_more": True, "total": total}) != ""


@given(st.integers(0, 10**6), st.integers(0, 100))
def test_parts_have_room_for_the_whole_and_not_twice(total: int, share: int) -> None:
    older = total * share // 100

    assert Listing(at_most=room(total)).wrong({"items": [], "total": total}) == ""
    assert Listing(at_most=room(total, older)).wrong({"items": [], "total": total - older}) == ""
    assert bool(Listing(at_most=room(total, total)).wrong({"items": [], "total": total})) == (total > CAP)


@pytest.mark.parametrize("page", [None, 7, [], {}, {"items": [None, {"question_id": "?"}], "total": "many"}])
def test_what_no_page_is_has_no_hits(page: Any) -> None:
    assert Listing(0, 1, 1).wrong(page) == ""
    assert ForumListing(Window(date(2024, 1, 1), date(2024, 1, 2))).wrong(page) == ""


def more(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"grouped_search_result": body["grouped_search_result"] | {"more_full_page_results": True}}


def empty(body: dict[str, Any]) -> dict[str, Any]:
    return more(body) | {"posts": []}


def of_long_ago(body: dict[str, Any]) -> dict[str, Any]:
    return more(body) | {"posts": [{"id": 1, "topic_id": 7, "created_at": "1999-01-01T00:00:00.000Z"}]}


@pytest.mark.parametrize(
    ("says", "wrong", "honest"),
    [
        (more, "there is more, but the page lists nothing new", 16),
        (empty, "there is more, but the page lists nothing new", 1),
        (of_long_ago, "no hit on the page is of the days that were asked for", 1),
    ],
)
def test_a_forum_is_not_believed_and_goes_on_when_it_is_honest(
    tmp_path: Path, says: Any, wrong: str, honest: int
) -> None:
    fake = DiscourseSite(spread(60, datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1)))
    with LocalSite(fake, Liar(fake, "/search.json", ("page",), says)) as local:
        with pytest.raises(StoppedEarly, match=wrong) as stop:
            Collection(DISCOURSE, site_at(local.base_url), tmp_path / "raw").run()
        attempts = local.seen.count(local.seen[-1])
        local.fault, asked = None, len(local.seen)
        found = Collection(DISCOURSE, site_at(local.base_url), tmp_path / "raw").run()

    assert "trust_repo" in stop.value.where
    assert 1 < attempts <= 12
    assert asked - attempts < honest
    assert len(found) == 60


def test_pages_of_the_day_before_are_new_though_their_hits_belong_to_another_window(tmp_path: Path) -> None:
    """The query of a day begins a day early: its last pages may have no hit of its own."""
    day = datetime(2024, 3, 1, 1, tzinfo=UTC)
    world = [*spread(20, day, timedelta(minutes=1)), topic(90, at=day + timedelta(days=1))]
    with LocalSite(DiscourseSite(world, page_size=5)) as local:
        site = site_at(local.base_url, since=date(2024, 3, 2), until=date(2024, 3, 3))
        got = Collection(DISCOURSE, site, tmp_path / "raw")

        assert got.run() == ["90"]
        assert [asked.first("page") for asked in local.seen if asked.path == "/search.json"] == list("12345")


def test_a_topic_that_is_always_another_one_is_a_stop(tmp_path: Path) -> None:
    def elsewhere(_number: int, asked: Asked) -> Reply | None:
        if not asked.path.startswith("/t/"):
            return None
        number = int(asked.path.removeprefix("/t/").removesuffix(".json"))
        return as_json({"id": number + 1, "post_stream": {"posts": [], "stream": []}})

    with LocalSite(DiscourseSite([topic(7)]), elsewhere) as local:
        got = Collection(DISCOURSE, site_at(local.base_url), tmp_path / "raw")
        with pytest.raises(StoppedEarly, match="topic 10, which stands for another one, is now topic 11"):
            got.run()

    assert [each.now for each in got.gone] == ["8", "9", "10"]


def test_a_topic_that_moved_twice_is_found(tmp_path: Path) -> None:
    now = CorpusThread("pytorch_forum", "topic", "", 9, "Moved", "open", (CorpusPost(1, "ada", DAY, "x", "opening"),))
    there = {7: 8, 8: 9}

    def moved(_number: int, asked: Asked) -> Reply | None:
        number = int("".join(c for c in asked.path if c.isdigit()) or 0)
        if number not in there:
            return None
        return as_json({"id": there[number], "post_stream": {"posts": [], "stream": []}})

    with LocalSite(DiscourseSite([topic(7), now]), moved) as local:
        assert Collection(DISCOURSE, site_at(local.base_url), tmp_path / "raw").run() == ["9"]
