"""Many threads in a request: what the GraphQL API is asked, what it costs, and that nothing is lost by it."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bench.github_world import native_id, post_ids, world
from github_rig import Rig, many, post, posts, serve, slices, thread, threads
from graphql import GraphQLSchema, build_schema, parse, validate
from sites.github_schema import MOST_NODES, SCHEMA, checked, nodes_asked_for
from sites.server import Asked, Reply, as_json

from codebook.errors import StoppedEarly
from collect.github import GitHubOptions
from collect.github.documents import FIRST, JOBS, Tail, search, tails
from collect.github.documents import threads as by_name
from collect.github.queries import KINDS
from collect.source import Earlier, Seen, SeenPost, SeenThread

ISSUES, PULLS = GitHubOptions(items=["issues"]), GitHubOptions(items=["pull_requests"])
PARTS = {
    "issue comments": "#1",
    "pull comments": "#1",
    "reviews": "#1",
    "review threads": "#1",
    "review comments": "#1",
    "discussion comments": "#d1",
    "replies": "#d1",
}
TAILS = [
    Tail(f"acme/loader{number}", part, "c", "X" if part in ("replies", "review comments") else None)
    for part, number in PARTS.items()
]
DOCUMENTS = {
    **{f"search {name}": search(kind) for name, kind in KINDS.items()},
    **{f"changes {name}": search(kind, changes=True) for name, kind in KINDS.items()},
    **{tail.part: tails([tail])[0] for tail in TAILS},
    "all tails": tails(TAILS)[0],
    **{name: by_name(kind, ["a/b#1" if kind.qualifier else "a/b#d1"] * 3)[0] for name, kind in KINDS.items()},
}


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@pytest.fixture
def published(shared: Callable[[str], Path]) -> GraphQLSchema:
    """GitHub's schema; as published it breaks rules of the language (a field twice, deprecated interface fields)."""
    source = shared("recorded/github-graphql/schema.graphql").read_text(encoding="utf-8")
    return build_schema(source, assume_valid_sdl=True, assume_valid=True)


def test_every_document_is_valid_against_githubs_own_schema(published: GraphQLSchema) -> None:
    for text in DOCUMENTS.values():
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


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid_against_the_local_sites_schema_and_asks_for_few_enough_nodes(name: str) -> None:
    document, errors = checked(DOCUMENTS[name])

    assert errors == ()
    assert nodes_asked_for(document, {"first": max(FIRST.values())}) < MOST_NODES / 10


def test_the_largest_requests_stay_far_below_the_limit_of_nodes() -> None:
    pages = {kind.item: nodes_asked_for(checked(search(kind))[0], {"first": FIRST[kind]}) for kind in FIRST}
    going_on = nodes_asked_for(checked(tails([TAILS[5]] * JOBS)[0])[0], {})

    assert pages == {"issue": 6550, "pull_request": 5275, "discussion": 8050}
    assert going_on == 3000


def test_a_thousand_threads_cost_at_most_sixty_requests_and_all_is_there(rig: Rig) -> None:
    """Issues, pull requests with reviews, and discussions, with threads of up to 150 comments."""
    corpus = world(450, 350, 200)

    with serve(corpus) as local:
        site = rig.site(local)
        whole = rig.fetch(site)

    got = Counter((p.thread, p.native_id) for p in posts(rig.seen(site)))
    assert len(local.seen) <= 60
    assert sorted(whole) == sorted(map(native_id, corpus))
    assert got == Counter(post for t in corpus for post in post_ids(t))
    assert {s.problem for s in slices(rig.seen(site))} == {None}


def test_months_over_the_cap_cost_halvings_and_stay_at_sixty(rig: Rig) -> None:
    """1,300 of each kind in two months."""
    corpus = [t for item in ("issue", "pull_request", "discussion") for t in many(1300, item)]

    with serve(corpus) as local:
        site = rig.site(local)
        whole = rig.fetch(site)

    hits = Counter((s.query, hit) for s in slices(rig.seen(site)) for hit in s.hits)
    assert len(whole) == len(set(whole)) == 3900 - 1300  # issues and pull requests of one repository share numbers
    assert len(local.seen) <= 60 * 3.9
    assert len(hits) == 3900
    assert max(hits.values()) == 1


def without_what_only_graphql_has(seen: list[Seen]) -> set[Seen]:
    """Names beside the login, and whether a post was minimized: REST gives neither."""
    bare = [replace(s, author_names=()) for s in seen if isinstance(s, SeenThread)]
    return {*bare, *(replace(s, author_names=(), hidden=False) for s in seen if isinstance(s, SeenPost))}


def test_both_apis_bring_the_same_threads_and_posts(rig: Rig) -> None:
    corpus = [
        *world(60, 60, 0),
        thread(
            1, post(3_500_000_000, "An id of more than 32 bits.", name="Bob B."), labels=("q", "bug"), state="closed"
        ),
        thread(2, post(11, "Stale.", bot=True, author="stale"), post(12, "", author=None, hidden=True)),
        thread(
            3,
            post(21, "Please sandbox it.", role="review"),
            post(22, "", role="review"),
            post(23, "eval()?", role="review_comment", score=2),
            post(24, "Gone.", role="review_comment", reply_to=23, author=None),
            item="pull_request",
            state="merged",
        ),
    ]
    with_token, without = Rig(rig.folder / "graphql"), Rig(rig.folder / "rest")

    with serve(corpus) as local:
        site = with_token.site(local, options=GitHubOptions(items=["issues", "pull_requests"]))
        found = with_token.fetch(site)
        assert sorted(without.fetch(replace(site, token=None))) == sorted(found)

    mine, theirs = with_token.seen(site), without.seen(site)
    listed = [
        {(s.query, s.window_start, s.window_end, s.reported, h) for s in slices(x) for h in s.hits}
        for x in (mine, theirs)
    ]
    assert len(threads(mine)) == 123
    assert without_what_only_graphql_has(mine) == {s for s in theirs if isinstance(s, SeenThread | SeenPost)}
    assert {p.native_id for p in posts(mine) if p.hidden} == {"issuecomment-12"}
    assert {p.author_names for p in posts(mine) if p.author == "bob"} >= {("Bob B.",), ()}
    assert listed[0] == listed[1]


def test_every_list_of_a_pull_request_is_asked_for_to_its_end_in_shared_requests(rig: Rig) -> None:
    said = [post(1000 + n, "c") for n in range(131)]
    said += [post(2000 + n, "r", role="review") for n in range(121)]
    said += [post(3000 + n, "t", role="review_comment") for n in range(71)]
    said += [post(4000 + n, "a", role="review_comment", reply_to=3000) for n in range(111)]
    said += [post(5000 + n, "a", role="review_comment", reply_to=3070) for n in range(11)]

    with serve([thread(8, *said, item="pull_request")]) as local:
        site = rig.site(local, options=PULLS)
        whole = rig.fetch(site)

    seen = Counter(p.native_id for p in posts(rig.seen(site)))
    assert whole == ["acme/loader#8"]
    assert Counter(p.role for p in posts(rig.seen(site))) == {
        "opening": 1, "comment": 131, "review": 121, "review_comment": 71 + 111 + 11
    }  # fmt: skip
    assert max(seen.values()) == 1
    assert len(local.seen) == 4  # the search, four lists, two of which go on, and one that a later page brought


def variables(local_seen: list[Asked]) -> list[dict]:
    return [json.loads(a.body)["variables"] for a in local_seen]


def test_what_is_not_carried_out_in_time_is_asked_for_half_as_much_at_a_time(rig: Rig) -> None:
    with serve(many(30), nodes_in_time=151 * 13) as local:
        site = rig.site(local, options=ISSUES)
        whole = rig.fetch(site)
        asked = len(local.seen)
        again = rig.fetch(site)

    assert [v["first"] for v in variables(local.seen)] == [50] * 5 + [25] * 5 + [12] * 3
    assert whole == again == [f"acme/loader#{n}" for n in range(1, 31)]
    assert len(local.seen) == asked
    assert [(len(s.hits), s.problem) for s in slices(rig.seen(site))] == [(12, None), (12, None), (6, None)]
    assert [p.status for p in rig.pages()] == [502, 502, 200, 200, 200]


def test_lists_that_go_on_are_asked_for_fewer_at_a_time_too(rig: Rig) -> None:
    corpus = [thread(n, *(post(1000 * n + k, "c") for k in range(60))) for n in range(1, 9)]

    def fault(_number: int, asked: Asked) -> Reply | None:
        wanted = json.loads(asked.body)["variables"]
        said = {"errors": [{"message": "Something went wrong while executing your query. This may be a timeout."}]}
        return as_json({"data": None} | said) if "o2" in wanted else None

    with serve(corpus, fault=fault) as local:
        site = rig.site(local, options=ISSUES)
        whole = rig.fetch(site)

    jobs = [sum(name.startswith("o") for name in v) for v in variables(local.seen)]
    assert jobs == [0] + [8] * 5 + [4] * 5 + [2] * 4
    assert len(whole) == 8
    assert len(posts(rig.seen(site))) == 8 * 61
    assert {s.problem for s in slices(rig.seen(site))} == {None}


def test_a_single_thread_that_is_never_carried_out_in_time_stops_the_run(rig: Rig) -> None:
    with serve(many(2), nodes_in_time=1) as local, pytest.raises(StoppedEarly) as caught:
        rig.fetch(rig.site(local, options=ISSUES))

    assert "HTTP 502" in str(caught.value)
    assert [p.status for p in rig.pages()] == [502] * 5  # 50, 25, 12, 6 and 3 threads


@pytest.mark.parametrize("items", [["issues"], ["pull_requests"], ["issues", "pull_requests", "discussions"]])
@pytest.mark.parametrize("token", ["a-valid-token", None])
def test_a_dry_run_says_about_what_the_site_then_counts(rig: Rig, items: list[str], token: str | None) -> None:
    options = GitHubOptions.model_validate({"items": items})
    counts = {"issues": 0, "pull_requests": 0, "discussions": 0} | dict.fromkeys(items, 150)
    corpus = world(*counts.values())
    collected = sum(counts.values()) if token else counts["issues"] + counts["pull_requests"]

    with serve(corpus) as local:
        site = rig.site(local, options=options, token=token)
        expected = options.expected(site, Earlier())
        rig.fetch(site)

    assert expected.listing == (len(items) if token else len(set(items) - {"discussions"}))
    assert expected.listing <= len(local.seen) <= expected.listing + 1.2 * expected.per_1000 * collected / 1000
