"""A table that is damaged inside, or has other columns, is named by whatever command reads it."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import hand_study
import pytest
from click.testing import CliRunner

from analysis.cli import cli as analysis
from codebook.damage import damaged
from codebook.study import Study
from coding.cli import cli as coding


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    return hand_study.write(make_study(codebook=hand_study.BOOK))


def damage_inside(path: Path) -> None:
    """Overwrite the columns' data; the footer, which says what the columns are, stays."""
    content = path.read_bytes()
    footer = int.from_bytes(content[-8:-4], "little") + 8
    path.write_bytes(content[:4] + b"\xff" * (len(content) - 4 - footer) + content[-footer:])


def other_columns(path: Path) -> None:
    duckdb.sql(f"COPY (SELECT 1 AS x) TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize(
    ("table", "cli", "arguments"),
    [
        ("threads", analysis, ["crosstab", "theme", "source"]),
        ("codings", analysis, ["crosstab", "theme", "source"]),
        ("threads", analysis, ["flow"]),
        ("posts", analysis, ["report"]),
        ("quarantine", analysis, ["report"]),
        ("codings", coding, ["status"]),
    ],
)
@pytest.mark.parametrize("spoil", [damage_inside, other_columns])
def test_a_command_names_the_table_that_cannot_be_read(
    study: Study, table: str, cli: object, arguments: list[str], spoil: Callable[[Path], None]
) -> None:
    spoil(study.table(table))
    done = CliRunner().invoke(cli, [*arguments, "--study", str(study.path)])  # type: ignore[arg-type] # a click command

    assert done.exit_code == 2
    assert f"{study.table(table)}: the table cannot be read: " in done.stderr
    assert "Delete it and rebuild it from the raw records" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_study_whose_tables_are_whole_has_nothing_to_blame(study: Study) -> None:
    assert damaged(study) is None


def test_the_columns_that_differ_are_named(study: Study) -> None:
    other_columns(study.table("quarantine"))

    assert "it has not the columns of the data dictionary (annotation_id, coder, reason, run_id)" in str(damaged(study))
