"""OpenMMLab: models from the indexes and metafiles of packages, on disk and on a GitHub on this machine."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites.github_repositories import RepositoriesSite
from sites.scanning import Visit
from sites.server import LocalSite

from codebook.errors import StudyError
from scan.bounded_yaml import read
from scan.hub import Registry, SeenFile, SeenModel, SeenShard
from scan.openmmlab import OpenMMLab
from scan.openmmlab.bases import inherited
from scan.openmmlab.metafiles import Entry, Metafile, metafile

Visiting = Callable[..., Visit]
URL = "https://download.openmmlab.example/heron"
METAFILE = f"""\
Collections:
  - Name: Heron
    README: configs/heron/README.md
Models:
  - Name: heron_r50_1x
    In Collection: Heron
    Config: configs/heron/heron_r50.py
    Results:
      - {{Task: Object Detection, Dataset: COCO, Metrics: {{box AP: 35.6}}}}
    Weights: {URL}/heron_r50-3f885b85.pth
  - Name: heron_r50_1x
    Config: configs/heron/gone.py
"""
INDEX = "Import:\n  - configs/heron/metafile.yml\n"


def package(folder: Path, **files: str) -> Path:
    """An unpacked wheel of ``mmheron`` 1.2.0; ``files`` replace its files by their names with ``__`` for ``/``."""
    told = {
        ".mim/model-index.yml": INDEX,
        ".mim/configs/heron/metafile.yml": METAFILE,
        ".mim/configs/heron/heron_r50.py": "model = dict()\n",
        "__init__.py": "raise SystemExit('imported')\n",
    }
    for path, text in (told | {name.replace("__", "/"): text for name, text in files.items()}).items():
        place = folder / "wheel" / "mmheron" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (folder / "wheel" / "mmheron-1.2.0.dist-info").mkdir(parents=True, exist_ok=True)
    return folder / "wheel" / "mmheron"


@pytest.fixture
def visit(tmp_path: Path) -> Visiting:
    return lambda url="", **options: Visit.to(OpenMMLab(), "openmmlab", url, tmp_path, **options)


def test_the_models_of_a_package_with_config_and_weights(visit: Visiting, tmp_path: Path) -> None:
    package(tmp_path)
    heron = visit(paths=["wheel"])

    assert heron.run() == ["mmheron/heron_r50_1x", "mmheron/heron_r50_1x#2"]

    first = SeenModel(
        native_id="mmheron/heron_r50_1x",
        revision="1.2.0",
        tags=("Heron", "Object Detection"),
        task="Object Detection",
        facts={"config": ("configs/heron/heron_r50.py",), "weights": (f"{URL}/heron_r50-3f885b85.pth",)},
        files_whole=True,
    )
    second = SeenModel(
        native_id="mmheron/heron_r50_1x#2",
        revision="1.2.0",
        facts={"config": ("configs/heron/gone.py",), "weights": ()},
        files_whole=True,
        problem="configs/heron/metafile.yml has a name that came before",
    )
    sha256 = "7d25ae9567bdd1666ba89efaedb486a11c9d476b7f4e63c21a2c4cb6f4cf3c75"
    expected = [
        SeenShard(query="mmheron model-index.yml", reported=0),
        SeenShard(
            query="mmheron configs/heron/metafile.yml",
            reported=2,
            hits=("mmheron/heron_r50_1x", "mmheron/heron_r50_1x#2"),
        ),
        first,
        SeenFile(model="mmheron/heron_r50_1x", path="configs/heron/heron_r50.py", sha256=sha256, bytes=15),
        SeenFile(model="mmheron/heron_r50_1x", path="heron_r50-3f885b85.pth"),
        second,
        SeenFile(
            model="mmheron/heron_r50_1x#2",
            path="configs/heron/gone.py",
            problem="it cannot be read: No such file or directory",
        ),
    ]

    assert heron.seen == expected


@pytest.mark.parametrize(
    ("names", "version", "queries"),
    [
        (("src/model-index.yml", "src/configs/heron/metafile.yml", "src/mmheron/version.py"), "1.3.0", 2),
        (
            ("mmheron-1.4.0/model-index.yml", "mmheron-1.4.0/configs/heron/metafile.yml", "mmheron-1.4.0/PKG-INFO"),
            "1.4.0",
            2,
        ),
        (("old/.mim/model_zoo.yml", "old/.mim/configs/heron/metafile.yml"), None, 2),
        (("src/model-index.yml", "src/configs/heron/metafile.yml", "src/configs/b/metafile.yml"), None, 3),
    ],
    ids=["checkout", "archive of sources", "the old name of the index", "a metafile that no index names"],
)
def test_packages_lie_on_disk_in_several_ways(
    visit: Visiting, tmp_path: Path, names: tuple[str, ...], version: str | None, queries: int
) -> None:
    contents = {"PKG-INFO": "Name: mmheron\nVersion: 1.4.0\n", "version.py": "__version__ = '1.3.0'\n"}
    for name in names:
        place = tmp_path / "here" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        text = METAFILE.replace("heron_r50_1x", "other") if "configs/b" in name else METAFILE
        place.write_text(contents.get(place.name) or (INDEX if "configs" not in name else text))
    got = visit(paths=["here"])
    got.run()

    assert {m.revision for m in got.models} == {version}
    assert len(got.shards) == queries
    assert [q for q in got.shards if "no index names" in q] == (
        ["src configs/b/metafile.yml, which no index names"] if queries == 3 else []
    )


def test_a_repository_on_github_is_read_at_its_commit_and_again_only_when_that_changes(visit: Visiting) -> None:
    files = {"model-index.yml": INDEX, "configs/heron/metafile.yml": METAFILE, "configs/heron/heron_r50.py": "x\n"}
    site = RepositoriesSite({"open-mmlab/mmheron": {path: text.encode() for path, text in files.items()}})
    with LocalSite(site) as local:
        first = visit(local.base_url, repos=["open-mmlab/mmheron"])
        assert len(first.run()) == 2
        asked = len(local.seen)
        second = first.later("r2")
        assert second.run() == [m.native_id for m in first.models]
        again = len(local.seen) - asked
        site.commits["open-mmlab/mmheron"] = "d" * 40
        third = first.later("r3")
        third.run()

    assert (asked, again, len(local.seen) - asked - again) == (4, 1, 4)
    assert second.models == first.models
    assert {m.revision for m in third.models} == {"d" * 40}
    assert [(f.path, f.bytes) for f in first.files][:2] == [
        ("configs/heron/heron_r50.py", 2),
        ("heron_r50-3f885b85.pth", None),
    ]
    assert third.shards["open-mmlab/mmheron configs/heron/metafile.yml"] == (2, 2, True, None)


def test_a_repository_that_is_not_there_is_a_shard_that_says_so(visit: Visiting) -> None:
    with LocalSite(RepositoriesSite({})) as local:
        got = visit(local.base_url, repos=["open-mmlab/none"])

        assert got.run() == []

    reason = "GitHub does not give it: HTTP 404 Not Found"
    assert got.shards == {"open-mmlab/none model-index.yml": (None, 0, False, reason)}


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


def test_the_keys_need_one_source_and_names_of_repositories() -> None:
    with pytest.raises(ValueError, match="name packages in"):
        OpenMMLab().Options()
    with pytest.raises(ValueError, match="is not owner/name"):
        OpenMMLab().Options.model_validate({"repos": ["mmdetection"]})


def test_where_the_bytes_of_a_config_are(tmp_path: Path) -> None:
    root = package(tmp_path)
    options = OpenMMLab().Options.model_validate({"paths": ["wheel"], "repos": ["open-mmlab/mmheron"]})
    registry = Registry(name="mm", kind="openmmlab", folder=tmp_path, options=options)

    assert options.content(registry, "mmheron/x", "1.2.0", "configs/a.py") == root / ".mim/configs/a.py"
    assert options.content(registry, "open-mmlab/mmheron/x", "d" * 40, "configs/a b.py") == (
        f"https://raw.githubusercontent.com/open-mmlab/mmheron/{'d' * 40}/configs/a%20b.py"
    )


def test_what_a_config_inherits_from_is_listed_with_the_model_and_kept(visit: Visiting, tmp_path: Path) -> None:
    told = {
        "heron/heron_r50.py": "_base_ = ['../_base_/a.py', 'mmx::../_base_/b.py', '../../../../../etc/passwd']\n",
        "_base_/a.py": "_base_ = '../heron/heron_r50.py'\n",
        "_base_/b.py": "with read_base():\n    from .c import *\n    from ...none import *\n",
        "_base_/c.py": "raise SystemExit('imported')\n",
    }
    package(tmp_path, **{f".mim/configs/{path}": text for path, text in told.items()})
    got = visit(paths=["wheel"])
    got.run()

    paths = [f.path for f in got.files if f.model == "mmheron/heron_r50_1x"]
    bases = ["configs/_base_/a.py", "configs/_base_/b.py", "configs/_base_/c.py"]
    assert paths == ["configs/heron/heron_r50.py", *bases, "heron_r50-3f885b85.pth"]
    kept = {path.name for path in (tmp_path / "raw" / "scan" / "blobs").rglob("*") if path.is_file()}
    assert kept == {f.sha256 for f in got.files if f.sha256}
    assert len(kept) == 4


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    tree, problem = read(content)

    assert problem is None or (tree is None and problem)
    assert isinstance(metafile(content), Metafile)
    assert inherited("a/b.py", {"a/b.py": b"_base_ = [" + content + b"]"}.get) == []
