"""Threads that a team already has: rows in, rows out; a bad row is named and nothing is stored."""

import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from conftest import Ran
from sites.collecting import Collection

from codebook.errors import StudyError
from codebook.rows import Post, Thread
from codebook.study import Study
from collect.file import File, FileOptions
from collect.source import SeenPost, SeenSlice, SeenThread, Site

GOOD = {"source": "github", "url": "https://g.example/1", "title": "One", "text": "trust_remote_code?"}


def collection(folder: Path, name: str, content: str) -> Collection:
    (folder / name).write_text(content, encoding="utf-8")
    options = FileOptions(path=name)
    site = Site(
        name="team",
        base_url="",
        keywords=("k",),
        since=date(2019, 1, 1),
        until=date(2026, 1, 1),
        folder=folder,
        options=options,
    )
    return Collection(File(), site, folder / "raw")


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_row_with_everything_is_a_thread_with_its_posts(tmp_path: Path) -> None:
    row = GOOD | {
        "item": "issue",
        "created_at": "2024-03-01T10:00:00+00:00",
        "author": "ada",
        "state": "open",
        "labels": ["b", "a"],
        "posts": [{"text": "yes", "author": "bob", "created_at": "2024-03-02", "role": "answer"}],
        "fidelity": "kept in raw, not read",
    }
    made = collection(tmp_path, "t.jsonl", lines(row))
    (native_id,) = made.run()

    opened = datetime(2024, 3, 1, 10, tzinfo=UTC)
    expected: list[object] = [
        SeenSlice(query="t.jsonl", reported=1, hits=(native_id,)),
        SeenThread(
            native_id=native_id,
            item="issue",
            url="https://g.example/1",
            title="One",
            state="open",
            created_at=opened,
            author="ada",
            labels=("b", "a"),
            n_reported=2,
            source="github",
            version=made.threads[0].version,
        ),
        SeenPost(
            thread=native_id, native_id="0", role="opening", body="trust_remote_code?", created_at=opened, author="ada"
        ),
        SeenPost(
            thread=native_id,
            native_id="1",
            role="answer",
            body="yes",
            created_at=datetime(2024, 3, 2),  # noqa: DTZ001 - the file names no zone
            author="bob",
        ),
    ]
    assert made.seen == expected
    assert '\\"fidelity\\"' in made.text


def test_csv_is_read_like_json_lines(tmp_path: Path) -> None:
    cells = 'source,url,title,text,labels\nhf,https://h.example/2,"=1+1, ""x""","two\nlines",a; b\nhf,https://h.example/3,,,\n'
    made = collection(tmp_path, "t.CSV", "\ufeff" + cells)
    made.run()

    assert [(t.source, t.title, t.labels) for t in made.threads] == [("hf", '=1+1, "x"', ("a", "b")), ("hf", "", ())]
    assert [p.body for p in made.posts] == ["two\nlines", ""]


def test_a_row_of_csv_ends_where_csv_says(tmp_path: Path) -> None:
    """Not at a form feed, a line separator or a carriage return in a cell."""
    cells = 'source,url,title,text\r\nhf,https://h.example/2,a\u2028b\x0cc,"d\re"\r\n'
    made = collection(tmp_path, "t.csv", cells)
    made.run()

    assert [(t.title, p.body) for t, p in zip(made.threads, made.posts, strict=True)] == [("a\u2028b\x0cc", "d\ne")]


def test_a_large_file_becomes_pages_that_are_stored_once(tmp_path: Path) -> None:
    rows = [GOOD | {"url": f"https://g.example/{n}"} for n in range(1201)]
    made = collection(tmp_path, "t.ndjson", lines(*rows))
    first, before = made.run(), made.text
    again = made.run()

    assert first == again
    assert len(set(first)) == 1201
    assert made.text == before
    assert [len(s.hits) for s in made.slices] == [500, 500, 201]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("t.jsonl", lines(GOOD) + '{"source": "x"\n', "t.jsonl:2: not JSON: "),
        (
            "t.jsonl",
            lines(GOOD, {"source": "x"}),
            "t.jsonl:2: url: is missing\n  A row needs source, url, title and text.",
        ),
        ("t.jsonl", lines(GOOD | {"item": "tweet"}), "t.jsonl:1: item: Input should be 'issue', "),
        ("t.jsonl", lines(GOOD | {"created_at": "yesterday"}), "t.jsonl:1: created_at: Invalid isoformat string"),
        ("t.jsonl", lines(["not", "a", "row"]), "t.jsonl:1: the row: Input should be a valid dictionary"),
        ("t.jsonl", "[" * 100_000, "t.jsonl:1: not JSON: maximum recursion depth exceeded"),
        (
            "t.jsonl",
            lines(GOOD | {"created_at": "0001-01-01T00:00:00+14:00"}),
            "t.jsonl:1: created_at: is not a moment of our calendar",
        ),
        ("t.csv", "source,url,title\nx,y,z\n", "t.csv:2: text: is missing"),
        (
            "t.csv",
            "source,url,title,text\nx,y,z,a\nx,y,z,a, b\n",
            "t.csv:3: more cells than the 4 columns of the header",
        ),
        ("t.csv", 'source,url,title,text\nx,y,"z\n\n",a\nx,,z,a\n', "t.csv:5: url: is missing"),
        ("t.csv", 'source,url,title,text\n"x,y\n', "not CSV: unexpected end of data\n  Save it as CSV"),
        ("t.xlsx", "", "the kind `file` reads .jsonl, .ndjson and .csv"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_stored(tmp_path: Path, name: str, content: str, expected: str) -> None:
    made = collection(tmp_path, name, content)
    with pytest.raises(StudyError) as caught:
        made.run()

    assert expected in str(caught.value)
    assert caught.value.exit_code == 2
    assert not made.folder.exists()


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    made = collection(tmp_path, "t.jsonl", "")
    (tmp_path / "t.jsonl").unlink()

    with pytest.raises(StudyError, match=r"t\.jsonl: cannot be read: .*No such file"):
        made.run()


def test_only_a_plain_file_is_read(tmp_path: Path) -> None:
    made = collection(tmp_path, "t.jsonl", "")
    (tmp_path / "t.jsonl").unlink()
    os.mkfifo(tmp_path / "t.jsonl")

    with pytest.raises(StudyError, match=r"t\.jsonl: is not a plain file"):
        made.run()


def test_the_later_of_two_rows_with_one_url_is_read_and_both_are_kept_raw(
    tmp_path: Path, run: Callable[..., Ran]
) -> None:
    head = '[study]\ntitle = "t"\nkeywords = ["k"]\n[sources.team]\nkind = "file"\npath = "t.jsonl"\n'
    (tmp_path / "study.toml").write_text(head)
    (tmp_path / "t.jsonl").write_text(lines(GOOD, GOOD | {"title": "Two"}))
    ran = run("collect", "threads", "--study", tmp_path)

    assert ran.code == 0, ran.err
    assert [t.title for t in Study.open(tmp_path).read(Thread)] == ["Two"]
    assert run("collect", "status", "--study", tmp_path).code == 0


def test_real_threads_come_in_whole(tmp_path: Path, run: Callable[..., Ran], shared: Callable[[str], Path]) -> None:
    real = shared("threads/real_threads.jsonl")
    (tmp_path / "study.toml").write_text(
        '[study]\ntitle = "t"\nkeywords = ["trust_remote_code", "trust_repo"]\n'
        f'[sources.team]\nkind = "file"\npath = "{real}"\n'
    )
    ran = run("collect", "threads", "--study", tmp_path)
    rows = [json.loads(line) for line in real.read_text(encoding="utf-8").splitlines()]

    assert ran.code == 0, ran.err
    threads = list(Study.open(tmp_path).read(Thread))
    assert Counter(t.source for t in threads) == Counter(row["source"] for row in rows)
    assert {t.url for t in threads} == {row["url"] for row in rows}
    assert all(t.included and t.n_posts == 1 for t in threads)
    assert len(list(Study.open(tmp_path).read(Post))) == 50
