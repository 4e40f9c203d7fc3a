"""Hugging Face: waits, deaths, tokens and what is left of the library's global state."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import _detect_agent
from huggingface_hub.utils import _http as hub_http
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sites.collecting import Collection
from sites.corpus import CorpusPost, CorpusThread
from sites.huggingface import WEB_URL, HuggingFaceSite
from sites.server import LocalSite, Reply, as_json

from codebook.errors import StoppedEarly, StudyError
from codebook.raw import Page
from collect.huggingface import HuggingFace
from collect.source import SeenPost, SeenSlice, SeenThread, Site

SOURCE = HuggingFace()
WORLD = [
    CorpusThread(
        "huggingface",
        "discussion",
        "heron/seven",
        number,
        f"Question {number}",
        "open",
        (CorpusPost(number * 10, "ada", datetime(2024, 3, number, tzinfo=UTC), "trust_remote_code?", "opening"),),
    )
    for number in range(1, 8)
]


def site_at(url: str, token: str | None = None, **options: Any) -> Site:
    return Site(
        name="hub",
        base_url=url,
        keywords=("trust_remote_code",),
        since=date(2019, 1, 1),
        until=date(2026, 1, 1),
        token=token,
        token_env="HUB_TOKEN",
        options=SOURCE.Options.model_validate({"public_url": WEB_URL, "repos": ["heron/seven"]} | options),
    )


def test_only_discussions_of_the_studys_dates_are_asked_for_one_by_one(tmp_path: Path) -> None:
    days = [date(2018, 12, 31), date(2019, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    openings = [replace(WORLD[0].opening, at=datetime(d.year, d.month, d.day, 23, tzinfo=UTC)) for d in days]
    world = [replace(WORLD[0], number=n, posts=(post,)) for n, post in enumerate(openings, 1)]
    with LocalSite(HuggingFaceSite(world)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert got.run() == ["heron/seven#3", "heron/seven#2"]

    assert [asked.path.rpartition("/")[2] for asked in local.seen] == ["discussions", "3", "2"]
    assert got.slices[0].hits == ("heron/seven#4", "heron/seven#3", "heron/seven#2", "heron/seven#1")


def test_a_repository_under_its_old_and_its_new_name_is_got_once(tmp_path: Path) -> None:
    with LocalSite(HuggingFaceSite(WORLD[:1], renamed={"egret/old": "heron/seven"})) as local:
        got = Collection(SOURCE, site_at(local.base_url, repos=["heron/seven", "egret/old"]), tmp_path / "raw")

        assert got.run() == ["heron/seven#1"]


def test_a_base_url_may_have_a_path_and_redirects_stay_under_it(tmp_path: Path) -> None:
    fake = HuggingFaceSite(WORLD[:1], renamed={"egret/old": "heron/seven"})
    strip = lambda _, asked: fake.answer(replace(asked, path=asked.path.removeprefix("/hub")))  # noqa: E731
    with LocalSite(fake, strip) as local:
        got = Collection(SOURCE, site_at(local.base_url + "/hub", repos=["egret/old"]), tmp_path / "raw")

        assert got.run() == ["heron/seven#1"]

    assert all(asked.path.startswith("/hub/api/models/") for asked in local.seen)
    assert "/hub" not in got.text.replace(f'"base": "{local.base_url}/hub"', "")


def test_a_429_waits_as_long_as_the_ratelimit_header_says(tmp_path: Path) -> None:
    """The client's own discussion calls give up at a 429."""
    headers = {"RateLimit": '"api";r=0;t=41', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    fault = lambda n, _: as_json({"error": "Too many requests"}, 429, **headers) if n in (1, 3) else None  # noqa: E731
    with LocalSite(HuggingFaceSite(WORLD[:1]), fault) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert got.run() == ["heron/seven#1"]

    assert got.sleeps == [42, 42]
    assert "Too many requests" not in got.text


def test_a_429_with_retry_after_waits_as_long_as_that(tmp_path: Path) -> None:
    answer = as_json({"error": "slow down"}, 429, **{"Retry-After": "7"})
    with LocalSite(HuggingFaceSite(WORLD[:1]), lambda n, _: answer if n == 2 else None) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert got.run() == ["heron/seven#1"]

    assert got.sleeps == [7]


def test_at_no_requests_left_the_next_one_waits_for_the_new_window(tmp_path: Path) -> None:
    with LocalSite(HuggingFaceSite(WORLD[:2], left=2)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        got.run()

    assert len(local.seen) == 3
    assert [41 < seconds <= 42 for seconds in got.sleeps] == [True]


def test_a_retry_of_the_library_does_not_double_ours(tmp_path: Path) -> None:
    with LocalSite(HuggingFaceSite(WORLD), lambda *_: Reply(503, b"busy")) as local:
        got = Collection(SOURCE, site_at(local.base_url, candidates={"filter": "custom_code"}), tmp_path / "raw")

        with pytest.raises(StoppedEarly):
            got.run()

    assert len(local.seen) == got.wires[0].sent == 12


@pytest.mark.parametrize("answered", range(1, 9))
def test_a_run_that_dies_goes_on_without_asking_anything_twice(tmp_path: Path, answered: int) -> None:
    with LocalSite(HuggingFaceSite(WORLD), dies_after=answered) as first:
        got = Collection(SOURCE, site_at(first.base_url), tmp_path / "raw")
        if answered < 8:
            with pytest.raises(StoppedEarly):
                got.run()
        else:
            got.run()
    with LocalSite(HuggingFaceSite(WORLD)) as second:
        again = Collection(SOURCE, site_at(second.base_url), tmp_path / "raw")
        ids = again.run()
    with LocalSite(HuggingFaceSite(WORLD)) as third:
        whole = Collection(SOURCE, site_at(third.base_url), tmp_path / "undisturbed")
        whole.run()

    assert ids == [f"heron/seven#{n}" for n in (7, 6, 5, 4, 3, 2, 1)]
    asked = [(a.path, a.query) for a in [*first.seen[:answered], *second.seen]]
    assert asked == [(a.path, a.query) for a in third.seen]
    assert again.seen == whole.seen


def test_only_the_studys_token_is_sent_and_none_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_machine")
    with LocalSite(HuggingFaceSite(WORLD[:1], token="hf_of_the_study")) as local:
        without = Collection(SOURCE, site_at(local.base_url), tmp_path / "a")
        without.run()
        options = {"candidates": {"filter": "custom_code"}}
        with_token = Collection(SOURCE, site_at(local.base_url, "hf_of_the_study", **options), tmp_path / "b")
        with_token.run()

    assert [a.headers.get("authorization") for a in local.seen] == [None] * 2 + ["Bearer hf_of_the_study"] * 3
    assert {a.headers["user-agent"].split("/")[0] for a in local.seen} == {"qualdev"}
    assert "hf_of" not in without.text + with_token.text


def test_a_refused_token_is_an_error_that_is_not_stored(tmp_path: Path) -> None:
    with LocalSite(HuggingFaceSite(WORLD[:1], token="right")) as local:
        with pytest.raises(StudyError, match="does not accept the token") as caught:
            Collection(SOURCE, site_at(local.base_url, "wrong"), tmp_path / "raw").run()
        ids = Collection(SOURCE, site_at(local.base_url, "right"), tmp_path / "raw").run()

    assert "Correct $HUB_TOKEN." in str(caught.value)
    assert ids == ["heron/seven#1"]


@pytest.mark.parametrize("dies_after", [None, 1])
def test_the_librarys_client_is_its_own_again_afterwards(tmp_path: Path, dies_after: int | None) -> None:
    before = hub_http._GLOBAL_CLIENT_FACTORY
    with LocalSite(HuggingFaceSite(WORLD), dies_after=dies_after) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        if dies_after:
            with pytest.raises(StoppedEarly):
                got.run()
        else:
            got.run()

    assert hub_http._GLOBAL_CLIENT_FACTORY is before
    assert hub_http._GLOBAL_CLIENT is None


def test_the_library_asks_the_site_for_nothing_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a day and process it asks for `/api/agent-harnesses`, to tell the Hub which program uses it."""
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", False)
    monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(tmp_path / "none.json"))
    monkeypatch.setattr(_detect_agent, "_registry", None)
    with LocalSite(HuggingFaceSite(WORLD[:1])) as local:
        got = Collection(SOURCE, site_at(local.base_url, candidates={"filter": "custom_code"}), tmp_path / "raw")
        got.run()

    assert [asked.path for asked in local.seen] == [
        "/api/models",
        "/api/models/heron/seven/discussions",
        "/api/models/heron/seven/discussions/1",
    ]
    assert constants.HF_HUB_DISABLE_TELEMETRY is False


def test_offline_mode_of_the_library_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with LocalSite(HuggingFaceSite(WORLD)) as local, pytest.raises(StudyError, match="HF_HUB_OFFLINE is set"):
        Collection(SOURCE, site_at(local.base_url), tmp_path / "raw").run()

    assert local.seen == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"repos": []}, "name repositories in `repos`"),
        ({"repos": ["models/heron/seven"]}, "'models/heron/seven' is not owner/name"),
        ({"repos": ["../../etc"]}, "is not owner/name"),
        ({"candidates": {"filter": "custom_code", "limit": 0}}, "greater than or equal to 1"),
        ({"candidates": {"filter": "custom_code", "sort": "stars"}}, "'created_at', 'downloads'"),
        ({"repo": ["heron/seven"]}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint.replace("(", r"\(")):
        SOURCE.Options.model_validate(options)


_KEYS = (
    "discussions num count events type comment data latest raw author name title createdAt reactions hidden error id"
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_KEYS.split()), inner | st.just("comment"), max_size=6)
    ),
    max_leaves=20,
)


@given(_JSON, st.sampled_from([200, 307, 403]), st.sampled_from(["discussions?p=0", "discussions/3?diff=1"]))
def test_no_answer_of_a_site_breaks_parse(body: Any, status: int, what: str) -> None:
    page = Page(f"GET /api/models/heron/seven/{what}", status, {}, json.dumps(body).encode(), "r")
    site = site_at("")

    seen = list(SOURCE.parse(page, site))

    assert seen == list(SOURCE.parse(page, site))
    threads = {each.native_id for each in seen if isinstance(each, SeenThread)}
    assert threads == {each.thread for each in seen if isinstance(each, SeenPost)}


def recorded(path: Path, request: str) -> Page:
    return Page(f"GET /api/models/openai-community/gpt2/{request}", 200, {}, path.read_bytes(), "r")


def test_the_recorded_list_is_a_slice(shared: Callable[[str], Path]) -> None:
    page = recorded(shared("recorded/huggingface_hub_rust/test_real_discussions_list_response.json"), "discussions?p=0")

    assert list(SOURCE.parse(page, site_at(""))) == [
        SeenSlice(query="discussions of model openai-community/gpt2", reported=145, hits=("openai-community/gpt2#152",))
    ]


def test_the_recorded_pull_request_is_a_thread_with_one_post(shared: Callable[[str], Path]) -> None:
    path = shared("recorded/huggingface_hub_rust/test_real_discussion_with_details.json")

    thread, post = SOURCE.parse(recorded(path, "discussions/1?diff=1"), site_at(""))

    assert isinstance(thread, SeenThread)
    assert (thread.native_id, thread.item, thread.state) == ("openai-community/gpt2#1", "pull_request", "closed")
    at = datetime(2022, 5, 27, 3, 51, 50, tzinfo=UTC)
    assert isinstance(post, SeenPost)
    assert (post.native_id, post.role, post.body, post.created_at, post.author) == (
        "62904ad60ea7e76254c12713",
        "opening",
        "dd",
        at,
        thread.author,
    )


def test_the_recorded_hidden_comment_is_a_hidden_post(shared: Callable[[str], Path], tmp_path: Path) -> None:
    event = shared("recorded/huggingface_hub_rust/test_real_hidden_comment_event.json").read_text(encoding="utf-8")
    whole = tmp_path / "discussion.json"
    whole.write_text(json.dumps({"num": 9, "title": "t", "events": [json.loads(event)]}), encoding="utf-8")

    _, post = SOURCE.parse(recorded(whole, "discussions/9?diff=1"), site_at(""))

    assert isinstance(post, SeenPost)
    assert (post.hidden, post.body, post.score) == (True, "This comment has been hidden", 0)
    assert post.created_at == datetime(2022, 7, 14, 9, 57, 56, tzinfo=UTC)
