"""What holds of the tables whatever stands on the pages: invented records, cut into pages and runs in any way."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from derive_rig import KEY, SITE, Rows, Said, Scripted, corpus, gone, part, post, store, tables, thread
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook import tables as parquet
from codebook.study import file_sha256, table_name
from collect.derive import ROWS, Corpus, Gathered

TITLES = ("trust_remote_code", "Why?", "=1+1 \x1b[31m \u202e\x00", "")
BODIES = (
    "trust_remote_code",
    "`trust_remote_code`, @ada",
    "> quoted\n\n```\nKeyError: 'a'\n```",
    "word " * 30,
    "\ud800",
)
ids = st.sampled_from("123")
threads = st.builds(
    thread,
    ids,
    title=st.sampled_from(TITLES),
    uid=st.sampled_from([None, "u", "w"]),
    version=st.sampled_from([None, "v1"]),
    n_reported=st.sampled_from([None, 2]),
    author=st.sampled_from([None, "Ada", "grace"]),
)
posts = st.builds(
    post,
    st.sampled_from("012"),
    st.sampled_from(BODIES),
    thread=ids,
    author=st.sampled_from([None, "ada", "word"]),
    created_at=st.sampled_from([None, "2024-02-01T00:00:00+00:00"]),
)
slices = st.builds(part, st.lists(ids, max_size=3), changes=st.booleans(), skipped=st.booleans())
whys = st.builds(gone, ids, st.sampled_from(["deleted", "renamed"]), st.sampled_from([None, "3"]))
records = st.lists(st.one_of(threads, posts, posts, slices, whys), max_size=12)
cuts = st.lists(st.integers(0, 12), max_size=4)


def cut(said: Sequence[Said], at: Sequence[int]) -> list[Sequence[Said]]:
    """The records in order, on as many pages as the cuts make."""
    edges = [0, *sorted(min(place, len(said)) for place in at), len(said)]
    return [said[start:end] for start, end in pairwise(edges)]


def without_run(rows: Rows) -> list[Any]:
    return [replace(row, run_id="", page="") for table in ("threads", "posts") for row in rows[table]]


@settings(max_examples=20, deadline=None)
@given(records, cuts, st.sets(st.integers(1, 5)))
def test_how_records_are_cut_into_pages_and_runs_changes_no_thread_and_no_post(
    said: list[Said], at: list[int], new_runs: set[int]
) -> None:
    pages = cut(said, at)
    runs = "".join(str(1 + sum(start <= number for start in new_runs)) for number in range(len(pages)))
    with TemporaryDirectory() as name:
        whole = corpus(Path(name) / "whole", said)
        parts = corpus(Path(name) / "parts", *pages, runs=runs)

    assert without_run(parts) == without_run(whole)
    assert parts["orphans"] == whole["orphans"]
    assert [(m.post_id, m.keyword, m.place) for m in parts["matches"]] == [
        (m.post_id, m.keyword, m.place) for m in whole["matches"]
    ]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.one_of(threads, posts), max_size=12))
def test_a_run_that_meets_everything_as_it_is_changes_nothing(said: list[Said]) -> None:
    settled = [(kind, values | {"uid": None, "version": None} if kind == "thread" else values) for kind, values in said]
    newest = {(kind, v["native_id"], v.get("thread")): (kind, v) for kind, v in settled}
    with TemporaryDirectory() as name:
        once = corpus(Path(name) / "once", settled)
        twice = corpus(Path(name) / "twice", settled, list(newest.values()), runs="12")

    assert twice == once


@settings(max_examples=8, deadline=None)
@given(records, records, cuts)
def test_tables_are_the_same_bytes_whenever_and_in_whatever_order_of_sites_they_are_made(
    one: list[Said], other: list[Said], at: list[int]
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        sites = [
            Gathered(Scripted(), replace(SITE, name=site), store(folder / site, cut(said, at), "11223"))
            for site, said in (("forum", one), ("hub", other))
        ]
        made = [written(folder / str(number), order) for number, order in enumerate((sites, sites, sites[::-1]))]

    assert made[0] == made[1] == made[2]


def written(folder: Path, gathered: list[Gathered]) -> dict[str, str]:
    with Corpus(gathered, KEY, folder) as made:
        for row_type in ROWS:
            parquet.write(folder / f"{table_name(row_type)}.parquet", row_type, made.rows(row_type))
    return {path.name: file_sha256(path) for path in sorted(folder.glob("*.parquet"))}


@settings(max_examples=20, deadline=None)
@given(records, records)
def test_groups_of_copies_are_an_equivalence_over_all_sites(one: list[Said], other: list[Said]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        gathered = (
            Gathered(Scripted(), replace(SITE, name=site), store(folder / site, [said], "1"))
            for site, said in (("forum", one), ("hub", other))
        )
        rows = tables(folder, *gathered)
    group = {t.thread_id: t.duplicate_group for t in rows["threads"]}
    address = {t.thread_id: t.url for t in rows["threads"]}

    for named in filter(None, group.values()):
        members = [t for t in group if group[t] == named]
        assert min(members) == named
        assert len(members) > 1
    for one_id, url in address.items():
        same = [t for t in address if address[t] == url]
        assert len(same) == 1 or len({group[t] for t in same} - {None}) == 1, one_id
