"""OpenMMLab: metafiles and packages that are broken, hostile, or not there."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.openmmlab import METAFILE, package
from sites.scanning import Visit

from codebook.errors import StudyError
from scan.bounded_yaml import read
from scan.openmmlab import OpenMMLab
from scan.openmmlab.bases import inherited
from scan.openmmlab.metafiles import Entry, Metafile, metafile

Visiting = Callable[..., Visit]


@pytest.fixture
def visit(tmp_path: Path) -> Visiting:
    return lambda url="", **options: Visit.to(OpenMMLab(), "openmmlab", url, tmp_path, **options)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Models: [", "it is no valid YAML (ParserError)"),
        ("!!python/object/apply:os.system ['touch canary']", "it is no valid YAML (ConstructorError)"),
        ("Models: !!binary 7", "it is no valid YAML"),
        ("[" * 5000, "its values are nested more than 50 deep, and it is not read"),
        ("a: 1\na: 2\n", "it is no valid YAML (DuplicateKeyError)"),
        ("just words", "it is neither a list of models nor an index"),
        ("Models: {a: 1}", "its `Models` is no list"),
        (
            "a: &a [x, y]\nb: [" + "*a, " * 200_000 + "*a]",
            "with its aliases written out it has more than 500000 values",
        ),
    ],
    ids=["broken", "a tag", "a value that is not of its tag", "nested", "twice", "a word", "no list", "aliases"],
)
def test_broken_and_hostile_metafiles_are_shards_that_say_so(
    visit: Visiting, tmp_path: Path, text: str, problem: str
) -> None:
    package(tmp_path, **{".mim__configs__heron__metafile.yml": text})
    got = visit(paths=["wheel"])

    assert got.run() == []
    reported, hits, whole, reason = got.shards["mmheron configs/heron/metafile.yml"]
    assert (reported, hits, whole) == (None, 0, False)
    assert str(reason).startswith(problem)
    assert not (tmp_path / "canary").exists()


def test_a_bomb_of_aliases_is_not_read() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    problem = "with its aliases written out it has more than 500000 values, and is not read"

    assert metafile(("\n".join(lines) + "\nModels: *a9\n").encode()) == Metafile(problem=problem)


def test_entries_that_are_no_models_are_counted_and_odd_values_are_read() -> None:
    text = "Models: [7, null, {Name: 2020-01-01}, {name: 3.5, config: [a.py, a.py, 7], weights: {x: 1}}, {Name: [x]}]"

    expected = (Entry("2020-01-01"), Entry("3.5", ("a.py", "7")), Entry(""))
    assert metafile(text.encode()) == Metafile(expected, 5)


def test_no_path_leads_out_of_the_package_and_nothing_but_regular_files_is_read(
    visit: Visiting, tmp_path: Path
) -> None:
    (tmp_path / "secret.yml").write_text(METAFILE)
    imports = ["../../../secret.yml", str(tmp_path / "secret.yml"), "link.yml", "pipe.yml", "folder.yml", "none.yml"]
    root = package(tmp_path, **{".mim__model-index.yml": f"Import: {imports}\n"}) / ".mim"
    (root / "link.yml").symlink_to(tmp_path / "secret.yml")
    os.mkfifo(root / "pipe.yml")
    (root / "folder.yml").mkdir()
    got = visit(paths=["wheel"])
    got.run()

    problems = {
        query.removeprefix("mmheron "): reason for query, (_, _, whole, reason) in got.shards.items() if not whole
    }
    out = "its path leads out of the package"
    assert problems == {
        "../../../secret.yml": out,
        str(tmp_path / "secret.yml"): out,
        "link.yml": "it is outside of the package",
        "pipe.yml": "it is no regular file",
        "folder.yml": "it cannot be read: Is a directory",
        "none.yml": "it cannot be read: No such file or directory",
    }


def test_indexes_that_name_each_other_end(visit: Visiting, tmp_path: Path) -> None:
    told = {".mim__model-index.yml": "Import: [a.yml]\n", ".mim__a.yml": "Import: [model-index.yml, a.yml]\n"}
    package(tmp_path, **told)
    got = visit(paths=["wheel"])
    got.run()

    assert sorted(got.shards) == [
        "mmheron a.yml",
        "mmheron configs/heron/metafile.yml, which no index names",
        "mmheron model-index.yml",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"paths": ["nowhere"]}, "nowhere: cannot be read: No such file or directory"),
        ({"paths": ["empty"]}, "neither it nor a folder in it has a model-index.yml"),
        ({"packages": ["no-such-package"]}, "'no-such-package' is not installed here"),
        ({"packages": ["click"]}, "'click' has no model-index.yml"),
        ({"paths": ["wheel", "wheel/mmheron"]}, "there are two packages 'mmheron'"),
    ],
    ids=["nowhere", "empty", "not installed", "no index", "twice"],
)
def test_what_is_no_package_is_told(visit: Visiting, tmp_path: Path, options: dict[str, Any], said: str) -> None:
    package(tmp_path)
    (tmp_path / "empty").mkdir()

    with pytest.raises(StudyError, match=said):
        visit(**options).run()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    tree, problem = read(content)

    assert problem is None or (tree is None and problem)
    assert isinstance(metafile(content), Metafile)
    assert inherited("a/b.py", {"a/b.py": b"_base_ = [" + content + b"]"}.get) == []
