"""What later runs change in the tables: a row's run, changes, earlier texts, posts and threads that are gone."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from derive_rig import KEY, corpus, gone, page_id, post, run_id, thread

from codebook.pseudonyms import Pseudonyms
from codebook.rows import Change, EarlierPost

V1, V2 = ({"version": v} for v in ("v1", "v2"))


def changed(rows: dict[str, list[Any]]) -> list[tuple[object, ...]]:
    return [(c.run_id[-1], c.thread_id, c.change, c.before, c.after, c.n_posts) for c in rows["changes"]]


def test_a_later_run_that_sees_the_same_changes_no_row(tmp_path: Path) -> None:
    pages = [[thread(**V1), post("0")], [post("1")]]
    once = corpus(tmp_path / "once", *pages, runs="11")
    twice = corpus(tmp_path / "twice", *pages, *reversed(pages), runs="1122")

    assert twice == once
    assert {row.run_id for row in (*once["threads"], *once["posts"])} == {run_id(1)}
    assert [row.page for row in once["posts"]] == [page_id(0), page_id(1)]


def test_a_row_is_of_the_first_record_of_what_it_shows_now(tmp_path: Path) -> None:
    rows = corpus(
        tmp_path,
        [thread(title="old"), post("0", "old")],
        [thread(title="new"), post("0", "new")],
        [thread(title="new"), post("0", "new")],
        runs="123",
    )

    assert [(t.title, t.run_id, t.page) for t in rows["threads"]] == [("new", run_id(2), page_id(1))]
    assert [(p.body, p.run_id, p.page) for p in rows["posts"]] == [("new", run_id(2), page_id(1))]


def test_what_comes_back_as_it_was_is_of_the_run_that_brought_it_back(tmp_path: Path) -> None:
    rows = corpus(tmp_path, *([thread(title=t), post("0", t)] for t in ("a", "b", "a")), runs="123")

    assert [(t.title, t.run_id) for t in rows["threads"]] == [("a", run_id(3))]
    assert [(p.body, p.run_id) for p in rows["posts"]] == [("a", run_id(3))]
    assert [(e.body, e.run_id) for e in rows["earlier_posts"]] == [("b", run_id(2))]


def test_a_row_is_of_a_finished_run_if_one_has_seen_it_so(tmp_path: Path) -> None:
    """Else a run that was abandoned would be the one that has a thread, and every later run would ask for it again."""
    pages = [[thread(**V1), post("0")]] * 2
    open_still = corpus(tmp_path / "open", *pages, runs="12", finished="")
    done = corpus(tmp_path / "done", *pages, runs="12", finished="2")

    assert [t.run_id for t in open_still["threads"]] == [run_id(1)]
    assert [t.run_id for t in done["threads"]] == [run_id(2)]
    assert [p.run_id for p in done["posts"]] == [run_id(2)]
    assert changed(open_still) == []
    assert changed(done) == [("2", "forum:1", "new", None, "v1", 1)]


def test_pages_of_one_run_may_show_a_header_in_passing(tmp_path: Path) -> None:
    """A result page without version, then the thread's own page: twice the same, though they differ from each other."""
    pages = [[thread(uid="u")], [thread(n_reported=1, **V1), post("0")]]
    rows = corpus(tmp_path, *pages, *pages, runs="1122")

    assert [(t.version, t.uid, t.n_reported, t.run_id) for t in rows["threads"]] == [("v1", "u", 1, run_id(1))]
    assert changed(rows) == [("1", "forum:1", "new", None, "v1", 1)]


def test_changes_of_each_run(tmp_path: Path) -> None:
    rows = corpus(
        tmp_path,
        [thread("1", **V1), post("0"), post("1"), thread("2", **V1), thread("3")],
        [thread("1", **V2), post("0"), post("1", "edited"), post("2"), thread("2", **V1), thread("4")],
        runs="12",
    )

    expected = [
        Change(thread_id="forum:1", change="new", before=None, after="v1", n_posts=2, run_id=run_id(1)),
        Change(thread_id="forum:1", change="updated", before="v1", after="v2", n_posts=2, run_id=run_id(2)),
        Change(thread_id="forum:2", change="new", before=None, after="v1", n_posts=0, run_id=run_id(1)),
        Change(thread_id="forum:3", change="new", before=None, after=None, n_posts=0, run_id=run_id(1)),
        Change(thread_id="forum:4", change="new", before=None, after=None, n_posts=0, run_id=run_id(2)),
    ]
    assert rows["changes"] == expected


def test_a_new_post_alone_is_an_update(tmp_path: Path) -> None:
    rows = corpus(tmp_path, [thread(), post("0")], [post("1")], runs="12")

    assert changed(rows) == [("1", "forum:1", "new", None, None, 1), ("2", "forum:1", "updated", None, None, 1)]


def test_a_post_that_does_not_come_again_with_a_new_version_is_gone(tmp_path: Path) -> None:
    pages = [[thread(**V1), post("0"), post("1")], [thread(**V2), post("0")]]
    rows = corpus(tmp_path / "done", *pages, runs="12")
    same = corpus(tmp_path / "same", pages[0], [thread(**V1), post("0")], runs="12")
    stopped = corpus(tmp_path / "open", *pages, runs="12", finished="1")
    back = corpus(tmp_path / "back", *pages, [thread(version="v3"), post("0"), post("1")], runs="123")

    assert [(p.native_id, p.gone, p.run_id) for p in rows["posts"]] == [("0", False, run_id(1)), ("1", True, run_id(1))]
    assert changed(rows)[1:] == [("2", "forum:1", "updated", "v1", "v2", 1)]
    assert [p.gone for p in same["posts"]] == [False, False]
    assert [p.gone for p in stopped["posts"]] == [False, False]
    assert [p.gone for p in back["posts"]] == [False, False]


@pytest.mark.parametrize("why", ["deleted", "private", "gone"])
def test_a_thread_that_is_gone_says_so_and_keeps_its_posts(tmp_path: Path, why: str) -> None:
    pages = [[thread(title="trust_remote_code", **V1), post("0")], [gone("1", why)], [gone("1", why)]]
    rows = corpus(tmp_path / "gone", *pages, runs="123")
    back = corpus(tmp_path / "back", *pages, [thread(title="trust_remote_code", **V1)], runs="1234")

    assert [(t.gone, t.n_posts, t.included) for t in rows["threads"]] == [(why, 1, True)]
    assert [p.gone for p in rows["posts"]] == [False]
    assert changed(rows)[1:] == [("2", "forum:1", why, "v1", None, 0)]
    assert [t.gone for t in back["threads"]] == [None]
    assert changed(back)[2:] == [("4", "forum:1", "updated", "v1", "v1", 0)]


def test_a_page_about_a_thread_that_was_never_seen_makes_no_row(tmp_path: Path) -> None:
    rows = corpus(tmp_path, [gone("9", "deleted")], [thread()], runs="11")

    assert [t.thread_id for t in rows["threads"]] == ["forum:1"]
    assert changed(rows) == [("1", "forum:1", "new", None, None, 0)]


def test_the_same_uid_under_another_id_is_a_renamed_thread(tmp_path: Path) -> None:
    old, new = (thread(n, uid="u", url=f"https://f.example/{n}", title="trust_remote_code") for n in ("a/x#1", "b/x#1"))
    rows = corpus(tmp_path / "uid", [old], [new], runs="12")
    told = corpus(tmp_path / "told", [old], [gone("a/x#1", "renamed", "b/x#1"), new], runs="12")
    unknown = corpus(tmp_path / "unknown", [old], [gone("a/x#1", "renamed")], runs="12")

    assert [(t.native_id, t.gone, t.included) for t in rows["threads"]] == [
        ("a/x#1", "renamed", False),
        ("b/x#1", None, True),
    ]
    assert [(e.thread_id, e.reason, e.by) for e in rows["exclusions"]] == [
        ("forum:a/x#1", "renamed", "now forum:b/x#1")
    ]
    assert changed(rows)[1:] == [("2", "forum:a/x#1", "renamed", "a/x#1", "b/x#1", 0)]
    assert changed(told) == changed(rows)
    assert [(t.gone, t.included) for t in unknown["threads"]] == [("renamed", True)]
    assert changed(unknown)[1:] == [("2", "forum:a/x#1", "renamed", "a/x#1", None, 0)]


def test_a_thread_that_gets_its_old_name_back_is_there_again(tmp_path: Path) -> None:
    rows = corpus(tmp_path, *([thread(n, uid="u")] for n in ("a", "b", "a")), runs="123")

    assert [(t.native_id, t.gone) for t in rows["threads"]] == [("a", None), ("b", "renamed")]


def test_one_uid_on_two_sites_or_of_two_kinds_is_no_renaming(tmp_path: Path) -> None:
    rows = corpus(tmp_path, [thread("1", uid="7", item="issue"), thread("2", uid="7", item="discussion")])

    assert [t.gone for t in rows["threads"]] == [None, None]
    assert [t.duplicate_group for t in rows["threads"]] == [None, None]


def test_texts_that_a_post_had_are_kept_by_hash(tmp_path: Path) -> None:
    rows = corpus(
        tmp_path, *([thread(), post("0", b)] for b in ("first, @Ada", "2nd", "first, @Ada", "3rd")), runs="1234"
    )

    expected = [
        EarlierPost(
            post_id="forum:1/0",
            thread_id="forum:1",
            sha256=hashlib.sha256(body.encode()).hexdigest(),
            body=body,
            page=page_id(number),
            run_id=run_id(number + 1),
        )
        for number, body in ((0, f"first, @{Pseudonyms(KEY).of('ada')}"), (1, "2nd"))
    ]
    assert sorted(rows["earlier_posts"], key=lambda e: e.run_id) == expected
    assert [p.body for p in rows["posts"]] == ["3rd"]


def test_another_score_is_no_earlier_text_and_another_spelling_of_a_name_neither(tmp_path: Path) -> None:
    rows = corpus(
        tmp_path,
        [thread(), post("0", "text", score=1), post("1", "thanks, @Ada")],
        [post("0", "text", score=2), post("1", "thanks, @ada")],
        runs="12",
    )

    assert rows["earlier_posts"] == []
    assert [(p.score, p.run_id) for p in rows["posts"]] == [(2, run_id(2)), (None, run_id(2))]
