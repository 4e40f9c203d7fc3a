"""Which contents ``scan code`` gives to tools, and how it measures them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from code_study import found, outcomes, scan, study_of
from fake_scanners import Fake, install, only

from codebook.rows import Content, Outcome


@pytest.fixture(autouse=True)
def _fakes_only() -> Iterator[None]:
    """Whatever a test installs, the real scanners come back."""
    with only(Fake()):
        yield


def test_contents_are_measured(tmp_path: Path) -> None:
    code = '"""Doc."""\n\n# comment\nx = """\n# text\n\n"""\ndef f():\n    """Doc."""\n    return 1\n'
    study = study_of(tmp_path, {"a.py": code, "b.py": "def (:\n", "c.py": b"\0\0"})
    scan(study, "code")
    names = {row.suffix: row for row in study.study.read(Content)}
    rows = {row.bytes: row for row in study.study.read(Content)}

    assert set(names) == {".py"}
    assert (rows[len(code)].lines, rows[len(code)].code_lines, rows[len(code)].parses) == (10, 6, True)
    assert (rows[7].lines, rows[7].code_lines, rows[7].parses) == (1, None, False)
    assert rows[7].problem == "Python 3.11 cannot parse it: line 1: invalid syntax"
    assert (rows[2].lines, rows[2].parses) == (None, False)


def test_a_content_that_cannot_be_measured_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scan.code.batches.MOST_CARRIED", 20)
    study = study_of(tmp_path, {"large.py": "x = 'twenty bytes and more'\n"})
    assert scan(study, "code").exit_code == 0
    rows = {row.bytes: row for row in study.study.read(Content)}

    why = "it has 28 bytes, and 20 can be sent to a tool"
    assert (rows[28].parses, rows[28].lines, rows[28].problem) == (False, None, why)
    assert outcomes(study)["fake", "large.py"] == ("skipped", why)
    assert rows[13].parses is True


def test_all_takes_every_content_that_is_kept(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n", "config.json": "{}\n", "README.md": "# bad\n"})
    scan(study, "code", "--all")

    told = outcomes(study)
    assert told["fake", "config.json"] == ("skipped", "it is no Python")
    assert told["fake", "a.py"] == ("scanned", None)
    assert {row.applies for row in study.study.read(Outcome) if row.status == "skipped"} == {False}


def test_weights_are_looked_at_where_the_study_keeps_them_and_missed_by_nobody_where_not(tmp_path: Path) -> None:
    install(Fake(suffixes=(".py", ".bin")))
    files: dict[str, str | bytes] = {"a.py": "x = 1\n", "model.bin": b"\x80bad", "notes.txt": "bad\n"}
    kept = study_of(tmp_path / "kept", files, "weights_up_to = 1000\n")
    without = study_of(tmp_path / "without", files)
    assert [scan(study, "code").exit_code for study in (kept, without)] == [0, 0]

    assert {name for _, name in outcomes(kept)} == {"a.py", "hubconf.py", "model.bin"}
    assert found(kept) == [("fake", "model.bin", 1)]
    assert {name for _, name in outcomes(without)} == {"a.py", "hubconf.py"}


def test_a_content_that_nobody_has_is_skipped_until_it_is_there(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n"})
    (blob,) = [path for path in (tmp_path / "raw/scan/blobs").glob("??/*") if path.read_bytes() == b"bad\n"]
    content = blob.read_bytes()
    blob.unlink()
    scan(study, "code")
    lost = outcomes(study)["fake", "a.py"]
    blob.write_bytes(b"damage")
    scan(study, "code")
    damaged = outcomes(study)["fake", "a.py"]
    blob.write_bytes(content)
    scan(study, "code")

    assert lost == ("skipped", "nobody has its content: scan fetch gets it")
    assert damaged == ("skipped", "its content cannot be read: the content does not have the hash that is its name")
    assert outcomes(study)["fake", "a.py"] == ("scanned", None)


def test_a_file_that_is_too_large_to_keep_is_skipped_with_the_size(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"a.py": "bad\n", "large.py": "x = 1\n" * 900_000})

    scan(study, "code")

    expected = ("skipped", "not kept: it has 5400000 bytes, and largest_file is 5000000")
    assert expected == outcomes(study)["fake", "large.py"]
