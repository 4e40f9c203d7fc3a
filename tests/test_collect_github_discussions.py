"""Discussions: GraphQL against a local site that executes it."""

import json
from pathlib import Path

import pytest
from github_rig import Rig, at, many, post, posts, serve, slices, thread, threads
from sites.server import Asked, Reply, as_json

from codebook.errors import StoppedEarly, StudyError
from collect.github import GitHubOptions
from collect.source import SeenPost, SeenSlice, SeenThread

DISCUSSIONS = GitHubOptions(items=["discussions"])
QUERY = 'type:DISCUSSION "trust_remote_code" in:title,body,comments'


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def variables(local_seen: list[Asked]) -> list[dict]:
    return [json.loads(a.body)["variables"] for a in local_seen]


def test_a_discussion_comes_out_as_a_thread_its_comments_and_replies(rig: Rig) -> None:
    """Whole literal rows."""
    answer = post(31, "Pin a revision.", author="eve", accepted=True, score=4)
    reply = post(32, "Thanks! 谢谢", "2023-01-03", role="reply", reply_to=31, hidden=True, author=None)
    bot = post(33, "Stale.", "2023-02-01", author="stale", bot=True)
    corpus = [thread(3, answer, reply, bot, item="discussion", title="Is it safe?", labels=("q",), state="answered")]

    with serve(corpus) as local:
        site = rig.site(local, options=DISCUSSIONS)
        whole = rig.fetch(site)

    assert whole == ["acme/loader#d3"]
    assert rig.seen(site) == [
        SeenThread(
            native_id="acme/loader#d3",
            item="discussion",
            url="https://github.example/acme/loader/discussions/3",
            title="Is it safe?",
            state="answered",
            created_at=at("2023-01-01"),
            author="ada",
            labels=("q",),
            n_reported=3,
            uid="D_3_0_1672531200",
            version="2023-02-01T00:00:00Z",
        ),
        SeenPost(
            thread="acme/loader#d3",
            native_id="0",
            role="opening",
            body="I set trust_remote_code.",
            created_at=at("2023-01-01"),
            author="ada",
            author_kind="person",
            score=0,
        ),
        SeenPost(
            thread="acme/loader#d3",
            native_id="discussioncomment-31",
            role="comment",
            body="Pin a revision.",
            created_at=at("2023-01-02"),
            author="eve",
            author_kind="person",
            score=4,
            accepted=True,
        ),
        SeenPost(
            thread="acme/loader#d3",
            native_id="discussioncomment-33",
            role="comment",
            body="Stale.",
            created_at=at("2023-02-01"),
            author="stale[bot]",
            author_kind="bot",
            score=0,
            accepted=False,
        ),
        SeenPost(
            thread="acme/loader#d3",
            native_id="discussioncomment-32",
            role="reply",
            body="Thanks! 谢谢",
            created_at=at("2023-01-03"),
            author=None,
            author_kind=None,
            score=0,
            accepted=False,
            hidden=True,
            reply_to="discussioncomment-31",
        ),
        SeenSlice(
            query=QUERY,
            window_start=at("2019-01-01"),
            window_end=at("2025-12-31T23:59:59"),
            reported=1,
            hits=("acme/loader#d3",),
        ),
    ]


def test_where_no_answer_can_be_chosen_no_post_is_or_is_not_one(rig: Rig) -> None:
    with serve([thread(3, post(31, "Hello."), item="discussion", state="closed")]) as local:
        site = rig.site(local, options=DISCUSSIONS)
        rig.fetch(site)

    assert [t.state for t in threads(rig.seen(site))] == ["closed"]
    assert {p.accepted for p in posts(rig.seen(site))} == {None}


def test_comments_and_replies_are_asked_for_to_the_last_page(rig: Rig) -> None:
    """Lists that go on share requests, whichever comment or discussion they are of."""
    comments = [post(n, f"comment {n}") for n in range(1, 122)]
    replies = [post(1000 + n, f"reply {n}", role="reply", reply_to=7) for n in range(205)]
    more = [post(2000 + n, f"reply {n}", role="reply", reply_to=119) for n in range(51)]
    other = [post(3000 + n, f"comment {n}") for n in range(21)]
    corpus = [thread(3, *comments, *replies, *more, item="discussion"), thread(4, *other, item="discussion")]

    with serve(corpus) as local:
        site = rig.site(local, options=DISCUSSIONS)
        whole = rig.fetch(site)

    seen = posts(rig.seen(site))
    asked = [[v.get(f"d{k}") for k in range(3)] for v in variables(local.seen)]
    assert whole == ["acme/loader#d3", "acme/loader#d4"]
    assert asked == [[None] * 3, [3, 3, 4], [3, 3, None], [3, None, None], [3, None, None]]
    assert [v["p1"] for v in variables(local.seen)[1:3]] == ["DC_7", "DC_7"]
    assert len(seen) == 1 + 121 + 205 + 51 + 1 + 21
    assert len({(p.thread, p.native_id) for p in seen}) == len(seen)
    assert {p.native_id for p in seen if p.reply_to == "discussioncomment-119"} == {
        f"discussioncomment-{2000 + n}" for n in range(51)
    }
    assert {p.role for p in seen if p.reply_to} == {"reply"}


def test_search_pages_and_windows_give_every_discussion_once(rig: Rig) -> None:
    with serve(many(1100, "discussion")) as local:
        site = rig.site(local, options=DISCUSSIONS)
        whole = rig.fetch(site)

    standing = slices(rig.seen(site))
    assert len(whole) == len(set(whole)) == 1100
    assert sorted(h for s in standing for h in s.hits) == sorted(whole)
    assert {s.problem for s in standing} == {None}
    assert {s.query for s in standing} == {QUERY}


def test_an_issue_and_a_discussion_with_one_number_stay_apart(rig: Rig) -> None:
    with serve([thread(3, post(30, "a")), thread(3, post(31, "b"), item="discussion")]) as local:
        site = rig.site(local)
        whole = rig.fetch(site)

    assert whole == ["acme/loader#3", "acme/loader#d3"]
    assert {(p.thread, p.body) for p in posts(rig.seen(site)) if p.role == "comment"} == {
        ("acme/loader#3", "a"),
        ("acme/loader#d3", "b"),
    }


def test_a_discussion_that_is_gone_does_not_stop_the_others(rig: Rig) -> None:
    """It was there when it was listed, and gone when the rest of its comments was asked for."""
    corpus = [thread(n, *(post(100 * n + k, f"{n}") for k in range(21)), item="discussion") for n in (3, 4)]

    def fault(number: int, _asked: Asked) -> Reply | None:
        if number == 2:
            local.site.deleted = frozenset({"acme/loader#d3"})
        return None

    with serve(corpus, fault=fault) as local:
        site = rig.site(local, options=DISCUSSIONS)
        whole = rig.fetch(site)

    message = "Could not resolve to a Discussion with the number of 3."
    assert whole == ["acme/loader#d3", "acme/loader#d4"]
    assert [p.thread for p in posts(rig.seen(site))].count("acme/loader#d4") == 22
    assert slices(rig.seen(site))[1:] == [
        SeenSlice(query="comments of acme/loader#d3", problem=f"GitHub answers with an error: {message}")
    ]


def test_what_a_token_may_not_see_is_a_problem_of_the_slice_and_hides_nothing_else(rig: Rig) -> None:
    """GitHub gives a null and an error for it, and the rest of the page."""

    def fault(number: int, _asked: Asked) -> Reply | None:
        if number != 1:
            return None
        answer = json.loads(local.site.answer(_asked).body)
        answer["data"]["search"]["nodes"].insert(0, None)
        return as_json(answer | {"errors": [{"type": "FORBIDDEN", "message": "Resource protected by SAML"}]})

    with serve([thread(3, item="discussion")], fault=fault) as local:
        site = rig.site(local, options=DISCUSSIONS)
        whole = rig.fetch(site)

    assert whole == ["acme/loader#d3"]
    assert [(s.hits, s.problem) for s in slices(rig.seen(site))] == [
        (("acme/loader#d3",), "GitHub answers with an error: Resource protected by SAML")
    ]


def test_a_cursor_that_does_not_move_is_a_stop(rig: Rig) -> None:
    def fault(_number: int, asked: Asked) -> Reply:
        answer = json.loads(local.site.answer(asked).body)
        answer["data"]["search"]["pageInfo"] = {"hasNextPage": True, "endCursor": "Y3Vyc29yOjA="}
        return as_json(answer)

    with serve([thread(3, item="discussion")], fault=fault) as local, pytest.raises(StoppedEarly) as caught:
        rig.fetch(rig.site(local, options=DISCUSSIONS))

    assert "promises more, and its cursor does not lead on" in caught.value.what
    assert {v["after"] for v in variables(local.seen)} == {None, "Y3Vyc29yOjA="}
    assert len(rig.pages()) == 1


def test_a_search_without_data_names_the_query(rig: Rig) -> None:
    answer = {"errors": [{"message": "Field 'search' is missing required arguments"}]}

    with serve([], fault=lambda *_: as_json(answer)) as local, pytest.raises(StudyError) as caught:
        rig.fetch(rig.site(local, options=DISCUSSIONS))

    assert caught.value.what == ("the site refuses a search (HTTP 200): Field 'search' is missing required arguments")
