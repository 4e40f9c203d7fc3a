"""The raw store: verbatim, append-only, readable up to the place where it was cut."""

import gzip
import json
import os
import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook.errors import StoppedEarly, StudyError
from codebook.raw import Page, RawStore, page_id


def page(number: int, body: bytes = b"{}") -> Page:
    return Page(f"GET /things?page={number}", 200, {"etag": "x"}, body, "run-1", "http://127.0.0.1:1", "2026-01-01")


def filled(folder: Path, count: int) -> RawStore:
    store = RawStore(folder)
    for number in range(count):
        store.append(page(number, b'{"n": %d}' % number))
    store.close()
    return store


@settings(max_examples=60, deadline=None)
@given(bodies=st.lists(st.binary(max_size=300), min_size=1, max_size=5))
def test_every_body_comes_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]) -> None:
    store = RawStore(tmp_path_factory.mktemp("raw"))
    pages = [page(i, body) for i, body in enumerate(bodies)]
    places = [store.append(p) for p in pages]
    store.close()

    assert list(store.pages()) == pages
    assert [store.at(place) for place in places] == pages
    assert store.damage == []


def test_records_are_plain_json_lines_in_gzip(tmp_path: Path) -> None:
    filled(tmp_path, 2)

    lines = gzip.decompress((tmp_path / "000001.jsonl.gz").read_bytes()).decode().splitlines()
    assert json.loads(lines[1])["request"] == "GET /things?page=1"
    assert json.loads(lines[1])["body"] == '{"n": 1}'


def test_each_process_writes_a_segment_of_its_own(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    filled(tmp_path, 1)

    assert [p.name for p in RawStore(tmp_path).segments()] == ["000001.jsonl.gz", "000002.jsonl.gz"]


def test_cut_anywhere_in_the_last_record_keeps_all_before_it_and_says_so(tmp_path: Path) -> None:
    store = filled(tmp_path, 3)
    segment = tmp_path / "000001.jsonl.gz"
    whole = segment.read_bytes()
    places = [place for (_, place), _ in store.places()]
    for cut in range(places[2] + 1, len(whole)):
        segment.write_bytes(whole[:cut])

        assert [p.request for p in store.pages()] == ["GET /things?page=0", "GET /things?page=1"]
        assert len(store.damage) == 1
        assert "000001.jsonl.gz: cut at byte" in store.damage[0]


def test_a_cut_segment_does_not_hide_the_next_one(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    segment = tmp_path / "000001.jsonl.gz"
    segment.write_bytes(segment.read_bytes()[:-3])
    filled(tmp_path, 1)

    assert [p.request for p in RawStore(tmp_path).pages()] == ["GET /things?page=0", "GET /things?page=0"]


def test_a_changed_body_is_noticed(tmp_path: Path) -> None:
    store = filled(tmp_path, 1)
    segment = tmp_path / "000001.jsonl.gz"
    record = gzip.decompress(segment.read_bytes()).replace(b'{\\"n\\": 0}', b'{\\"n\\": 9}')
    segment.write_bytes(gzip.compress(record))

    assert list(store.pages()) == []
    assert "does not have the hash" in store.damage[0]


def test_on_a_full_disk_everything_before_is_safe(tmp_path: Path) -> None:
    store = filled(tmp_path, 2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(StoppedEarly, match="could not store a raw record"):
            store.append(page(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    store.append(page(3))
    store.close()
    assert [p.request[-1] for p in store.pages()] == ["0", "1", "3"]


def test_a_request_has_one_id_whatever_the_host() -> None:
    one = Page("GET /a?b=1", 200, {}, b"", "r", "http://127.0.0.1:1")
    two = Page("GET /a?b=1", 404, {}, b"x", "s", "https://api.example")

    assert one.page_id == two.page_id == page_id("GET /a?b=1")
    assert one.page_id != page_id("GET /a?b=2")


def test_an_answer_that_is_not_json_names_its_page() -> None:
    with pytest.raises(StudyError, match=r"page [0-9a-f]{16} \(/a\): the stored answer is not JSON"):
        Page("GET /a", 200, {}, b"<html>", "r").json()


def test_path_and_body_of_a_post() -> None:
    asked = Page('POST /graphql\n{"query": "q"}', 200, {}, b"{}", "r")

    assert (asked.path, asked.asked) == ("/graphql", '{"query": "q"}')


def test_what_stands_behind_a_damaged_record_is_kept(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    places = [store.append(page(number)) for number in range(5)]
    store.close()
    (segment,) = store.segments()
    content = bytearray(segment.read_bytes())
    content[places[2][1] + 40] ^= 0xFF
    segment.write_bytes(content)

    assert list(store.pages()) == [page(number) for number in (0, 1, 3, 4)]
    assert len(store.damage) == 1
    assert f"000001.jsonl.gz: damaged at byte {places[2][1]}" in store.damage[0]


@pytest.mark.parametrize("record", ["[]", "null", '{"body": 3}', "[" * 50_000, '{"body": "", "request": "GET"}'])
def test_a_record_that_is_none_of_ours_is_damage(tmp_path: Path, record: str) -> None:
    store = RawStore(tmp_path)
    store.append(page(0))
    store.close()
    with store.segments()[0].open("ab") as out:
        out.write(gzip.compress(record.encode(), mtime=0))

    assert list(store.pages()) == [page(0)]
    assert len(store.damage) == 1


def test_only_files_are_segments(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(page(0))
    (tmp_path / "000002.jsonl.gz").mkdir()
    os.mkfifo(tmp_path / "000003.jsonl.gz")

    assert list(store.pages()) == [page(0)]
