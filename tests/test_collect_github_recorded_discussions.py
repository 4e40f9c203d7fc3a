"""What GitHub's GraphQL API really answered, read by the real parser; the recordings lie beside the checkout."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from github_rig import at, posts, read, recorded, threads

from codebook.raw import Page
from collect.source import SeenPost, SeenThread

Replay = Callable[[str], list[Page]]


@pytest.fixture
def replay(shared: Callable[[str], Path]) -> Replay:
    """The pages of a PyGithub recording by its name."""
    folder = shared("recorded/PyGithub/tests/ReplayData")
    return lambda name: recorded(folder / f"{name}.txt")


def test_lists_of_discussions(replay: Replay) -> None:
    seen = threads(read(*replay("Repository.testGetDiscussions")))

    assert len(seen) == len({t.native_id for t in seen}) == 65
    assert seen[0] == SeenThread(
        native_id="PyGithub/PyGithub#d3044",
        item="discussion",
        url="",
        title="Automaticlly look for access tokens in standard places",
        state="open",
        author="gmishkin",
    )


def test_a_discussion_that_only_its_request_names(replay: Replay) -> None:
    (seen,) = threads(read(*replay("Repository.testGetDiscussion")))

    assert (seen.native_id, seen.author) == ("PyGithub/PyGithub#d2205", "EnricoMi")


@pytest.mark.parametrize(
    ("name", "native_id", "url", "n_reported"),
    [
        ("RepositoryDiscussion.setUp", "PyGithub/PyGithub#d2993", "PyGithub/PyGithub/discussions/2993", 3),
        ("Github.testGetRepositoryDiscussion", "PyGithub/PyGithub#d2480", "PyGithub/PyGithub/discussions/2480", 2),
    ],
)
def test_a_whole_discussion(replay: Replay, name: str, native_id: str, url: str, n_reported: int) -> None:
    seen = read(*replay(name))

    (header,), (opening,) = threads(seen), posts(seen)
    assert (header.native_id, header.url, header.n_reported) == (native_id, f"https://github.com/{url}", n_reported)
    assert (opening.thread, opening.role, opening.created_at, opening.score) == (
        native_id,
        "opening",
        header.created_at,
        0,
    )
    assert opening.body


def test_an_answer_as_it_stands_among_comments(replay: Replay) -> None:
    answer = replay("RepositoryDiscussion.setUp")[0].json()["data"]["node"]["answer"] | {"isAnswer": True}
    asked = {"query": "query Q", "variables": {"owner": "PyGithub", "repo": "PyGithub", "number": 2993, "after": None}}
    discussion = {"category": {"isAnswerable": True}, "comments": {"nodes": [answer]}}
    body = json.dumps({"data": {"repository": {"discussion": discussion}}})
    (seen,) = posts(read(Page("POST /graphql\n" + json.dumps(asked), 200, {}, body.encode(), "recorded")))

    assert seen == SeenPost(
        thread="PyGithub/PyGithub#d2993",
        native_id="discussioncomment-10426644",
        role="comment",
        body=answer["body"],
        created_at=at("2024-08-23T06:36:50"),
        author="dawngerpony",
        accepted=True,
    )
    assert seen.body.startswith("[This comment](https://github.com/PyGithub/PyGithub/issues/2895")


@pytest.mark.parametrize(
    "name",
    ["RepositoryDiscussion.testGetComments", "RepositoryDiscussion.testAddAndDeleteComment", "GraphQl.testQuery"],
)
def test_graphql_pages_that_name_no_thread_say_nothing(replay: Replay, name: str) -> None:
    assert read(*replay(name)) == []
