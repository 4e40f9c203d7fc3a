"""Semgrep's engine when it is broken: it crashes, hangs, prints rubbish or nothing, and no file is clean for that."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from code_rig import run_alone

from codebook.scanning import Scan
from scan.scanner import Kit, ToolFailed
from scan.tools import semgrep_engine
from scan.tools.semgrep import Semgrep

SEMGREP = Semgrep()


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return SEMGREP.kit(Scan(), tmp_path_factory.mktemp("study"))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("print('{}')", "exit status 0, without a word"),
        ("import sys; print('oops', file=sys.stderr); sys.exit(2)", "exit status 2, oops"),
        ("print('[1, 2')", "exit status 0"),
        ("", "exit status 0, without a word"),
        ("import os; os.abort()", "it crashed: Aborted"),
        (
            'print(\'{"results": [], "errors": [{"error_type": "Fatal error", "message": "m"}], "paths": {}}\')',
            "Semgrep: Fatal error: m",
        ),
    ],
    ids=["nothing in it", "error", "garbage", "nothing", "crash", "fatal"],
)
def test_an_engine_that_breaks_down_is_no_clean_result(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    fake = tmp_path / "semgrep-core"
    fake.write_text(f"#!{sys.executable}\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(semgrep_engine, "program", lambda: str(fake))

    with pytest.raises(ToolFailed, match=reason):
        run_alone(SEMGREP, {"a.py": b"1\n", "b.py": b"2\n"}, tmp_path, kit=kit)


def test_an_engine_that_hangs_is_stopped_and_of_one_file_it_is_known_which(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "semgrep-core"
    fake.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(600)\n")
    fake.chmod(0o755)
    monkeypatch.setattr(semgrep_engine, "program", lambda: str(fake))
    quick = replace(kit, seconds=0.2)

    alone = run_alone(SEMGREP, {"a.py": b"1\n"}, tmp_path / "one", kit=quick)

    assert alone.said["a.py"].status == "timed_out"
    with pytest.raises(ToolFailed, match="it ran for more than"):
        run_alone(SEMGREP, {"a.py": b"1\n", "b.py": b"2\n"}, tmp_path / "two", kit=quick)


def test_a_file_that_the_engine_does_not_speak_of_has_failed(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> tuple[dict[str, Sequence[object]], object]:
        return {"results": [], "errors": [], "paths": {"scanned": []}}, semgrep_engine.Ended(code=0)  # type: ignore[dict-item]

    monkeypatch.setattr(semgrep_engine, "answer", silent)

    alone = run_alone(SEMGREP, {"a.py": b"1\n"}, tmp_path, kit=kit)

    assert (alone.said["a.py"].status, alone.said["a.py"].reason) == ("failed", "Semgrep says nothing about it")
