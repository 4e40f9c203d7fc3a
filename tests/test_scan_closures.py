"""What loading executes, in the tables: from contents that are kept, remembered, and had again from raw records."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from folder_study import repository, study_at
from scan_study import ScanStudy

from codebook.rows import Model, ModelFile

CONFIG = json.dumps({"auto_map": {"AutoModel": "modeling_x.Model"}})
FILES = {
    "config.json": CONFIG,
    "modeling_x.py": "from .layers import A\nimport importlib\n",
    "layers.py": "class A: pass\n",
    "train.py": "import layers\n",
}


@pytest.fixture
def study(tmp_path: Path) -> ScanStudy:
    made = study_at(tmp_path / "study")
    repository(made, "huggingface/o/m", FILES)
    repository(made, "pytorch_hub/o/h", {"hubconf.py": "dependencies = []\nfrom net import Net\n", "net.py": "x = 1\n"})
    repository(made, "elsewhere/o/e", {"a.py": "x\n"})
    return made


def memory(study: ScanStudy) -> Path:
    return study.folder / ".private" / "closures.sqlite"


def files(study: ScanStudy) -> dict[str, tuple[bool | None, int | None]]:
    rows = study.study.read(ModelFile)
    return {f"{r.model_id.split(':')[1].split('@')[0]}/{r.path}": (r.relevant, r.distance) for r in rows}


def test_relevance_is_in_the_tables(study: ScanStudy) -> None:
    ran = study.scan()
    models = {r.name: (r.loads_by, r.needs_custom_code) for r in study.study.read(Model)}

    assert ran.code == 0, ran.err
    assert models == {"m": (("auto_map",), True), "h": (("hubconf",), True), "e": ((), None)}
    assert files(study) == {
        "huggingface/o/m/config.json": (False, None),
        "huggingface/o/m/modeling_x.py": (True, 0),
        "huggingface/o/m/layers.py": (True, 1),
        "huggingface/o/m/train.py": (False, None),
        "pytorch_hub/o/h/hubconf.py": (True, 0),
        "pytorch_hub/o/h/net.py": (True, 1),
        "elsewhere/o/e/a.py": (None, None),
    }


def test_what_was_worked_out_once_is_remembered_and_forgotten_with_its_repository(study: ScanStudy) -> None:
    assert study.scan().code == 0
    first = keys(study)
    repository(study, "huggingface/o/m", {"layers.py": "class A: y = 1\n"})
    assert study.scan().code == 0
    second = keys(study)

    assert len(first) == len(second) == 3
    assert len(first & second) == 2


def keys(study: ScanStudy) -> set[bytes]:
    db = sqlite3.connect(memory(study))
    try:
        return {key for (key,) in db.execute("SELECT key FROM closures")}
    finally:
        db.close()


def _gone(path: Path) -> None:
    path.unlink()


def _garbage(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 4000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_gone, _garbage, _empty])
def test_a_memory_that_is_lost_is_made_again(study: ScanStudy, damage: Callable[[Path], None]) -> None:
    assert study.scan().code == 0
    before = files(study)
    damage(memory(study))
    ran = study.scan()

    assert ran.code == 0, ran.err
    assert files(study) == before
    assert len(keys(study)) == 3


def test_a_rebuild_does_not_trust_the_memory(study: ScanStudy, run: Callable[..., Any]) -> None:
    """Somebody has changed it: the next run believes it, `codebook check` says so, and a rebuild sets it right."""
    assert study.scan().code == 0
    right = files(study)
    db = sqlite3.connect(memory(study))
    db.execute("UPDATE closures SET value = replace(value, '\"relevant\": true', '\"relevant\": false')")
    db.commit()
    db.close()
    assert study.scan().code == 0
    assert files(study) != right
    checked = run("codebook", "check", "--study", study.folder)
    assert (checked.code, "rows differ" in checked.out) == (1, True)
    assert study.scan("--from-raw").code == 0

    assert files(study) == right
    checked = run("codebook", "check", "--study", study.folder)
    assert checked.code == 0, checked.out
    compared = [line for line in checked.out.splitlines() if line.startswith("equals") and "model_files" in line]
    assert [line.split()[-1] for line in compared] == ["ok"]


def test_a_content_that_is_damaged_is_said_and_its_row_says_it(study: ScanStudy) -> None:
    assert study.scan().code == 0
    blob = next(p for p in (study.folder / "raw/scan/blobs").glob("*/*") if p.read_bytes() == b"class A: pass\n")
    blob.write_bytes(b"class B: pass\n")
    ran = study.scan("--from-raw")
    rows = {r.path: r.problem for r in study.study.read(ModelFile)}

    assert ran.code == 1
    assert "1 raw records or contents are damaged" in ran.err
    assert rows["layers.py"] == "its content is damaged"


def test_a_raw_record_that_is_damaged_is_said_and_the_others_are_kept(study: ScanStudy) -> None:
    assert study.scan().code == 0
    (segment,) = (study.folder / "raw/scan/registry").glob("*.gz")
    content = bytearray(segment.read_bytes())
    content[40] ^= 0xFF
    segment.write_bytes(bytes(content))
    ran = study.scan("--from-raw")

    assert ran.code == 1
    assert "damaged at byte 0" in ran.err
    assert len(list(study.study.read(Model))) == 2


def test_options_that_do_not_fit_are_wrong_input(study: ScanStudy, tmp_path: Path) -> None:
    cases = [
        (study.scan("--tables", str(tmp_path)), "--tables needs --from-raw"),
        (study.scan("--hub", "registr"), "no [hubs.registr]"),
        (ScanStudy.at(tmp_path / "none", "").scan(), "study.toml names no hub"),
        (ScanStudy.at(tmp_path / "kind", '[hubs.x]\nkind = "ftp"\n').scan(), "has the kind 'ftp'"),
        (ScanStudy.at(tmp_path / "key", '[hubs.x]\nkind = "folder"\npath = "."\npaht = 1\n').scan(), "'path'"),
        (ScanStudy.at(tmp_path / "blobs", '[hubs.blobs]\nkind = "folder"\npath = "."\n').scan(), "cannot be named"),
    ]

    for ran, expected in cases:
        assert (ran.code, expected in ran.err, "Traceback" in ran.err) == (2, True, False), ran.err
