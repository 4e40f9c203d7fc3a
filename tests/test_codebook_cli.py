"""``codebook init``, ``check`` and ``tables`` as a user runs them."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from conftest import Ran  # type: ignore[import-not-found] # tests are not a package

from codebook import ledger
from codebook.errors import StudyError
from codebook.raw import Page
from codebook.rows import TABLES, Coding, Thread
from codebook.study import Study
from codebook.tables import dictionary

Run = Callable[..., Ran]

BOOK = 'version: "1.0.0"\ncodes:\n  - id: A\n    name: A\n    definition: a\n'


def thread(run_id: str = "collect-threads-1") -> Thread:
    return Thread(
        thread_id="a:1",
        source="a",
        site="a",
        item="topic",
        native_id="1",
        url="https://a.example/1",
        title="t",
        state=None,
        created_at=datetime(2024, 1, 1),  # noqa: DTZ001 - stored so
        author=None,
        labels=(),
        n_posts=0,
        n_reported=None,
        matched_in=("title",),
        language=None,
        duplicate_group=None,
        included=True,
        gone=None,
        uid=None,
        version=None,
        page="0" * 16,
        run_id=run_id,
    )


def coding(**changes: object) -> Coding:
    values: dict[str, object] = {
        "unit_id": "a:1",
        "thread_id": "a:1",
        "coder": "x",
        "code": "A",
        "start": None,
        "end": None,
        "quote": None,
        "confidence": None,
        "memo": None,
        "round": 1,
        "arm": "plain",
        "annotation_id": "1/1/1",
        "coded_at": None,
        "lead_time": None,
        "codebook_version": "1.0.0",
        "run_id": "coding-pull-1",
    }
    return Coding(**(values | changes))  # type: ignore[arg-type] # values of many types


def failed(ran: Ran) -> list[tuple[str, str, str]]:
    return [(r["check"], r["where"], r["what"]) for r in json.loads(ran.out) if r["result"] == "failed"]


@pytest.fixture
def good(make_study: Callable[..., Study]) -> Study:
    """A study with a thread and a coding, as its runs wrote them."""
    study = make_study(codebook=BOOK)
    with ledger.run(study, "collect threads", {}) as run:
        run.write(Thread, [thread()])
    with ledger.run(study, "coding pull", {}) as run:
        run.write(Coding, [coding()])
    return study


def test_init_makes_a_study_that_checks(tmp_path: Path, run: Run) -> None:
    made = run("codebook", "init", tmp_path / "new", "--title", 'My "own" study')
    checked = run("codebook", "check", "--study", tmp_path / "new", "--format", "json")

    assert (made.code, checked.code) == (0, 0)
    assert failed(checked) == []
    assert Study.open(tmp_path / "new").settings.study.title == 'My "own" study'


def test_init_leaves_a_folder_that_is_in_use_alone(tmp_path: Path, run: Run) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for arguments in ([], ["--example"]):
        ran = run("codebook", "init", tmp_path, *arguments)

        assert ran.code == 2
        assert "the folder is not empty" in ran.err
        assert "Traceback" not in ran.err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_good_study_checks(good: Study, run: Run) -> None:
    ran = run("codebook", "check", "--study", good.path, "--format", "json")

    assert (ran.code, failed(ran)) == (0, [])


def test_a_row_whose_run_nobody_knows_is_named(good: Study, run: Run) -> None:
    good.write(Thread, [thread("collect-threads-7")])
    ran = run("codebook", "check", "--study", good.path, "--format", "json")

    assert ran.code == 1
    assert failed(ran) == [
        (
            "every row's run exists",
            "tables/threads.parquet",
            "rows of runs that runs.jsonl does not have: collect-threads-7",
        ),
        ("as its last run wrote it", "tables/threads.parquet", "its hash differs"),
    ]


def test_codings_of_nothing_and_of_unknown_codes_are_named(good: Study, run: Run) -> None:
    with ledger.run(good, "coding pull", {}) as again:
        again.write(Coding, [coding(thread_id="a:2", code="B", run_id="coding-pull-2")])
    ran = run("codebook", "check", "--study", good.path, "--format", "json")

    assert failed(ran) == [
        ("codebook is valid", "codebook.yaml", "codings name codes that it does not have: B"),
        ("every thread_id is in threads", "tables/codings.parquet", "1 rows have no row in threads"),
    ]


def test_a_table_of_another_shape_and_a_damaged_one_are_named(good: Study, run: Run) -> None:
    duckdb.sql("SELECT 1 AS one").write_parquet(str(good.table("posts")))
    good.table("codings").write_bytes(b"PAR1")
    ran = run("codebook", "check", "--study", good.path, "--format", "json")

    assert [(c, w) for c, w, _ in failed(ran)] == [
        ("rows fit the dictionary", "tables/posts.parquet"),
        ("rows fit the dictionary", "tables/codings.parquet"),
    ]


def test_words_outside_the_dictionary_are_named(good: Study, run: Run) -> None:
    path = good.table("threads")
    duckdb.sql(f"SELECT * REPLACE ('tweet' AS item) FROM '{path}'").write_parquet(str(path) + ".new")
    Path(str(path) + ".new").replace(path)
    ran = run("codebook", "check", "--study", good.path, "--format", "json")

    assert (
        "rows fit the dictionary",
        "tables/threads.parquet",
        "values that the data dictionary does not allow in: item",
    ) in failed(ran)


def test_tables_prints_the_data_dictionary(run: Run) -> None:
    everything = json.loads(run("codebook", "tables", "--format", "json").out)
    one = json.loads(run("codebook", "tables", "threads", "--format", "json").out)

    assert everything == list(dictionary())
    assert {row["table"] for row in everything} == set(TABLES)
    assert {row["table"] for row in one} == {"threads"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tables", "treads"], "no table 'treads'"),
        (["check", "--study", "nowhere"], "nowhere: no study.toml"),
        (["check", "--format", "xml"], "Invalid value for '--format'"),
    ],
)
def test_a_users_mistake_is_one_message_and_status_2(run: Run, arguments: list[str], message: str) -> None:
    ran = run("codebook", *arguments)

    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_debug_shows_the_traceback(run: Run) -> None:
    assert "Traceback" in run("codebook", "--debug", "check", "--study", "nowhere").err


def test_output_goes_to_a_file(tmp_path: Path, run: Run) -> None:
    ran = run("codebook", "tables", "slices", "--format", "csv", "--output", tmp_path / "t.csv")

    assert (ran.code, ran.out) == (0, "")
    assert (tmp_path / "t.csv").read_text().startswith("table,column,type,unit,key,empty,meaning\nslices,source,")
    assert run("codebook", "tables", "--output", tmp_path / "no" / "t.csv").code == 2


def test_a_damaged_table_is_a_row_and_the_other_checks_are_made(run: Run, good: Study) -> None:
    good.table("threads").write_bytes(b"xx")
    ran = run("codebook", "check", "--study", good.path, "--format", "json")

    assert ran.code == 1
    assert [(check, where) for check, where, _ in failed(ran)] == [
        ("rows fit the dictionary", "tables/threads.parquet")
    ]
    skipped = [r for r in json.loads(ran.out) if r["check"] == "every thread_id is in threads"]
    assert [(r["where"], r["result"], r["what"]) for r in skipped] == [
        ("tables/codings.parquet", "not checked", "threads cannot be read")
    ]


def test_a_module_in_the_working_folder_is_not_run(tmp_path: Path, run: Run) -> None:
    study = tmp_path / "study"
    assert run("codebook", "init", "--example", study).code == 0
    assert run("collect", "threads", "--from-raw", "--study", study).code == 0
    (study / "click.py").write_text("open('executed', 'w')")
    script = Path(sys.executable).parent / "codebook"  # unlike -m, it does not look into the working folder
    ran = subprocess.run([script, "check", "--format", "json"], cwd=study, capture_output=True, text=True, check=False)

    assert not (study / "executed").exists()
    results = [r["result"] for r in json.loads(ran.stdout) if r["check"] == "equals what its raw records give"]
    assert results.count("ok") >= 4


@pytest.mark.parametrize("key", ["", "xyz", "ab" * 31])
def test_a_damaged_key_is_no_key(make_study: Callable[..., Study], key: str) -> None:
    study = make_study()
    (study.private / "pseudonyms.key").write_text(key)

    with pytest.raises(StudyError, match="the key for pseudonyms is damaged"):
        _ = study.key


def test_a_key_that_is_missing_under_tables_is_not_made_anew(good: Study) -> None:
    good.raw("collect", "a").append(Page("GET /", 200, {}, b"{}", "collect-threads-1"))
    (good.private / "pseudonyms.key").unlink(missing_ok=True)

    with pytest.raises(StudyError, match="the key for pseudonyms is missing"):
        _ = Study.open(good.path).key
