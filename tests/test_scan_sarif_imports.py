"""SARIF files that are no SARIF, and what was imported."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sarif_rig import MODEL, result_at, run_of, sarif, sha, study_of, take, taken

from codebook.errors import StudyError
from scan.sarif.all_imports import Imports
from scan.sarif.document import opened
from scan.sarif.kept import Import
from scan.sarif.rows import Imported
from scan.sarif.taking import Look


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the file is empty"),
        (b'{"runs": [{"tool": {}, "results": [{"a": 1', "it ends at byte 42"),
        (b'{"runs": [{"tool": {}, "results": [{"a": 1}}]}', "malformed"),
        (b"[]", "Expected `object`"),
        (b"{}", "missing required field `runs`"),
        (b'{"runs": {}}', "$.runs"),
        (b'{"runs": [{"tool": []}]}', "$.runs[0].tool"),
        (b'{"runs": [{"tool": {}, "results": [{}, 7]}]}', "$.runs[0].results[1]"),
        (b'{"runs": [{"tool": {}, "results": [{"a": "\xff"}]}]}', "$.runs[0].results[0]"),
        (b'{"version": "1.0.0", "runs": []}', "not 2.1.0"),
        ("\ufeff{}".encode("utf-16"), "malformed"),
        (b'{"runs": [{"tool": {}, "results": [' + b"[" * 200_000, "nested too deeply"),
        (b'{"runs": [{"tool": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b', "results": []}]}', ""),
    ],
)
def test_a_file_that_is_no_sarif_is_refused_with_the_place(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "bad.sarif"
    path.write_bytes(text)
    study = study_of(tmp_path / "study", {MODEL: {"a.py": "a"}})
    if not said:  # deep, but not too deep
        assert Look(study, path, MODEL, "").found["results"] == 0
        return
    with pytest.raises(StudyError) as error:
        Look(study, path, MODEL, "")

    assert said in str(error.value)
    assert "bad.sarif" in str(error.value)
    assert not list((study.path / "raw" / "scan").glob("code/*"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = (
    "ruleId ruleIndex rule level kind message locations codeFlows suppressions taxa properties physicalLocation "
    "artifactLocation region uri index startLine endLine tags cwe threadFlows id toolComponent"
)
ANY = st.recursive(
    JSON,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS.split(" ")), inner, max_size=4),
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS.split(" ")), ANY, max_size=6), max_size=3), ANY, ANY, ANY)
def test_whatever_stands_in_a_result_it_is_read_or_refused(results: Any, rule: Any, notices: Any, ours: Any) -> None:
    made = Import(sha256=sha("x"), name="x", model_id=MODEL, root="/r", run_id="r")
    run = run_of(
        *results,
        rules=[rule, {"id": "r", "properties": {"qualdev": ours}}],
        invocations=[{"toolExecutionNotifications": notices}, notices],
        artifacts=[{"location": rule}, rule],
        originalUriBaseIds={"a": rule},
        properties={"qualdev": ours},
    )
    with TemporaryDirectory() as folder:
        (read,) = opened(sarif(Path(folder), run))
    imported = Imported(made, read)
    rows = [imported.finding(result) for _, result in imported.results()]

    assert all(row.line >= 1 for row in rows)
    assert len(list(imported.rule_rows())) <= 2
    assert list(imported.outcomes()) == []


def test_a_later_import_of_the_same_tool_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", {MODEL: {"a.py": "a"}, "hub:x/y@1": {"a.py": "a"}})
    rules = [{"id": "r1"}]
    take(study, sarif(tmp_path, run_of(result_at("a.py", 1), rules=rules), name="1.sarif"), MODEL)
    take(study, sarif(tmp_path, run_of(result_at("a.py", 2), rules=rules), name="2.sarif"), MODEL)
    take(study, sarif(tmp_path, run_of(result_at("a.py", 3), rules=rules), name="3.sarif"), "hub:x/y@1")

    assert sorted((row.line, row.current) for row in taken(study)) == [(1, False), (2, True), (3, True)]
    assert [row.sha256 for row in Imports(study).outcomes()] == [sha("a")]


def test_findings_in_files_that_nobody_has_are_kept_without_a_content(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", {MODEL: {"a.py": "a"}})
    path = sarif(tmp_path, run_of(result_at("a.py"), result_at("gone.py"), result_at("/etc/passwd"), result_at(None)))
    take(study, path, MODEL)

    assert sorted((row.path or "", row.sha256, row.model_id) for row in taken(study)) == [
        ("", None, MODEL),
        ("/etc/passwd", None, MODEL),
        ("a.py", sha("a"), MODEL),
        ("gone.py", None, MODEL),
    ]
    assert "3 are in files of which the study has no content" in " ".join(Look(study, path, MODEL, "").sentences())


def test_a_file_that_does_not_say_its_contents_needs_a_model(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", {MODEL: {"a.py": "a"}})
    path = sarif(tmp_path, run_of(result_at("a.py")))

    with pytest.raises(StudyError, match="which model"):
        Look(study, path, None, "")
    with pytest.raises(StudyError, match="no model"):
        Look(study, path, "hub:no/body@1", "")
