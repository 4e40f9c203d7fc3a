"""A study whose hub is a folder of models on this machine."""

from collections.abc import Mapping
from pathlib import Path

from scan_study import ScanStudy

from codebook.rows import ModelFile

HUB = '[hubs.registry]\nkind = "folder"\npath = "models"\n'
CARD = "---\ntags:\n- custom_code\n- nlp\nlicense: mit\npipeline_tag: fill-mask\nlibrary_name: transformers\n---\n# X\n"


def study_at(folder: Path, more: str = "") -> ScanStudy:
    (folder / "models").mkdir(parents=True, exist_ok=True)
    return ScanStudy.at(folder, HUB + more)


def repository(study: ScanStudy, name: str, files: Mapping[str, str | bytes]) -> Path:
    folder = study.folder / "models" / name
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def problems(study: ScanStudy) -> dict[str, str | None]:
    return {row.path: row.problem for row in study.study.read(ModelFile)}
