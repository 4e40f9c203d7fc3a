"""``analysis package``: a folder from which a stranger makes everything again, and that has nothing private in it."""

import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hand_study import BOOK
from package_study import by_hand, call, few_outputs, packed, study_at

from analysis.cli import cli
from codebook import ledger
from codebook.cli import cli as codebook_cli
from codebook.study import Study, file_sha256

Make = Callable[..., Study]
TOML = """
[sources.github]
kind = "github"
base_url = "https://anna:hunter2@api.github.example?token=abc"  # anna's own
[sources.forum]
kind = "discourse"
[hubs.ours]
kind = "folder"
path = "/home/anna/models"
[coders]
names = ["coder_a", "coder_b"]
[[analysis.beliefs]]
code = "SEC.trust"
belief = "a revision is pinned"
mechanism = "pinning"
holds_at = ["opt-in", "block"]
[analysis.licences]
forum = "CC BY-NC-SA 3.0"
"""


@pytest.fixture(autouse=True)
def _few_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    few_outputs(monkeypatch)


@pytest.fixture
def study(make_study: Make) -> Study:
    return by_hand(make_study(TOML, codebook=BOOK))


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Study]:
    """A study and its package, for tests that only read."""
    folder = tmp_path_factory.mktemp("once")
    study = by_hand(study_at(folder / "study", TOML))
    with pytest.MonkeyPatch.context() as patch:
        few_outputs(patch)
        return study, packed(study, folder / "package")


def every_byte(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_package_is_a_study_folder_with_everything_and_without_raw_records(once: tuple[Study, Study]) -> None:
    study, package = once

    assert sorted(path.name for path in package.path.iterdir()) == [
        "LICENCES.md",
        "README.md",
        "codebook.yaml",
        "data-dictionary.csv",
        "data-dictionary.json",
        "data-dictionary.md",
        "manifest-sha256.txt",
        "out",
        "ro-crate-metadata.json",
        "runs.jsonl",
        "study.toml",
        "tables",
    ]
    assert {path.name for path in (package.path / "tables").iterdir()} == {
        path.name for path in (study.path / "tables").iterdir() if path.suffix == ".parquet"
    }
    assert (package.path / "out" / "tables" / "flow.csv").read_text().startswith("step,reason,threads")


def test_numbers_of_the_package_are_those_of_the_study(once: tuple[Study, Study]) -> None:
    study, package = once

    for asked in (["crosstab", "theme", "source"], ["crosstab", "code", "coder", "--from", "codings"], ["flow"]):
        here, there = (
            CliRunner().invoke(cli, [*asked, "--format", "json", "--study", str(each.path)])
            for each in (study, package)
        )
        assert (here.exit_code, here.stdout) == (there.exit_code, there.stdout)


def test_the_same_study_gives_the_same_bytes(study: Study, tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "elsewhere" / "two.zip"
    for path in (one, two):
        assert call(study, "--output", path).exit_code == 0

    assert file_sha256(one) == file_sha256(two)


def test_the_zip_unpacks_into_one_folder_and_coreutils_confirm_its_hashes(study: Study, tmp_path: Path) -> None:
    done = call(study)

    path = study.path / "out" / "package.zip"
    assert done.stdout == f"{path}\n"
    assert f"SHA-256 {file_sha256(path)}" in done.stderr
    with zipfile.ZipFile(path) as file:
        names = file.namelist()
        file.extractall(tmp_path / "unpacked")
    assert {name.split("/")[0] for name in names} == {"a-test"}
    assert not any(".." in name or name.startswith("/") for name in names)
    folder = tmp_path / "unpacked" / "a-test"
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "manifest-sha256.txt"], cwd=folder, check=False
    )
    assert checked.returncode == 0


def test_what_is_private_is_nowhere_in_it(study: Study, tmp_path: Path) -> None:
    arguments = {"server": "https://studio.corp.internal:8080", "file": "/home/anna/in.qdpx", "by": "anna@corp.example"}
    with ledger.run(study, "coding push", arguments) as run:
        run.notes |= {"where": "C:\\Users\\anna\\x", "token": "ghp_0123456789abcdefghij0123456789", "raw/coding": 3}
    assert study.key

    package = packed(study, tmp_path / "package", "--texts", "all")

    everything = every_byte(package.path)
    for secret in (b"anna", b"hunter2", b"corp.", b"ghp_", b"8080", study.key.hex().encode(), str(tmp_path).encode()):
        assert secret not in everything
    last = [line for line in ledger.runs(package) if line["command"] == "coding push"][-1]
    assert last["arguments"] == {"server": "[address]", "file": "[path]", "by": "[e-mail]"}
    assert last["notes"] == {"where": "[path]", "token": "[token]", "raw/coding": 3}


def test_settings_stay_what_they_are_without_places_and_credentials(once: tuple[Study, Study]) -> None:
    study, package = once

    before, after = study.settings, package.settings
    assert after.sources["github"].base_url == "https://api.github.example"
    assert (after.hubs["ours"].model_extra or {})["path"] == "[path]"
    assert (after.study, after.coders, after.analysis) == (before.study, before.coders, before.analysis)


def test_licences_are_said_by_source_and_what_is_not_known_is_said(once: tuple[Study, Study]) -> None:
    lines = (once[1].path / "LICENCES.md").read_text().splitlines()

    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    assert rows == [
        ["source", "threads", "posts", "licence", "stated with posts"],
        ["forum", "3", "4", "CC BY-NC-SA 3.0", "not stated"],
        ["github", "3", "4", "not stated by the team (\\[analysis].licences)", "not stated"],
    ]


def test_a_licence_of_a_source_that_is_not_there_is_named(study: Study, tmp_path: Path) -> None:
    settings = study.path / "study.toml"
    settings.write_text(settings.read_text().replace("[analysis.licences]", '[analysis.licences]\ngitub = "MIT"'))

    said = call(Study.open(study.path), "--output", tmp_path / "package").stderr
    assert "names the source gitub that the study does not have. Did you mean 'github'?" in said


def test_runs_of_analysis_are_not_in_it_and_runs_that_are_open_are(study: Study, tmp_path: Path) -> None:
    with ledger.run(study, "analysis report", {}) as run:
        run.notes["page"] = "out/report.html"
    with pytest.raises(KeyboardInterrupt), ledger.run(study, "collect threads", {}):
        raise KeyboardInterrupt

    package = packed(study, tmp_path / "package")

    said = [(line["run_id"], line["status"]) for line in ledger.runs(package)]
    assert said == [
        ("collect-threads-1", "done"),
        ("coding-pull-1", "done"),
        ("coding-adjudicate-1", "done"),
        ("collect-threads-2", "done"),
        ("collect-threads-3", "open"),
        ("analysis-package-1", "done"),
    ]
    assert [line["run_id"] for line in ledger.open_runs(package)] == ["collect-threads-3"]


def test_codebook_check_confirms_the_package(once: tuple[Study, Study]) -> None:
    _, package = once

    done = CliRunner().invoke(codebook_cli, ["check", "--format", "json", "--study", str(package.path)])

    results = json.loads(done.stdout)
    assert [row for row in results if row["result"] == "failed"] == []
    assert {"check": "as its last run wrote it", "where": "tables/posts.parquet", "result": "ok", "what": ""} in results


def test_a_study_that_must_still_forget_somebody_is_not_packed(study: Study, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), ledger.run(study, "collect forget", {}):
        raise KeyboardInterrupt

    done = call(study, "--output", tmp_path / "package")

    assert done.exit_code == 2
    assert "somebody is to be forgotten, and that is not done" in done.stderr
    assert not list(tmp_path.glob("package*"))


@pytest.mark.parametrize("place", [".", "tables/x", "raw", ".private/x.zip"])
def test_it_does_not_write_into_the_study_itself(study: Study, place: str) -> None:
    before = every_byte(study.path / "tables")

    done = call(study, "--output", study.path / place)

    assert (done.exit_code, every_byte(study.path / "tables")) == (2, before)


def test_a_folder_that_is_there_is_left_alone(study: Study, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")

    done = call(study, "--output", tmp_path / "mine")

    assert done.exit_code == 2
    assert "is there already" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


def test_a_study_without_tables_says_what_to_do(make_study: Make) -> None:
    done = call(make_study())

    assert done.exit_code == 2
    assert "there are no tables yet" in done.stderr
    assert "collect threads" in done.stderr


def test_what_could_not_be_made_is_said(study: Study, tmp_path: Path) -> None:
    done = call(study, "--output", tmp_path / "package")

    why = "tables/prevalence.csv: tables/models.parquet: no models have been listed yet. Run: scan models"
    assert f"not in it: {why}\n" in done.stderr
    assert f"- {why}\n" in (tmp_path / "package" / "README.md").read_text()
