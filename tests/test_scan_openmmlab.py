"""OpenMMLab: models from the indexes and metafiles of packages, on disk and on a GitHub on this machine."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sites.github_repositories import RepositoriesSite
from sites.openmmlab import INDEX, METAFILE, URL, package
from sites.scanning import Visit
from sites.server import LocalSite

from scan.hub import Registry, SeenFile, SeenModel, SeenShard
from scan.openmmlab import OpenMMLab

Visiting = Callable[..., Visit]


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
