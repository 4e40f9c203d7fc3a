"""Discussions: GraphQL against a local site that executes it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from github_rig import Rig, at, many, post, posts, serve, slices, thread, threads
from graphql import GraphQLSchema, build_schema, parse, validate
from sites.github_graphql import SCHEMA
from sites.server import Asked, Reply, as_json

from codebook.errors import StudyError
from collect.github import GitHubOptions
from collect.github.discussions import COMMENTS, REPLIES, SEARCH
from collect.source import SeenPost, SeenSlice, SeenThread

DISCUSSIONS = GitHubOptions(items=["discussions"])
QUERY = 'type:DISCUSSION "trust_remote_code" in:title,body,comments'


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def variables(local_seen: list[Asked]) -> list[dict]:
    return [json.loads(a.body)["variables"] for a in local_seen]


@pytest.fixture
def published(shared: Callable[[str], Path]) -> GraphQLSchema:
    """GitHub's schema; as published it breaks rules of the language (a field twice, deprecated interface fields)."""
    source = shared("recorded/github-graphql/schema.graphql").read_text(encoding="utf-8")
    return build_schema(source, assume_valid_sdl=True, assume_valid=True)


def test_every_query_is_valid_against_githubs_own_schema(published: GraphQLSchema) -> None:
    for text in (SEARCH, COMMENTS, REPLIES):
        assert validate(published, parse(text)) == []
        assert validate(published, parse(text.replace("body", "boddy"))), "the schema refuses what it does not know"


def test_the_local_sites_schema_is_a_part_of_githubs(published: GraphQLSchema) -> None:
    differing = []
    for name, kind in SCHEMA.type_map.items():
        for field, here in getattr(kind, "fields", {}).items() if not name.startswith("__") else ():
            there = published.type_map[name].fields.get(field)
            arguments = {a: str(v.type) for a, v in here.args.items()}
            if there is None or str(there.type) != str(here.type):
                differing.append(f"{name}.{field}")
            elif not arguments.items() <= {a: str(v.type) for a, v in there.args.items()}.items():
                differing.append(f"{name}.{field}(…)")

    assert differing == []


@pytest.mark.parametrize("text", [SEARCH, COMMENTS, REPLIES], ids=["search", "comments", "replies"])
def test_every_query_is_valid_against_the_local_sites_schema(text: str) -> None:
    assert validate(SCHEMA, parse(text)) == []


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
        SeenSlice(
            query=QUERY,
            window_start=at("2019-01-01"),
            window_end=at("2025-12-31T23:59:59"),
            reported=1,
            hits=("acme/loader#d3",),
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
    ]


def test_where_no_answer_can_be_chosen_no_post_is_or_is_not_one(rig: Rig) -> None:
    with serve([thread(3, post(31, "Hello."), item="discussion", state="closed")]) as local:
        site = rig.site(local, options=DISCUSSIONS)
        rig.fetch(site)

    assert [t.state for t in threads(rig.seen(site))] == ["closed"]
    assert {p.accepted for p in posts(rig.seen(site))} == {None}


def test_comments_and_replies_are_asked_for_to_the_last_page(rig: Rig) -> None:
    comments = [post(n, f"comment {n}") for n in range(1, 122)]
    replies = [post(1000 + n, f"reply {n}", role="reply", reply_to=7) for n in range(205)]
    more = [post(2000 + n, f"reply {n}", role="reply", reply_to=119) for n in range(51)]
    corpus = [thread(3, *comments, *replies, *more, item="discussion")]

    with serve(corpus) as local:
        site = rig.site(local, options=DISCUSSIONS)
        rig.fetch(site)

    seen = posts(rig.seen(site))
    asked = [v.get("comment", v.get("number", "search")) for v in variables(local.seen)]
    assert asked == ["search", 3, "DC_7", "DC_7", 3, 3, "DC_119"]
    assert len(seen) == 1 + 121 + 205 + 51
    assert len({p.native_id for p in seen}) == len(seen)
    assert {p.native_id for p in seen if p.reply_to == "discussioncomment-119"} == {
        f"discussioncomment-{2000 + n}" for n in range(51)
    }
    assert {p.role for p in seen if p.reply_to} == {"reply"}
    assert {p.thread for p in seen} == {"acme/loader#d3"}


def test_only_discussions_with_comments_are_asked_for_them(rig: Rig) -> None:
    with serve([thread(3, item="discussion"), thread(4, post(40, "a"), item="discussion")]) as local:
        whole = rig.fetch(rig.site(local, options=DISCUSSIONS))

    assert whole == ["acme/loader#d3", "acme/loader#d4"]
    assert [v.get("number") for v in variables(local.seen)] == [None, 4]


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
    message = "Could not resolve to a Discussion with the number of 3."
    gone = {"data": {"repository": {"discussion": None}}, "errors": [{"type": "NOT_FOUND", "message": message}]}

    def fault(_number: int, asked: Asked) -> Reply | None:
        return as_json(gone) if json.loads(asked.body)["variables"].get("number") == 3 else None

    corpus = [thread(n, post(10 * n, f"{n}"), item="discussion") for n in (3, 4)]
    with serve(corpus, fault=fault) as local:
        site = rig.site(local, options=DISCUSSIONS)
        whole = rig.fetch(site)

    assert whole == ["acme/loader#d3", "acme/loader#d4"]
    assert [p.body for p in posts(rig.seen(site)) if p.role == "comment"] == ["4"]
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


def test_a_cursor_that_does_not_move_ends_the_list(rig: Rig) -> None:
    def fault(_number: int, asked: Asked) -> Reply:
        answer = json.loads(local.site.answer(asked).body)
        answer["data"]["search"]["pageInfo"] = {"hasNextPage": True, "endCursor": "Y3Vyc29yOjA="}
        return as_json(answer)

    with serve([thread(3, item="discussion")], fault=fault) as local:
        whole = rig.fetch(rig.site(local, options=DISCUSSIONS))

    assert whole == ["acme/loader#d3"]
    assert [v["after"] for v in variables(local.seen)] == [None, "Y3Vyc29yOjA="]


def test_a_search_without_data_names_the_query(rig: Rig) -> None:
    answer = {"errors": [{"message": "Field 'search' is missing required arguments"}]}

    with serve([], fault=lambda *_: as_json(answer)) as local, pytest.raises(StudyError) as caught:
        rig.fetch(rig.site(local, options=DISCUSSIONS))

    assert caught.value.what == ("the site refuses a search (HTTP 200): Field 'search' is missing required arguments")
