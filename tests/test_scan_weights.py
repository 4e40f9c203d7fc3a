"""Weights that a study keeps are looked into by picklescan and YARA, in the whole of scan code."""

import pytest
from scan_study import ScanStudy

from codebook.rows.risk import Finding, Outcome

EVIL = b"cposix\nsystem\n(Vecho\ntR."

pytest.importorskip("picklescan", reason="picklescan comes with the extra scan")
pytest.importorskip("yara", reason="yara-python comes with the extra scan")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ScanStudy:
    """A model with weights of three sizes, of which two are kept, and both tools run."""
    folder = tmp_path_factory.mktemp("weights")
    model = folder / "models" / "local" / "someone" / "model"
    model.mkdir(parents=True)
    (model / "modeling.py").write_text("import torch\n", encoding="utf-8")
    (model / "pytorch_model.bin").write_bytes(EVIL)
    (model / "noise.bin").write_bytes(b"\x1a\xff" * 20)
    (model / "large.bin").write_bytes(EVIL + bytes(5000))
    hub = '[hubs.local]\nkind = "folder"\npath = "models"\nweights_up_to = 4096\n'
    made = ScanStudy.at(folder, hub)
    ended = made.scan()
    assert ended.code == 0, ended.err
    ended = made.scan("--all", "--tool", "picklescan", "--tool", "yara", command="code")
    assert ended.code == 0, ended.err
    return made


def test_both_tools_find_the_command_in_the_weights(study: ScanStudy) -> None:
    rows = [row for row in study.rows(Finding) if isinstance(row, Finding)]
    found = sorted((row.tool, row.rule, row.cwe, row.severity, row.line) for row in rows)

    assert found == [
        ("picklescan", "dangerous", "CWE-502", "critical", 1),
        ("yara", "pickle_names_a_dangerous_callable", "CWE-502", "critical", 1),
    ]


def test_source_is_no_matter_of_picklescan_and_noise_is_not_clean(study: ScanStudy) -> None:
    rows = [row for row in study.rows(Outcome) if isinstance(row, Outcome) and row.tool == "picklescan"]

    assert sorted((row.status, row.applies) for row in rows) == [
        ("scanned", True),
        ("skipped", False),
        ("skipped", True),
    ]
