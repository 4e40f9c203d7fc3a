"""Rows in the order of their table are written as they come; any others are sorted first."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codebook import tables
from codebook.errors import StudyError
from codebook.row_order import KeyOrder
from codebook.rows import Finding, Match


def row(post: str | None, keyword: str = "k") -> Match:
    return Match(thread_id="t", post_id=post, keyword=keyword, place="title", opening=None, run_id="r")


@given(st.lists(st.tuples(st.none() | st.text("ab😀é"), st.text("ab")), unique=True))
def test_order_is_that_of_the_table(keys: list[tuple[str | None, str]]) -> None:
    order = KeyOrder(Match.KEY, tables.plain)
    rows = [order.note(row(*key)) for key in keys]

    assert order.kept == (rows == sorted(rows, key=lambda r: (r.post_id is not None, r.post_id or "", r.keyword)))


def test_a_table_has_the_same_bytes_in_whatever_order_its_rows_come(tmp_path: Path) -> None:
    rows = [row(None), row("a"), row("b", "é"), row("b", "😀"), row("ö")]
    for name, each in (("one", rows), ("other", rows[::-1])):
        tables.write(tmp_path / f"{name}.parquet", Match, each)

    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()
    assert list(tables.read(tmp_path / "one.parquet", Match)) == rows


def test_a_value_that_does_not_fit_is_still_said_by_its_row(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="post_id is int"):
        tables.write(tmp_path / "t.parquet", Match, [row("a"), row(5)])  # type: ignore[arg-type] # the wrong type


def finding(number: int, sha256: str | None) -> Finding:
    return Finding(
        finding_id=str(number),
        tool="t",
        rule="r",
        cwe=None,
        cwe_raw=None,
        severity=None,
        sha256=sha256,
        line=1,
        end_line=None,
        message=None,
        suppressed_by_author=False,
        run_id="r",
    )


def test_findings_lie_by_content_in_whatever_order_they_come(tmp_path: Path) -> None:
    rows = [finding(3, None), finding(2, "a"), finding(4, "a"), finding(1, "b")]
    for name, each in (("one", rows), ("other", sorted(rows, key=lambda row: row.finding_id))):
        tables.write(tmp_path / f"{name}.parquet", Finding, each)

    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()
    assert list(tables.read(tmp_path / "one.parquet", Finding)) == rows


def test_a_finding_is_told_from_others_by_its_key_alone(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="two rows with one key"):
        tables.write(tmp_path / "t.parquet", Finding, [finding(1, "a"), finding(1, "b")])
