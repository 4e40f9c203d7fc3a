"""``scan fetch`` over every kind of hub: what is code or configuration comes, whatever route leads to it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hub_rigs import RIGS
from scan_study import ScanStudy
from sites.modelscope import ModelScopeSite, ScopeModel
from sites.opencsg import CsgModel, OpenCSGSite
from sites.server import FakeSite, LocalSite, Reply
from test_scan_fetch import scan

from codebook.blobs import Blobs
from codebook.rows import Model, ModelFile
from scan import HUBS
from scan.fetch.records import UNPINNED
from scan.folder.options import is_kept


def section(kind: str, base_url: str, options: dict[str, object]) -> str:
    keys = {"kind": kind, "base_url": base_url} | options
    return "[hubs.here]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


@pytest.mark.parametrize("kind", sorted(set(HUBS) - {"huggingface"}))
def test_contents_come_from_every_kind_of_hub(kind: str, tmp_path: Path) -> None:
    with RIGS[kind](tmp_path) as world:
        study = ScanStudy.at(tmp_path, section(kind, world.base_url, world.options))
        assert scan(study, "models").exit_code == 0
        odd = {(row.model_id, row.path, row.problem) for row in study.study.read(ModelFile) if row.problem}
        ran = scan(study, "fetch", "--all")
        assert ran.exit_code == 0, ran.stderr
        asked = len(world.seen)
        again = scan(study, "fetch", "--all")
    rows = [row for row in study.study.read(ModelFile) if is_kept(row.path)]
    had = [row for row in rows if not row.problem]
    blobs = Blobs.of(study.study)

    assert had
    assert {(row.model_id, row.path, row.problem) for row in rows if row.problem} == odd, "what no list could show"
    assert all(row.sha256 and blobs.has(row.sha256) for row in had)
    assert again.exit_code == 0
    assert len(world.seen) == asked, "a later run asks for nothing that is there"


def scope(folder: Path, files: dict[str, bytes], **replies: Reply) -> tuple[dict[str, ModelFile], list[str]]:
    """The rows of a model on ModelScope, which tells hashes and sizes, and the files that were asked for by fetch."""
    site = ModelScopeSite([ScopeModel("o/m", tags=("custom_code",), files=files)])

    with LocalSite(site) as local:
        study = ScanStudy.at(folder, section("modelscope", local.base_url, {}))
        assert scan(study, "models").exit_code == 0
        listed = len(local.seen)
        local.fault = lambda _, asked: replies.get(asked.first("FilePath").partition(".")[0])
        ran = scan(study, "fetch")
        assert ran.exit_code == 0, ran.stderr
        asked = [each.first("FilePath") for each in local.seen[listed:]]
    return {row.path: row for row in study.study.read(ModelFile)}, asked


def test_a_content_that_is_here_is_not_asked_for_again_where_the_hub_tells_its_hash(tmp_path: Path) -> None:
    _, asked = scope(tmp_path, {"a.py": b"x = 1\n", "b.py": b"x = 1\n", "c.bin": b"x = 1\n"})

    assert asked == ["a.py"]


def test_what_is_not_the_file_that_was_asked_for_is_not_kept(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
    rows, _ = scope(
        tmp_path,
        {f"{name}.py": b"x = 1\n" for name in ("hash", "size", "pointer", "html")} | {"right.py": b"y = 1\n"},
        hash=Reply(200, b"x = 2\n"),
        size=Reply(200, b"x = 1\n" * 9),
        pointer=Reply(200, pointer),
        html=Reply(200, b"\n<!DOCTYPE html><title>Sign in</title>"),
    )

    assert {path: row.problem for path, row in rows.items()} == {
        "hash.py": "what came does not have the SHA-256 that the hub tells",
        "size.py": "54 bytes came, and the hub says that it has 6",
        "pointer.py": "a Git LFS pointer came in place of it",
        "html.py": "a page of HTML came in place of it",
        "right.py": None,
    }
    assert rows["right.py"].sha256 == sha256(b"y = 1\n").hexdigest()
    assert [path.name for path in (tmp_path / "raw/scan/blobs").glob("*/*")] == [rows["right.py"].sha256]


USER = {"config.json": b'{"auto_map": {"AutoModel": "lab/base--m.C", "AutoConfig": "lab/gone--m.C"}}'}
BASE = {"config.json": b'{"auto_map": {"AutoModel": "m.C"}}', "m.py": b"class C: ...\n"}
SITES: dict[str, FakeSite] = {
    "modelscope": ModelScopeSite([ScopeModel("o/user", files=USER, downloads=9), ScopeModel("lab/base", files=BASE)]),
    "opencsg": OpenCSGSite([CsgModel("o/user", files=USER, downloads=9), CsgModel("lab/base", files=BASE)]),
}


@pytest.mark.parametrize("kind", sorted(SITES))
def test_code_of_another_repository_is_followed_there(kind: str, tmp_path: Path) -> None:
    """The list shows the other one, too, but not to a study that asks for the files of one model only."""
    with LocalSite(SITES[kind]) as local:
        study = ScanStudy.at(tmp_path, section(kind, local.base_url, {"files_limit": 1}))
        listed = scan(study, "models")
        assert listed.exit_code == 0, listed.stderr
        ran = scan(study, "fetch", "--max-wait", "60")
        assert ran.exit_code == 0, ran.stderr
    found = {(row.owner, row.name, row.role): row for row in study.study.read(Model)}
    base, gone = found["lab", "base", "followed"], found["lab", "gone", "followed"]
    files = {row.path: row for row in study.study.read(ModelFile) if row.model_id == base.model_id}

    assert (base.revision, base.named_by, base.problem) == (
        "c" * 40,
        ("o/user: config.json auto_map.AutoModel",),
        UNPINNED,
    )
    assert (gone.revision, gone.problem is not None) == (None, True)
    assert {path: (row.relevant, row.problem) for path, row in files.items()} == {
        "config.json": (False, None),
        "m.py": (True, None),
    }
