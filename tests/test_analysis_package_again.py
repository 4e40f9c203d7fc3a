"""A package makes its outputs again, names what was changed in it, and is whole after a packing that was killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK
from package_study import by_hand, call, few_outputs, packed, study_at

from analysis.package import again as rebuilding
from codebook import ledger
from codebook.cli import cli as codebook_cli
from codebook.rows import Coding, Decision
from codebook.study import Study, file_sha256


@pytest.fixture(autouse=True)
def _few_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    few_outputs(monkeypatch)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study and its package, made once."""
    folder = tmp_path_factory.mktemp("once")
    with pytest.MonkeyPatch.context() as patch:
        few_outputs(patch)
        packed(by_hand(study_at(folder / "study")), folder / "package")
    return folder


@pytest.fixture
def study(once: Path) -> Study:
    return Study.open(once / "study")


@pytest.fixture
def package(once: Path, tmp_path: Path) -> Study:
    """The package, for a test to change."""
    return Study.open(shutil.copytree(once / "package", tmp_path / "package"))


def again(package: Study, *options: object) -> Result:
    return call(package, "--rebuild", "--format", "json", *options)


def failed(package: Study) -> list[tuple[str, str, str]]:
    done = CliRunner().invoke(codebook_cli, ["check", "--format", "json", "--study", str(package.path)])
    return [(r["check"], r["where"], r["what"]) for r in json.loads(done.stdout) if r["result"] == "failed"]


def test_everything_comes_out_the_same_and_nothing_of_the_package_changes(package: Study, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in package.path.rglob("*") if path.is_file()}

    done = again(package, "--output", tmp_path / "made")

    expected = [
        {"file": "out/tables/flow.csv", "result": "identical", "what": ""},
        {"file": "out/tables/theme-by-source.csv", "result": "identical", "what": ""},
    ]
    assert (done.exit_code, json.loads(done.stdout)) == (0, expected)
    assert {path: path.read_bytes() for path in package.path.rglob("*") if path.is_file()} == before
    assert (tmp_path / "made" / "tables" / "flow.csv").read_bytes() == before[package.path / "out/tables/flow.csv"]


def test_a_table_that_was_changed_gives_other_numbers_and_is_named(package: Study) -> None:
    package.write(Decision, [row for row in package.read(Decision) if row.thread_id != "t1"])
    package.write(Coding, [row for row in package.read(Coding) if row.thread_id != "t1"])

    done = again(package)

    different = [row["file"] for row in json.loads(done.stdout) if row["result"] == "differs"]
    assert (done.exit_code, different) == (1, ["out/tables/flow.csv", "out/tables/theme-by-source.csv"])
    hashes = [where for check, where, _ in failed(package) if check == "has the hash of the manifest"]
    assert hashes == ["tables/codings.parquet", "tables/decisions.parquet"]


@pytest.mark.parametrize("name", ["tables/posts.parquet", "out/tables/flow.csv", "codebook.yaml", "README.md"])
def test_one_changed_byte_is_named(package: Study, name: str) -> None:
    path = package.path / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    named = [where for check, where, _ in failed(package) if check == "has the hash of the manifest"]
    assert named == [name]


def test_a_file_that_was_taken_away_or_put_in_is_named(package: Study) -> None:
    (package.path / "LICENCES.md").unlink()
    (package.path / "tables" / "models.parquet").write_bytes((package.path / "tables/posts.parquet").read_bytes())

    named = [(where, what) for check, where, what in failed(package) if check == "has the hash of the manifest"]
    assert named == [
        ("LICENCES.md", "the file is missing"),
        ("tables/models.parquet", "is not in the manifest"),
    ]


def test_who_works_in_a_package_adds_runs_and_it_still_holds(package: Study) -> None:
    with ledger.run(package, "analysis report", {}) as run:
        run.notes["by"] = "a stranger"

    assert failed(package) == []


def test_a_line_of_the_ledger_that_was_changed_is_named(package: Study) -> None:
    path = package.path / "runs.jsonl"
    path.write_text(path.read_text().replace('"seed": 20260120', '"seed": 20260121', 1))

    assert ("has the hash of the manifest", "runs.jsonl", "its hash is not that of the manifest") in failed(package)


def test_other_versions_are_named_where_something_differs(package: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "version", lambda name: "0.0.1" if name == "matplotlib" else "9")
    monkeypatch.setattr(rebuilding, "_DRAWS", ("matplotlib",))
    (package.path / "codebook.yaml").write_text(BOOK.replace("Usability", "Use"))

    rows = json.loads(again(package).stdout)

    (said,) = [row["what"] for row in rows if row["file"] == "out/tables/theme-by-source.csv"]
    made_with = next(line for line in ledger.runs(package) if line["command"] == ledger.PACKING)["versions"]
    assert said == f"differs from the manifest; made with matplotlib {made_with['matplotlib']} (here 0.0.1)"


def test_a_study_is_no_package(study: Study) -> None:
    done = again(study)

    assert done.exit_code == 2
    assert "no manifest-sha256.txt: this is no package" in done.stderr


def test_a_packing_that_was_killed_leaves_nothing_half_and_the_next_is_as_if_nothing_was(
    study: Study, tmp_path: Path
) -> None:
    undisturbed, place = tmp_path / "undisturbed.zip", tmp_path / "package.zip"
    assert call(study, "--output", undisturbed).exit_code == 0
    command = [sys.executable, "-m", "analysis.cli", "package", "--output", str(place), "--study", str(study.path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    begun = tmp_path / "package.zip.folder" / "study.toml"
    while not begun.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert begun.exists()
    assert not place.exists()
    assert call(study, "--output", place).exit_code == 0
    assert file_sha256(place) == file_sha256(undisturbed)
    assert sorted(path.name for path in tmp_path.glob("package*")) == ["package.zip"]


def test_a_package_can_be_packed_again_by_whoever_got_it(package: Study, tmp_path: Path) -> None:
    once_more = packed(package, tmp_path / "again")

    same = {"tables/codings.parquet", "tables/posts.parquet", "codebook.yaml", "out/tables/theme-by-source.csv"}
    assert {name: file_sha256(once_more.path / name) for name in same} == {
        name: file_sha256(package.path / name) for name in same
    }
    assert failed(once_more) == []
