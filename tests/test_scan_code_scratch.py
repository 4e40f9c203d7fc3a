"""Folders for copies of what is scanned: those that a kill has left are removed by the next command, no others."""

import os
from pathlib import Path

import pytest

from scan.code.scratch import Scratch, sweep


def test_what_nobody_holds_is_removed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    held, left = Scratch(), tmp_path / "qualdev-scan-left"
    for folder in (left, tmp_path / "qualdev-scan-young", tmp_path / "qualdev-scan-old", tmp_path / "others"):
        folder.mkdir()
    (left / "lock").touch()
    os.utime(tmp_path / "qualdev-scan-old", (0, 0))
    (tmp_path / "qualdev-scan-link").symlink_to(tmp_path / "others")
    removed = sweep()

    names = {path.name for path in tmp_path.iterdir()}
    assert removed == 2
    assert names == {held.path.name, "qualdev-scan-young", "qualdev-scan-link", "others"}
    held.remove()
    assert not held.path.exists()


def test_a_folder_is_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    scratch = Scratch()

    assert scratch.path.stat().st_mode & 0o077 == 0
    assert {path.name for path in scratch.path.iterdir()} == {"work", "home", "tmp", "lock"}
    scratch.remove()
