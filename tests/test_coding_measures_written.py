"""The tables ``agreement`` and ``saturation``: what is in them, when they are written, and that nobody changes them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK, coding, thread

from codebook import ledger
from codebook.check import check
from codebook.errors import StoppedEarly
from codebook.rebuilding import measured_again
from codebook.rows import AgreementMeasure, Coding, SaturationStep, Thread
from codebook.study import Study, file_sha256
from coding.cli import cli

Make = Callable[..., Study]

GIVEN = {
    "t1": ("USE.err", "USE.err"),
    "t2": ("USE.err", ""),
    "t3": ("SEC.mal", "SEC.mal"),
    "t4": ("", ""),
}
"""What each of two coders gave; t1 and t2 are of github, t3 and t4 of a forum."""


def _codings(given: dict[str, tuple[str, str]]) -> list[Coding]:
    return [
        coding(one, coder, code, coded_at=datetime(2024, 1, int(one[1:]), tzinfo=UTC))
        for one, codes in given.items()
        for coder, code in zip(("coder_a", "coder_b"), codes, strict=True)
    ]


@pytest.fixture
def study(make_study: Make) -> Study:
    made = make_study("[agreement]\nresamples = 100\n", codebook=BOOK)
    sources = {"t1": "github", "t2": "github", "t3": "forum", "t4": "forum"}
    made.write(Thread, [thread(one, source, 2024) for one, source in sources.items()])
    made.write(Coding, _codings(GIVEN))
    return made


def called(study: Study, *arguments: str) -> Result:
    done = CliRunner().invoke(cli, [*arguments, "--study", str(study.path)])
    assert done.exit_code == 0, done.stderr
    return done


def _value(study: Study, **wanted: object) -> list[tuple[float | None, int]]:
    whole: dict[str, object] = dict.fromkeys(("source", "round", "arm", "month", "pair"))
    return [
        (None if row.estimate is None else round(row.estimate, 4), row.units)
        for row in study.read(AgreementMeasure)
        if all(getattr(row, name) == value for name, value in (whole | wanted).items())
    ]


def test_the_table_has_the_whole_study_and_each_source(study: Study) -> None:
    """USE.err: in the study coders agree on 3 of 4, in github on one of two; in the forum nobody gave it."""
    done = called(study, "agreement")

    assert "wrote tables/agreement.parquet" in done.stderr
    assert _value(study, code="USE.err", measure="percent") == [(75.0, 4)]
    assert _value(study, code="USE.err", measure="percent", source="github") == [(50.0, 2)]
    assert _value(study, code="USE.err", measure="alpha", source="forum") == [(None, 2)]
    assert _value(study, subject="theme", code="SEC", measure="alpha") == [(1.0, 4)]
    assert _value(study, subject="sets", level="codes", measure="percent") == [(75.0, 4)]
    (run,) = {row.run_id for row in study.read(AgreementMeasure)}
    assert run == "coding-agreement-1"


def test_what_is_printed_is_what_the_table_says(study: Study) -> None:
    printed = json.loads(called(study, "agreement", "--format", "json").stdout)
    names = ("code", "measure", "estimate", "low", "high", "units", "coders", "undefined", "no_interval")
    rows = [row for row in study.read(AgreementMeasure) if row.subject == "code" and row.source is None]
    expected = {tuple(getattr(row, name) for name in names) for row in rows}
    actual = {tuple(line[name] for name in names) for line in printed}

    assert expected == actual


def test_nothing_is_written_again_while_the_codings_are_the_same(study: Study) -> None:
    called(study, "agreement")
    called(study, "saturation")
    before = [file_sha256(study.table(name)) for name in ("agreement", "saturation")]
    runs = [*ledger.runs(study)]
    called(study, "agreement", "--by", "theme")
    called(study, "saturation", "--by", "source")

    assert [file_sha256(study.table(name)) for name in ("agreement", "saturation")] == before
    assert [*ledger.runs(study)] == runs


def test_parts_that_were_asked_for_stay_until_the_codings_change(study: Study) -> None:
    called(study, "agreement", "--by", "pair")
    called(study, "agreement", "--by", "round")
    assert _value(study, code="USE.err", measure="percent", pair="coder_a · coder_b") == [(75.0, 4)]
    assert _value(study, code="USE.err", measure="percent", round=1) == [(75.0, 4)]

    study.write(Coding, _codings(GIVEN | {"t2": ("USE.err", "USE.err")}))
    called(study, "agreement")

    assert _value(study, code="USE.err", measure="percent", pair="coder_a · coder_b") == []
    assert _value(study, code="USE.err", measure="percent") == [(100.0, 4)]


def test_saturation_by_hand(study: Study) -> None:
    called(study, "saturation")
    actual = [(row.source, row.n, row.thread_id, row.new_codes, row.found) for row in study.read(SaturationStep)]

    assert actual == [
        (None, 1, "t1", 1, 1),
        (None, 2, "t2", 0, 1),
        (None, 3, "t3", 1, 2),
        (None, 4, "t4", 0, 2),
        ("forum", 1, "t3", 1, 1),
        ("forum", 2, "t4", 0, 1),
        ("github", 1, "t1", 1, 1),
        ("github", 2, "t2", 0, 1),
    ]


def checked(study: Study) -> dict[str, tuple[str, str]]:
    """What ``codebook check`` says of measured tables."""
    return {label: (result, what) for label, result, what in measured_again(study)}


def test_check_measures_again_also_where_notes_and_quotes_were_left_out_since(study: Study) -> None:
    """As in a replication package without people's words."""
    study.write(Coding, [replace(row, quote="their words", memo="ours") for row in _codings(GIVEN)])
    called(study, "agreement", "--by", "pair", "--resamples", "200")
    called(study, "saturation", "--permutations", "100")
    study.write(Coding, _codings(GIVEN))

    assert checked(study) == {"tables/agreement.parquet": ("ok", ""), "tables/saturation.parquet": ("ok", "")}


def test_a_number_planted_in_a_table_is_noticed(study: Study) -> None:
    called(study, "agreement")
    called(study, "saturation")
    planted = [
        row if (row.code, row.measure, row.source) != ("USE.err", "alpha", None) else replace(row, estimate=0.99)
        for row in study.read(AgreementMeasure)
    ]
    study.write(AgreementMeasure, planted)
    study.write(SaturationStep, [replace(row, found=row.found + (row.n == 4)) for row in study.read(SaturationStep)])

    found = [
        (each.check, each.where, each.what)
        for each in check(study)
        if each.where in ("tables/agreement.parquet", "tables/saturation.parquet") and each.result == "failed"
    ]

    assert found == [
        ("as its last run wrote it", "tables/agreement.parquet", "its hash differs"),
        ("as its last run wrote it", "tables/saturation.parquet", "its hash differs"),
        ("equals what measuring again gives", "tables/agreement.parquet", "2 rows differ"),
        ("equals what measuring again gives", "tables/saturation.parquet", "2 rows differ"),
    ]


def test_check_says_which_table_is_older_than_the_codings(study: Study) -> None:
    called(study, "agreement")
    study.write(Coding, _codings(GIVEN | {"t4": ("USE.err", "")}))

    assert checked(study) == {
        "tables/agreement.parquet": (
            "not checked",
            "older than the codings that are there; run: coding agreement",
        )
    }


def test_without_the_codebooks_that_coders_had_agreement_is_not_measured_again(study: Study) -> None:
    """As in a package: which codes a coder could not give yet, only the codebook of then can say."""
    study.write(Coding, [replace(row, codebook_version="0.9.0") for row in _codings(GIVEN)])
    called(study, "agreement")

    assert checked(study) == {
        "tables/agreement.parquet": (
            "not checked",
            "codings are of versions of the codebook that are not here: 0.9.0",
        )
    }


def test_a_table_of_another_version_is_not_measured_again(study: Study) -> None:
    called(study, "agreement")
    with study.connect() as con:
        older = study.path / "older.parquet"
        con.execute(f"COPY (SELECT * EXCLUDE (basis) FROM agreement) TO '{older}' (FORMAT parquet)")
    older.replace(study.table("agreement"))
    (result, what) = checked(study)["tables/agreement.parquet"]

    assert result == "not checked"
    assert "basis" in what


def test_a_command_that_was_stopped_goes_on_under_the_same_run(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoppedEarly("could not write: No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Study, "write", full)
        done = CliRunner().invoke(cli, ["agreement", "--study", str(study.path)])
    assert (done.exit_code, study.table("agreement").exists()) == (3, False)

    called(study, "agreement")

    assert {row.run_id for row in study.read(AgreementMeasure)} == {"coding-agreement-1"}
    assert [line["run_id"] for line in ledger.runs(study)] == ["coding-agreement-1"]


def test_the_same_codings_give_the_same_bytes_in_any_folder(study: Study, tmp_path: Path) -> None:
    called(study, "agreement")
    called(study, "agreement", "--tables", str(tmp_path / "again"))

    assert file_sha256(study.table("agreement")) == file_sha256(tmp_path / "again" / "agreement.parquet")


def test_while_another_command_writes_measures_are_printed_and_the_table_waits(study: Study) -> None:
    with study.writing("collect threads"):
        done = CliRunner().invoke(cli, ["agreement", "--study", str(study.path)])

    assert done.exit_code == 3
    assert "USE.err" in done.stdout
    assert "another command is writing to this study: collect threads" in done.stderr
    assert not study.table("agreement").exists()
