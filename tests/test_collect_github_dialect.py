"""How the GitHub source takes limits, refusals and servers that are somewhere else."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from github_rig import NOWHERE, Rig, paths, post, serve, slices, thread
from sites.server import Asked, Reply, as_json

from codebook.errors import StoppedEarly, StudyError
from codebook.wire import Answer, Verdict
from collect.github import GitHub, GitHubOptions
from collect.source import SeenSlice

ISSUES = GitHubOptions(items=["issues"])
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
ABUSE = "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again."


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def verdict(status: int, body: Any, **headers: str) -> Verdict | None:
    answer = Answer(status, {k.replace("_", "-"): v for k, v in headers.items()}, json.dumps(body).encode())
    return GitHub().dialect(NOWHERE).verdict(answer)


@pytest.mark.parametrize(
    ("status", "message", "headers", "wait"),
    [
        (403, SECONDARY, {}, 60.0),
        (429, SECONDARY, {"retry_after": "7"}, 7.0),
        (403, ABUSE, {"retry_after": "30"}, 30.0),
        (429, "", {}, 60.0),
        (403, "Something", {"retry_after": "2"}, 2.0),
    ],
)
def test_limits_are_waited_for(status: int, message: str, headers: dict[str, str], wait: float) -> None:
    expected = Verdict(again=True, wait=wait, reason=message or f"HTTP {status}")

    assert verdict(status, {"message": message}, **headers) == expected


def test_a_primary_limit_is_waited_for_until_its_reset() -> None:
    reset = str(int(time.time()) + 100)
    given = verdict(403, {"message": "API rate limit exceeded"}, x_ratelimit_remaining="0", x_ratelimit_reset=reset)

    assert given is not None
    assert given.again
    assert 99 <= (given.wait or 0) <= 101


@pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
def test_a_limit_inside_a_good_answer_is_waited_for(kind: str) -> None:
    """GraphQL says so with HTTP 200, in two spellings over the years."""
    body = {"errors": [{"type": kind, "message": "API rate limit already exceeded for user ID 1."}]}

    assert verdict(200, body) == Verdict(again=True, wait=60.0, reason="API rate limit already exceeded for user ID 1.")


def test_a_fault_inside_a_good_answer_is_asked_again() -> None:
    said = "Something went wrong while executing your query. This may be the result of a timeout."

    assert verdict(200, {"data": None, "errors": [{"message": said}]}) == Verdict(again=True, wait=None, reason=said)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"message": "Repository access blocked"}),
        (404, {"message": "Not Found"}),
        (200, {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve"}]}),
        (200, {"items": [{"body": 'RATE_LIMITED "errors"'}]}),
        (200, [{"body": "API rate limit exceeded"}]),
    ],
)
def test_other_answers_are_no_limit(status: int, body: Any) -> None:
    assert verdict(status, body) is None


def test_an_answer_that_is_not_ready_is_asked_for_again() -> None:
    assert verdict(202, {}) == Verdict(again=True, wait=None, reason="the answer is not ready yet")


@pytest.mark.parametrize("resource", ["search", "graphql", "core"])
def test_the_next_request_waits_when_nothing_is_left_of_a_limit(resource: str) -> None:
    reset = str(int(time.time()) + 30)
    spent = {"x_ratelimit_resource": resource, "x_ratelimit_remaining": "0", "x_ratelimit_reset": reset}
    given = verdict(200, {}, **spent)

    assert given is not None
    assert not given.again
    assert 29 <= (given.wait or 0) <= 31
    assert verdict(200, {}, **(spent | {"x_ratelimit_remaining": "1"})) is None
    assert verdict(200, {}, **(spent | {"x_ratelimit_resource": "code_scanning_upload"})) is None


@pytest.mark.parametrize(("resource", "most"), [("search", 61.0), ("graphql", 3601.0), ("core", 3601.0)])
def test_no_clock_makes_it_wait_longer_than_a_limit_lasts(resource: str, most: float) -> None:
    spent = {"x_ratelimit_resource": resource, "x_ratelimit_remaining": "0", "x_ratelimit_reset": "9999999999"}

    assert verdict(200, {}, **spent) == Verdict(wait=most)


def test_requests_are_no_faster_than_the_published_rates() -> None:
    """2,000 points of GraphQL a minute, ten searches a minute without a token; a replay on this machine has no rate."""
    far = replace(NOWHERE, base_url="https://api.github.com")

    assert GitHub().dialect(replace(far, token="t")).seconds_between == 60 / 2000
    assert GitHub().dialect(far).seconds_between == 60 / 10
    assert GitHub().dialect(replace(far, base_url="http://127.0.0.1:9")).seconds_between == 0


def test_a_run_keeps_to_the_searches_that_the_site_allows(rig: Rig) -> None:
    """Ten searches a minute: the eleventh waits for the reset, and the site never has to refuse."""
    keywords = tuple(f"word{n}" for n in range(12))

    with serve([], searches=10, now=lambda: time.time() + sum(rig.slept)) as local:
        rig.fetch(rig.site(local, token=None, options=ISSUES, keywords=keywords))

    assert len(paths(local.seen)) == 12
    assert [59 < seconds <= 61 for seconds in rig.slept] == [True]


def test_a_secondary_limit_in_the_middle_is_noted_and_waited_out(rig: Rig) -> None:
    def fault(number: int, _asked: Asked) -> Reply | None:
        return as_json({"message": SECONDARY}, 403, **{"Retry-After": "9"}) if number == 2 else None

    with serve([thread(1, post(10, "a"))], fault=fault) as local:
        whole = rig.fetch(rig.site(local, token=None, options=ISSUES))

    assert whole == ["acme/loader#1"]
    assert rig.slept == [9.0]
    assert rig.waits == {SECONDARY: 9}
    assert [p.status for p in rig.pages()] == [200, 200]


def test_a_graphql_limit_in_the_middle_is_waited_out(rig: Rig) -> None:
    limit = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}

    def fault(number: int, _asked: Asked) -> Reply | None:
        return as_json(limit) if number in (1, 2) else None

    with serve([thread(3, post(30, "a"), item="discussion")], fault=fault) as local:
        whole = rig.fetch(rig.site(local, options=GitHubOptions(items=["discussions"])))

    assert whole == ["acme/loader#d3"]
    assert rig.slept == [60.0, 60.0]
    assert len(rig.pages()) == 1


def test_a_limit_that_lasts_longer_than_one_may_wait_stops_and_the_same_command_goes_on(rig: Rig) -> None:
    def fault(_number: int, _asked: Asked) -> Reply | None:
        return as_json({"message": "API rate limit exceeded"}, 403, **{"Retry-After": "3600"})

    with serve([thread(1)], fault=fault) as local, pytest.raises(StoppedEarly) as caught:
        rig.fetch(rig.site(local, options=ISSUES))
    with serve([thread(1)]) as local:
        whole = rig.fetch(rig.site(local, options=ISSUES))

    assert "API rate limit exceeded" in str(caught.value)
    assert whole == ["acme/loader#1"]


def test_a_wrong_token_names_its_variable_and_is_not_kept(rig: Rig) -> None:
    """With the right token, the same run goes on."""
    with serve([thread(1)]) as local:
        with pytest.raises(StudyError) as caught:
            rig.fetch(rig.site(local, token="wrong"))
        stored = rig.pages()
        whole = rig.fetch(rig.site(local))

    assert str(caught.value) == (
        "Bad credentials: the token in $GITHUB_TOKEN is refused\n"
        "  Put a valid token into $GITHUB_TOKEN and run the same command again."
    )
    assert stored == []
    assert whole == ["acme/loader#1"]


_TOKEN_PAGE = "https://github.com/settings/tokens"
_NEEDS = (
    "Your token has not been granted the required scopes to execute this query. The 'login' field requires one of the "
)
_NEEDS += "following scopes: ['read:org'], but your token has only been granted the: ['gist'] scopes."
_PERSONAL = "Resource not accessible by personal access token"


@pytest.mark.parametrize(
    ("status", "body", "headers", "lacks"),
    [
        (200, {"errors": [{"type": "INSUFFICIENT_SCOPES", "message": _NEEDS}]}, {}, "one of the scopes read:org"),
        (200, {"errors": [{"type": "INSUFFICIENT_SCOPES", "message": "No."}]}, {}, "a scope"),
        (200, {"data": {"search": None}, "errors": [{"type": "FORBIDDEN", "message": _PERSONAL}]}, {}, "a permission"),
        (403, {"message": _PERSONAL}, {"x_accepted_github_permissions": "issues=read"}, "the permission issues=read"),
        (403, {"message": "Resource not accessible by integration"}, {}, "a permission"),
        (
            403,
            {"message": "Must have admin rights"},
            {"x_oauth_scopes": "gist, user", "x_accepted_oauth_scopes": "repo, public_repo"},
            "one of the scopes public_repo, repo",
        ),
    ],
)
def test_a_token_without_a_right_names_the_right_and_where_to_set_it(
    status: int, body: Any, headers: dict[str, str], lacks: str
) -> None:
    with pytest.raises(StudyError) as caught:
        verdict(status, body, **headers)

    assert caught.value.what == f"the token in the variable that token_env names lacks {lacks}; set it at {_TOKEN_PAGE}"


def test_a_refusal_for_another_reason_does_not_blame_the_tokens_scopes() -> None:
    headers = {"x_oauth_scopes": "repo, gist", "x_accepted_oauth_scopes": "repo"}

    assert verdict(403, {"message": "Repository access blocked"}, **headers) is None
    assert verdict(403, {"message": "Repository access blocked"}, x_accepted_oauth_scopes="repo") is None


def test_a_token_without_a_scope_stops_the_run_with_one_line_and_nothing_is_stored(rig: Rig) -> None:
    body = {"data": None, "errors": [{"type": "INSUFFICIENT_SCOPES", "message": _NEEDS}]}

    with serve([], fault=lambda *_: as_json(body)) as local, pytest.raises(StudyError) as caught:
        rig.fetch(rig.site(local))

    assert caught.value.exit_code == 2
    assert caught.value.what == (
        f"the token in $GITHUB_TOKEN lacks one of the scopes read:org; set it at {local.base_url}/settings/tokens"
    )
    assert rig.pages() == []


def test_a_token_that_no_header_can_hold_is_said_before_anything_is_sent(rig: Rig) -> None:
    with serve([]) as local, pytest.raises(StudyError) as caught:
        rig.fetch(rig.site(local, token="two\nlines"))

    assert caught.value.what == "the value of $GITHUB_TOKEN is not a token"
    assert local.seen == []


def test_a_line_break_after_a_token_does_no_harm(rig: Rig) -> None:
    with serve([thread(1)]) as local:
        assert rig.fetch(rig.site(local, token="a-valid-token\n", options=ISSUES)) == ["acme/loader#1"]


def test_without_a_token_discussions_are_a_skipped_slice_that_a_rebuild_gives_again(rig: Rig) -> None:
    corpus = [thread(1), thread(3, item="discussion")]

    with serve(corpus) as local:
        site = rig.site(local, token=None, keywords=("trust_remote_code", "trust_repo"))
        whole = rig.fetch(site)
        again = rig.fetch(site)

    skipped = [s for s in slices(rig.seen(site)) if s.skipped]
    assert whole == again == ["acme/loader#1"]
    assert not [a for a in local.seen if "authorization" in a.headers or a.path == "/graphql"]
    assert [p.request for p in rig.pages()].count("NOTE skipped/discussions") == 1
    assert [s.query for s in skipped] == [
        'type:DISCUSSION "trust_remote_code" in:title,body,comments',
        'type:DISCUSSION "trust_repo" in:title,body,comments',
    ]
    assert skipped[0] == SeenSlice(
        query='type:DISCUSSION "trust_remote_code" in:title,body,comments',
        window_start=skipped[0].window_start,
        window_end=skipped[0].window_end,
        problem="GitHub gives discussions only to those who send a token; set GITHUB_TOKEN",
        skipped=True,
    )


@pytest.mark.parametrize("location", ["https://elsewhere.example/api/v3/search/issues", "http://[broken/"])
def test_a_redirect_to_another_address_says_that_base_url_is_wrong(rig: Rig, location: str) -> None:
    with serve([], fault=lambda *_: Reply(301, b"{}", {"Location": location})) as local:
        site = rig.site(local, options=ISSUES)
        with pytest.raises(StudyError) as caught:
            rig.fetch(site)

    assert caught.value.what == f"the site redirects to another address: {location}"
    assert caught.value.hint == "Correct base_url of [sources.github] in study.toml."
    assert rig.pages() == []
