"""The GitHub source without a token: what is asked, what is stored, what comes out, and what survives."""

from collections import Counter
from pathlib import Path

import pytest
from github_rig import TOKEN, Rig, at, paths, post, posts, serve, slices, thread, threads
from sites.server import Asked, Reply

from codebook.errors import StudyError
from collect.github import GitHub, GitHubOptions
from collect.source import SeenPost, SeenSlice, SeenThread, Source

ISSUES = GitHubOptions(items=["issues"])
PULLS = GitHubOptions(items=["pull_requests"])
QUERY = '"trust_remote_code" is:issue in:title,body,comments'


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_it_is_a_source() -> None:
    source: Source = GitHub()

    assert source.Options().model_dump() == {"items": ["issues", "pull_requests", "discussions"]}


def test_an_issue_comes_out_as_a_thread_its_posts_and_a_slice(rig: Rig) -> None:
    """Whole literal rows; names, hosts and texts are the site's own."""
    opening = post(0, "Is trust_remote_code safe? 中文 🤗", "2023-01-01", author="ada", role="opening", score=3)
    answers = (post(11, "No.", "2023-01-02", score=1), post(12, "Stale.", "2023-02-02", author="stale", bot=True))
    corpus = [thread(7, *answers, opening=opening, title="Sécurité", state="closed", labels=("security", "q"))]

    with serve(corpus) as local:
        site = rig.site(local, token=None, options=ISSUES)
        whole = rig.fetch(site)

    assert whole == ["acme/loader#7"]
    assert rig.seen(site) == [
        SeenThread(
            native_id="acme/loader#7",
            item="issue",
            url="https://github.example/acme/loader/issues/7",
            title="Sécurité",
            state="closed",
            created_at=at("2023-01-01"),
            author="ada",
            labels=("security", "q"),
            n_reported=3,
            uid="I_7_0_1672531200",
            version="2023-02-02T00:00:00Z",
        ),
        SeenPost(
            thread="acme/loader#7",
            native_id="0",
            role="opening",
            body="Is trust_remote_code safe? 中文 🤗",
            created_at=at("2023-01-01"),
            author="ada",
            author_kind="person",
            score=3,
        ),
        SeenSlice(
            query=QUERY,
            window_start=at("2019-01-01"),
            window_end=at("2025-12-31T23:59:59"),
            reported=1,
            hits=("acme/loader#7",),
        ),
        SeenPost(
            thread="acme/loader#7",
            native_id="issuecomment-11",
            role="comment",
            body="No.",
            created_at=at("2023-01-02"),
            author="bob",
            author_kind="person",
            score=1,
        ),
        SeenPost(
            thread="acme/loader#7",
            native_id="issuecomment-12",
            role="comment",
            body="Stale.",
            created_at=at("2023-02-02"),
            author="stale[bot]",
            author_kind="bot",
            score=0,
        ),
    ]


def test_a_pull_request_has_comments_review_comments_and_reviews(rig: Rig) -> None:
    """A review without a word is a verdict, no post."""
    corpus = [
        thread(
            8,
            post(20, "Thanks."),
            post(21, "Please sandbox it.", role="review"),
            post(22, "", role="review"),
            post(23, "eval()?", role="review_comment"),
            post(24, "Gone.", role="review_comment", reply_to=23, author=None),
            item="pull_request",
            state="merged",
        )
    ]

    with serve(corpus) as local:
        site = rig.site(local, token=None, options=PULLS)
        rig.fetch(site)

    seen = rig.seen(site)
    assert [(t.native_id, t.item, t.url, t.state, t.n_reported) for t in threads(seen)] == [
        ("acme/loader#8", "pull_request", "https://github.example/acme/loader/pull/8", "merged", 2)
    ]
    assert [(p.native_id, p.role, p.body, p.author, p.author_kind, p.reply_to) for p in posts(seen)] == [
        ("0", "opening", "I set trust_remote_code.", "ada", "person", None),
        ("issuecomment-20", "comment", "Thanks.", "bob", "person", None),
        ("discussion_r23", "review_comment", "eval()?", "bob", "person", None),
        ("discussion_r24", "review_comment", "Gone.", None, None, "discussion_r23"),
        ("pullrequestreview-21", "review", "Please sandbox it.", "bob", "person", None),
    ]
    assert {p.thread for p in posts(seen)} == {"acme/loader#8"}


def test_comments_are_asked_for_to_the_last_page_and_only_where_there_are_some(rig: Rig) -> None:
    corpus = [thread(1, *(post(n, f"{n}") for n in range(1, 202))), thread(2)]

    with serve(corpus) as local:
        site = rig.site(local, token=None, options=ISSUES)
        rig.fetch(site)

    assert Counter(paths(local.seen)) == {"/search/issues": 1, "/repos/acme/loader/issues/1/comments": 3}
    assert len([p for p in posts(rig.seen(site)) if p.role == "comment"]) == 201


@pytest.mark.parametrize("match", ["any", "title", "body", "comments"])
def test_the_site_is_asked_everywhere_wherever_the_study_wants_the_keyword(rig: Rig, match: str) -> None:
    nothing = post(0, "Help!", "2023-01-01", role="opening")
    corpus = [
        thread(1, opening=nothing, title="trust_remote_code"),
        thread(2),
        thread(3, post(30, "Use trust_remote_code."), opening=nothing),
        thread(4, opening=nothing),
    ]

    with serve(corpus) as local:
        whole = rig.fetch(rig.site(local, token=None, options=ISSUES, match=match))

    assert whole == [f"acme/loader#{n}" for n in (1, 2, 3)]


def test_a_thread_that_two_keywords_find_is_fetched_once_and_a_hit_of_both(rig: Rig) -> None:
    both = post(0, "trust_remote_code or trust_repo?", "2023-01-01", role="opening")

    with serve([thread(1, post(10, "yes"), opening=both)]) as local:
        site = rig.site(local, token=None, options=ISSUES, keywords=("trust_remote_code", "trust_repo"))
        whole = rig.fetch(site)

    assert whole == ["acme/loader#1"]
    assert Counter(paths(local.seen))["/repos/acme/loader/issues/1/comments"] == 1
    assert [s.hits for s in slices(rig.seen(site))] == [("acme/loader#1",), ("acme/loader#1",)]


def test_only_the_days_of_the_study_are_asked_for(rig: Rig) -> None:
    days = ["2018-12-31T23:59:59", "2019-01-01", "2025-12-31T23:59:59", "2026-01-01"]
    corpus = [thread(n, opening=post(0, "trust_remote_code", d, role="opening")) for n, d in enumerate(days)]

    with serve(corpus) as local:
        whole = rig.fetch(rig.site(local, token=None, options=ISSUES))

    assert whole == ["acme/loader#1", "acme/loader#2"]


@pytest.mark.parametrize("status", [403, 404, 410, 451])
def test_a_thread_whose_comments_are_gone_does_not_stop_the_others(rig: Rig, status: int) -> None:
    def fault(_number: int, asked: Asked) -> Reply | None:
        return Reply(status, b'{"message": "Not\\u001b Found"}') if "/issues/1/" in asked.path else None

    with serve([thread(1, post(10, "a")), thread(2, post(20, "b"))], fault=fault) as local:
        site = rig.site(local, token=None, options=ISSUES)
        whole = rig.fetch(site)

    assert whole == ["acme/loader#1", "acme/loader#2"]
    assert [(p.thread, p.body) for p in posts(rig.seen(site)) if p.role == "comment"] == [("acme/loader#2", "b")]
    assert slices(rig.seen(site))[1:] == [
        SeenSlice(query="comments of acme/loader#1", problem=f"HTTP {status}: Not\ufffd Found")
    ]


def test_posts_of_a_renamed_repository_stay_with_the_name_that_was_found(rig: Rig) -> None:
    """Its old name redirects to a number, page by page; nothing but the old name is in the stored requests."""
    corpus = [thread(1, *(post(n, f"{n}") for n in range(1, 151)))]

    with serve(corpus, renamed={"acme/loader": 4711}) as local:
        site = rig.site(local, token=None, options=ISSUES)
        rig.fetch(site)

    assert {p.thread for p in posts(rig.seen(site))} == {"acme/loader#1"}
    assert len(posts(rig.seen(site))) == 151
    assert [p.request for p in rig.pages()][1:] == [
        "GET /repos/acme/loader/issues/1/comments?page=1&per_page=100",
        "GET /repos/acme/loader/issues/1/comments?page=2&per_page=100",
    ]


@pytest.mark.parametrize("token", [TOKEN, None])
def test_an_enterprise_server_gives_the_same_pages(rig: Rig, token: str | None) -> None:
    corpus = [thread(1, post(10, "a")), thread(2, post(20, "b"), item="discussion")]
    enterprise = Rig(rig.folder / "enterprise")

    with serve(corpus) as local:
        rig.fetch(rig.site(local, token=token))
    with serve(corpus) as local:
        enterprise.fetch(enterprise.site(local, token=token, base_url=f"{local.base_url}/api/v3"))

    mine = [(p.request.replace("POST /graphql", "POST /api/graphql"), p.status) for p in rig.pages()]
    assert {a.path.split("/")[1] for a in local.seen} == {"api"}
    assert [(p.request, p.status) for p in enterprise.pages()] == mine
    assert enterprise.seen(rig.site(local)) == rig.seen(rig.site(local))


def test_a_search_that_the_site_refuses_names_the_query(rig: Rig) -> None:
    with serve([]) as local, pytest.raises(StudyError) as caught:
        rig.fetch(rig.site(local, token=None, options=ISSUES, keywords=("x" * 300,)))

    assert caught.value.what == (
        "the site refuses a search (HTTP 422): Validation Failed: The search is longer than 256 characters."
    )
    assert caught.value.where.startswith('"xxxx')


def test_nothing_secret_is_stored(rig: Rig) -> None:
    with serve([thread(1, post(10, "a"))]) as local:
        rig.fetch(rig.site(local))

    assert all(a.headers["authorization"] == f"token {TOKEN}" for a in local.seen)
    assert not [p for p in rig.pages() if TOKEN in repr(p)]
