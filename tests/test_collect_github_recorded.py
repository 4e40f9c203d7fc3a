"""What GitHub's REST API really answered, read by the real parser; the recordings lie beside the checkout."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from github_rig import NOWHERE, at, posts, read, recorded, slices, threads

from codebook.raw import Page
from codebook.wire import Answer, Verdict
from collect.github import GitHub
from collect.source import SeenPost, SeenThread

Replay = Callable[[str], list[Page]]


@pytest.fixture
def replay(shared: Callable[[str], Path]) -> Replay:
    """The pages of a PyGithub recording by its name."""
    folder = shared("recorded/PyGithub/tests/ReplayData")
    return lambda name: recorded(folder / f"{name}.txt")


def test_a_search_of_2014(replay: Replay) -> None:
    """Its items have no repository_url, and issues have a pull_request full of nulls."""
    seen = read(*replay("Search.testSearchIssues"))

    found = threads(seen)
    assert [len(found), len(posts(seen)), len(slices(seen))] == [30, 30, 1]
    assert [t.item for t in found].count("pull_request") == 19
    assert found[0] == SeenThread(
        native_id="hrydgard/ppsspp#997",
        item="pull_request",
        url="https://github.com/hrydgard/ppsspp/pull/997",
        title="Make sceMpeg and sceAtrac basiclly workable for PC ",
        state="closed",
        created_at=at("2013-03-15T15:46:16"),
        author="oioitff",
        n_reported=1018,
        version="2013-06-03T21:25:43Z",
    )
    assert (slices(seen)[0].query, slices(seen)[0].reported) == ("compile language:C++", 29512)
    assert slices(seen)[0].problem == "GitHub lists 1000 of 29512 results, and the window is not halved further"
    assert slices(seen)[0].hits == tuple(t.native_id for t in found)


@pytest.mark.parametrize("name", ["Search.testUrlquotingOfQuery", "Search.testUrlquotingOfQualifiers"])
def test_a_search_with_qualifiers(replay: Replay, name: str) -> None:
    (found,) = slices(read(*replay(name)))

    assert found.query == "repo:saltstack/salt-api type:Issues updated:>2014-03-04T18:28:11Z"
    assert (found.reported, len(found.hits), found.problem) == (6, 6, None)


def test_a_search_for_code_is_not_read_as_threads(replay: Replay) -> None:
    assert read(*replay("PaginatedList.testSearchWithIncompleteResults")) == []


@pytest.mark.parametrize("name", ["Issue.testGetComments", "Issue.testGetCommentsSince"])
def test_comments_of_an_issue(replay: Replay, name: str) -> None:
    seen = posts(read(*replay(name)))

    assert {(p.thread, p.role, p.author_kind) for p in seen} == {("PyGithub/PyGithub#28", "comment", None)}
    assert len(seen) == 2


def test_a_comment_of_2012_as_a_row(replay: Replay) -> None:
    seen = posts(read(*replay("PullRequest.testGetIssueComments")))

    assert seen == [
        SeenPost(
            thread="PyGithub/PyGithub#31",
            native_id="issuecomment-8387331",
            role="comment",
            body="Issue comment created by PyGithub",
            created_at=at("2012-09-08T12:57:51"),
            author="jacquev6",
        )
    ]


def test_a_single_comment_as_it_stands_in_a_list(replay: Replay) -> None:
    single = replay("IssueComment.setUp")[2]
    listed = Page("GET /repos/PyGithub/PyGithub/issues/28/comments", 200, {}, b"[" + single.body + b"]", "recorded")

    assert read(listed) == [
        SeenPost(
            thread="PyGithub/PyGithub#28",
            native_id="issuecomment-20227753",
            role="comment",
            body="Comment created by PyGithub\n",
            created_at=at("2013-06-29T10:31:38"),
            author="stuglaser",
            author_kind="person",
            score=json.loads(single.body)["reactions"]["total_count"],
        )
    ]


def test_comments_of_a_whole_repository_find_their_threads(replay: Replay) -> None:
    seen = posts(read(replay("Repository.testGetIssuesComments")[2]))

    assert len(seen) == 30
    assert len({p.thread for p in seen}) > 1
    assert all(p.thread.startswith("PyGithub/PyGithub#") for p in seen)


@pytest.mark.parametrize("name", ["PullRequest.testGetReviewComments", "PullRequest.testGetComments"])
def test_review_comments_of_a_pull_request(replay: Replay, name: str) -> None:
    seen = posts(read(*replay(name)))

    assert seen[1] == SeenPost(
        thread="PyGithub/PyGithub#31",
        native_id="discussion_r1580134",
        role="review_comment",
        body="Review comment created for PyGithub\n",
        created_at=at("2012-09-11T20:06:32"),
        author="jacquev6",
        author_kind="person",
        score=2,
    )
    assert len(seen) == 2


def test_reviews_with_words_are_posts_and_one_without_is_not(replay: Replay) -> None:
    (page,) = replay("PullRequestReview.testAttributes")
    seen = posts(read(page))

    assert [review["body"] for review in page.json()].count("") == 1
    assert [(p.native_id, p.author) for p in seen] == [
        ("pullrequestreview-104584375", "electrofelix"),
        ("pullrequestreview-105360043", "sfdye"),
        ("pullrequestreview-105365629", "sfdye"),
        ("pullrequestreview-105368184", "sfdye"),
    ]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("Repository.testGetIssues", [16]),
        ("Repository.testGetIssuesWithTypeArgument", [3, 1]),
        ("Repository.testGetIssuesWithWildcards", [8, 6, 13, 1]),
    ],
)
def test_lists_of_issues(replay: Replay, name: str, counts: list[int]) -> None:
    assert [n for n in (len(threads(read(page))) for page in replay(name)) if n] == counts


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "SpecificExceptions.testAuthenticatedRateLimitExceeded",
            "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.",
        ),
        ("SpecificExceptions.testRateLimitExceeded", "API Rate Limit Exceeded for 92.104.200.119"),
    ],
)
def test_real_limits_are_waited_for(replay: Replay, name: str, said: str) -> None:
    """The second has no reset time that could be read."""
    page = next(p for p in replay(name) if p.status == 403)

    verdict = GitHub().dialect(NOWHERE).verdict(Answer(page.status, page.headers, page.body))
    assert verdict == Verdict(again=True, wait=60.0, reason=said)


@pytest.mark.parametrize("name", ["Retry.testShouldNotRetryWhenStatusNotOnList", "Search.testSearchIssues"])
def test_real_answers_that_are_no_limits_are_not_waited_for(replay: Replay, name: str) -> None:
    (page,) = replay(name)

    assert GitHub().dialect(NOWHERE).verdict(Answer(page.status, page.headers, page.body)) is None


def octokit(folder: Path, kind: str) -> list[Page]:
    exchanges = json.loads((folder / f"{kind}-fixture.json").read_text(encoding="utf-8"))
    return [
        Page(f"{e['method'].upper()} {e['path']}", e["status"], {}, json.dumps(e["response"]).encode(), "recorded")
        for e in exchanges
    ]


@pytest.mark.parametrize("kind", ["raw", "normalized"])
def test_octokits_search(shared: Callable[[str], Path], kind: str) -> None:
    pages = octokit(shared("recorded/octokit-fixtures/scenarios/api.github.com/search-issues"), kind)
    seen = read(*(p for p in pages if p.path.startswith("/search")))

    assert [(t.title, t.item, t.state) for t in threads(seen)] == [
        ("Sesame seeds split without a pop!", "issue", "open"),
        ("The doors don\u2019t open", "issue", "open"),
    ]
    assert [(p.body, p.author_kind, p.score) for p in posts(seen)] == [
        ("I\u2019ve waited all year long, but there was no pop 😭", "person", 0),
        ('I tried "open sesame" as seen on Wikipedia but no luck!', "person", 0),
    ]
    assert [(s.reported, len(s.hits), s.problem) for s in slices(seen)] == [(2, 2, None)]


@pytest.mark.parametrize("kind", ["raw", "normalized"])
def test_octokits_pages_by_name_and_by_number_are_one_list(shared: Callable[[str], Path], kind: str) -> None:
    """Its links lead from ``/repos/owner/name`` to ``/repositories/1000``."""
    pages = octokit(shared("recorded/octokit-fixtures/scenarios/api.github.com/paginate-issues"), kind)
    seen = threads(read(*(p for p in pages if p.request.startswith("GET"))))

    assert [t.title for t in seen] == [f"Test issue {n}" for n in range(13, 0, -1)]
    assert len({t.native_id.partition("#")[0] for t in seen}) == 1


def test_github_to_sqlites_issues_and_comments(shared: Callable[[str], Path]) -> None:
    folder = shared("recorded/github-to-sqlite/tests")
    names = {"issues": "simonw/datasette/issues", "issue-comments": "dogsheep/github-to-sqlite/issues/comments"}
    issues, comments = (
        read(Page(f"GET /repos/{path}", 200, {}, (folder / f"{name}.json").read_bytes(), "recorded"))
        for name, path in names.items()
    )

    assert [(t.native_id, t.item, t.labels, t.n_reported) for t in threads(issues)] == [
        ("simonw/datasette#572", "issue", ("plugins",), 2),
        ("simonw/datasette#571", "pull_request", (), 1),
    ]
    assert [(p.thread, p.native_id, p.author) for p in posts(comments)] == [
        ("dogsheep/github-to-sqlite#3", "issuecomment-531516956", "simonw"),
        ("dogsheep/github-to-sqlite#3", "issuecomment-531517083", "simonw"),
        ("dogsheep/github-to-sqlite#4", "issuecomment-531517138", "simonw"),
    ]
