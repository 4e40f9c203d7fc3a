"""``scan models`` with several hubs: one that fails does not keep the others back, and each can be asked by itself."""

import json
from pathlib import Path

import pytest
from folder_study import HUB, repository
from scan_study import ScanStudy
from sites.hub_models import HubModelsSite, model
from sites.server import LocalSite

from codebook import ledger
from codebook.rows import Model, Shard


@pytest.fixture
def local() -> LocalSite:
    return LocalSite(HubModelsSite(range(30), cap=10))


def both(folder: Path, local: LocalSite) -> ScanStudy:
    hub = f'[hubs.hf]\nkind = "huggingface"\nbase_url = "{local.base_url}"\n'
    study = ScanStudy.at(folder, hub + HUB)
    repository(study, "huggingface/o/m", {"a.py": "x = 1\n"})
    return study


def test_a_hub_that_fails_does_not_keep_the_others_from_being_asked(tmp_path: Path, local: LocalSite) -> None:
    local.dies_after = 1
    with local:
        study = both(tmp_path, local)
        stopped = study.scan("--max-wait", "1")
        before = {(r.hub, r.got, r.state) for r in study.study.read(Shard)}
        local.dies_after = None
        ran = study.scan()

    assert (stopped.code, ran.code) == (3, 0), stopped.err + ran.err
    assert "hf: " in stopped.err
    assert before == {("hf", 10, "partial"), ("registry", 1, "complete")}
    assert "going on with scan-models-1" in ran.err
    assert {(r.hub, r.got, r.state) for r in study.study.read(Shard)} == {
        ("hf", 30, "complete"),
        ("registry", 1, "complete"),
    }
    assert study.runs == ["scan-models-1"]


def test_one_hub_can_be_asked_by_itself_and_the_others_stay_as_they_are(tmp_path: Path, local: LocalSite) -> None:
    with local:
        study = both(tmp_path, local)
        assert study.scan().code == 0
        asked = len(local.seen)
        repository(study, "huggingface/o/m2", {"a.py": "x = 1\n"})
        assert study.scan("--hub", "registry").code == 0

    assert len(local.seen) == asked
    runs = {(r.hub, r.name): r.run_id for r in study.study.read(Model)}
    assert runs["registry", "m2"] == "scan-models-2"
    assert len(runs) == 32
    assert {run for (hub, _), run in runs.items() if hub == "hf"} == {"scan-models-1"}


def test_the_ledger_says_what_each_hub_cost_and_the_tables_hashes(tmp_path: Path, local: LocalSite) -> None:
    with local:
        study = both(tmp_path, local)
        assert study.scan().code == 0
    (line,) = ledger.runs(study.study)

    assert (line["command"], line["status"]) == ("scan models", "done")
    assert line["notes"]["hf"] == {"stored": True, "requests": 3, "from_raw": 0, "waited_seconds": {}}
    assert {f"tables/{name}" for name in study.hashes} == set(line["outputs"])


def test_a_hub_that_study_toml_does_not_name_any_more_is_left_aside_and_said(tmp_path: Path, local: LocalSite) -> None:
    with local:
        study = both(tmp_path, local)
        assert study.scan().code == 0
        ScanStudy.at(tmp_path, HUB)
        ran = study.scan()

    assert ran.code == 0, ran.err
    assert "raw/scan/hf is left aside: study.toml has no [hubs.hf]" in ran.err
    assert {r.hub for r in study.study.read(Model)} == {"registry"}


def test_raw_records_that_are_gone_are_no_empty_tables(tmp_path: Path, local: LocalSite) -> None:
    with local:
        study = both(tmp_path, local)
        assert study.scan().code == 0
    before = study.hashes
    for segment in (tmp_path / "raw/scan/hf").glob("*.gz"):
        segment.unlink()
    ran = study.scan("--from-raw")

    assert ran.code == 2
    assert "the raw records that scan-models-1 stored are gone" in ran.err
    assert study.hashes == before


def test_a_page_is_stored_under_what_was_asked_without_host_and_secrets(tmp_path: Path, local: LocalSite) -> None:
    with local:
        study = both(tmp_path, local)
        assert study.scan("--hub", "hf").code == 0
    stored = list(study.study.raw("scan", "hf").pages())

    assert [json.loads(page.body)[0]["id"] for page in stored] == [model(10 * n)["id"] for n in range(3)]
    assert all(page.request.startswith("GET /api/models?limit=1000&expand=cardData") for page in stored)
