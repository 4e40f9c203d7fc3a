"""Later runs over a file: only rows that are new or changed are stored, and what is not in it any more is said."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from conftest import Ran
from past import past_of
from sites.collecting import Collection
from test_collect_file import GOOD, collection, lines

from codebook.raw import RawStore
from codebook.rows import Post, Slice, Thread
from codebook.study import Study
from collect.source import SeenGone, SeenSlice

ROWS = [GOOD | {"url": f"https://g.example/{n}"} for n in range(1200)]
Run = Callable[..., Ran]


def later(first: Collection, *rows: object, run_id: str = "r2") -> Collection:
    """A second run, after the rows in the file were replaced."""
    (first.site.folder / first.site.options.path).write_text(lines(*rows), encoding="utf-8")
    return replace(first, earlier=past_of(first), run_id=run_id)


def test_a_file_that_has_not_changed_leaves_nothing(tmp_path: Path) -> None:
    first = collection(tmp_path, "t.jsonl", lines(*ROWS))
    first.run()
    before = first.text
    second = later(first, *ROWS)

    assert second.run() == []
    assert second.text == before


def test_only_new_and_changed_rows_are_stored_and_rows_that_are_gone_are_said(tmp_path: Path) -> None:
    first = collection(tmp_path, "t.jsonl", lines(*ROWS))
    ids = first.run()
    known = len(first.seen)
    changed = [row | {"text": "now trust_repo"} if n < 50 else row for n, row in enumerate(ROWS[:-2])]
    second = later(first, *changed, GOOD | {"url": "https://g.example/new"})
    found = second.run()

    assert found[:-1] == ids[:50]
    assert found[-1] not in ids
    fresh = second.seen[known:]
    assert [s for s in fresh if isinstance(s, SeenGone)] == [
        SeenGone(native_id=each, why="deleted") for each in sorted(ids[-2:])
    ]
    assert [s for s in fresh if isinstance(s, SeenSlice)] == [
        SeenSlice(query="t.jsonl", reported=1199, hits=tuple(found), changes=True),
        SeenSlice(query="t.jsonl", reported=1199, changes=True),
    ]
    assert [p.body for p in second.posts[-51:]] == ["now trust_repo"] * 50 + ["trust_remote_code?"]


def test_a_later_run_that_is_killed_stores_nothing_twice(tmp_path: Path) -> None:
    first = collection(tmp_path, "t.jsonl", lines(*ROWS))
    first.run()
    second = later(first, *(row | {"state": "closed"} for row in ROWS[1:]))
    second.run()
    before = second.text

    assert len(second.run()) == 1199
    assert second.text == before


def test_the_version_of_a_row_changes_with_all_that_is_said_but_with_no_name(tmp_path: Path) -> None:
    """The version stands in a table that is shared; names could be tried against a hash of them."""
    post = {"text": "ask @bob or bob@b.example", "author": "bob"}
    row = GOOD | {"author": "ada", "posts": [post]}
    renamed = row | {"author": "eve", "posts": [post | {"author": "eve", "text": "ask @eve or eve@e.example"}]}
    others = [
        row | change
        for change in ({"title": "Two"}, {"text": "x"}, {"state": "open"}, {"labels": ["a"]}, {"posts": []})
    ]
    versions = []
    for n, each in enumerate([row, renamed, *others]):
        (tmp_path / str(n)).mkdir()
        made = collection(tmp_path / str(n), "t.jsonl", lines(each))
        made.run()
        versions.append(made.threads[0].version)

    assert versions[0] == versions[1]
    assert len(set(versions)) == len(versions) - 1


def test_another_file_in_its_place_is_read_whole(tmp_path: Path) -> None:
    first = collection(tmp_path, "t.jsonl", lines(*ROWS[:3]))
    ids = first.run()
    other = collection(tmp_path, "u.jsonl", lines(*ROWS[1:4]))
    second = replace(other, earlier=past_of(first), run_id="r2")

    assert second.run()[:2] == ids[1:]
    assert second.slices[-1].reported == len(second.slices[-1].hits) == 3
    assert [s.native_id for s in second.seen if isinstance(s, SeenGone)] == ids[:1]


def test_rows_stored_by_an_older_version_are_still_read(tmp_path: Path) -> None:
    made = collection(tmp_path, "t.jsonl", lines(GOOD))
    made.run()
    (page,) = RawStore(made.folder).pages()
    old = replace(page, request="FILE /t.jsonl?rows=1-1&sha256=0123456789abcdef")

    seen = list(made.source.parse(old, made.site))
    assert seen[0] == SeenSlice(query="t.jsonl", hits=(made.threads[0].native_id,))
    assert seen[1:] == made.seen[1:]


def test_the_tables_follow_the_file(tmp_path: Path, run: Run) -> None:
    head = '[study]\ntitle = "t"\nkeywords = ["k"]\n[sources.team]\nkind = "file"\npath = "t.jsonl"\n'
    (tmp_path / "study.toml").write_text(head)
    (tmp_path / "t.jsonl").write_text(lines(*ROWS[:5]))
    first = run("collect", "threads", "--study", tmp_path)
    unchanged = run("collect", "threads", "--study", tmp_path)
    (tmp_path / "t.jsonl").write_text(lines(*ROWS[:4], ROWS[4] | {"text": "new text"}, ROWS[5]))
    changed = run("collect", "threads", "--study", tmp_path)
    study = Study.open(tmp_path)

    assert [ran.code for ran in (first, unchanged, changed)] == [0, 0, 0], first.err + unchanged.err + changed.err
    assert len(list((tmp_path / "raw" / "collect" / "team").iterdir())) == 2
    assert Counter(t.run_id for t in study.read(Thread)) == {"collect-threads-1": 4, "collect-threads-3": 2}
    assert [p.body for p in study.read(Post) if p.run_id == "collect-threads-3"].count("new text") == 1
    assert [(s.query, s.reported) for s in study.read(Slice)] == [("t.jsonl", 6)]
    notes = [json.loads(line)["notes"] for line in (tmp_path / "runs.jsonl").read_text().splitlines()]
    assert [note["team"]["requests"] for note in notes] == [0, 0, 0]
