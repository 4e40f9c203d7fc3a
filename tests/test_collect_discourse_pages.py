"""What stands on a forum's pages: recorded ones, strange ones and hostile ones."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_collect_discourse import FORUM, SOURCE, page, seen, site_at

from codebook.raw import Page
from collect.discourse.pages import listed_topics
from collect.source import SeenGone, SeenPost, SeenSlice, SeenThread

POST = {"id": 5, "post_number": 1, "cooked": "<p>x</p>"}
TOPIC = {"id": 7, "title": "t", "post_stream": {"posts": [POST], "stream": [5]}}
SEARCH = "/search.json?q=%22k%22+after%3A2023-12-31+before%3A2024-01-02+order%3Alatest&page="


def recorded(shared: Callable[[str], Path], name: str) -> Any:
    return json.loads(shared(f"recorded/discourse_api/spec/fixtures/{name}.json").read_text(encoding="utf-8"))


def posts_on(path: str, body: object) -> list[SeenPost]:
    return [each for each in seen(path, body) if isinstance(each, SeenPost)]


def test_the_recorded_topic_is_a_thread_with_four_posts(shared: Callable[[str], Path]) -> None:
    body = recorded(shared, "topic")
    thread, *posts = seen("/t/57.json", body)

    expected = SeenThread(
        native_id="57",
        item="topic",
        url=f"{FORUM}/t/this-site-is-a-sandbox-it-is-reset-every-day/57",
        title="THIS SITE IS A SANDBOX -- it is reset every day",
        state="open",
        created_at=datetime(2013, 2, 4, 20, 26, 25, 977000, tzinfo=UTC),
        author="samsaffron",
        n_reported=4,
        uid="57",
        version="2013-02-05T17:14:17.364000+00:00/4/9//8f043f8f",
    )
    assert thread == expected
    assert all(isinstance(post, SeenPost) for post in posts)
    assert [p.native_id for p in posts if isinstance(p, SeenPost)] == [
        str(p["post_number"]) for p in body["post_stream"]["posts"]
    ]
    first = posts[0]
    assert isinstance(first, SeenPost)
    assert (first.role, first.author, first.author_kind, first.score) == ("opening", "samsaffron", "person", 0)
    assert first.body.startswith("Welcome!\n\n### Try is a sandbox, a safe place to play with Discourse")
    assert not any("<p>" in p.body or "</" in p.body for p in posts if isinstance(p, SeenPost))


def test_the_recorded_posts_of_a_topic_belong_to_it(shared: Callable[[str], Path]) -> None:
    expected = SeenPost(
        thread="57",
        native_id="2",
        role="reply",
        body="Some text.",
        created_at=datetime(2020, 1, 27, 11, 32, 3, 646000, tzinfo=UTC),
        author="Some-username",
        author_names=("Someones Name",),
        author_kind="person",
        score=3,
        accepted=False,
    )

    assert seen("/t/57/posts.json?post_ids%5B%5D=123456", recorded(shared, "topic_posts")) == [expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("posts_latest", [("11", "2", "holla bullhonky.")]),
        ("posts_before", [("11", "1", "hi there. hi there. hi there.")]),
    ],
)
def test_posts_of_the_recorded_lists_are_read_wherever_they_stand(
    shared: Callable[[str], Path], name: str, expected: list[tuple[str, str, str]]
) -> None:
    """We never ask for these lists; their posts are those that a topic has."""
    recorded_posts = recorded(shared, name)["latest_posts"]
    posts = posts_on("/t/11/posts.json", {"post_stream": {"posts": recorded_posts}})

    assert [(p.thread, p.native_id, p.body) for p in posts][:1] == expected
    assert len(posts) == len(recorded_posts)
    assert {p.thread for p in posts} == {str(p["topic_id"]) for p in recorded_posts}
    assert seen("/posts.json", {"latest_posts": recorded_posts}) == []


def test_the_recorded_post_is_the_opening_of_its_topic_by_the_forums_own_account(shared: Callable[[str], Path]) -> None:
    (post,) = posts_on("/t/8/posts.json", {"post_stream": {"posts": [recorded(shared, "post")]}})

    assert (post.thread, post.native_id, post.role, post.author, post.author_kind) == (
        "8",
        "1",
        "opening",
        "system",
        "bot",
    )
    assert "\n\n**Edit this** into a brief description of your community:\n\n- Who is it for?\n" in post.body


def test_the_recorded_replies_are_no_posts(shared: Callable[[str], Path]) -> None:
    body = recorded(shared, "replies")

    assert seen("/user_actions.json?filter=5&username=testuser", body) == []
    assert seen("/t/39/posts.json", {"post_stream": {"posts": body["user_actions"]}}) == [
        SeenSlice(query="topic 39", problem="a post cannot be read: cooked: Field required")
    ]


@pytest.mark.parametrize(("kind", "read"), [(1, 1), (2, 1), (3, 0), (4, 0)])
def test_notes_of_the_forum_and_whispers_are_no_posts(kind: int, read: int) -> None:
    assert len(posts_on("/t/7/posts.json", {"post_stream": {"posts": [POST | {"post_type": kind}]}})) == read


def test_tags_are_names_or_objects() -> None:
    (thread, _) = seen("/t/7.json", TOPIC | {"tags": ["hub", {"id": 3, "name": "ci", "slug": "ci"}]})

    assert isinstance(thread, SeenThread)
    assert thread.labels == ("hub", "ci")


@pytest.mark.parametrize("slug", ["..", "../../evil", "a b", "x](javascript:y)", "", None])
def test_a_slug_is_never_more_than_a_slug(slug: str | None) -> None:
    (thread, _) = seen("/t/7.json", TOPIC | {"slug": slug})

    assert isinstance(thread, SeenThread)
    assert thread.url == f"{FORUM}/t/-/7"


@pytest.mark.parametrize(("status", "why"), [(403, "private"), (404, "gone"), (410, "deleted")])
def test_a_topic_that_is_not_given_is_gone(status: int, why: Literal["private", "gone", "deleted"]) -> None:
    body = {"errors": ["The requested URL or resource could not be found."], "error_type": "not_found"}

    assert seen("/t/7.json", body, status) == [SeenGone(native_id="7", why=why)]


def test_a_page_of_another_topic_says_that_this_one_is_that_one_now() -> None:
    assert seen("/t/7.json", TOPIC | {"id": 9}) == [SeenGone(native_id="7", why="renamed", now="9")]


def test_a_topic_has_the_same_version_on_its_page_and_on_a_result_page() -> None:
    """What the two serializers both have; ``bumped_at`` and what a reader has seen stand on one of them only."""
    header = {"id": 7, "title": "t", "posts_count": 3, "reply_count": 1, "closed": False, "archived": False}
    header |= {"last_posted_at": "2024-03-01T09:30:00.123Z"}
    on_its_page, *_ = seen("/t/7.json", TOPIC | header | {"views": 9, "highest_post_number": 3, "word_count": 70})
    hit = {"id": 5, "topic_id": 7, "created_at": "2024-03-01T09:30:00.123Z"}
    listing = {"posts": [hit], "topics": [header | {"bumped_at": "2024-04-01T09:30:00.123Z", "highest_post_number": 4}]}
    (listed,) = listed_topics(listing, None)

    assert isinstance(on_its_page, SeenThread)
    assert on_its_page.version == listed.version == "2024-03-01T09:30:00.123000+00:00/3/1//e3b98a4d"
    assert listed.edited_at == datetime(2024, 4, 1, 9, 30, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "u"},
        {"posts_count": 4},
        {"reply_count": 2},
        {"closed": True},
        {"archived": True},
        {"last_posted_at": "2024-03-01T09:30:00.124Z"},
    ],
)
def test_every_field_of_a_version_changes_it(change: dict[str, Any]) -> None:
    header = {"posts_count": 3, "reply_count": 1, "last_posted_at": "2024-03-01T09:30:00.123Z"}
    (before, *_), (after, *_) = (seen("/t/7.json", TOPIC | header | more) for more in ({}, change))

    assert isinstance(before, SeenThread)
    assert isinstance(after, SeenThread)
    assert before.version != after.version


@pytest.mark.parametrize("missing", ["posts_count", "last_posted_at"])
def test_a_topic_that_is_not_dated_has_no_version(missing: str) -> None:
    header = {"posts_count": 3, "last_posted_at": "2024-03-01T09:30:00.123Z"} | {missing: None}
    (thread, *_) = seen("/t/7.json", TOPIC | header)

    assert isinstance(thread, SeenThread)
    assert thread.version is None


def test_a_display_name_stands_beside_the_account() -> None:
    who = {"username": "ada", "name": "Ada Lovelace"}
    (thread, post) = seen(
        "/t/7.json", TOPIC | {"details": {"created_by": who}, "post_stream": {"posts": [POST | who], "stream": [5]}}
    )

    assert isinstance(thread, SeenThread)
    assert isinstance(post, SeenPost)
    assert (thread.author, thread.author_names) == (post.author, post.author_names) == ("ada", ("Ada Lovelace",))


@pytest.mark.parametrize("status", [301, 451])
def test_a_topic_that_is_not_given_for_another_reason_is_said_so(status: int) -> None:
    body = {"errors": ["You are\x1b[31m not permitted."], "error_type": "invalid_access"}
    expected = [SeenSlice(query="topic 7", problem=f"HTTP {status}: You are\ufffd[31m not permitted.")]

    assert seen("/t/7.json", body, status) == expected


def test_an_answer_that_is_no_json_is_named_by_its_status() -> None:
    refused = Page(f"GET {SEARCH}2", 502, {}, b"<html>", "r")

    assert list(SOURCE.parse(refused, site_at(FORUM))) == [
        SeenSlice(
            query='"k"',
            window_start=datetime(2024, 1, 1, tzinfo=UTC),
            window_end=datetime(2024, 1, 1, 23, 59, 59, tzinfo=UTC),
            problem="HTTP 502",
        )
    ]


def test_what_cannot_be_read_is_said_and_the_rest_is_read() -> None:
    posts = [
        POST | {"post_number": None},
        POST,
        POST | {"post_number": 2, "created_at": "0001-01-01T00:00:00+14:00"},
        "x",
    ]
    got = seen("/t/7.json", TOPIC | {"post_stream": {"posts": posts, "stream": [5]}})

    assert [type(each).__name__ for each in got] == ["SeenThread", "SeenPost", "SeenSlice"]
    (problem,) = [each.problem for each in got if isinstance(each, SeenSlice)]
    assert problem == (
        "a post cannot be read: post_number: Input should be a valid integer; "
        "a post cannot be read: created_at: Value error, is not a moment of our calendar; "
        "a post cannot be read: it: Input should be a valid dictionary or instance of Post"
    )


def test_a_topic_without_its_list_of_posts_is_not_whole() -> None:
    """From 10,000 posts on a forum leaves the list out."""
    got = seen("/t/7.json", TOPIC | {"post_stream": {"posts": [POST], "isMegaTopic": True, "lastId": 99}})

    assert isinstance(got[-1], SeenSlice)
    assert "does not list the posts" in str(got[-1].problem)


def test_a_page_that_only_made_a_window_smaller_is_no_window() -> None:
    more = {"posts": [], "grouped_search_result": {"more_full_page_results": True}}
    wide = "/search.json?q=%22k%22+after%3A2023-12-31+before%3A2024-02-01+order%3Alatest&page=1"

    assert seen(wide, more) == []
    assert len(seen(f"{SEARCH}1", more)) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*TOPIC, *POST, "tags", "x"]), inner),
    max_leaves=12,
)


@given(st.sampled_from(["/t/7.json", "/t/7/posts.json", f"{SEARCH}1", "/search.json", "/x"]), JSON)
def test_no_page_makes_parsing_fail(path: str, body: object) -> None:
    once = seen(path, body)

    assert once == list(SOURCE.parse(page(path, body), site_at(FORUM)))


HEADER = ["title", "slug", "tags", "posts_count", "created_at", "details", "last_posted_at", "reply_count"]


@given(st.dictionaries(st.sampled_from(HEADER), JSON), JSON.filter(lambda value: type(value) is not int))
def test_a_strange_header_costs_no_post(fields: dict[str, Any], number: object) -> None:
    for topic in (TOPIC | fields, TOPIC | fields | {"id": number}):
        assert len([each for each in seen("/t/7.json", topic) if isinstance(each, SeenPost)]) == 1


@given(JSON, JSON)
def test_a_strange_result_page_costs_no_hit(topics: object, header: object) -> None:
    body = {"posts": [{"id": 5, "topic_id": 7}], "topics": topics}
    for page_body in (body, body | {"topics": [header, {"id": 7, "title": "t"}]}):
        assert [listed.topic for listed in listed_topics(page_body, None)] == ["7"]
