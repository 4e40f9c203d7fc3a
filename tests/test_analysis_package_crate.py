"""``ro-crate-metadata.json``, read by another library than it is written with."""

import json
from typing import Any

import pytest
from package_study import by_hand, few_outputs, packed, study_at
from rocrate.rocrate import ROCrate

from codebook import manifest
from codebook.study import Study


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("crate")
    with pytest.MonkeyPatch.context() as patch:
        few_outputs(patch)
        return packed(by_hand(study_at(folder / "study")), folder / "package")


def ids(value: Any) -> list[str]:
    return sorted(each.id for each in (value if isinstance(value, list) else [value]))


def test_another_library_reads_it_and_finds_every_file_with_size_and_hash(package: Study) -> None:
    crate = ROCrate(package.path)

    listed = manifest.read(package.path)
    files = {each.id: each for each in crate.data_entities}
    assert sorted(files) == sorted(listed.keys() - {"ro-crate-metadata.json"})
    assert {name: file["sha256"] for name, file in files.items()} == {name: listed[name] for name in files}
    assert {name: file["contentSize"] for name, file in files.items()} == {
        name: str((package.path / name).stat().st_size) for name in files
    }


def test_the_root_says_what_it_is_and_under_which_licence(package: Study) -> None:
    root = ROCrate(package.path).root_dataset

    assert root["name"] == package.settings.study.title
    assert root["license"].id == "LICENCES.md"
    assert root["conformsTo"].id == "https://w3id.org/ro/wfrun/process/0.5"
    assert root["datePublished"] is not None


def test_runs_are_actions_with_what_they_read_and_wrote(package: Study) -> None:
    crate = ROCrate(package.path)

    pulled, packing = crate.dereference("#coding-pull-1"), crate.dereference("#analysis-package-1")
    assert pulled.type == "CreateAction"
    assert pulled["instrument"]["softwareVersion"]
    assert "tables/codings.parquet" in ids(pulled["result"])
    assert ids(packing["object"]) == ["#study/tables/posts.parquet", "#study/tables/quarantine.parquet"]
    assert ids(packing["result"]) == ["tables/posts.parquet", "tables/quarantine.parquet"]
    made = crate.dereference("#make-tables/flow.csv")
    assert made["name"] == "analysis flow --format csv --output out/tables/flow.csv"
    assert ids(made["result"]) == ["out/tables/flow.csv"]


def test_every_entity_that_is_pointed_to_is_there(package: Study) -> None:
    graph = json.loads((package.path / "ro-crate-metadata.json").read_text())["@graph"]
    there = {entity["@id"] for entity in graph}

    def pointed(value: Any) -> list[str]:
        if isinstance(value, list):
            return [each for inner in value for each in pointed(inner)]
        return [value["@id"]] if isinstance(value, dict) else []

    lost = {each for entity in graph for value in entity.values() for each in pointed(value)} - there
    assert lost == {"https://w3id.org/ro/crate/1.1"}  # the specification itself, as it wants it
    assert len(there) == len(graph)
