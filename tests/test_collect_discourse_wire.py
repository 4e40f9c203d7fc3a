"""Discourse: limits, refusals, a forum that dies in the middle, keys."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sites.collecting import Collection
from sites.discourse import DiscourseSite, limited, overloaded, slow_down
from sites.server import Asked, LocalSite, Reply, as_json
from test_collect_discourse import SOURCE, reply, site_at, topic

from codebook.errors import StoppedEarly, StudyError

WORLD = [topic(7, *[reply(700 + number) for number in range(2, 45)]), topic(8), topic(9)]
Fault = Callable[[int, Asked], Reply | str | None]


def first(answer: Reply | str, path: str = "/search.json") -> Fault:
    """A fault that meets the first request for a path."""
    met: list[Asked] = []

    def fault(_number: int, asked: Asked) -> Reply | str | None:
        if asked.path != path or met:
            return None
        met.append(asked)
        return answer

    return fault


@pytest.mark.parametrize(
    ("answer", "shortest", "longest"),
    [
        (slow_down(), 0.4, 1.1),
        (limited(17), 17, 17),
        (limited(17, **{"Retry-After": "31"}), 31, 31),
        (Reply(429, b"", {"Retry-After": "5"}), 5, 5),
        (overloaded(), 0.4, 1.1),
        (as_json({"errors": ["busy"]}, status=409), 0.4, 1.1),
        (Reply(502, b"<html>"), 0.4, 1.1),
        (Reply(200, b"<html>maintenance</html>"), 0.4, 1.1),
        (Reply(200, b"[" * 100_000), 0.4, 1.1),
        (Reply(200, b"null"), 0.4, 1.1),
        (Reply(503, b"<html>"), 0.4, 1.1),
        ("drop", 0.4, 1.1),
    ],
    ids=[
        "search",
        "wait_seconds",
        "both",
        "header",
        "overload",
        "conflict",
        "proxy",
        "not JSON",
        "too deep",
        "null",
        "unavailable",
        "dropped",
    ],
)
def test_a_limit_is_waited_for_and_nothing_of_it_is_stored(
    tmp_path: Path, answer: Reply | str, shortest: float, longest: float
) -> None:
    with LocalSite(DiscourseSite(WORLD), fault=first(answer)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert got.run() == ["9", "8", "7"]

    assert [shortest <= wait <= longest for wait in got.sleeps] == [True]
    assert [s.problem for s in got.slices] == [None]


def test_a_limit_that_is_longer_than_we_may_wait_stops_the_run(tmp_path: Path) -> None:
    with LocalSite(DiscourseSite(WORLD), fault=first(limited(901), "/t/8.json")) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        with pytest.raises(StoppedEarly, match="try again in 901 seconds"):
            got.run()

        assert got.sleeps == []
        assert got.run() == ["9", "8", "7"]


def test_a_keyword_of_one_letter_is_long_enough_for_the_search_because_of_its_dates(tmp_path: Path) -> None:
    """Forums refuse a search of fewer than three letters (``min_search_term_length``), dates and quotes included."""
    forum = DiscourseSite([topic(7, body="x")])
    with LocalSite(forum) as local:
        got = Collection(SOURCE, site_at(local.base_url, keywords=("x",)), tmp_path / "raw")

        assert got.run() == ["7"]
        assert forum.answer(Asked("GET", "/search.json", (("q", "x"),), {}, b"")).status == 400


def test_a_search_that_a_busy_forum_never_makes_is_not_a_search_without_hits(tmp_path: Path) -> None:
    with LocalSite(DiscourseSite(WORLD), fault=lambda _n, _asked: overloaded()) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        with pytest.raises(StoppedEarly, match="the search was not made: extreme load"):
            got.run()
    assert not got.folder.exists()


def test_a_forum_that_dies_is_asked_nothing_twice_by_the_next_run(tmp_path: Path) -> None:
    forum = DiscourseSite(WORLD)
    with LocalSite(forum) as local:
        whole = Collection(SOURCE, site_at(local.base_url), tmp_path / "whole")
        assert whole.run() == ["9", "8", "7"]
        undisturbed = [(a.path, a.query) for a in local.seen]

    for served in range(len(undisturbed)):
        folder = tmp_path / f"raw-{served}"
        with LocalSite(forum, dies_after=served) as dying, pytest.raises(StoppedEarly):
            Collection(SOURCE, site_at(dying.base_url), folder).run(max_wait=1)
        with LocalSite(forum) as local:
            got = Collection(SOURCE, site_at(local.base_url), folder)

            assert got.run() == ["9", "8", "7"]
            assert [(a.path, a.query) for a in local.seen] == undisturbed[served:]
        assert got.posts == whole.posts
        assert got.slices == whole.slices


@pytest.mark.parametrize(("status", "why"), [(403, "private"), (404, "gone"), (410, "deleted")])
def test_a_topic_that_is_not_given_does_not_end_the_run(tmp_path: Path, status: int, why: str) -> None:
    with LocalSite(DiscourseSite(WORLD, refused={8: status})) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert got.run() == ["9", "7"]
        again = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        before = len(local.seen)
        assert again.run() == ["9", "7"]
        assert len(local.seen) == before + (status == 403)  # what is forbidden may be allowed by now

    assert {(gone.native_id, gone.why, gone.now) for gone in got.gone} == {("8", why, None)}
    assert [t.native_id for t in got.threads] == ["9", "7"]


def test_a_forum_for_members_asks_for_a_key_and_the_same_run_goes_on_with_it(tmp_path: Path) -> None:
    forum = DiscourseSite(WORLD, members_only=True, key="s3cret")
    with LocalSite(forum) as local:
        without = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        with pytest.raises(StudyError, match=r"(?s)for members: HTTP 403.*set `token_env` in \[sources.forum\]"):
            without.run()
        wrong = Collection(SOURCE, site_at(local.base_url, token="wr0ng", token_env="FORUM_KEY"), tmp_path / "raw")
        with pytest.raises(StudyError, match=r"(?s)does not know the key.*Correct the key in \$FORUM_KEY"):
            wrong.run()
        right = site_at(local.base_url, token="s3cret", token_env="FORUM_KEY", api_username="reader")
        got = Collection(SOURCE, right, tmp_path / "raw")

        assert got.run() == ["9", "8", "7"]
        assert (local.seen[-1].headers["api-key"], local.seen[-1].headers["api-username"]) == ("s3cret", "reader")
    assert "s3cret" not in got.text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (as_json({"hello": "world"}), "the answer is JSON, but not that of a Discourse forum"),
        (as_json([]), "the answer is JSON, but not that of a Discourse forum"),
        (Reply(404, b"<html>nginx</html>"), "HTTP 404, in a form that is not that of a Discourse forum"),
        (Reply(403, b"<html>robots</html>"), "HTTP 403, in a form that is not that of a Discourse forum"),
        (
            Reply(301, b"", {"Location": "https://new.example/search.json?q=1"}),
            "the forum has moved to https://new.example",
        ),
    ],
)
def test_what_is_no_forum_is_said_and_a_corrected_address_is_tried(tmp_path: Path, answer: Reply, said: str) -> None:
    with LocalSite(DiscourseSite(WORLD), fault=first(answer)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        with pytest.raises(StudyError) as caught:
            got.run()

        assert caught.value.exit_code == 2
        assert said in str(caught.value)
        assert "Correct `base_url` in [sources.forum]." in str(caught.value)
        assert got.run() == ["9", "8", "7"]


def test_a_search_that_is_refused_names_the_query(tmp_path: Path) -> None:
    refused = as_json({"errors": ["invalid: q"], "error_type": "invalid_parameters"}, status=400)
    with LocalSite(DiscourseSite(WORLD), fault=first(refused)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        with pytest.raises(
            StudyError, match=r'"trust_repo" after:2018-12-31 .*: the forum refuses the search: HTTP 400: i'
        ):
            got.run()


def test_a_topic_that_has_moved_to_another_host_is_not_followed_there(tmp_path: Path) -> None:
    away = Reply(301, b"", {"Location": "http://127.0.0.1:1/t/7.json"})
    home = Reply(301, b"", {"Location": "/t/9.json"})
    for fault, given in ((first(away, "/t/7.json"), ["9", "8"]), (first(home, "/t/8.json"), ["9", "7"])):
        with LocalSite(DiscourseSite(WORLD), fault=fault) as local:
            got = Collection(SOURCE, site_at(local.base_url), tmp_path / f"raw-{given[-1]}")

            assert got.run() == given


def test_requests_keep_the_pace_that_forums_publish() -> None:
    assert SOURCE.dialect(site_at("https://forum.example")).seconds_between == 0.3
    assert SOURCE.dialect(site_at("https://forum.example", token="k")).seconds_between == 1.0
    assert SOURCE.dialect(site_at("http://127.0.0.1:9")).seconds_between == 0


@pytest.mark.parametrize(("key", "value"), [("public_url", "forum.example"), ("public_url", "https://f/"), ("x", 1)])
def test_options_are_known_keys_and_addresses(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=key):
        SOURCE.Options.model_validate({key: value})
