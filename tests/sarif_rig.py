"""A study with findings in its tables, and SARIF taken into it, without the tools."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from codebook import ledger
from codebook.blobs import Blobs
from codebook.rows.risk import Finding, Model, ModelFile, Outcome, Rule
from codebook.study import Study
from codebook.weaknesses import normalised, owasp, top25, weakness_ids
from scan.finding_ids import with_ids
from scan.sarif.all_imports import Imports
from scan.sarif.kept import Import, keep

MODEL = "hub:owner/name@0123"


def sha(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def study_of(folder: Path, models: Mapping[str, Mapping[str, str]]) -> Study:
    """A study whose models have these files, by path, with these texts."""
    study = Study.create(folder, "A test")
    rows = [
        Model(
            model_id=model,
            platform="hub",
            owner="owner",
            name="name",
            revision="0123",
            tags=(),
            criteria=(),
            needs_custom_code=True,
            mirror_of=None,
            formats=None,
            run_id="scan-models-1",
        )
        for model in models
    ]
    study.write(Model, rows)
    blobs = Blobs.of(study)
    files = []
    for model, texts in models.items():
        for path, text in texts.items():
            content = blobs.keep(text.encode())
            files.append(
                ModelFile(
                    model_id=model,
                    path=path,
                    sha256=content,
                    bytes=len(text),
                    relevant=True,
                    reason=None,
                    distance=0,
                    problem=None,
                    run_id="scan-models-1",
                )
            )
    study.write(ModelFile, files)
    return study


def finding(**columns: Any) -> Finding:
    """A finding as derive makes it; columns that follow from others are worked out."""
    given: dict[str, Any] = {
        "finding_id": "",
        "tool": "bandit",
        "tool_version": "1.9.4",
        "rules_hash": sha("rules"),
        "rule": "B307",
        "cwe": None,
        "cwe_raw": "78",
        "severity": "medium",
        "severity_raw": "MEDIUM",
        "confidence": "HIGH",
        "sha256": None,
        "line": 1,
        "end_line": None,
        "message": "Use of eval",
        "suppressed_by_author": False,
        "run_id": "scan-code-1",
    } | columns
    cwes = normalised((given["cwe_raw"],), tool=given["tool"], rule=given["rule"]) if given["cwe_raw"] else ()
    derived = {
        "cwe": cwes[0] if cwes else None,
        "cwes": cwes,
        "top25": any(map(top25, cwes)) if cwes else None,
        "owasp": next((found for cwe in cwes if (found := owasp(cwe))), None),
    }
    return Finding(**(given | derived))


def put(
    study: Study, findings: Iterable[Finding], outcomes: Iterable[Outcome] = (), rules: Iterable[Rule] = ()
) -> list[Finding]:
    """Write the tables; the findings with their ids."""
    rows = list(with_ids(findings))
    named = weakness_ids(rows)
    rows = [replace(row, weakness_id=named[row.finding_id]) for row in rows]
    study.write(Finding, rows)
    study.write(Outcome, list(outcomes))
    study.write(Rule, list(rules))
    return sorted(rows, key=lambda row: row.finding_id)


def take(study: Study, file: Path, model_id: str | None = None, root: str = "") -> None:
    """Keep a file as scan import does."""
    with ledger.run(study, "scan import", {"sarif": file.name, "model": model_id, "root": root}) as run:
        content = Blobs.of(study).keep(file.read_bytes())
        files = {row.path: row.sha256 for row in study.read(ModelFile) if row.model_id == model_id and row.sha256}
        about = {"name": file.name, "model_id": model_id, "root": root, "run_id": run.id, "files": files}
        keep(run, Import(sha256=content, **about))


def taken(study: Study) -> list[Finding]:
    """All findings that were imported, with their weaknesses."""
    imports = Imports(study)
    found = [row for content in imports.contents() for row in imports.findings(content)]
    found += [row for rows in imports.homeless() for row in rows]
    named = weakness_ids(found)
    return sorted((replace(row, weakness_id=named[row.finding_id]) for row in found), key=lambda row: row.finding_id)


def sarif(folder: Path, *runs: Mapping[str, Any], name: str = "made.sarif") -> Path:
    """Write a SARIF file."""
    path = folder / name
    path.write_text(json.dumps({"version": "2.1.0", "runs": list(runs)}), encoding="utf-8")
    return path


def run_of(*results: Mapping[str, Any], rules: Iterable[Mapping[str, Any]] = (), **more: Any) -> dict[str, Any]:
    """One run of a tool."""
    return {
        "tool": {"driver": {"name": "A Tool", "version": "2", "rules": list(rules)}},
        "results": list(results),
    } | more


def result_at(uri: str | None, line: int | None = 1, rule: str = "r1", **more: Any) -> dict[str, Any]:
    """One result."""
    region = {"region": {"startLine": line}} if line else {}
    at = [{"physicalLocation": {"artifactLocation": {"uri": uri}} | region}] if uri is not None else []
    return {"ruleId": rule, "message": {"text": "found"}, "locations": at} | more
