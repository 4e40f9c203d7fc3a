"""The hub ``folder`` run again: what has changed, what was killed, and what a rebuild gives."""

import random
import threading
from pathlib import Path
from typing import Any

from folder_study import CARD, repository, study_at
from scan_study import ScanStudy

from codebook.blobs import Blobs
from codebook.rows import Model, ModelFile


def test_what_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    for number in range(120):
        repository(study, f"huggingface/o/m{number}", {"a.py": f"x = {number}\n", "b.py": "y\n"})
    assert study.scan().code == 0
    stored = len(list(study.study.raw("scan", "registry").pages()))
    changed = repository(study, "huggingface/o/m7", {"a.py": "x = 'new'\n"})
    assert study.scan().code == 0
    pages = list(study.study.raw("scan", "registry").pages())[stored:]
    rows = {r.name: r for r in study.study.read(Model)}

    assert [len(page.json()["models"]) for page in pages] == [120, 1]
    assert {r.run_id for r in rows.values() if r.name != "m7"} == {"scan-models-1"}
    assert rows["m7"].run_id == "scan-models-2"
    assert (changed / "a.py").read_bytes() in {p.read_bytes() for p in (tmp_path / "raw/scan/blobs").glob("*/*")}


def test_models_that_come_and_go_come_and_go_in_the_tables(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    for name in ("a", "b"):
        repository(study, f"huggingface/o/{name}", {"a.py": "x\n"})
    assert study.scan().code == 0
    (study.folder / "models/huggingface/o/a").rename(study.folder / "models/huggingface/o/c")
    assert study.scan().code == 0

    assert sorted(r.name for r in study.study.read(Model)) == ["b", "c"]


def test_killed_at_any_moment_the_tables_are_as_if_never_stopped(tmp_path: Path) -> None:
    chance = random.Random(5)
    calm, killed = study_at(tmp_path / "calm"), study_at(tmp_path / "killed")
    for study in (calm, killed):
        for number in range(300):
            repository(study, f"huggingface/o{number % 7}/m{number}", {"a.py": f"x = {number}\n", "b.json": "{}"})
    assert calm.scan().code == 0
    kills = 0
    for _ in range(5):
        process = killed.start()
        _kill_once_it_writes(process, killed.folder, chance.uniform(0, 0.3))
        kills += process.returncode < 0
    assert killed.scan().code == 0
    blobs = Blobs.of(killed.study)

    assert kills >= 2
    assert {r.sha256 for r in killed.study.read(ModelFile) if not blobs.has(str(r.sha256))} == set()
    assert without_runs(killed) == without_runs(calm)


def _kill_once_it_writes(process: Any, folder: Path, seconds: float) -> None:
    raw, before = folder / "raw" / "scan" / "registry", set((folder / "raw").rglob("*.gz"))
    while process.poll() is None and (not raw.exists() or set(raw.glob("*.gz")) == before):
        threading.Event().wait(0.005)
    threading.Event().wait(seconds)
    process.kill()
    process.communicate()


def without_runs(study: ScanStudy) -> list[object]:
    with study.study.connect() as con:
        return [
            con.execute(f"SELECT * EXCLUDE run_id FROM {table} ORDER BY ALL").fetchall()
            for table in ("shards", "models", "model_files")
        ]


def test_a_rebuild_from_raw_gives_the_same_bytes_without_the_folder(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    repository(study, "huggingface/o/m", {"a.py": "x\n", "README.md": CARD})
    assert study.scan().code == 0
    before = study.hashes
    (study.folder / "models").rename(tmp_path / "elsewhere")
    for table in (study.folder / "tables").iterdir():
        table.unlink()
    ran = study.scan("--from-raw")

    assert ran.code == 0, ran.err
    assert study.hashes == before
