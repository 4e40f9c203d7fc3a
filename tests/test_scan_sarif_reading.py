"""One result of SARIF of any tool, read: weaknesses, severity, flows, suppressions, and what a tool lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sarif_rig import MODEL, finding, result_at, run_of, sarif, sha

from codebook.weaknesses import normalised
from scan.sarif.coverage import coverage
from scan.sarif.document import opened
from scan.sarif.kept import Import
from scan.sarif.rows import Imported


def _imported(path: Path, known: dict[str, str] | None = None) -> list[Imported]:
    made = Import(sha256=sha("x"), name=path.name, model_id=MODEL, root="", run_id="scan-import-1", files=known or {})
    return [Imported(made, run) for run in opened(path)]


RULE = {
    "id": "py/a",
    "shortDescription": {"text": "A short text"},
    "messageStrings": {"m": {"text": "{0} flows to {1}; {{}}"}},
    "properties": {
        "tags": ["security", "external/cwe/cwe-022", "external/cwe/cwe-036"],
        "precision": "high",
        "problem.severity": "error",
        "security-severity": "7.5",
    },
}


def _tool(driver: list[dict[str, Any]], *extensions: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [{"name": f"pack{i}", "semanticVersion": "1", "rules": rules} for i, rules in enumerate(extensions)]
    return {"driver": {"name": "CodeQL", "semanticVersion": "2.22.4", "rules": driver}, "extensions": parts}


def test_a_result_becomes_a_row_with_weaknesses_severity_flows_and_suppression(tmp_path: Path) -> None:
    at = {"physicalLocation": {"artifactLocation": {"uri": "b.py"}, "region": {"startLine": 2, "startColumn": 5}}}
    flows = [{"threadFlows": [{"locations": [{"location": at | {"message": {"text": "source"}}}]}]}]
    result = result_at(
        "a.py",
        7,
        "py/a",
        message={"id": "m", "arguments": ["x", "y"]},
        codeFlows=flows,
        suppressions=[{"kind": "inSource"}],
    )
    result["locations"][0]["physicalLocation"]["region"]["endLine"] = 9
    path = sarif(tmp_path, {"tool": _tool([RULE]), "results": [result]})
    (run,) = _imported(path, {"a.py": sha("a")})
    ((_, read),) = run.results()

    assert run.finding(read) == finding(
        tool="codeql",
        tool_version="2.22.4",
        rules_hash=run.rules.digest(),
        rule="py/a",
        cwe_raw="external/cwe/cwe-022, external/cwe/cwe-036",
        severity="high",
        severity_raw="security-severity 7.5, problem.severity error",
        confidence="high",
        sha256=sha("a"),
        model_id=MODEL,
        path="a.py",
        line=7,
        end_line=9,
        message="x flows to y; {}",
        flows='[[{"path":"b.py","line":2,"column":5,"message":"source"}]]',
        suppressed_by_author=True,
        run_id="scan-import-1",
    )


@pytest.mark.parametrize(
    ("more", "suppressed"),
    [
        ({}, False),
        ({"suppressions": []}, False),
        ({"suppressions": [{"kind": "inSource", "status": "accepted"}]}, True),
        ({"suppressions": [{"kind": "inSource", "status": "rejected"}]}, False),
        ({"suppressions": [{"kind": "external"}]}, False),
    ],
)
def test_only_what_stands_in_the_code_is_suppressed_by_its_author(
    tmp_path: Path, more: dict[str, Any], suppressed: bool
) -> None:
    (run,) = _imported(sarif(tmp_path, run_of(result_at("a.py", **more))))

    assert [run.finding(result).suppressed_by_author for _, result in run.results()] == [suppressed]


@pytest.mark.parametrize(
    ("of_result", "of_rule", "expected"),
    [
        ({"level": "error"}, {}, ("high", "level error")),
        ({}, {"defaultConfiguration": {"level": "note"}}, ("low", "level note")),
        ({"properties": {"issue_severity": "LOW"}, "level": "error"}, {}, ("low", "issue_severity LOW, level error")),
        ({"properties": {"security-severity": 9.8}}, {}, ("critical", "security-severity 9.8")),
        ({}, {}, (None, None)),
    ],
)
def test_severity_is_the_most_exact_that_is_said(
    tmp_path: Path, of_result: dict[str, Any], of_rule: dict[str, Any], expected: tuple[str | None, str | None]
) -> None:
    (run,) = _imported(sarif(tmp_path, run_of(result_at("a.py", **of_result), rules=[{"id": "r1"} | of_rule])))
    ((_, read),) = run.results()
    found = run.finding(read)

    assert (found.severity, found.severity_raw) == expected


def test_weaknesses_come_from_relationships_taxa_and_properties_too(tmp_path: Path) -> None:
    related = {"target": {"id": "502", "toolComponent": {"name": "CWE"}}}
    result = result_at("a.py", taxa=[{"id": "CWE-94"}], properties={"cwe": "CWE-20: Improper Input Validation"})
    (run,) = _imported(sarif(tmp_path, run_of(result, rules=[{"id": "r1", "relationships": [related]}])))
    ((_, read),) = run.results()

    assert normalised(run.read(read).cwe_raw) == ("CWE-20", "CWE-94", "CWE-502")


def test_results_that_passed_or_are_gone_are_no_findings(tmp_path: Path) -> None:
    results = [result_at("a.py"), result_at("a.py", kind="pass"), result_at("a.py", baselineState="absent")]
    (run,) = _imported(sarif(tmp_path, run_of(*results)))

    assert [number for number, _ in run.results()] == [0]


def _notice(kind: str, uri: str, level: str = "none", text: str = "") -> dict[str, Any]:
    at = [{"physicalLocation": {"artifactLocation": {"uri": uri}}}]
    return {"descriptor": {"id": kind}, "level": level, "message": {"text": text}, "locations": at}


def test_files_that_the_extractor_lost_are_told_from_those_that_it_read() -> None:
    notices = [
        _notice("py/diagnostics/successfully-extracted-files", "read.py"),
        _notice("py/diagnostics/extraction-warnings", "broken.py", "warning", "A parse error occurred"),
        _notice("cli/expected-extracted-files/python", "read.py"),
        _notice("cli/expected-extracted-files/python", "forgotten.py"),
        _notice("other", "bad.py", "error", "crash"),
    ]
    found = coverage([{"toolExecutionNotifications": notices}], [{"uri": "broken.py"}], lambda at: at and at.get("uri"))

    assert found == {
        "read.py": None,
        "broken.py": "A parse error occurred",
        "forgotten.py": "the extractor did not read it",
        "bad.py": "crash",
    }


@pytest.mark.parametrize(
    ("name", "results", "with_flows", "rules", "severities"),
    [
        ("eltyagi+poc-codeql-artifact-attestation.sarif", 20, 19, 39, {"medium": 8, "high": 8, "critical": 4}),
        ("Areopaguaworkshop+msocr.sarif", 15, 12, 41, {"high": 15}),
    ],
)
def test_real_codeql_results_are_read_with_counts_weaknesses_severities_and_flows(
    shared: Callable[[str], Path], name: str, results: int, with_flows: int, rules: int, severities: dict[str, int]
) -> None:
    """Both placements of rules: in an extension (2.22.4) and in the driver (2.25.6)."""
    (run,) = _imported(shared(f"sarif/{name}"))
    rows = [run.finding(result) for _, result in run.results()]

    assert (len(rows), sum(bool(row.flows) for row in rows)) == (results, with_flows)
    assert sum(bool(rule.cwe) for rule in run.rule_rows()) == rules
    assert {step: sum(row.severity == step for row in rows) for step in severities} == severities
    assert all(row.cwes and row.tool == "codeql" and row.confidence for row in rows)
