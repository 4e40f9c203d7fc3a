"""Tables: what goes in comes out, the same rows give the same bytes, and a file is old or new, never half."""

import hashlib
import resource
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook import tables
from codebook.errors import StoppedEarly, StudyError
from codebook.row_groups import largest, row_group
from codebook.rows import TABLES, Exclusion, Post, Slice
from codebook.study import Study

EXCLUSION = Exclusion(thread_id="a:1", stage="collect", reason="no keyword", by="match = any", run_id="r-1")


def slice_(query: str = "q", **changes: object) -> Slice:
    values: dict[str, object] = {
        "source": "a",
        "site": "a",
        "query": query,
        "window_start": None,
        "window_end": None,
        "reported": 3,
        "got": 3,
        "state": "complete",
        "reason": None,
        "run_id": "r-1",
    }
    return Slice(**(values | changes))  # type: ignore[arg-type] # values of many types on purpose


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_rows_come_back_sorted_by_key(tmp_path: Path) -> None:
    path = tmp_path / "slices.parquet"
    tables.write(path, Slice, [slice_("b"), slice_("a", window_start=datetime(2020, 1, 2)), slice_("a")])  # noqa: DTZ001 - stored so

    expected = [slice_("a"), slice_("a", window_start=datetime(2020, 1, 2)), slice_("b")]  # noqa: DTZ001 - stored so
    assert list(tables.read(path, Slice)) == expected


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.text(max_size=40), max_size=6, unique_by=lambda t: t.replace("\x00", "").replace("\ufffd", "")),
    numbers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=6, max_size=6),
)
def test_any_valid_text_and_number_survives(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], numbers: list[int]
) -> None:
    path = tmp_path_factory.mktemp("t") / "slices.parquet"
    rows = [slice_(t.replace("\x00", ""), got=n) for t, n in zip(texts, numbers, strict=False)]
    tables.write(path, Slice, rows)

    key = lambda r: r.query.encode()  # noqa: E731 - Parquet sorts by bytes
    assert sorted(tables.read(path, Slice), key=key) == sorted(rows, key=key)


def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    rows = [slice_(f"q{i}") for i in range(500)]
    tables.write(tmp_path / "one.parquet", Slice, rows)
    tables.write(tmp_path / "two.parquet", Slice, reversed(rows))

    assert sha256(tmp_path / "one.parquet") == sha256(tmp_path / "two.parquet")


@pytest.mark.parametrize(
    ("rows", "size", "group"),
    [
        (0, 0, 10_240),
        (500, 100_000, 10_240),
        (1_000_000, 600_000_000, 10_240),
        (10_000_000, 6_000_000_000, 61_440),  # 160 groups of short rows
        (10_000_000, 20_000_000_000, 18_432),  # 40 MB each of longer ones
        (10_000_000, 900_000_000_000, 10_240),
    ],
)
def test_long_tables_of_short_rows_have_larger_row_groups(rows: int, size: int, group: int) -> None:
    assert row_group(rows, size) == group


def test_row_groups_of_a_file_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "a[b]*"
    folder.mkdir()
    tables.write(folder / "t.parquet", Slice, [slice_(f"q{i}") for i in range(25_000)])
    with tables.connect(tmp_path) as con:
        assert largest(con, tables.one_file(folder / "t.parquet")) == 10_240
        metadata = f"parquet_metadata({tables.one_file(folder / 't.parquet')})"
        groups = con.execute(f"SELECT DISTINCT row_group_num_rows FROM {metadata} ORDER BY 1").fetchall()
    assert groups == [(4_520,), (10_240,)]


def test_nul_and_lone_surrogates_become_valid_text(tmp_path: Path) -> None:
    tables.write(tmp_path / "t.parquet", Slice, [slice_("a\x00b\ud800c")])

    assert [r.query for r in tables.read(tmp_path / "t.parquet", Slice)] == ["ab\ufffdc"]


def test_moments_with_a_zone_are_stored_in_utc(tmp_path: Path) -> None:
    there = datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    tables.write(tmp_path / "t.parquet", Slice, [slice_(window_start=there)])

    (row,) = tables.read(tmp_path / "t.parquet", Slice)
    assert row.window_start == there.astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"got": "3"}, "Slice.got is str, not int"),
        ({"got": None}, "Slice.got is empty"),
        ({"state": "whole"}, "Slice.state is 'whole', not one of complete, truncated, skipped, unfinished"),
        ({"got": True}, "Slice.got is bool, not int"),
    ],
)
def test_a_row_that_does_not_fit_the_dictionary_is_refused(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    tables.write(tmp_path / "t.parquet", Slice, [slice_("before")])

    with pytest.raises(StudyError, match=message):
        tables.write(tmp_path / "t.parquet", Slice, [slice_("good"), slice_("bad", **change)])
    assert [r.query for r in tables.read(tmp_path / "t.parquet", Slice)] == ["before"]
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


def test_two_rows_with_one_key_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"two rows with one key"):
        tables.write(tmp_path / "t.parquet", Exclusion, [EXCLUSION, EXCLUSION])


@pytest.mark.parametrize("limit", [20_000, 300])
def test_on_a_full_disk_the_table_stays_as_it_was(tmp_path: Path, limit: int) -> None:
    """The limit on file size makes the real write fail: in the spool (small) or in the Parquet file's way (large)."""
    path = tmp_path / "slices.parquet"
    tables.write(path, Slice, [slice_("before")])
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(StoppedEarly, match=r"could not write.*(?s:.)*run the same command again"):
            tables.write(path, Slice, (slice_(hashlib.sha256(b"%d" % i).hexdigest()) for i in range(2000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["slices.parquet"]


def test_a_damaged_table_is_one_clear_error(make_study: Callable[..., Study]) -> None:
    study = make_study()
    study.table("slices").parent.mkdir()
    study.table("slices").write_bytes(b"PAR1 not really")

    with pytest.raises(StudyError, match=r"slices\.parquet: the table cannot be read.*(?s:.)*--from-raw"):
        list(study.read(Slice))


def test_missing_tables_are_empty_views(make_study: Callable[..., Study]) -> None:
    study = make_study()
    with study.connect() as con:
        counts = [con.execute(f"SELECT count(*) FROM {name}").fetchone() for name in TABLES]

    assert counts == [(0,)] * len(TABLES)


def test_a_table_is_a_data_frame_for_notebooks(make_study: Callable[..., Study]) -> None:
    study = make_study()
    study.write(Slice, [slice_("a"), slice_("b", got=7)])

    assert study.frame("slices")["got"].tolist() == [3, 7]
    assert list(study.frame("slices")) == [c.name for c in tables.columns(Slice)]
    assert study.frame("posts").empty
    assert "body" in study.frame("posts")
    with pytest.raises(StudyError, match="no table 'tweets'"):
        study.frame("tweets")


def test_every_column_has_a_meaning_and_every_key_is_a_column() -> None:
    for name, row_type in TABLES.items():
        columns = {c.name: c for c in tables.columns(row_type)}

        assert row_type.KEY, name
        assert set(row_type.KEY) <= set(columns), name
        assert [c.name for c in columns.values() if not c.meaning] == [], name


def test_an_empty_table_has_all_columns(tmp_path: Path) -> None:
    tables.write(tmp_path / "posts.parquet", Post, [])

    found = duckdb.sql(f"DESCRIBE SELECT * FROM '{tmp_path}/posts.parquet'").fetchall()
    assert [(n, t) for n, t, *_ in found] == [(c.name, c.sql_type) for c in tables.columns(Post)]


@pytest.mark.parametrize("folder", ["x*", "g[ab]", "what?", "site=zzz", "it's"])
def test_a_path_is_one_path_whatever_its_characters(tmp_path: Path, folder: str) -> None:
    for name in (folder, "xy", "ga", "whatx"):
        tables.write(tmp_path / name / "slices.parquet", Slice, [slice_(name, site="a")])

    assert list(tables.read(tmp_path / folder / "slices.parquet", Slice)) == [slice_(folder, site="a")]


def test_a_number_that_no_column_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="got is beyond what a table can hold"):
        tables.write(tmp_path / "slices.parquet", Slice, [slice_(got=2**63)])


def test_a_moment_outside_our_calendar_is_none() -> None:
    late = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=14)))

    assert tables.plain(late) is None
    assert tables.plain(10**30) is None
