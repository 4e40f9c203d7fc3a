"""Discourse: the real client against a forum on this machine; what stands on its pages."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.collecting import Collection
from sites.corpus import CorpusPost, CorpusThread
from sites.discourse import DiscourseSite
from sites.server import LocalSite

from codebook.raw import Page
from collect.discourse import Discourse
from collect.discourse.windows import Window, query, without_window
from collect.source import Seen, SeenPost, SeenSlice, SeenThread, Site

SOURCE = Discourse()
DAY = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
FIRST, LAST = datetime(2019, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)
FORUM = "https://forum.example"


def site_at(url: str, *, keywords: tuple[str, ...] = ("trust_repo",), **changes: Any) -> Site:
    since, until = changes.pop("since", date(2019, 1, 1)), changes.pop("until", date(2026, 1, 1))
    shared = {name: changes.pop(name) for name in ("token", "token_env", "match") if name in changes}
    options = SOURCE.Options.model_validate(changes)
    return Site(name="forum", base_url=url, keywords=keywords, since=since, until=until, options=options, **shared)


def topic(
    number: int, *later: CorpusPost, at: datetime = DAY, state: str = "open", body: str = "trust_repo?"
) -> CorpusThread:
    opening = CorpusPost(number * 100 + 1, "ada", at, body, "opening", score=4)
    return CorpusThread(
        "pytorch_forum", "topic", "", number, "A <b>title</b> & more", state, (opening, *later), ("hub",)
    )


def reply(id: int, body: str = "Yes, @ada.", **values: Any) -> CorpusPost:  # noqa: A002 - the field's name
    return CorpusPost(id=id, author=values.pop("author", "bob"), at=DAY + timedelta(hours=1), body=body, **values)


def page(path: str, body: object, status: int = 200) -> Page:
    return Page(f"GET {path}", status, {}, json.dumps(body).encode(), "r")


def seen(path: str, body: object, status: int = 200) -> list[Seen]:
    return list(SOURCE.parse(page(path, body, status), site_at(FORUM)))


def topics_of(got: Collection) -> set[str]:
    return {hit for each in got.slices for hit in each.hits}


def test_a_topic_becomes_a_thread_with_its_posts(tmp_path: Path) -> None:
    answer = reply(703, "```python\nload(trust_repo=True)\n```", author="cleo", accepted=True, score=3, reply_to=701)
    spam = reply(704, "hidden", author=None, hidden=True, reply_to=703)
    with LocalSite(
        DiscourseSite([topic(7, answer, spam, reply(705, author="bot", bot=True), state="closed")])
    ) as local:
        got = Collection(SOURCE, site_at(local.base_url, public_url=FORUM), tmp_path / "raw")

        assert got.run() == ["7"]

    hour = {"thread": "7", "role": "reply", "created_at": DAY + timedelta(hours=1)}
    code = "```python\nload(trust_repo=True)\n```"
    person: dict[str, Any] = {"author_kind": "person", "accepted": False}
    expected = [
        SeenSlice(query='"trust_repo"', window_start=FIRST, window_end=LAST, hits=("7",)),
        SeenThread(
            native_id="7",
            item="topic",
            url=f"{FORUM}/t/a-b-title-b-more/7",
            title="A <b>title</b> & more",
            state="solved",
            created_at=DAY,
            author="ada",
            labels=("hub",),
            n_reported=4,
            uid="7",
            version="2024-03-01T10:30:00+00:00/5/3/closed/f3ae2764",
        ),
        SeenPost(
            thread="7",
            native_id="1",
            role="opening",
            body="trust_repo?",
            created_at=DAY,
            author="ada",
            score=4,
            **person,
        ),
        SeenPost(
            native_id="2", body=code, author="cleo", score=3, author_kind="person", accepted=True, reply_to="1", **hour
        ),
        SeenPost(native_id="3", body="hidden", score=0, accepted=False, hidden=True, reply_to="2", **hour),
        SeenPost(native_id="4", body="Yes, @ada.", author="bot", author_kind="bot", score=0, accepted=False, **hour),
    ]
    assert got.seen == expected


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"closed": False, "archived": False}, "open"),
        ({"closed": True, "archived": False}, "closed"),
        ({"closed": True, "archived": True}, "archived"),
        ({"closed": True, "accepted_answer": {"post_number": 2}}, "solved"),
    ],
)
def test_a_topic_is_solved_before_it_is_anything_else(fields: dict[str, Any], state: str) -> None:
    body = {"id": 7, "title": "t", "post_stream": {"posts": [], "stream": [1]}} | fields
    (thread,) = seen("/t/7.json", body)

    assert isinstance(thread, SeenThread)
    assert thread.state == state
    assert thread.url == f"{FORUM}/t/-/7"


@pytest.mark.parametrize(
    ("chunk", "asked"), [(1000, [100, 29]), (50, [100, 20, 20, 10, 29]), (20, [100] + [20] * 4 + [29, 9])]
)
def test_posts_that_the_topic_page_does_not_show_are_asked_for_together(
    tmp_path: Path, chunk: int, asked: list[int]
) -> None:
    """Forums give as many as are asked for; on one that does not, nothing is lost."""
    posts = [reply(1000 + number) for number in range(148)]
    with LocalSite(DiscourseSite([topic(7, *posts)], chunk=chunk)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        got.run()

    chunks = [[v for n, v in a.query if n == "post_ids[]"] for a in local.seen if a.path == "/t/7/posts.json"]
    assert list(map(len, chunks)) == asked
    assert sorted({int(post.native_id) for post in got.posts}) == list(range(1, 150))
    assert {post.thread for post in got.posts} == {"7"}
    assert got.threads[0].n_reported is None, "its page does not show which of them are notes of the forum"


def test_hits_are_posts_and_a_topic_is_asked_for_once(tmp_path: Path) -> None:
    both = topic(7, reply(702, "trust_repo"), body="trust_repo and trust_remote_code")
    with LocalSite(DiscourseSite([both, topic(8, body="nothing")])) as local:
        got = Collection(
            SOURCE, site_at(local.base_url, keywords=("trust_repo", "trust_remote_code")), tmp_path / "raw"
        )

        assert got.run() == ["7"]
        assert [a.path for a in local.seen] == ["/search.json", "/t/7.json", "/search.json"]


def spread(number: int, start: datetime, step: timedelta) -> list[CorpusThread]:
    return [topic(n, at=start + n * step) for n in range(1, number + 1)]


def test_a_window_is_halved_until_its_result_ends_on_the_first_page(tmp_path: Path) -> None:
    world = spread(120, datetime(2020, 1, 1, tzinfo=UTC), timedelta(days=10))
    with LocalSite(DiscourseSite(world)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        found = got.run()

    assert sorted(map(int, found)) == list(range(1, 121))
    assert {a.first("page") for a in local.seen if a.path == "/search.json"} == {"1"}
    windows = sorted((s.window_start, s.window_end) for s in got.slices if s.window_start and s.window_end)
    assert (windows[0][0], windows[-1][1]) == (FIRST, LAST)
    assert all(end + timedelta(seconds=1) == start for (_, end), (start, _) in pairwise(windows))
    assert len(windows) == len(got.slices) == 4
    assert topics_of(got) == set(found)


def test_no_topic_of_a_large_forum_falls_into_the_gap_between_its_two_indexes(tmp_path: Path) -> None:
    """Paging through the 90 hits would lose those that are joined in behind the first page."""
    world = spread(90, datetime(2024, 1, 1, tzinfo=UTC), timedelta(hours=12))
    with LocalSite(DiscourseSite(world, recent_from=3000)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert sorted(map(int, got.run())) == list(range(1, 91))


def test_a_post_at_midnight_is_found_once_wherever_the_windows_meet(tmp_path: Path) -> None:
    """``after:`` leaves its midnight out and so does ``before:``; imported forums are full of such moments."""
    world = spread(60, datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1))
    with LocalSite(DiscourseSite(world, page_size=5)) as local:
        site = site_at(local.base_url, since=date(2024, 1, 2), until=date(2024, 2, 20))
        got = Collection(SOURCE, site, tmp_path / "raw")
        found = got.run()

    assert sorted(map(int, found)) == list(range(1, 50))
    assert sorted(int(hit) for s in got.slices for hit in s.hits) == list(range(1, 50))


def test_a_day_is_read_page_by_page_and_never_past_the_tenth(tmp_path: Path) -> None:
    world = spread(52, DAY, timedelta(seconds=1))
    with LocalSite(DiscourseSite(world, page_size=5)) as local:
        got = Collection(
            SOURCE, site_at(local.base_url, since=date(2024, 3, 1), until=date(2024, 3, 2)), tmp_path / "raw"
        )
        found = got.run()

    pages = [a.first("page") for a in local.seen if a.path == "/search.json"]
    assert pages == [str(number) for number in range(1, 11)]
    assert sorted(map(int, found)) == list(range(3, 53))
    assert [s.problem for s in got.slices][:9] == [None] * 9
    assert got.slices[9].problem == "one day has more than the 10 pages that the search gives"


@pytest.mark.parametrize("match", ["title", "body", "comments", "any"])
def test_a_search_looks_everywhere_wherever_a_keyword_is_to_stand(tmp_path: Path, match: str) -> None:
    with LocalSite(DiscourseSite([])) as local:
        Collection(SOURCE, site_at(local.base_url, match=match), tmp_path / "raw").run()

    assert [a.first("q") for a in local.seen] == ['"trust_repo" after:2018-12-31 before:2026-01-01 order:latest']


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 5000), st.text())
def test_a_query_can_be_read_back(start: date, days: int, keyword: str) -> None:
    window, asked = Window(start, start + timedelta(days=days)), query(keyword)

    assert without_window(f"{asked} {window}") == (asked, window)
    assert '"' not in asked[1:-1]
    if days > 1:
        newer, older = window.halves()
        assert (older.start, older.end, newer.end) == (window.start, newer.start, window.end)
        assert older.start < older.end < newer.end


def test_dates_that_the_forum_would_not_understand_are_not_asked() -> None:
    assert str(Window.between(date(1, 1, 1), date(2020, 5, 1))) == "after:1989-12-31 before:2020-05-01 order:latest"
