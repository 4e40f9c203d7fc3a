"""From pages to rows: joining, ordering, dropping repeats, exclusions, completeness; for any source alike."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from derive_rig import KEY, SITE, Scripted, corpus, part, post, thread
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook.pseudonyms import Pseudonyms
from codebook.raw import Page, RawStore
from codebook.rows import Exclusion, Post, Slice, Thread
from collect.derive import Corpus, Gathered


def test_a_thread_and_its_posts_from_three_pages_are_whole_rows(tmp_path: Path) -> None:
    rows = corpus(
        tmp_path,
        [thread(author="Ada", labels=["b", "a"], title="Why trust_remote_code, @Bob?", n_reported=3)],
        [post("9", "```\ntrust_remote_code\n```", created_at="2024-01-03T00:00:00+00:00", score=2)],
        [
            post("0", "see below", role="opening", author="ada"),
            post("10", "ok", created_at="2024-01-02T00:00:00+00:00"),
        ],
    )

    names = Pseudonyms(KEY)
    expected_thread = Thread(
        thread_id="forum:1",
        source="forum",
        site="forum",
        item="topic",
        native_id="1",
        url="https://f.example/1",
        title=f"Why trust_remote_code, @{names.of('bob')}?",
        state=None,
        created_at=datetime(2024, 1, 1),  # noqa: DTZ001 - stored so
        author=names.of("ada"),
        labels=("a", "b"),
        n_posts=3,
        n_reported=3,
        matched_in=("title", "code"),
        language=None,
        duplicate_group=None,
        included=True,
        gone=None,
        uid=None,
        version=None,
        page=Page("GET /0", 200, {}, b"", "").page_id,
        run_id="collect-threads-1",
    )
    expected_last = Post(
        post_id="forum:1/9",
        thread_id="forum:1",
        native_id="9",
        position=2,
        role="comment",
        created_at=datetime(2024, 1, 3),  # noqa: DTZ001 - stored so
        author=None,
        author_kind=None,
        body="```\ntrust_remote_code\n```",
        code_share=rows["posts"][2].code_share,
        score=2,
        accepted=None,
        hidden=False,
        reply_to=None,
        licence=None,
        matched_in=("code",),
        gone=False,
        page=Page("GET /1", 200, {}, b"", "").page_id,
        run_id="collect-threads-1",
    )
    assert rows["threads"] == [expected_thread]
    assert [p.native_id for p in rows["posts"]] == ["0", "10", "9"]
    assert rows["posts"][2] == expected_last
    assert rows["posts"][2].code_share > 0.9
    assert rows["posts"][0].author == names.of("ada")
    assert rows["exclusions"] == []


def test_the_newest_record_of_a_thread_and_a_post_wins(tmp_path: Path) -> None:
    rows = corpus(
        tmp_path,
        [thread(title="old"), post("0", "old", role="opening"), post("1", "same")],
        [thread(title="new"), post("0", "new", role="opening")],
        runs="12",
    )

    assert [(t.title, t.run_id, t.n_posts) for t in rows["threads"]] == [("new", "collect-threads-2", 2)]
    assert [(p.body, p.run_id) for p in rows["posts"]] == [("new", "collect-threads-2"), ("same", "collect-threads-1")]


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("any", []),
        ("title", ["no keyword in title"]),
        ("body", ["no keyword in body"]),
        ("comments", []),
    ],
)
def test_threads_without_the_keyword_in_its_place_are_excluded_with_a_reason(
    tmp_path: Path, match: str, expected: list[str]
) -> None:
    pages = [thread(), post("0", "no", role="opening"), post("1", "use trust_remote_code=True")]
    rows = corpus(tmp_path, pages, site=replace(SITE, match=match))

    assert [e.reason for e in rows["exclusions"]] == expected
    assert [t.included for t in rows["threads"]] == [not expected]
    assert rows["threads"][0].matched_in == ("comments",)


def test_a_thread_may_be_excluded_for_two_reasons(tmp_path: Path) -> None:
    rows = corpus(tmp_path, [thread(created_at="2019-12-31T23:59:59+00:00")])

    expected = [
        Exclusion(thread_id="forum:1", stage="collect", reason=r, by=by, run_id="collect-threads-1")
        for r, by in (("no keyword", "match = any"), ("outside the dates", "since and until"))
    ]
    assert sorted(rows["exclusions"], key=lambda e: e.reason) == expected


def test_what_a_team_brings_itself_needs_no_keyword(tmp_path: Path) -> None:
    rows = corpus(tmp_path, [thread(source="github"), post("0", "nothing", role="opening")])

    assert (rows["threads"][0].source, rows["threads"][0].included) == ("github", True)


def test_posts_without_a_thread_are_counted_not_tabled(tmp_path: Path) -> None:
    rows = corpus(tmp_path, [thread(), post("0"), post("0", thread="2")])

    assert (rows["orphans"], [p.thread_id for p in rows["posts"]]) == ([1], ["forum:1"])


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([part(["1", "2"]), part(["2", "3"])], (3, 3, "complete", None)),
        ([part(["1"])], (3, 1, "unfinished", "got 1 of 3")),
        ([part(["1"], problem="over the cap")], (3, 1, "truncated", "over the cap")),
        ([part([], reported=None, skipped=True, problem="no token")], (None, 0, "skipped", "no token")),
        ([part(["1"], reported=None)], (None, 1, "complete", None)),
        ([part([], reported=0)], (0, 0, "complete", None)),
    ],
)
def test_a_slice_says_whether_it_is_whole(tmp_path: Path, parts: list[Any], expected: tuple[Any, ...]) -> None:
    (row,) = corpus(tmp_path, *[[p] for p in parts])["slices"]

    assert (row.reported, row.got, row.state, row.reason) == expected
    assert isinstance(row, Slice)


@pytest.mark.parametrize(
    ("parts", "runs", "expected"),
    [
        ([part([], skipped=True, problem="no token"), part(["1", "2", "3"])], "12", ("complete", None)),
        ([part([], skipped=True, problem="no token"), part(["1", "2", "3"])], "11", ("complete", None)),
        ([part(["1"], problem="over the cap"), part(["1", "2", "3"])], "12", ("complete", None)),
        ([part(["1", "2", "3"]), part(["1"])], "12", ("unfinished", "got 1 of 3")),
    ],
)
def test_a_slice_is_judged_by_its_newest_run(tmp_path: Path, parts: list[Any], runs: str, expected: Any) -> None:
    (row,) = corpus(tmp_path, *[[p] for p in parts], runs=runs)["slices"]

    assert (row.state, row.reason) == expected


def test_a_request_that_was_answered_again_takes_its_problem_back(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    for seen in ([part([], problem="refused")], [thread()]):
        store.append(Page("GET /same", 200, {}, json.dumps(seen).encode(), "collect-threads-1"))
    store.close()
    with Corpus([Gathered(Scripted(), SITE, store)], KEY, tmp_path / "tables") as made:
        assert (made.count("slices"), made.count("threads")) == (0, 1)


def test_a_title_is_no_markdown(tmp_path: Path) -> None:
    rows = corpus(tmp_path, [thread(title="> `trust_remote_code`?")])

    assert rows["threads"][0].matched_in == ("title",)


@settings(max_examples=25, deadline=None)
@given(again=st.lists(st.integers(0, 3), max_size=4), cut=st.integers(1, 5))
def test_pages_that_were_fetched_twice_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, again: list[int], cut: int
) -> None:
    pages: list[list[Any]] = [
        [thread(), part(["1"], reported=1)],
        [post("0", role="opening")],
        [post(str(n), created_at=f"2024-02-0{n}T00:00:00+00:00") for n in range(1, cut + 1)],
        [post("90", created_at=None), post("91", created_at=None)],
    ]
    plain = corpus(tmp_path_factory.mktemp("plain"), *pages)
    twice = corpus(tmp_path_factory.mktemp("twice"), *pages, *(pages[i] for i in again))

    strip = lambda rows: [replace(r, page="") if hasattr(r, "page") else r for r in rows]  # noqa: E731
    assert {k: strip(v) if k != "orphans" else v for k, v in plain.items()} == {
        k: strip(v) if k != "orphans" else v for k, v in twice.items()
    }
    assert [p.position for p in plain["posts"]] == list(range(len(plain["posts"])))


def test_hostile_text_reaches_the_tables_as_text(tmp_path: Path) -> None:
    nasty = "=1+1 <script>x</script> \x1b[31m \u202e \x00"
    rows = corpus(tmp_path, [thread("../../etc", title=nasty), post("0", nasty, thread="../../etc")])

    assert rows["threads"][0].thread_id == "forum:../../etc"
    assert rows["threads"][0].title == nasty.replace("\x00", "")
    assert rows["posts"][0].body == nasty.replace("\x00", "")
