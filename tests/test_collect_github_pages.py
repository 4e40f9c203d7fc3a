"""Reading GitHub's pages: what is missing, broken or hostile takes nothing else with it."""

import json
from datetime import UTC
from typing import Any

import pytest
from github_rig import NOWHERE, at, posts, slices, threads
from hypothesis import given
from hypothesis import strategies as st

from codebook.raw import Page
from collect.github import GitHub
from collect.github.documents import Tail, search, tails
from collect.github.documents import threads as by_name
from collect.github.queries import KINDS
from collect.source import Seen, SeenGone, SeenPost, SeenSlice, SeenThread

FOUND = "GET /search/issues?q=%22x%22+is%3Aissue+in%3Atitle&page=2"
COMMENTED = "GET /repos/acme/loader/issues/7/comments?page=1"
REVIEWED = "GET /repos/acme/loader/pulls/7/reviews?page=1"
COMMENTS = tails([Tail("acme/loader#d7", "discussion comments", "c")])
REPLIES = tails([Tail("acme/loader#d7", "replies", "c", "DC_5")])
SEARCHED = search(KINDS["discussions"]), {"query": '"x" in:title', "first": 50, "after": None}
ITEM = {"number": 7, "title": "A title", "repository_url": "https://api.github.com/repos/acme/loader"}
COMMENT = {"id": 1, "body": "text", "created_at": "2023-01-02T03:04:05Z"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "number", "title", "items", "nodes", "data", "search", "node", "repository", "errors"]
            )
            | st.sampled_from(
                ["discussion", "comments", "replies", "body", "user", "labels", "pull_request", "message"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def read(request: str, body: Any, status: int = 200) -> list[Seen]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(GitHub().parse(Page(request, status, {}, content, "r"), NOWHERE))


def graphql(text: str, variables: dict[str, Any]) -> str:
    return "POST /graphql\n" + json.dumps({"query": text, "variables": variables})


def test_an_item_with_nothing_but_its_name_is_a_thread() -> None:
    assert read(FOUND, {"total_count": 1, "items": [{"number": 7, "url": ITEM["repository_url"] + "/issues/7"}]}) == [
        SeenThread(native_id="acme/loader#7", item="issue", url="", title="", n_reported=1),
        SeenPost(thread="acme/loader#7", native_id="0", role="opening", body=""),
        SeenSlice(query='"x" is:issue in:title', reported=1, hits=("acme/loader#7",)),
    ]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (None, "item 2 cannot be read: item: Input should be a valid dictionary or instance of Item"),
        ({"title": "no number"}, "item 2 cannot be read: number: Field required"),
        (ITEM | {"user": {"id": 1}}, "item 2 cannot be read: user.login: Field required"),
        (ITEM | {"repository_url": "https://x/repos/../etc"}, "item 7 names no repository"),
        (ITEM | {"repository_url": "https://x/repos/a/.."}, "item 7 names no repository"),
        (ITEM | {"repository_url": "https://x/repos/a/b\n"}, "item 7 names no repository"),
        (ITEM | {"created_at": "yesterday"}, "item 2 cannot be read: created_at: Input should be a valid datetime"),
    ],
)
def test_an_item_that_cannot_be_read_is_a_problem_of_its_slice_and_the_others_stay(broken: Any, why: str) -> None:
    seen = read(FOUND, {"total_count": 3, "items": [ITEM, broken, ITEM | {"number": 9}]})

    assert [t.native_id for t in threads(seen)] == ["acme/loader#7", "acme/loader#9"]
    assert [s.hits for s in slices(seen)] == [("acme/loader#7", "acme/loader#9")]
    assert (slices(seen)[0].problem or "").startswith(why)


def test_a_comment_that_cannot_be_read_is_said_and_the_others_stay() -> None:
    seen = read(COMMENTED, [COMMENT, {"body": "no id"}, COMMENT | {"id": 3}])

    assert [p.native_id for p in posts(seen)] == ["issuecomment-1", "issuecomment-3"]
    assert slices(seen) == [
        SeenSlice(query="comments of acme/loader#7", problem="comment 2 cannot be read: id: Field required")
    ]


def test_a_page_of_comments_without_a_problem_has_no_slice() -> None:
    assert slices(read(COMMENTED, [COMMENT])) == []


@pytest.mark.parametrize(
    ("request_line", "body", "expected"),
    [
        (COMMENTED, {"message": "Gone"}, SeenSlice(query="comments of acme/loader#7", problem="HTTP 410: Gone")),
        (REVIEWED, b"<html>", SeenSlice(query="reviews of acme/loader#7", problem="HTTP 410")),
        (COMMENTED, [], SeenSlice(query="comments of acme/loader#7", problem="HTTP 410")),
        (FOUND, {"message": "No"}, SeenSlice(query='"x" is:issue in:title', problem="HTTP 410: No")),
        (
            graphql(*COMMENTS),
            {"message": "No"},
            SeenSlice(query="comments of acme/loader#d7", problem="HTTP 410: No"),
        ),
    ],
)
def test_a_refusal_is_a_problem_in_the_sites_words(request_line: str, body: Any, expected: SeenSlice) -> None:
    seen = read(request_line, body, 410)

    assert [slices(seen)[0], len(seen)] == [expected, 1]


def test_accounts_that_are_gone_are_nobody() -> None:
    """Null, or the account that stands in for all deleted ones."""
    ghosts = [None, {"login": "ghost", "id": 10137, "type": "User"}]

    seen = read(COMMENTED, [COMMENT | {"id": n, "user": user} for n, user in enumerate(ghosts, 1)])

    assert [(p.author, p.author_kind) for p in posts(seen)] == [(None, None), (None, None)]


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"login": "ada"}, ("ada", None)),
        ({"login": "ada", "type": "User"}, ("ada", "person")),
        ({"login": "acme", "type": "Organization"}, ("acme", "person")),
        ({"login": "dependabot[bot]", "type": "Bot"}, ("dependabot[bot]", "bot")),
    ],
)
def test_the_site_says_whether_an_account_is_a_bot(user: dict[str, str], expected: tuple[str, str | None]) -> None:
    (seen,) = posts(read(COMMENTED, [COMMENT | {"user": user}]))

    assert (seen.author, seen.author_kind) == expected


def test_a_bot_has_one_name_in_both_apis() -> None:
    """REST adds ``[bot]`` to it, GraphQL does not."""
    node = {"id": "DC_1", "databaseId": 1, "body": "x", "author": {"__typename": "Bot", "login": "dependabot"}}
    comments = {"data": {"t0": {"discussion": {"comments": {"nodes": [node]}}}}}

    (seen,) = posts(read(graphql(*COMMENTS), comments))

    assert (seen.author, seen.author_kind) == ("dependabot[bot]", "bot")


def test_old_issues_with_an_empty_pull_request_are_issues() -> None:
    nulls = {"html_url": None, "diff_url": None, "patch_url": None}

    seen = read(FOUND, {"total_count": 1, "items": [ITEM | {"pull_request": nulls}]})

    assert [t.item for t in threads(seen)] == ["issue"]


def test_hostile_text_comes_through_as_text() -> None:
    """Lone surrogates, which JSON can hold and files cannot, are replaced; the rest is the table's business."""
    body = b'[{"id": 1, "body": "\\ud800 <script>alert(1)</script> =1+1 \\u202e {0}", "user": {"login": "\\udfff"}}]'

    (seen,) = posts(read(COMMENTED, body))

    assert seen.body == "\ufffd <script>alert(1)</script> =1+1 \u202e {0}"
    assert seen.author == "\ufffd"


def test_a_window_that_was_halved_is_no_slice_but_its_threads_stand() -> None:
    """Its halves are the slices; the numbers of its later pages do not make it one again."""
    query = (
        "GET /search/issues?q=%22x%22+is%3Aissue+created%3A2023-01-01T00%3A00%3A00Z..2023-12-31T23%3A59%3A59Z&page={}"
    )
    body = {"total_count": 1001, "incomplete_results": False, "items": [ITEM]}

    assert slices(read(query.format(1), body)) == []
    assert [t.native_id for t in threads(read(query.format(1), body))] == ["acme/loader#7"]
    assert [s.problem for s in slices(read(query.format(2), body))] == [
        "GitHub lists 1000 of 1001 results, and the window is not halved further"
    ]


def test_moments_are_in_utc() -> None:
    (seen,) = posts(read(COMMENTED, [COMMENT | {"created_at": "2023-01-02T03:04:05+02:00"}]))

    assert seen.created_at is not None
    assert seen.created_at.astimezone(UTC) == at("2023-01-02T01:04:05")


def test_replies_of_a_later_page_belong_to_their_comment() -> None:
    node = {"id": "DC_5", "databaseId": 5, "replies": {"nodes": [{"id": "DC_6", "databaseId": None, "body": "r"}]}}
    answerable = {"discussion": {"category": {"isAnswerable": False}}}

    seen = read(graphql(*REPLIES), {"data": {"t0": answerable, "p0": node}})

    assert seen == [
        SeenPost(
            thread="acme/loader#d7",
            native_id="discussioncomment-DC_6",
            role="reply",
            body="r",
            reply_to="discussioncomment-5",
        )
    ]


@pytest.mark.parametrize("path", ["/user", "/repos/a/b", "/repos/a/b/issues/7/reviews", "/search/code?q=x"])
def test_a_page_that_is_never_asked_for_says_nothing(path: str) -> None:
    assert read(f"GET {path}", {"items": [ITEM]}) == []


@given(st.sampled_from([FOUND, COMMENTED, REVIEWED, "GET /repos/a/b/issues"]), JSON, st.sampled_from([200, 404]))
def test_no_rest_answer_makes_reading_fail(request_line: str, body: Any, status: int) -> None:
    for seen in read(request_line, body, status):
        assert isinstance(seen, SeenThread | SeenPost | SeenSlice)


ASKED = [SEARCHED, COMMENTS, REPLIES, by_name(KINDS["issues"], ["acme/loader#7"])]


@given(
    st.sampled_from([graphql(*asked) for asked in ASKED]),
    JSON
    | st.dictionaries(st.sampled_from(["data", "errors"]), JSON)
    | JSON.map(lambda inner: {"data": {"search": inner, "t0": inner, "p0": inner}})
    | JSON.map(lambda inner: {"data": {"t0": {"issueOrPullRequest": inner, "discussion": inner}}, "errors": [inner]}),
    st.sampled_from([200, 404, 502]),
)
def test_no_graphql_answer_makes_reading_fail(request_text: str, body: Any, status: int) -> None:
    for seen in read(request_text, body, status):
        assert isinstance(seen, SeenThread | SeenPost | SeenSlice | SeenGone)


@pytest.mark.parametrize("inner", [[], [None], [{"path": None}], [{"path": [["t0"]], "type": 7}], "no", {"t0": 1}, 3])
def test_errors_of_any_shape_are_said_and_take_nobody_for_gone(inner: Any) -> None:
    seen = read(graphql(*ASKED[3]), {"data": {"t0": None}, "errors": inner})

    assert [type(s) for s in seen] == ([SeenSlice] if inner else [])


def test_a_thread_that_cannot_be_found_is_gone_and_one_that_may_not_be_seen_is_not() -> None:
    """Two of three threads have an error, which names its field."""
    names = [f"acme/loader#{n}" for n in (1, 2, 3)]
    errors = [
        {"type": "NOT_FOUND", "path": ["t0", "issueOrPullRequest"], "message": "Could not resolve"},
        {"type": "FORBIDDEN", "path": ["t1"], "message": "Resource protected by SAML"},
    ]
    node = {"__typename": "Issue", "number": 3, "title": "T", "repository": {"nameWithOwner": "acme/engine"}}
    data = {"t0": {"issueOrPullRequest": None}, "t1": None, "t2": {"issueOrPullRequest": node}}

    seen = read(graphql(*by_name(KINDS["issues"], names)), {"data": data, "errors": errors})

    assert seen == [
        SeenGone(native_id="acme/loader#1", why="gone"),
        SeenSlice(
            query="whereabouts of acme/loader#2", problem="GitHub answers with an error: Resource protected by SAML"
        ),
        SeenGone(native_id="acme/loader#3", why="renamed", now="acme/engine#3"),
        SeenThread(native_id="acme/engine#3", item="issue", url="", title="T"),
    ]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (410, {"message": "This issue was deleted"}, [SeenGone(native_id="acme/loader#7", why="deleted")]),
        (404, {"message": "Not Found"}, [SeenGone(native_id="acme/loader#7", why="gone")]),
        (451, b"<html>", [SeenGone(native_id="acme/loader#7", why="gone")]),
        (403, {"message": "No"}, [SeenSlice(query="whereabouts of acme/loader#7", problem="HTTP 403: No")]),
    ],
)
def test_what_became_of_a_thread_in_rest(status: int, body: Any, expected: list[Seen]) -> None:
    assert read("GET /repos/acme/loader/issues/7", body, status) == expected


def test_a_query_that_was_asked_again_for_less_says_nothing() -> None:
    """Its answer says that it was not carried out in time; the smaller ones say everything."""
    late = {
        "data": {"search": {"nodes": []}},
        "errors": [{"message": "Something went wrong while executing your query."}],
    }
    smallest = SEARCHED[0], SEARCHED[1] | {"first": 1}

    assert read(graphql(*SEARCHED), late) == read(graphql(*SEARCHED), b"<html>", 502) == []
    assert [s.problem for s in slices(read(graphql(*smallest), late))] == [
        "GitHub answers with an error: Something went wrong while executing your query."
    ]
