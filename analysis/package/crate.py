"""``ro-crate-metadata.json``: what is in a package and which runs made it, for machines.

Sources: RO-Crate 1.1, https://w3id.org/ro/crate/1.1 (Soiland-Reyes et al. 2022, doi:10.3233/DS-210053), and the Process
Run Crate 0.5, https://w3id.org/ro/wfrun/process/0.5 (Leo et al. 2024, doi:10.1371/journal.pone.0309210). The second is
written for 1.1, so that 1.1 it is, and not 1.2.
"""

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis.package.described import Contents
from codebook import ledger
from codebook.manifest import files
from codebook.study import file_sha256

NAME = "ro-crate-metadata.json"

_CRATE = "https://w3id.org/ro/crate/1.1"
_PROCESS = "https://w3id.org/ro/wfrun/process/0.5"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_SOFTWARE = "#qualdev"

_FORMATS = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".qdc": "application/xml",
    ".sarif": "application/sarif+json",
    ".tex": "application/x-tex",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".yaml": "application/yaml",
}
_NAMES = {
    "study.toml": "The question, the sites and all settings",
    "codebook.yaml": "The codebook",
    "runs.jsonl": "The run ledger: one line per command that wrote",
    "README.md": "How to check the package and make everything again",
    "LICENCES.md": "Licences by source",
}


def write(contents: Contents) -> None:
    """Write the metadata into the package's folder; to be called when all other files but the manifest are there."""
    graph = list(_graph(contents))
    text = json.dumps({"@context": [f"{_CRATE}/context", _TERMS], "@graph": graph}, ensure_ascii=False, indent=1)
    (contents.study.path / NAME).write_text(text + "\n", encoding="utf-8")


def _graph(contents: Contents) -> Iterator[dict[str, Any]]:
    folder = contents.study.path
    there = [name for name in files(folder) if name != NAME]
    actions = [*_runs(contents, set(there)), *_makings(contents)]
    yield {"@id": NAME, "@type": "CreativeWork", "conformsTo": _to(_CRATE), "about": _to("./")}
    yield _root(contents, there, [action["@id"] for action in actions])
    yield {"@id": _PROCESS, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    yield {
        "@id": _SOFTWARE,
        "@type": "SoftwareApplication",
        "name": "qualdev",
        "softwareVersion": version("qualdev"),
    }
    yield from (_file(folder, name) for name in there)
    yield from _originals(contents)
    yield from actions


def _to(*ids: str) -> Any:
    pointers = [{"@id": each} for each in ids]
    return pointers[0] if len(pointers) == 1 else pointers


def _root(contents: Contents, there: list[str], actions: list[str]) -> dict[str, Any]:
    asked = contents.study.settings.study
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": asked.title,
        "description": f"Replication package of a study of what developers say about {', '.join(asked.keywords)}: "
        "pseudonymised tables, codebook, ledger of runs, and every table and figure made from them.",
        "datePublished": contents.dated,
        "license": _to("LICENCES.md"),
        "keywords": asked.keywords,
        "conformsTo": _to(_PROCESS),
        "hasPart": _to(*there),
        "mentions": _to(*actions),
    }


def _file(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    what = f"Table {path.stem}" if name.startswith("tables/") else f"Made of the tables: {path.name}"
    return {
        "@id": name,
        "@type": "File",
        "name": _NAMES.get(name, what if "/" in name else path.name),
        "encodingFormat": _FORMATS.get(path.suffix, "application/octet-stream"),
        "contentSize": str(path.stat().st_size),
        "sha256": file_sha256(path),
    }


def _changed(contents: Contents) -> list[str]:
    """The tables that are not as they are in the study."""
    packed = contents.packed
    return [label for label, sha256 in packed.after.items() if packed.before[label] != sha256]


def _originals(contents: Contents) -> Iterator[dict[str, Any]]:
    for label in _changed(contents):
        yield {
            "@id": f"#study/{label}",
            "@type": "CreativeWork",
            "name": f"{label} of the study, with the words that the package leaves out; not in the package",
            "sha256": contents.packed.before[label],
        }


def _runs(contents: Contents, there: set[str]) -> Iterator[dict[str, Any]]:
    """One action per run; a table is the result of the last run that wrote it as it is here."""
    changed, lines, last = set(_changed(contents)), list(ledger.runs(contents.study)), dict[str, str]()
    for line in lines:
        packing = line["command"] == ledger.PACKING
        last |= {label: line["run_id"] for label in line["outputs"] if not packing or label in changed}
    for line in lines:
        packing = line["command"] == ledger.PACKING
        used = [f"#study/{label}" for label in sorted(changed)] if packing else sorted(there & set(line["inputs"]))
        made = [label for label in line["outputs"] if last.get(label) == line["run_id"] and label in there]
        times, told = (line["began"], line["at"]), json.dumps(line["arguments"], ensure_ascii=False, default=str)
        said = f"{line['command']} with {told}, by qualdev {line.get('versions', {}).get('qualdev', 'unknown')}"
        yield _action(f"#{line['run_id']}", (line["command"], said), times, used, made, line["status"])


def _makings(contents: Contents) -> Iterator[dict[str, Any]]:
    """One action per output."""
    used = [*contents.packed.after, "study.toml", "runs.jsonl"]
    for made in contents.made:
        if made.files:
            results, said = [f"out/{file}" for file in made.files], "Made of the tables by this command"
            times = (contents.dated, contents.dated)
            yield _action(f"#make-{made.output.file}", (made.output.line, said), times, used, results, "done")


def _action(
    name: str, told: tuple[str, str], times: tuple[str, str], used: list[str], made: list[str], status: str
) -> dict[str, Any]:
    """A run; ``told`` is its name and what is to be said of it."""
    states = {"done": "CompletedActionStatus", "open": "PotentialActionStatus"}
    action: dict[str, Any] = {
        "@id": name,
        "@type": "CreateAction",
        "name": told[0],
        "description": told[1],
        "instrument": _to(_SOFTWARE),
        "startTime": times[0],
        "endTime": times[1],
        "actionStatus": f"http://schema.org/{states.get(status, 'FailedActionStatus')}",
    }
    action |= {"object": _to(*used)} if used else {}
    return action | ({"result": _to(*made)} if made else {})
