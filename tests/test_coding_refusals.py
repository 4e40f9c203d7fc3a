"""What ``coding`` refuses before it changes anything: passwords in addresses, no codebook, no raw records."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hand_study import row

from codebook import example_study, ledger
from codebook.rows import Coding, Planned, Ranked, Row, Suggestion, Topic, UnitOfCoding
from codebook.study import Study, table_name

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
CODERS = '[coders]\nnames = ["coder_a", "coder_b"]\n'
BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n'
SECRET = "s3cret"


def everything(study: Study) -> str:
    return "\n".join(p.read_text(errors="replace") for p in study.path.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("command", "url"),
    [
        ("push", "http://me:{}@127.0.0.1:9/"),
        ("pull", "https://{}@x.example"),
        ("coders", "ftp://me:{}@x"),
        ("serve", "//me:{}@x"),
    ],
)
def test_a_password_in_the_address_is_refused_and_written_nowhere(
    make_study: MakeStudy, run: Run, command: str, url: str
) -> None:
    study = make_study(CODERS, codebook=BOOK)
    server = {"LABEL_STUDIO_URL": url.format(SECRET), "LABEL_STUDIO_API_KEY": "x"}
    ran = run("coding", command, "--study", study.path, **server)

    assert ran.code == 2
    assert ran.err == (
        "coding: LABEL_STUDIO_URL has a name or password in it, which would be written into the study's records\n"
        "  Leave out what stands before the @, and put an access token into LABEL_STUDIO_API_KEY.\n"
    )
    assert SECRET not in ran.out + ran.err + everything(study)


@pytest.mark.parametrize("url", ["me:{}@x", "localhost:8080/{}", "http://", "http://[{}", "ftp://x/{}"])
def test_what_is_no_address_is_refused_and_not_repeated(make_study: MakeStudy, run: Run, url: str) -> None:
    study = make_study(CODERS, codebook=BOOK)
    server = {"LABEL_STUDIO_URL": url.format(SECRET), "LABEL_STUDIO_API_KEY": "x"}
    ran = run("coding", "pull", "--study", study.path, **server)

    assert (ran.code, ran.err.splitlines()[0]) == (2, "coding: LABEL_STUDIO_URL is not a web address")
    assert SECRET not in ran.err


def test_a_pull_without_a_codebook_says_so_and_begins_no_run(make_study: MakeStudy, run: Run) -> None:
    study = make_study(CODERS)
    server = {"LABEL_STUDIO_URL": "http://127.0.0.1:9", "LABEL_STUDIO_API_KEY": "x"}
    ran = run("coding", "pull", "--study", study.path, **server)

    assert ran.code == 2
    assert ran.err.splitlines()[0] == f"coding: {study.path}/codebook.yaml: cannot be read: No such file or directory"
    assert list(ledger.open_runs(study)) == []


def test_what_a_screening_lacks_is_said_before_a_server_is_looked_for(make_study: MakeStudy, run: Run) -> None:
    study = make_study(CODERS)
    ran = run("coding", "screen", "--study", study.path)

    assert (ran.code, "study.toml names no criteria for the screening" in ran.err) == (2, True)


def test_tables_whose_raw_records_are_gone_stay_and_are_named(tmp_path: Path, run: Run) -> None:
    study = example_study.unpack(tmp_path / "study")
    first = run("coding", "pull", "--from-raw", "--study", study.path)
    before = {p: p.read_bytes() for p in study.path.rglob("*") if p.is_file()}
    rows = sum(1 for _ in study.read(Coding))
    shutil.rmtree(study.path / "raw" / "coding")
    ran = run("coding", "pull", "--from-raw", "--study", study.path)

    said = f"there are no raw records for tables/codings.parquet (rows: {rows})"
    hint = "Restore the raw records from a backup, or pull them again: coding pull. No table was changed."
    assert first.code == 0
    assert (ran.code, ran.err) == (2, f"coding: {study.path}/raw/coding: {said}\n  {hint}\n")
    assert {p: p.read_bytes() for p in before if p.exists()} == {
        p: b for p, b in before.items() if "raw/coding" not in str(p)
    }


def test_the_raw_records_of_one_coder_that_are_gone_are_named(tmp_path: Path, run: Run) -> None:
    study = example_study.unpack(tmp_path / "study")
    first = run("coding", "pull", "--from-raw", "--study", study.path)
    before = list(study.read(Coding))
    shutil.rmtree(study.path / "raw" / "coding" / "coder_b")
    ran = run("coding", "pull", "--from-raw", "--study", study.path)

    rows = sum(row.coder == "coder_b" for row in before)
    assert first.code == 0
    assert ran.code == 2
    assert f"there are no raw records of coder_b for tables/codings.parquet (rows: {rows})" in ran.err
    assert list(study.read(Coding)) == before


def test_units_that_were_pushed_need_their_raw_records_too(make_study: MakeStudy, run: Run) -> None:
    study = make_study(CODERS)
    with ledger.run(study, "coding push", {}) as pushing:
        pushing.write(UnitOfCoding, [row(UnitOfCoding)])
        pushing.write(Coding, [])
    ran = run("coding", "pull", "--from-raw", "--study", study.path)

    assert (ran.code, "no raw records for tables/units.parquet (rows: 1)" in ran.err) == (2, True)
    assert [line["command"] for line in ledger.runs(study)] == ["coding push"]


@pytest.mark.parametrize(
    ("made", "command"),
    [
        (Planned, "coding sample"),
        (Ranked, "coding screen --order"),
        (Topic, "coding topics"),
        (Suggestion, "coding suggest"),
    ],
)
def test_what_was_drawn_or_computed_needs_its_raw_records_too(
    make_study: MakeStudy, run: Run, made: type[Row], command: str
) -> None:
    study = make_study(CODERS)
    with ledger.run(study, command, {}) as making:
        making.write(made, [row(made)])
    ran = run("coding", "pull", "--from-raw", "--study", study.path)

    assert (ran.code, f"no raw records for tables/{table_name(made)}.parquet (rows: 1)" in ran.err) == (2, True)
    assert f"or make new ones: {command}. No table was changed." in ran.err
    assert list(study.read(made)) == [row(made)]
