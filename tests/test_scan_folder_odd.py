"""Files of a folder hub that no reader can make sense of, or that are not there when they are read: all are rows."""

import os
from pathlib import Path

import pytest
from folder_study import repository, study_at

from codebook.blobs import Blobs
from codebook.rows import Model, ModelFile
from scan.folder.contents import Reader
from scan.folder.inventory import children, entry, everything
from scan.folder.options import FolderOptions

SOURCES: dict[str, bytes] = {
    "latin1": "# -*- coding: latin-1 -*-\ns = 'é'\n".encode("latin-1"),
    "latin1_unsaid": "s = 'é'\n".encode("latin-1"),
    "utf16": "s = 'é'\n".encode("utf-16"),
    "nul": b"s = 'a\x00b'\n",
    "python2": b"print 'hello'\nexec 'x'\n",
    "syntax": b"def f(:\n",
    "nested": b"x = " + b"[" * 5000 + b"]" * 5000 + b"\n",
    "bom": b"\xef\xbb\xbfx = 1\n",
    "crlf": b"x = 1\r\ny = 2\r",
    "empty": b"",
    "form_feed": b"\x0cx = 1\n",
    "big": b"x = 1\n" * 1_000_000,
}


def test_sources_that_cannot_be_read_are_rows_and_hold_up_no_other(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    imports = "".join(f"import {name}\n" for name in SOURCES)
    repository(study, "pytorch_hub/o/m", {"hubconf.py": imports, **{f"{k}.py": v for k, v in SOURCES.items()}})
    repository(study, "huggingface/o/good", {"config.json": '{"auto_map": {"AutoModel": "m.X"}}', "m.py": "x = 1\n"})
    ran = study.scan()
    rows = {r.path: r for r in study.study.read(ModelFile)}

    assert ran.code == 0, ran.err
    assert set(rows) == {"hubconf.py", "config.json", "m.py", *(f"{name}.py" for name in SOURCES)}
    assert rows["m.py"].relevant is True
    relevant = {name for name in SOURCES if rows[f"{name}.py"].relevant}
    assert relevant == set(SOURCES), "what Python would try to run is relevant, whether it can be read or not"
    for name in ("nul", "python2", "syntax", "utf16", "latin1_unsaid", "big"):
        assert rows[f"{name}.py"].problem, name
    for name in ("latin1", "bom", "crlf", "empty", "form_feed"):
        assert rows[f"{name}.py"].problem is None, name


CONFIGURATIONS = [
    "",
    "{",
    "[]",
    "null",
    '"auto_map"',
    '{"auto_map": 5}',
    '{"auto_map": {"AutoModel": ["a", 5, null, {}]}}',
    '{"auto_map": {"AutoModel": "../../etc.passwd"}}',
    '{"auto_map": {"AutoModel": "o/m--m.X"}}',
    '{"auto_map": {"AutoModel": "gone/gone--m.X"}}',
    "[" * 5000,
    '{"auto_map": NaN}',
    "\x00",
]


@pytest.mark.parametrize("platform", ["huggingface", "modelscope"])
def test_configurations_that_make_no_sense_are_rows(platform: str, tmp_path: Path) -> None:
    study = study_at(tmp_path)
    for number, text in enumerate(CONFIGURATIONS):
        files = dict.fromkeys(("config.json", "configuration.json", "tokenizer_config.json"), text)
        repository(study, f"{platform}/o/m{number}", {**files, "m.py": "x = 1\n"})
    ran = study.scan()

    assert ran.code == 0, ran.err
    assert {r.name for r in study.study.read(Model)} == {f"m{number}" for number in range(len(CONFIGURATIONS))}
    assert len(list(study.study.read(ModelFile))) == 4 * len(CONFIGURATIONS)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    return folder


def reader(model: Path) -> Reader:
    return Reader(model, FolderOptions(path="."), Blobs(model.parent / "blobs"))


def test_a_file_that_the_system_refuses_is_a_row(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = entry(model, "a.py")

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)

    assert reader(model).note(found)["problem"] == "cannot be read: Permission denied"


def test_a_file_that_changes_between_two_looks_is_not_taken_for_either(model: Path) -> None:
    found = entry(model, "a.py")
    (model / "a.py").write_text("x = 22\n")
    noted = reader(model).note(found)

    assert (noted["problem"], noted.get("sha256")) == ("it changed while it was looked at", None)


def test_a_file_that_becomes_a_link_is_not_followed(model: Path) -> None:
    found = entry(model, "a.py")
    (model / "a.py").unlink()
    (model / "a.py").symlink_to("/etc/hostname")

    assert reader(model).note(found)["problem"] == "cannot be read: Too many levels of symbolic links"


def test_a_folder_that_becomes_a_link_is_not_gone_into(model: Path, tmp_path: Path) -> None:
    """Neither while the files are listed, nor when they are read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (model / "b").mkdir()
    (model / "b" / "secret.py").write_text("x = 1\n")
    before = list(everything(model))
    walk = everything(model)
    first = next(walk)
    (model / "b").rename(outside / "b")
    (model / "b").symlink_to(outside / "b")
    refused = "cannot be read: Not a directory"

    assert [each.path for each in before] == ["a.py", "b/secret.py"]
    assert [first.path, *((each.path, each.problem) for each in walk)] == ["a.py", ("b", refused)]
    assert [reader(model).note(each).get("problem") for each in before] == [None, refused]


def test_a_model_that_becomes_a_link_is_not_gone_into(model: Path, tmp_path: Path) -> None:
    (before,) = everything(tmp_path, "model")
    model.rename(tmp_path / "elsewhere")
    model.symlink_to("elsewhere")
    noted = Reader(tmp_path, FolderOptions(path="."), Blobs(tmp_path / "blobs"), start="model").note(before)

    assert noted["problem"] == "cannot be read: Not a directory"
    assert [(each.path, each.problem) for each in everything(tmp_path, "model")] == [
        (".", "cannot be read: Not a directory")
    ]


def test_a_file_that_becomes_a_fifo_does_not_hang(model: Path) -> None:
    found = entry(model, "a.py")
    (model / "a.py").unlink()
    os.mkfifo(model / "a.py")

    assert reader(model).note(found)["problem"] == "it changed while it was looked at"


def test_a_folder_that_the_system_refuses_is_a_row(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (model / "b").mkdir()
    opened = os.open

    def refuse(path: str, flags: int, *, dir_fd: int | None = None) -> int:
        if path == "b":
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse)

    assert [(e.path, e.kind, e.problem) for e in everything(model)] == [
        ("a.py", "file", None),
        ("b", "folder", "cannot be read: Permission denied"),
    ]


def test_records_of_version_control_are_one_entry(model: Path) -> None:
    (model / ".git").mkdir()
    (model / ".git" / "config").write_text("[core]\nfsmonitor = touch canary\n")

    assert [(e.path, e.kind) for e in everything(model)] == [(".git", "folder"), ("a.py", "file")]
    assert [e.kind for e in children(model)] == ["folder", "file"]


def test_a_readme_that_cannot_be_read_is_a_model_whose_tags_are_not_known(tmp_path: Path) -> None:
    study = study_at(tmp_path, "largest_file = 100\n")
    repository(study, "huggingface/o/large", {"README.md": "---\ntags: [custom_code]\n---\n" + "x" * 100})
    os.mkfifo(repository(study, "huggingface/o/pipe", {"a.txt": ""}) / "README.md")
    ran = study.scan()

    assert ran.code == 0, ran.err
    assert {r.name: r.problem for r in study.study.read(Model)} == {
        "large": "README.md, with the tags, is not read: not kept: it has 128 bytes, and largest_file is 100",
        "pipe": "README.md, with the tags, is not read: a FIFO, which is not opened",
    }


def test_a_registry_under_version_control_has_no_platform_of_its_records(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    repository(study, "huggingface/o/m", {"config.json": "{}"})
    repository(study, ".git/objects/ab", {"cdef": "x"})
    ran = study.scan()

    assert ran.code == 0, ran.err
    assert [r.model_id.partition("@")[0] for r in study.study.read(Model)] == ["registry:huggingface/o/m"]
