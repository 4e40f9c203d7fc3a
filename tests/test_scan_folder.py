"""The hub ``folder``: models on disk, whatever lies there; each thing is a row that says what happened."""

import os
import socket
from pathlib import Path

import pytest
from folder_study import CARD, HUB, problems, repository, study_at
from scan_study import ScanStudy

from codebook.rows import Model, ModelFile, Shard
from scan.folder.inventory import on_disk, shown

CANARY = "import pathlib\npathlib.Path({!r}).write_text('executed')\n"


def test_a_model_is_a_row_with_its_files(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    code = "class Model: pass\n"
    weights = {"model.safetensors": "w", "pytorch_model.bin": "w"}
    repository(study, "huggingface/heron/m1", {"README.md": CARD, "modeling_x.py": code, **weights})
    ran = study.scan()
    (row,) = study.study.read(Model)
    files = {r.path: (r.bytes, r.sha256 is not None, r.problem) for r in study.study.read(ModelFile)}

    assert ran.code == 0, ran.err
    assert (row.platform, row.hub, row.owner, row.name) == ("huggingface", "registry", "heron", "m1")
    assert row.model_id == f"registry:huggingface/heron/m1@{row.revision}"
    assert (row.tags, row.task, row.library, row.licence) == (
        ("custom_code", "nlp"),
        "fill-mask",
        "transformers",
        "mit",
    )
    assert (row.criteria, row.formats, row.problem) == (("file_name", "tag"), "both", None)
    assert files == {
        "README.md": (len(CARD), True, None),
        "model.safetensors": (1, True, None),
        "modeling_x.py": (len(code), True, None),
        "pytorch_model.bin": (1, True, None),
    }
    shards = [(r.query, r.reported, r.got, r.state) for r in study.study.read(Shard)]
    assert shards == [("huggingface", 1, 1, "complete")]


def test_code_and_configuration_are_kept_once_and_weights_never(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    for number in range(3):
        repository(study, f"huggingface/o/m{number}", {"a.py": "x = 1\n", "model.bin": "weights", "b/a.json": "{}"})
    assert study.scan().code == 0
    kept = sorted(p.read_bytes() for p in (tmp_path / "raw" / "scan" / "blobs").glob("*/*"))

    assert kept == [b"x = 1\n", b"{}"]


def test_the_revision_is_that_of_the_contents_wherever_a_copy_lies(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    for name in ("huggingface/a/m", "opencsg/b/m"):
        repository(study, name, {"a.py": "x = 1\n"})
    repository(study, "huggingface/c/m", {"a.py": "x = 2\n"})
    assert study.scan().code == 0
    revisions = {r.model_id.split(":")[1].split("@")[0]: r.revision for r in study.study.read(Model)}

    assert revisions["huggingface/a/m"] == revisions["opencsg/b/m"] != revisions["huggingface/c/m"]


def test_odd_names_are_paths_as_they_are_and_no_two_become_one(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    folder = repository(study, "huggingface/o/m", {})
    names = [
        b"-rf.py",
        b"a\nb.py",
        b"..py",
        b"%2e%2e",
        b"caf\xe9.py",
        b"caf\\xe9.py",
        "\u202e.py".encode(),
        b" ",
        b"a\x1b[2J",
    ]
    for name in names:
        (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_text("x")
    ran = study.scan()
    paths = {row.path for row in study.study.read(ModelFile)}

    assert ran.code == 0, ran.err
    assert paths == {
        "-rf.py",
        "a\nb.py",
        "..py",
        "%2e%2e",
        "caf\\xe9.py",
        "caf\\x5cxe9.py",
        "\u202e.py",
        " ",
        "a\x1b[2J",
    }
    assert {os.fsencode(on_disk(path)) for path in paths} == set(names)
    assert all(on_disk(shown(os.fsdecode(name))) == os.fsdecode(name) for name in names)


def test_links_are_never_followed_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("password = 'x'\n")
    study = study_at(tmp_path / "study")
    folder = repository(study, "huggingface/o/m", {"a.py": "x\n"})
    (folder / "out.py").symlink_to(tmp_path / "secret.py")
    (folder / "up").symlink_to("..")
    (folder / "self").symlink_to("self")
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    (folder.parent / "linked").symlink_to(folder)
    (folder.parents[1] / "owner").symlink_to(tmp_path)
    (folder.parents[2] / "modelscope").symlink_to(tmp_path)
    ran = study.scan()
    link = "a symbolic link, which is not followed"

    assert ran.code == 0, ran.err
    assert problems(study) == {"a.py": None, "out.py": link, "up": link, "self": link, "one": link, "two": link}
    assert {r.name: r.problem for r in study.study.read(Model)} == {"m": None, "linked": link}
    assert [(r.query, r.state, r.reason) for r in study.study.read(Shard)] == [
        ("huggingface", "partial", f"huggingface/owner: {link}"),
        ("modelscope", "partial", link),
    ]
    assert not [p for p in (study.folder / "raw").rglob("*") if p.is_file() and b"password" in p.read_bytes()]


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    folder = repository(study, "huggingface/o/m", {"a.py": "x\n"})
    os.mkfifo(folder / "pipe.py")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(folder)
        listening.bind("socket.py")  # the path of a socket has to be short
        os.chdir(here)
        ran = study.scan()

    assert ran.code == 0, ran.err
    assert problems(study) == {
        "a.py": None,
        "pipe.py": "a FIFO, which is not opened",
        "socket.py": "a socket, which is not opened",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_a_file_that_cannot_be_read_is_a_row(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    folder = repository(study, "huggingface/o/m", {"a.py": "x\n", "b/c.py": "y\n"})
    (folder / "a.py").chmod(0)
    (folder / "b").chmod(0)
    ran = study.scan()
    (folder / "b").chmod(0o700)

    assert ran.code == 0, ran.err
    assert problems(study) == {
        "a.py": "cannot be read: Permission denied",
        "b": "cannot be read: Permission denied",
    }


def test_folders_as_deep_as_the_system_allows_are_walked_and_said(tmp_path: Path) -> None:
    study = study_at(tmp_path)
    folder = repository(study, "huggingface/o/m", {"a.py": "x\n"})
    here = Path.cwd()
    os.chdir(folder)
    for _ in range(30):  # 6,000 bytes, where a path may have 4,096
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    os.chdir(here)
    ran = study.scan()
    found = problems(study)

    assert ran.code == 0, ran.err
    assert found.pop("a.py") is None
    assert list(found.values()) == ["cannot be looked at: File name too long"]


def test_too_much_is_a_row_with_its_hash_and_its_limit(tmp_path: Path) -> None:
    study = study_at(tmp_path, "most_files = 2\n")
    many = {f"m{n}.py": f"{n}\n" for n in range(3)}
    repository(study, "huggingface/o/m", {"big.py": b"#" * 30_000_000, **many})
    assert study.scan().code == 0
    rows = {r.path: r for r in study.study.read(ModelFile)}

    assert rows["big.py"].problem == "not kept: it has 30000000 bytes, and largest_file is 5000000"
    assert rows["big.py"].bytes == 30_000_000
    assert rows["big.py"].sha256 is not None
    assert rows["m2.py"].problem == "not kept: there are more than most_files, 2"


_ABC = "abcdefghijklmnopqrstuvwxyz"
TOO_MANY = "the front matter of README.md: with its aliases written out it has more than 500000 values, and is not read"
FRONTS: dict[str, tuple[str, str | None]] = {
    "a million tags": (
        "tags:\n" + "- t\n" * 1_000_000,
        "the front matter of README.md is longer than 65536 bytes, and is not read",
    ),
    "a bomb": (
        "a: &a [x, x]\n" + "".join(f"{_ABC[n + 1]}: &{_ABC[n + 1]} [*{_ABC[n]}, *{_ABC[n]}]\n" for n in range(24)),
        TOO_MANY,
    ),
    "a bomb of merges": (
        "a: &a {x: 1}\n"
        + "".join(f"{_ABC[n + 1]}: &{_ABC[n + 1]}\n  <<: [*{_ABC[n]}, *{_ABC[n]}]\n" for n in range(24)),
        TOO_MANY,
    ),
    "a tag of Python": (
        "tags: !!python/object/apply:os.system ['touch x']\n",
        "the front matter of README.md: it is no valid YAML (ConstructorError)",
    ),
    "brackets": ("tags: " + "[" * 5000 + "\n", None),
    "broken": ("tags: [a\nlicense: b: c\n", "the front matter of README.md: it is no valid YAML (ParserError)"),
    "no keys": ("- a\n- b\n", "the front matter of README.md has no keys"),
    "binary": ("tags: \x00\x01\n", "the front matter of README.md: it is no valid YAML (ReaderError)"),
}


@pytest.mark.parametrize("name", sorted(FRONTS))
def test_a_front_matter_that_is_no_good_is_a_model_that_says_so(name: str, tmp_path: Path) -> None:
    study = study_at(tmp_path)
    text, expected = FRONTS[name]
    repository(study, "huggingface/o/m", {"README.md": f"---\n{text}---\n"})
    ran = study.scan()
    (row,) = study.study.read(Model)

    assert ran.code == 0, ran.err
    assert row.problem is not None
    assert expected is None or row.problem == expected


def test_nothing_is_executed(tmp_path: Path) -> None:
    study = study_at(tmp_path / "study")
    canary = CANARY.format(str(tmp_path / "canary"))
    names = ["__init__.py", "setup.py", "conftest.py", "sitecustomize.py", "hubconf.py", "configs/c.py", "json.py"]
    for platform in ("huggingface", "modelscope", "openmmlab", "pytorch_hub"):
        repository(
            study, f"{platform}/o/m", {**dict.fromkeys(names, canary), "configuration.json": '{"plugins": ["x"]}'}
        )
    ran = study.scan()
    rebuilt = study.scan("--from-raw")

    assert (ran.code, rebuilt.code) == (0, 0), ran.err + rebuilt.err
    assert not (tmp_path / "canary").exists()


def test_a_folder_that_is_not_there_is_wrong_input(tmp_path: Path) -> None:
    ran = ScanStudy.at(tmp_path, HUB).scan()

    assert ran.code == 2
    assert "the folder of models cannot be read: No such file or directory" in ran.err
    assert "Traceback" not in ran.err
