"""``scan fetch``: contents at pinned commits, each once; what could not be had is a row that says why."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from scan_study import ScanStudy
from sites.hub_code import CodeModel, HubCodeSite, resolve
from sites.server import LocalSite, Reply

from codebook.blobs import Blobs
from codebook.rows import Model, ModelFile
from scan.cli import cli

CONFIG = json.dumps({"auto_map": {"AutoModel": "modeling_x.X"}}).encode()
CODE = b"from .other import y\n\nclass X: ...\n"
HERON = CodeModel(
    "o/heron",
    {
        "README.md": b"# Heron\n",
        "config.json": CONFIG,
        "modeling_x.py": CODE,
        "other.py": b"y = 1\n",
        "unused.py": b"z = 1\n",
        "model.safetensors": b"w" * 100,
    },
    tags=("custom_code",),
)
TWIN = CodeModel("o/twin", {"config.json": CONFIG, "modeling_x.py": CODE, "other.py": b"y = 1\n"})
PLAIN = CodeModel("o/plain", {"config.json": b"{}", "model.safetensors": b"w"})


def scan(study: ScanStudy, command: str, *options: str) -> Result:
    """Run the command in this process."""
    wait = () if "--from-raw" in options or command == "status" else ("--max-wait", "2")
    return CliRunner().invoke(cli, [command, "--study", str(study.folder), *wait, *options])


def hub(local: LocalSite, **keys: object) -> str:
    more = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    return f'[hubs.hf]\nkind = "huggingface"\nbase_url = "{local.base_url}"\n{more}'


def fetched(folder: Path, local: LocalSite, *options: str, **keys: object) -> ScanStudy:
    """A study whose models are listed, and whose contents were got."""
    study = ScanStudy.at(folder, hub(local, **keys))
    listed = scan(study, "models")
    assert listed.exit_code == 0, listed.stderr
    ran = scan(study, "fetch", *options)
    assert ran.exit_code == 0, ran.stderr
    return study


def files(study: ScanStudy, name: str) -> dict[str, ModelFile]:
    return {row.path: row for row in study.study.read(ModelFile) if f"/{name}" in row.model_id}


def model(study: ScanStudy, name: str) -> Model:
    (found,) = [row for row in study.study.read(Model) if row.name == name]
    return found


def asked_for(local: LocalSite) -> list[str]:
    return [asked.path for asked in local.seen if "/resolve/" in asked.path]


def test_code_and_configuration_are_got_at_the_commit_that_was_listed_and_weights_never(tmp_path: Path) -> None:
    with LocalSite(HubCodeSite([HERON, PLAIN])) as local:
        study = fetched(tmp_path, local)

    names = ["config.json", "modeling_x.py", "other.py", "unused.py", "README.md"]
    assert asked_for(local) == [resolve(HERON, name) for name in names]
    rows = files(study, "heron")
    blobs = Blobs.of(study.study)
    assert {path: row.sha256 and blobs.read(row.sha256) for path, row in rows.items()} == HERON.files | {
        "model.safetensors": None
    }
    assert {path: (row.relevant, row.reason, row.distance) for path, row in rows.items()} == {
        "README.md": (False, None, None),
        "config.json": (False, None, None),
        "model.safetensors": (False, None, None),
        "modeling_x.py": (True, "auto_map: auto_map.AutoModel in config.json", 0),
        "other.py": (True, "relative import: modeling_x.py line 1", 1),
        "unused.py": (False, None, None),
    }
    assert (model(study, "heron").loads_by, model(study, "heron").needs_custom_code) == (("auto_map",), True)
    assert {row.run_id for row in rows.values()} == {"scan-fetch-1", "scan-models-1"}
    assert scan(study, "status").stderr == (
        "5 files of 2 models, none of them scanned yet\n"
        "5 contents are kept\n"
        "3 files were not asked for: weights, and what scan fetch has not got yet\n"
    )


def test_nothing_is_asked_for_twice_by_a_later_run(tmp_path: Path) -> None:
    with LocalSite(HubCodeSite([HERON, TWIN])) as local:
        study = fetched(tmp_path, local)
        before, asked = study.hashes, len(local.seen)
        again = scan(study, "fetch")

    assert again.exit_code == 0, again.stderr
    assert len(local.seen) == asked
    assert study.hashes == before
    assert len(list((tmp_path / "raw/scan/blobs").glob("*/*"))) == 5, "each distinct content is kept once"


def test_all_means_every_model_and_limit_the_first_ones(tmp_path: Path) -> None:
    with LocalSite(HubCodeSite([PLAIN, HERON, TWIN])) as local:
        fetched(tmp_path / "all", local, "--all", "--limit", "1")

    assert asked_for(local) == [resolve(PLAIN, "config.json")]


def test_tables_are_rebuilt_from_raw(tmp_path: Path) -> None:
    with LocalSite(HubCodeSite([HERON, TWIN])) as local:
        study = fetched(tmp_path, local)
    before = study.hashes
    ran = scan(study, "models", "--from-raw")

    assert ran.exit_code == 0, ran.stderr
    assert study.hashes == before


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"largest_file": 10}, {"config.json": "not kept: it is larger, and largest_file is 10"}),
        ({"most_files": 2}, {"other.py": "not kept: there are more than most_files, 2"}),
        (
            {"largest_model": len(CONFIG)},
            {"modeling_x.py": f"not kept: with it there were more than largest_model, {len(CONFIG)} bytes"},
        ),
    ],
)
def test_limits_are_rows(tmp_path: Path, keys: dict[str, int], expected: dict[str, str]) -> None:
    with LocalSite(HubCodeSite([TWIN])) as local:
        rows = files(fetched(tmp_path, local, **keys), "twin")

    assert {path: rows[path].problem for path in expected} == expected


def test_what_is_refused_is_a_row_and_a_later_run_asks_again(tmp_path: Path) -> None:
    site = HubCodeSite([TWIN], replies={"other.py": Reply(404, b'{"error": "Entry not found"}')})
    with LocalSite(site) as local:
        study = fetched(tmp_path, local)
        refused = files(study, "twin")
        site.replies = {"config.json": Reply(403, b"{}")}
        assert scan(study, "fetch").exit_code == 0

    assert refused["other.py"].problem == "the hub does not give it: HTTP 404 Entry not found"
    assert (refused["other.py"].relevant, refused["other.py"].sha256) == (True, None)
    assert {path: row.problem for path, row in files(study, "twin").items()} == dict.fromkeys(TWIN.files)


def test_a_gated_model_has_rows_that_say_so(tmp_path: Path) -> None:
    gated = CodeModel("o/gated", TWIN.files, refused=403)
    with LocalSite(HubCodeSite([gated])) as local:
        rows = files(fetched(tmp_path, local), "gated")

    said = "the hub does not give it: HTTP 403 Access to model o/gated is restricted"
    assert {row.problem.partition("; ")[0] for row in rows.values() if row.problem} == {said}
    assert all(row.problem for row in rows.values())


def test_without_a_list_it_is_said_what_to_do_first(tmp_path: Path) -> None:
    with LocalSite(HubCodeSite([TWIN])) as local:
        ran = scan(ScanStudy.at(tmp_path, hub(local)), "fetch")

    assert ran.exit_code == 2
    assert "First run: scan models" in ran.stderr
