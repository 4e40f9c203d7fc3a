"""Stack Exchange: throttles, errors, deaths, keys, and what is left of StackAPI's module."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import stackapi.stackapi
from hypothesis import given
from hypothesis import strategies as st
from sites.collecting import Collection
from sites.corpus import CorpusPost, CorpusThread
from sites.server import Asked, LocalSite, Reply
from sites.stackexchange import StackExchangeSite, throttled

from codebook.errors import StoppedEarly, StudyError
from codebook.raw import Page
from collect.source import SeenPost, Site
from collect.stackexchange import StackExchange

SOURCE = StackExchange()
DAY = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
WORLD = [
    CorpusThread(
        "stackoverflow",
        "question",
        "",
        1000 + number,
        f"Question {number}",
        "open",
        (
            CorpusPost(1, "ada", DAY, "trust_remote_code?", "opening"),
            CorpusPost(number, "grace", DAY, "Yes.", "comment"),
        ),
    )
    for number in range(1, 221)
]


def collection(local: LocalSite, folder: Path, token: str | None = None, **options: Any) -> Collection:
    site = Site(
        name="so",
        base_url=local.base_url,
        keywords=("trust_remote_code",),
        since=date(2019, 1, 1),
        until=date(2026, 1, 1),
        token=token,
        token_env="SO_KEY",
        options=SOURCE.Options.model_validate(options),
    )
    return Collection(SOURCE, site, folder)


def at(number: int, reply: Reply) -> Callable[[int, Asked], Reply | None]:
    return lambda n, _: reply if n == number else None


def waits(got: Collection) -> list[float]:
    """The waits that are longer than the pace of 25 requests a second."""
    return [seconds for seconds in got.sleeps if seconds > 0.05]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("too many requests from this IP, more requests available in 45 seconds", 46),
        ("Violation of backoff parameter", 30),
        ("too many requests from this IP", 30),
    ],
)
def test_a_throttle_violation_waits_and_asks_again(tmp_path: Path, said: str, seconds: float) -> None:
    with LocalSite(StackExchangeSite(WORLD[:1]), at(3, throttled(said))) as local:
        got = collection(local, tmp_path / "raw")

        assert got.run() == ["1001"]

    assert waits(got) == [seconds]
    assert "throttle_violation" not in got.text


def test_a_ban_longer_than_we_may_wait_stops_the_run(tmp_path: Path) -> None:
    ban = throttled("too many requests from this IP, more requests available in 45500 seconds")
    with LocalSite(StackExchangeSite(WORLD[:1]), at(3, ban)) as local:
        got = collection(local, tmp_path / "raw")
        with pytest.raises(StoppedEarly, match="more requests available in 45500 seconds"):
            got.run()

    assert waits(got) == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(503, b"<html>Too many requests</html>", {"Content-Type": "text/html"}),
        Reply(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}),
        Reply(400, json.dumps({"error_id": 500, "error_name": "internal_error", "error_message": "oops"}).encode()),
        Reply(400, json.dumps({"error_id": 503, "error_name": "temporarily_unavailable"}).encode()),
        Reply(200, b"{}"),
        Reply(200, b"null"),
        Reply(200, b'{"items": null, "has_more": false, "total": 0}'),
        Reply(400, b'{"error_id": ["?"], "error_name": 7}'),
    ],
    ids=["ban as HTML", "HTML for JSON", "internal error", "unavailable", "nothing", "null", "no items", "no error"],
)
def test_what_passes_is_asked_for_again(tmp_path: Path, reply: Reply) -> None:
    with LocalSite(StackExchangeSite(WORLD[:1]), at(3, reply)) as local:
        got = collection(local, tmp_path / "raw")

        assert got.run() == ["1001"]

    assert len(waits(got)) == 1


def test_a_backoff_is_waited_for_once_and_not_on_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(stackapi.stackapi, "sleep", slept.append)
    with LocalSite(StackExchangeSite(WORLD[:1], backoff={"/search/advanced": 10})) as local:
        got = collection(local, tmp_path / "raw")
        got.run()
        replayed = collection(local, tmp_path / "raw")
        replayed.run()

    assert [10 < seconds <= 11 for seconds in waits(got)] == [True]
    assert replayed.sleeps == []
    assert (replayed.wires[0].sent, replayed.wires[0].replayed) == (0, 4)
    assert slept == [], "StackAPI waited by itself"


def test_requests_keep_below_thirty_a_second(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite(WORLD)) as local:
        got = collection(local, tmp_path / "raw")
        got.run()

    assert got.wires[0].dialect.seconds_between > 1 / 30
    assert all(seconds <= got.wires[0].dialect.seconds_between for seconds in got.sleeps)


@pytest.mark.parametrize("answered", range(1, 9))
def test_a_run_that_dies_goes_on_without_asking_anything_twice(tmp_path: Path, answered: int) -> None:
    fake = StackExchangeSite(WORLD)
    with LocalSite(fake, dies_after=answered) as first:
        got = collection(first, tmp_path / "raw")
        if answered < 8:
            with pytest.raises(StoppedEarly):
                got.run()
        else:
            got.run()
    with LocalSite(fake) as second:
        again = collection(second, tmp_path / "raw")
        ids = again.run()
    with LocalSite(replace(fake)) as third:
        whole = collection(third, tmp_path / "undisturbed")
        whole.run()

    assert ids == [str(1000 + n) for n in range(1, 221)]
    asked = [(a.path, a.query) for a in [*first.seen[:answered], *second.seen]]
    assert asked == [(a.path, a.query) for a in third.seen]
    assert again.seen == whole.seen


def test_the_key_is_sent_and_never_stored(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite(WORLD[:1], key="k3y((secret")) as local:
        got = collection(local, tmp_path / "raw", "k3y((secret")
        got.run()

    assert {asked.first("key") for asked in local.seen} == {"k3y((secret"}
    assert "k3y" not in got.text
    assert "key=" not in got.text


def test_a_page_is_the_same_page_with_and_without_a_key(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite(WORLD[:1], key="k3y")) as local:
        collection(local, tmp_path / "raw").run()
        again = collection(local, tmp_path / "raw", "k3y")
        again.run()

    assert again.wires[0].sent == 0


def test_a_refused_key_is_an_error_without_the_key_and_is_not_stored(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite(WORLD[:1], key="right")) as local:
        with pytest.raises(StudyError, match="doesn't match a known application") as caught:
            collection(local, tmp_path / "raw", "wr0ng").run()
        ids = collection(local, tmp_path / "raw", "right").run()

    assert "$SO_KEY" in str(caught.value)
    assert "wr0ng" not in str(caught.value)
    assert ids == ["1001"]


def test_a_proxys_refusal_is_an_error_and_is_not_stored(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite(WORLD[:1]), at(1, Reply(403, b"<html>no</html>"))) as local:
        with pytest.raises(StudyError, match="HTTP 403, and not from the API"):
            collection(local, tmp_path / "raw").run()

        assert collection(local, tmp_path / "raw").run() == ["1001"]


def test_a_site_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with (
        LocalSite(StackExchangeSite(WORLD)) as local,
        pytest.raises(StudyError, match="there is no Stack Exchange site 'stackunderflow'"),
    ):
        collection(local, tmp_path / "raw", site="stackunderflow").run()


def test_an_answer_of_another_shape_is_one_clear_error(tmp_path: Path) -> None:
    fault = at(2, Reply(200, b'{"items": []}'))
    with LocalSite(StackExchangeSite(WORLD), fault) as local, pytest.raises(StudyError, match="answer cannot be read"):
        collection(local, tmp_path / "raw").run()


@pytest.mark.parametrize("dies_after", [None, 2])
def test_stackapis_module_is_as_it_was_afterwards(tmp_path: Path, dies_after: int | None) -> None:
    with LocalSite(StackExchangeSite(WORLD[:1]), dies_after=dies_after) as local:
        got = collection(local, tmp_path / "raw")
        if dies_after:
            with pytest.raises(StoppedEarly):
                got.run()
        else:
            got.run()

    assert stackapi.stackapi.requests is requests
    assert stackapi.stackapi.sleep is time.sleep


_KEYS = (
    "items question_id answer_id comment_id answers comments tags owner user_id link title total body_markdown score "
    "last_activity_date last_edit_date comment_count display_name has_more"
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*_KEYS.split(), "creation_date", "answer_count"]), inner, max_size=6)
    ),
    max_leaves=20,
)
_METHODS = [
    "search/advanced/?q=a&fromdate=1&todate=9",
    "search/advanced/?q=a&fromdate=1&todate=9&sort=activity",
    "questions/1;2/",
    "questions/1/answers/",
    "posts/1;2/comments/",
]


@given(_JSON | st.builds(lambda item: {"items": [item]}, _JSON), st.sampled_from(_METHODS))
def test_no_answer_of_a_site_breaks_parse(body: Any, what: str) -> None:
    page = Page(f"GET /2.3/{what}", 200, {}, json.dumps(body).encode(), "r")
    site = Site(name="so", base_url="", keywords=(), since=date.min, until=date.max, options=SOURCE.Options())

    seen = list(SOURCE.parse(page, site))

    assert seen == list(SOURCE.parse(page, site))
    posts = [each for each in seen if isinstance(each, SeenPost)]
    assert all(isinstance(post.body, str) and isinstance(post.score, int | None) for post in posts)
