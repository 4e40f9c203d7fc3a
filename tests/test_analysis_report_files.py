"""``analysis report`` as files: whole or not, the same for the same tables, of half-empty studies; its downloads."""

import json
import os
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK, coding, thread
from report_read import no_figures, table, words, written

from analysis.cli import cli
from codebook.errors import StoppedEarly
from codebook.html_page import replace_whole
from codebook.rows import Coding, Model, Thread
from codebook.study import Study, file_sha256

pytestmark = pytest.mark.usefixtures(no_figures.__name__)
Make = Callable[..., Study]
CODERS = '[coders]\nnames = ["coder_a", "coder_b"]\n'


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(CODERS, codebook=BOOK))


def test_the_same_tables_give_the_same_file(study: Study) -> None:
    written(study)
    first = file_sha256(study.path / "out" / "report.html")
    written(study)

    assert file_sha256(study.path / "out" / "report.html") == first


@pytest.mark.parametrize("codebook", [None, BOOK])
def test_an_empty_study_has_a_report(make_study: Make, codebook: str | None) -> None:
    page = written(make_study(codebook=codebook))

    assert "No threads have been collected yet." in words(page.main)
    assert ("Nothing to count yet" in words(page.main)) == (codebook is not None)
    assert ("The study has no codebook.yaml" in words(page.main)) == (codebook is None)


def test_a_study_that_only_has_models_shows_them_and_says_what_is_missing(make_study: Make) -> None:
    """Every section without rows names the command that brings them."""
    study = make_study()
    study.write(
        Model, [hand_study.row(Model, model_id="hub:a/b@1", platform="hub", owner="a", name="b", role="listed")]
    )
    page = written(study)

    assert [line[:2] for line in table(page, "Repositories that need custom code")[1:]] == [
        ["hub", "1"],
        ["total", "1"],
        ["total, mirrors once", "1"],
    ]
    missing = " ".join(words(p) for p in page.find_all("p", class_="missing"))
    for command in ("codebook import", "scan code", "platforms fetch", "collect threads", "coding agreement"):
        assert command in missing
    assert "No threads have been collected yet." in words(page.find("ul", class_="caveats"))


def test_tables_are_given_away_as_files_that_a_spreadsheet_does_not_calculate(make_study: Make) -> None:
    study = make_study(codebook=BOOK)
    study.write(Thread, [thread("t1", "=1+1", 2024)])
    study.write(Coding, [coding("t1", "=2+2", "SEC.mal")])
    page = written(study)

    files = {str(a["download"]): str(a["href"]) for a in page.find_all("a", download=True)}
    kind, _, packed = files["coders.csv"].partition(",")
    assert kind == "data:text/csv;charset=utf-8;base64"
    assert b64decode(packed).decode() == (
        'coder,units given,units read,"read, no code",codings,codes used\n\'=2+2,0,1,0,1,1\n'
    )
    crosstab = b64decode(files["theme-by-source.csv"].partition(",")[2]).decode()
    assert crosstab == "theme,'=1+1,total\nSecurity,1,1\ntotal,1,1\n"
    cells = json.loads(b64decode(files["theme-by-source.json"].partition(",")[2]))
    assert [(c["row"], c["col"], c["n"]) for c in cells] == [("Security", "=1+1", 1)]


def test_the_page_is_written_elsewhere_and_the_study_stays_as_it_is(study: Study, tmp_path: Path) -> None:
    before = sorted(p.name for p in study.path.rglob("*")), (study.path / "runs.jsonl").read_bytes()
    target = tmp_path / "elsewhere" / "page.html"
    done = CliRunner().invoke(cli, ["report", "--output", str(target), "--study", str(study.path)])

    assert (done.exit_code, done.stdout) == (0, f"{target}\n")
    assert before == (sorted(p.name for p in study.path.rglob("*")), (study.path / "runs.jsonl").read_bytes())
    written(study)
    assert target.read_bytes() == (study.path / "out" / "report.html").read_bytes()


def test_a_full_disk_leaves_the_old_report(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    before = b"the old report"
    (study.path / "out").mkdir()
    (study.path / "out" / "report.html").write_bytes(before)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoppedEarly, match="No space left"):
        replace_whole(study.path / "out" / "report.html", ["x"])

    assert (study.path / "out" / "report.html").read_bytes() == before
    assert [p.name for p in (study.path / "out").iterdir()] == ["report.html"]


def test_two_writers_do_not_mix(study: Study) -> None:
    with study.writing("collect threads"):
        done: Result = CliRunner().invoke(cli, ["report", "--study", str(study.path)])

    assert done.exit_code == 3
    assert "another command is writing" in done.stderr


def test_a_broken_codebook_is_one_clear_error(make_study: Make, run: Callable[..., Any]) -> None:
    study = make_study(codebook="version: 1")
    ran = run("analysis", "report", "--study", study.path)

    assert ran.code == 2
    assert "codebook.yaml:1" in ran.err
    assert not (study.path / "out").exists()
    assert ran.out == ""
