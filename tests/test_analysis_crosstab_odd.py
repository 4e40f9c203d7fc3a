"""``analysis crosstab`` where things are odd: slips, halves of studies, old tables, very many values, hostile ones."""

import json
from collections.abc import Callable

import duckdb
import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK, coding, row, thread

from analysis.cli import cli
from codebook.bringing import BROUGHT_BY, REBUILT_BY
from codebook.rows import TABLES, Coding, Finding, Thread
from codebook.study import Study
from codebook.tables import literal

Make = Callable[..., Study]


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(codebook=BOOK))


def crosstab(study: Study, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["crosstab", *arguments, "--no-tests", "--study", str(study.path)])


def without_column(study: Study, table: str, column: str) -> None:
    """Make the table one of a version that did not have the column."""
    path = study.table(table)
    older = path.with_suffix(".older")
    duckdb.sql(f"COPY (SELECT * EXCLUDE ({column}) FROM {literal(path)}) TO {literal(older)} (FORMAT parquet)")
    older.replace(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["theme", "source", "yaer"], "no variable 'yaer'\n  Did you mean 'year'?"),
        (["theme", "source", "--by", "codr"], "no variable 'codr'\n  Did you mean 'coder'?"),
        (["theme", "source", "--by", "cwe"], "no join connects"),
        (["theme", "source", "year", "item"], "there is a word too many: 'item'"),
        (["theme", "source", "year", "--by", "item"], "there is a word too many: 'year'"),
        (["theme", "source", "--explain", "SEC", "github", "2024"], "no variable '2024'"),
        (["theme", "source", "year", "--explain", "SEC", "github", "2032"], "no year '2032'\n  Did you mean '2024'?"),
    ],
)
def test_a_slip_in_the_layers_is_one_clear_error(study: Study, arguments: list[str], message: str) -> None:
    done = crosstab(study, *arguments)

    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_what_there_is_not_yet_is_named_with_the_command_that_brings_it(study: Study) -> None:
    done = crosstab(study, "theme", "source", "--from", "decisions")

    assert done.exit_code == 0
    assert "no rows yet in: decisions (coding adjudicate)" in done.stderr
    assert "no rows yet in: findings (scan code)" in crosstab(study, "cwe", "tool").stderr
    assert "models (scan models)" in crosstab(study, "tag", "platform", "formats").stderr


def test_one_source_only_is_a_table_of_one_column(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    study.write(Thread, [thread("t1", "github", 2024)])
    study.write(Coding, [coding("t1", "a", "SEC.mal")])
    done = crosstab(study, "theme", "source", "coder", "--format", "csv")

    assert done.stdout == "coder,theme,github,total\na,Security,1,1\na,total,1,1\ntotal,Security,1,1\ntotal,total,1,1\n"


def test_a_table_of_an_older_version_is_named_with_its_column_and_the_command(study: Study) -> None:
    study.write(Finding, [row(Finding, finding_id="f1", tool="x", cwe="CWE-1", sha256="a", current=True)])
    without_column(study, "findings", "current")
    without_column(study, "quarantine", "value")
    done = crosstab(study, "cwe", "tool")

    assert done.exit_code == 2
    expected = f"{study.table('findings')}: the table cannot be read: it is from another version of qualdev: "
    assert expected + "it has no column current\n" in done.stderr
    assert "Delete it and rebuild it from the raw records in this version: scan models --from-raw." in done.stderr
    assert done.stdout == ""


def test_a_column_that_is_not_asked_for_may_be_missing(make_study: Make) -> None:
    study = hand_study.write(make_study(codebook=BOOK), decided=True)
    expected = crosstab(study, "theme", "source", "--format", "csv").stdout
    for table, column in (("threads", "uid"), ("decisions", "codings_changed"), ("decisions", "reason")):
        without_column(study, table, column)

    assert expected == crosstab(study, "theme", "source", "--format", "csv").stdout
    assert (
        "it has no columns reason, codings_changed"
        in crosstab(study, "theme", "source", "--explain", "USE", "github").stderr
    )


def test_every_table_has_a_command_that_brings_it_and_one_that_makes_it_again() -> None:
    assert set(BROUGHT_BY) == set(REBUILT_BY) == set(TABLES)


@pytest.fixture
def large(make_study: Make) -> Study:
    """400 sources and 400 states; the thread of place n has source n, state n and state 0."""
    study = make_study()
    pairs = [(n, n) for n in range(400)] + [(n, 0) for n in range(1, 400)]
    study.write(Thread, [thread(f"t{s}-{c}", f"s{s:03}", 2024, state=f"c{c:03}") for s, c in pairs])
    return study


def test_four_hundred_by_four_hundred(large: Study) -> None:
    done = crosstab(large, "source", "state", "--format", "csv")
    lines = done.stdout.splitlines()

    assert len(lines) == 402
    assert lines[2] == "s001,1,1," + "0," * 398 + "2"
    assert lines[-1].endswith(",1,1,799")
    text = crosstab(large, "source", "state")
    assert "400 columns are hard to read like this: add --top N for the commonest, or --format csv" in text.stderr
    assert len(text.stdout.splitlines()) == 403
    assert len(json.loads(crosstab(large, "source", "state", "--format", "json").stdout)) == 160_000


def test_the_commonest_can_be_shown_with_totals_of_all(large: Study) -> None:
    """Of values that are equally common, the first in order."""
    done = crosstab(large, "source", "state", "--top", "2", "--format", "csv")

    assert done.stdout.splitlines() == ["source,c000,c001,total", "s001,1,1,2", "s002,1,0,2", "total,400,1,799"]
    assert "shown: the commonest 2 of 400 rows and 2 of 400 columns; totals are those of all" in done.stderr
    layers = crosstab(large, "source", "state", "year", "--top", "1", "--format", "csv")
    assert layers.stdout.splitlines()[1:3] == ["2024,s001,1,2", "2024,total,400,799"]


def test_hostile_values_of_layers_are_harmless_in_every_format(make_study: Make) -> None:
    study = make_study()
    hostile = "=cmd|' /C calc'!A0\x1b[31m\n<script>$x_1 \\input{y} %"
    study.write(Thread, [thread("t1", "a", 2024, state=hostile), thread("t2", "a", 2024)])
    shown = {
        f: crosstab(study, "source", "item", "state", "--format", f).stdout for f in ("text", "csv", "md", "latex")
    }

    assert all("\x1b" not in text for text in shown.values())
    assert shown["text"].startswith("state: =cmd|' /C calc'!A0\ufffd[31m <script>$x_1 \\input{y} %\n\n")
    assert shown["csv"].splitlines()[1].startswith("\"'=cmd|' /C calc'!A0")
    assert "&lt;script>" in shown["md"]
    assert "\\textbackslash{}input\\{y\\} \\%" in shown["latex"]
    cells = json.loads(crosstab(study, "source", "item", "state", "--format", "json").stdout)
    assert [c["layer_id"] for c in cells] == [hostile, None, None]
    assert [c["layer"] for c in cells] == [hostile, "(none)", None]
