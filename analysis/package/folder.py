"""Puts a package together in an empty folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.package import cleaned, crate, described
from analysis.package.described import Contents
from analysis.package.made import Made, make, must_be_something
from analysis.package.packed import Packed, must_have_forgotten, pack
from analysis.package.words import Texts
from codebook import ledger, manifest
from codebook.study import Study, file_sha256

_NO_RUN = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Built:
    """A package that was put together.

    Args:
        hashes: SHA-256 of each file.
        made: What became of the outputs.
        packed: What became of the tables.
    """

    hashes: Mapping[str, str]
    made: list[Made]
    packed: Packed


def build(study: Study, place: Path, texts: Texts) -> Built:
    """Write the whole package; the same study gives the same bytes.

    Args:
        study: The study; only read.
        place: An empty folder.
        texts: Which words of people go along.

    Raises:
        StudyError: There are no tables, one cannot be read, or somebody is to be forgotten and is not yet.
    """
    must_be_something(study.path)
    must_have_forgotten([line["command"] for line in ledger.open_runs(study)])
    packed = pack(study, place, texts)
    (place / "study.toml").write_text(cleaned.settings(study), encoding="utf-8")
    if study.has_codebook:
        (place / "codebook.yaml").write_bytes((study.path / "codebook.yaml").read_bytes())
    lines = list(cleaned.runs(study))
    dated = max((str(line.get("at", "")) for line in lines), default=_NO_RUN)
    lines.append(_line(Study.open(place), lines, packed, texts, dated))
    (place / "runs.jsonl").write_text(cleaned.json_lines(lines), encoding="utf-8")
    made = make(place, place / "out")
    contents = Contents(Study.open(place), texts, packed, made, dated)
    described.write(contents)
    crate.write(contents)
    return Built(manifest.write(place), made, packed)


def _line(study: Study, lines: list[dict[str, Any]], packed: Packed, texts: Texts, dated: str) -> dict[str, Any]:
    """The run that made the package: which table it was, and which it became.

    It is dated as the last run before it: packing is not an event of the study, and two packings give the same bytes.
    """
    number = 1 + sum(line["command"] == ledger.PACKING for line in lines)
    return {
        "run_id": f"{ledger.PACKING.replace(' ', '-')}-{number}",
        "command": ledger.PACKING,
        "status": "done",
        "arguments": {"texts": texts},
        "fingerprint": "",
        "began": dated,
        "at": dated,
        "seed": study.settings.study.seed,
        "settings_sha256": file_sha256(study.path / "study.toml"),
        "python": ledger.python(),
        "versions": ledger.versions(),
        "inputs": packed.before,
        "outputs": packed.after,
        "notes": {"emptied": packed.emptied},
    }
