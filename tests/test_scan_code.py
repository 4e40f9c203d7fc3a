"""``scan code``: every content has one outcome per tool, whatever the tool does."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from code_study import found, outcomes, scan, study_of, study_with
from fake_scanners import RULES, Fake, install, only
from scan_study import ScanStudy

from codebook.rows import Finding, Outcome, Rule, RuleFile


@pytest.fixture(autouse=True)
def _fakes_only() -> Iterator[None]:
    """Whatever a test installs, the real scanners come back."""
    with only(Fake()):
        yield


def test_each_content_is_looked_at_once_and_found_in_every_model(tmp_path: Path) -> None:
    files = {"a.py": "x = 1\nbad()\n", "b.py": "y = 2\n", "notes.txt": "bad\n"}
    study = study_with(tmp_path, {"pytorch_hub/o/one": files, "pytorch_hub/o/two": files})
    ran = scan(study, "code")

    assert (ran.exit_code, ran.stdout) == (0, ""), ran.stderr
    assert outcomes(study) == {("fake", name): ("scanned", None) for name in ("a.py", "b.py", "hubconf.py")}
    assert found(study) == [("fake", "a.py", 2)]
    (row,) = study.study.read(Finding)
    assert (row.rule, row.cwe, row.cwes, row.top25, row.severity) == ("bad", "CWE-502", ("CWE-502",), True, "high")
    assert (row.tool_version, row.rules_hash, row.current, row.run_id) == ("1.0", RULES, True, "scan-code-1")
    assert row.weakness_id
    (rule,) = study.study.read(Rule)
    assert (rule.rule, rule.cwe, rule.message) == ("bad", "CWE-502", "It is bad.")
    (file,) = study.study.read(RuleFile)
    assert (file.tool, file.path, file.rules, file.problem) == ("fake", "rules.txt", 1, None)


def test_a_second_run_asks_nothing_again_and_changes_no_table(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n", "FAIL.py": "x = 'FAIL'\n"})
    scan(study, "code")
    before = study.hashes
    said = len(list((tmp_path / "raw/scan/code/fake").iterdir()))
    ran = scan(study, "code")

    assert (ran.exit_code, study.hashes) == (0, before), ran.stderr
    assert len(list((tmp_path / "raw/scan/code/fake").iterdir())) == said


FAULTY = {
    "CRASH": ("failed", "its process crashed: Segmentation fault"),
    "RAISE": ("failed", "its process ended with exit status 1: ValueError: what a mistake"),
    "FAIL": ("failed", "the tool broke down"),
    "GARBAGE": ("failed", "a finding of it cannot be read: it has no line"),
    "MEMORY": ("failed", "it took more than 300 MB of memory"),
    "DISK": ("failed", "it wrote more than 100000000 bytes"),
    "SILENCE": ("failed", "the tool said nothing about it"),
    "STRANGER": ("scanned", None),
    "FLOOD": ("failed", "the tool said 9000138 bytes about it, and 8000000 are kept"),
    "EXIT": ("failed", "its process ended with exit status 0"),
}


def test_whatever_a_tool_does_with_one_file_it_has_looked_at_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ordinary files for each that makes the tool break down in some way, all in the same batches."""
    monkeypatch.setattr("scan.code.cell.MOST_WRITTEN", 100_000_000)
    install(Fake(batch=40))
    faulty = {f"{name.lower()}.py": f"bad = '{name}'\n" for name in FAULTY}
    good = {f"good{n}.py": f"n = {n}\nbad\n" for n in range(2 * len(FAULTY))}
    study = study_of(tmp_path, faulty | good, "[scan]\nmemory_limit = 300\nprocesses = 2\n")
    ran = scan(study, "code")

    assert ran.exit_code == 0, ran.stderr
    told = outcomes(study)
    assert {name: told["fake", f"{name.lower()}.py"] for name in FAULTY} == FAULTY
    assert {told["fake", name] for name in good} == {("scanned", None)}
    assert [name for _, name, _ in found(study)] == sorted(good)
    assert "2 answers of tools were about nothing that they were asked; they are dropped" in ran.stderr


def test_a_file_on_which_a_tool_hangs_is_timed_out_and_the_others_are_scanned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scan.code.cell.GRACE", 1.0)
    install(Fake(batch=3, seconds=1.5))
    study = study_of(tmp_path, {"a.py": "bad\n", "b.py": "x = 'HANG'\n"})
    ran = scan(study, "code")

    assert ran.exit_code == 0, ran.stderr
    assert outcomes(study) == {
        ("fake", "a.py"): ("scanned", None),
        ("fake", "b.py"): ("timed_out", "it did not answer within 1.5 s for a file"),
        ("fake", "hubconf.py"): ("scanned", None),
    }
    assert {row.seconds for row in study.study.read(Outcome) if row.status == "timed_out"} == {1.5}


def test_a_tool_that_is_missing_is_told_and_the_others_run(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n"})
    install(Fake(), Fake("gone", version=""))
    ran, named = scan(study, "code"), scan(study, "code", "--tool", "gone", "--tool", "fake")

    assert (ran.exit_code, named.exit_code) == (0, 4)
    assert "gone is not installed\n  Install it." in ran.stderr
    assert "gone: not run, because it is not here" in named.stderr
    assert {tool for tool, _ in outcomes(study)} == {"fake"}


def test_if_all_tools_are_missing_nothing_is_run(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n"})
    install(Fake("gone", version=""))

    assert scan(study, "code").exit_code == 4
    assert study.runs == ["scan-models-1"]


def test_a_tool_that_fails_on_everything_is_not_asked_for_ever_and_is_asked_again_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scan.code.batches.MOST_IN_VAIN", 3)
    files = {f"a{n}.py": f"n = {n}\nx = 'FAIL'\n" for n in range(20)} | {"hubconf.py": "# FAIL\n"}
    study = study_with(tmp_path, {"pytorch_hub/o/m": files})
    ran = scan(study, "code", "--all")
    first = Counter(outcomes(study).values())
    monkeypatch.setattr("scan.code.batches.MOST_IN_VAIN", 100)
    scan(study, "code", "--all")

    failed = ("failed", "the tool broke down")
    assert ran.exit_code == 0, ran.stderr
    assert sorted(first) == [failed, ("skipped", "not tried: the tool failed on the first 3 contents, one by one")]
    assert 3 <= first[failed] < 21
    assert Counter(outcomes(study).values()) == {failed: 21}


def test_a_failure_is_tried_again_if_that_is_asked_for_or_bounds_are_wider(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "x = 'FAIL'\n"})
    scan(study, "code")
    rows = [{row.status: row.run_id for row in study.study.read(Outcome)}]
    for options, more in ((("--again",), ""), ((), "memory_limit = 1500\n")):
        settings = tmp_path / "study.toml"
        settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
        assert scan(study, "code", *options).exit_code == 0
        rows += [{row.status: row.run_id for row in study.study.read(Outcome)}]

    assert rows == [{"scanned": "scan-code-1", "failed": f"scan-code-{n}"} for n in (1, 2, 3)]


def test_another_version_or_other_rules_look_anew_and_are_the_current_ones(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n"})
    for fake in (Fake(), Fake(version="2.0"), Fake(version="2.0", rules="e" * 64)):
        install(fake)
        assert scan(study, "code").exit_code == 0

    rows = sorted((row.tool_version, row.rules_hash[0], row.current) for row in study.study.read(Finding))
    assert rows == [("1.0", "f", False), ("2.0", "e", True), ("2.0", "f", False)]
    install(Fake())
    assert scan(study, "code").exit_code == 0, "what it was before is run last again"
    assert [row.tool_version for row in study.study.read(Finding) if row.current] == ["1.0"]


def test_a_tool_for_whole_repositories_sees_each_as_it_is(tmp_path: Path) -> None:
    install(Fake(whole=True))
    shared = {"pkg/a.py": "bad\n"}
    models = {"pytorch_hub/o/one": shared, "pytorch_hub/o/two": shared | {"b.py": "\nbad\n"}}
    study = study_with(tmp_path, models)
    ran = scan(study, "code")

    assert ran.exit_code == 0, ran.stderr
    assert found(study) == [("fake", "b.py", 2), ("fake", "pkg/a.py", 1)]
    assert {status for status, _ in outcomes(study).values()} == {"scanned"}


def test_tables_are_rebuilt_from_raw_by_either_command_and_hold_what_the_check_wants(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n", "CRASH.py": "x = 'CRASH'\n"})
    scan(study, "code")
    before = study.hashes
    for command in ("models", "code"):
        for table in ("outcomes", "findings", "contents", "rules", "rule_files"):
            (tmp_path / "tables" / f"{table}.parquet").unlink()
        assert scan(study, command, "--from-raw").exit_code == 0
        assert study.hashes == before


def test_what_cannot_be_done_is_refused_in_one_sentence(tmp_path: Path) -> None:
    empty = ScanStudy.at(tmp_path / "empty", '[hubs.registry]\nkind = "folder"\npath = "models"\n')
    refused = {
        ("--tool", "nobody"): "no scanner is called 'nobody'",
        ("--hub", "nobody"): "no [hubs.nobody]",
        ("--from-raw",): "no tool has looked at anything yet",
        ("--tables", "x"): "--tables needs --from-raw",
        (): "no models are listed",
    }
    for options, sentence in refused.items():
        ran = scan(empty, "code", *options)
        assert (ran.exit_code, sentence in ran.stderr) == (2, True), ran.stderr


def test_raw_records_that_are_gone_are_missed(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n"})
    scan(study, "code")
    for segment in (tmp_path / "raw/scan/code/fake").iterdir():
        segment.unlink()
    ran = scan(study, "models", "--from-raw")

    assert (ran.exit_code, "the raw records that scan-code-1 stored are gone" in ran.stderr) == (2, True)


def test_a_damaged_record_is_told_and_all_others_are_read(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n"})
    scan(study, "code")
    (segment,) = (tmp_path / "raw/scan/code/fake").iterdir()
    content = bytearray(segment.read_bytes())
    content[len(content) - 20] ^= 0xFF
    segment.write_bytes(content)
    ran = scan(study, "code", "--from-raw")

    assert ran.exit_code == 1
    assert "1 raw records are damaged" in ran.stderr
    assert [row.rule for row in study.study.read(Rule)] == ["bad"]


def test_status_says_what_was_not_scanned_and_why(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n", "b.py": "x = 'FAIL'\n", "c.py": "x = 1\n"})
    install(Fake(problem="line 3: nonsense"), Fake("gone", version=""))
    scan(study, "code")
    ran = scan(study, "status", "--format", "json")

    (row,) = json.loads(ran.stdout)
    counts = {"files": 4, "scanned": 3, "clean": 2, "with_findings": 1, "failed": 1, "skipped": 0, "no_outcome": 0}
    assert {name: row[name] for name in counts} == counts
    assert "fake: rules.txt: 1 rules of it are in use, others not or not as they stand: line 3: nonsense" in ran.stderr
    assert "fake: 1 files failed: the tool broke down" in ran.stderr
    assert "gone did not run in scan-code-1: gone is not installed" in ran.stderr


def test_the_ledger_says_what_came_of_the_run(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n"})
    install(Fake(), Fake("gone", version=""))
    scan(study, "code")
    line = json.loads((tmp_path / "runs.jsonl").read_text(encoding="utf-8").splitlines()[-1])

    assert line["notes"]["code/fake"] == {"stored": True, "scanned": 2}
    assert line["notes"]["missing"] == {"gone": "gone is not installed"}
