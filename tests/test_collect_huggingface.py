"""Hugging Face: the real client against a Hub on this machine."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sites.collecting import Collection
from sites.corpus import CorpusPost, CorpusThread
from sites.huggingface import WEB_URL, HuggingFaceSite
from sites.server import Asked, LocalSite, Reply, as_json

from codebook.raw import Page
from collect.huggingface import HuggingFace
from collect.source import SeenGone, SeenPost, SeenSlice, SeenThread, Site

SOURCE = HuggingFace()
Collecting = Callable[..., Collection]
DAY = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)


def discussion(number: int, repo: str = "heron/seven", **changes: Any) -> CorpusThread:
    posts = (
        CorpusPost(number * 10, "ada", DAY, "Why `trust_remote_code`?", "opening", score=2),
        CorpusPost(number * 10 + 1, None, DAY.replace(hour=10), "It runs *modeling_heron.py*."),
    )
    whole = CorpusThread("huggingface", "discussion", repo, number, "Is it safe?", "open", posts)
    return replace(whole, **changes)


@pytest.fixture
def collection(tmp_path: Path) -> Collecting:
    """A collection from a Hub: ``collection(url, token=..., **options)``."""

    def at(url: str, *, token: str | None = None, **options: Any) -> Collection:
        return Collection(SOURCE, site_at(url, token=token, **options), tmp_path / "raw")

    return at


def site_at(url: str, *, token: str | None = None, **options: Any) -> Site:
    wanted = SOURCE.Options.model_validate({"public_url": WEB_URL, "repos": ["heron/seven"]} | options)
    since, until = date(2019, 1, 1), date(2026, 1, 1)
    return Site(
        name="hub",
        base_url=url,
        keywords=("trust_remote_code",),
        since=since,
        until=until,
        token=token,
        token_env="HUB",
        options=wanted,
    )


def paths(local: LocalSite) -> list[str]:
    return [asked.path for asked in local.seen]


def test_a_discussion_and_a_pull_request_become_threads_with_posts(collection: Collecting) -> None:
    hidden = CorpusPost(21, "spammer", DAY.replace(hour=11), "buy", hidden=True)
    pull = discussion(2, item="pull_request", state="merged", title="Fix `forward`")
    pull = replace(pull, posts=(CorpusPost(20, "grace", DAY, "Now it loads.", "opening"), hidden))
    with LocalSite(HuggingFaceSite([discussion(1), pull])) as local:
        got = collection(local.base_url)

        assert got.run() == ["heron/seven#2", "heron/seven#1"]

    expected = [
        SeenSlice(query="discussions of model heron/seven", reported=2, hits=("heron/seven#2", "heron/seven#1")),
        SeenThread(
            native_id="heron/seven#2",
            item="pull_request",
            url="https://huggingface.example/heron/seven/discussions/2",
            title="Fix `forward`",
            state="merged",
            created_at=DAY,
            author="grace",
            author_names=("Grace",),
            uid="000000000000000000000014",
            version="merged-2-0-93dc",
        ),
        SeenPost(
            thread="heron/seven#2",
            native_id="000000000000000000000014",
            role="opening",
            body="Now it loads.",
            created_at=DAY,
            author="grace",
            author_names=("Grace",),
            score=0,
        ),
        SeenPost(
            thread="heron/seven#2",
            native_id="000000000000000000000015",
            role="comment",
            body="This comment has been hidden",
            created_at=DAY.replace(hour=11),
            author="spammer",
            author_names=("Spammer",),
            score=0,
            hidden=True,
        ),
        SeenThread(
            native_id="heron/seven#1",
            item="discussion",
            url="https://huggingface.example/heron/seven/discussions/1",
            title="Is it safe?",
            state="open",
            created_at=DAY,
            author="ada",
            author_names=("Ada",),
            uid="00000000000000000000000a",
            version="open-2-0-baea",
        ),
        SeenPost(
            thread="heron/seven#1",
            native_id="00000000000000000000000a",
            role="opening",
            body="Why `trust_remote_code`?",
            created_at=DAY,
            author="ada",
            author_names=("Ada",),
            score=2,
        ),
        SeenPost(
            thread="heron/seven#1",
            native_id="00000000000000000000000b",
            role="comment",
            body="It runs *modeling_heron.py*.",
            created_at=DAY.replace(hour=10),
            author=None,
            score=0,
        ),
    ]
    assert expected == got.seen


def test_datasets_and_spaces_keep_their_prefix(collection: Collecting) -> None:
    world = [discussion(1, "datasets/heron/reeds"), discussion(4, "spaces/heron/pond")]
    with LocalSite(HuggingFaceSite(world)) as local:
        got = collection(local.base_url, repos=["datasets/heron/reeds", "spaces/heron/pond"])

        assert got.run() == ["datasets/heron/reeds#1", "spaces/heron/pond#4"]

    assert [thread.url for thread in got.threads] == [
        "https://huggingface.example/datasets/heron/reeds/discussions/1",
        "https://huggingface.example/spaces/heron/pond/discussions/4",
    ]
    assert [each.query for each in got.slices] == [
        "discussions of dataset heron/reeds",
        "discussions of space heron/pond",
    ]


@pytest.mark.parametrize("repeated", [True, False], ids=["the same page again", "an empty page"])
def test_a_count_that_promises_more_than_there_is_does_not_loop(collection: Collecting, *, repeated: bool) -> None:
    """`HfApi.get_repo_discussions` would ask for pages for ever."""
    fake = HuggingFaceSite([discussion(1)])

    def fault(_: int, asked: Asked) -> Reply | None:
        if not asked.path.endswith("/discussions"):
            return None
        page = fake.list_page(fake.threads, 0 if repeated else int(asked.first("p")), "model", "heron/seven")
        return as_json(page | {"count": 5})

    with LocalSite(fake, fault) as local:
        got = collection(local.base_url)

        assert got.run() == ["heron/seven#1"]

    assert len(local.seen) == 3
    assert got.slices[-1].reported == 5
    assert {hit for each in got.slices for hit in each.hits} == {"heron/seven#1"}


def test_deleted_authors_and_lost_texts_hide_nothing(collection: Collecting) -> None:
    """The client raises AttributeError at `author: null`, KeyError at a comment without `data.latest`."""
    gone = replace(discussion(3), posts=(replace(discussion(3).opening, author=None), *discussion(3).posts[1:]))
    fake = HuggingFaceSite([discussion(1), gone], per_page=1)

    def fault(_: int, asked: Asked) -> Reply | None:
        if not asked.path.endswith("/3"):
            return None
        body = fake.details(gone, "model", "heron/seven")
        del body["events"][1]["data"]["latest"]
        del body["author"]
        return as_json(body)

    with LocalSite(fake, fault) as local:
        got = collection(local.base_url)

        assert got.run() == ["heron/seven#3", "heron/seven#1"]

    posts = [post for post in got.posts if post.thread == "heron/seven#3"]
    assert [(p.role, p.author, p.body, p.hidden) for p in posts] == [
        ("opening", None, "Why `trust_remote_code`?", False),
        ("comment", None, "", True),
    ]


def test_a_discussion_without_any_text_has_an_empty_opening() -> None:
    fake = HuggingFaceSite([discussion(1)])
    body = fake.details(fake.threads[0], "model", "heron/seven") | {"events": []}
    page = Page("GET /api/models/heron/seven/discussions/1?diff=1", 200, {}, json.dumps(body).encode(), "r")

    thread, post = SOURCE.parse(page, site_at(""))

    assert isinstance(thread, SeenThread)
    assert post == SeenPost(
        thread="heron/seven#1",
        native_id="0",
        role="opening",
        body="",
        created_at=DAY,
        author="ada",
        author_names=("Ada",),
    )


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "Discussions are disabled for this repo"),
        (404, "Repository not found"),
        (410, "This repository was removed"),
        (401, "Invalid username or password."),
    ],
)
def test_a_repository_that_gives_nothing_is_skipped_with_its_reason(
    collection: Collecting, status: int, message: str
) -> None:
    with LocalSite(HuggingFaceSite([discussion(1)], refusals={"heron/closed": (status, message)})) as local:
        got = collection(local.base_url, repos=["heron/closed", "heron/seven"])

        assert got.run() == ["heron/seven#1"]

    assert got.slices == [
        SeenSlice(query="discussions of model heron/closed", skipped=True, problem=f"HTTP {status} {message}"),
        SeenSlice(query="discussions of model heron/seven", reported=1, hits=("heron/seven#1",)),
    ]


def test_a_discussion_that_is_gone_is_said_and_the_rest_is_got(collection: Collecting) -> None:
    error = as_json({"error": "No discussion found matching num #2"}, 404)
    fault = lambda _, asked: error if asked.path.endswith("/2") else None  # noqa: E731
    with LocalSite(HuggingFaceSite([discussion(1), discussion(2)]), fault) as local:
        got = collection(local.base_url)

        assert got.run() == ["heron/seven#1"]

    assert got.seen[1] == SeenGone(native_id="heron/seven#2", why="deleted")


@pytest.mark.parametrize(("status", "body"), [(403, "<html>Are you a robot?</html>"), (418, '{"error": "teapot"}')])
def test_a_discussion_that_is_refused_for_another_reason_is_missing_from_its_list(
    collection: Collecting, status: int, body: str
) -> None:
    """Only what the Hub itself says of a discussion means that it is gone."""
    fault = lambda _, asked: Reply(status, body.encode()) if asked.path.endswith("/2") else None  # noqa: E731
    with LocalSite(HuggingFaceSite([discussion(1), discussion(2)]), fault) as local:
        got = collection(local.base_url)

        assert got.run() == ["heron/seven#1"]

    (cut,) = [each for each in got.slices if each.problem]
    assert (cut.query, cut.skipped) == ("discussions of model heron/seven", False)
    assert (cut.problem or "").startswith(f"#2: HTTP {status}")


def test_a_wrong_prefix_is_a_repository_that_is_not_found(collection: Collecting) -> None:
    with LocalSite(HuggingFaceSite([discussion(1)])) as local:
        got = collection(local.base_url, repos=["datasets/heron/seven", "heron/seven"])

        assert got.run() == ["heron/seven#1"]

    expected = "discussions of dataset heron/seven"
    assert got.slices[0] == SeenSlice(query=expected, skipped=True, problem="HTTP 404 Repository not found")


def test_a_renamed_repository_is_got_once_and_by_its_new_name(collection: Collecting) -> None:
    fake = HuggingFaceSite([discussion(1, "egret/seven")], renamed={"heron/seven": "egret/seven"})
    with LocalSite(fake) as local:
        got = collection(local.base_url, repos=["heron/seven", "egret/seven"])

        assert got.run() == ["egret/seven#1"]

    assert paths(local) == [
        "/api/models/heron/seven/discussions",
        "/api/models/egret/seven/discussions",
        "/api/models/egret/seven/discussions/1",
    ]
    assert got.slices == [
        SeenSlice(query="discussions of model heron/seven, which is now egret/seven", reported=0),
        SeenSlice(query="discussions of model egret/seven", reported=1, hits=("egret/seven#1",)),
    ]
