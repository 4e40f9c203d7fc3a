"""A package that would leave a canary if ever installed or imported leaves none, in any command of ``platforms``."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from platform_study import HEAD, sources, wheel
from sites.package_index import Archive, PackageIndexSite
from sites.server import LocalSite, Reply

from platforms.cli import cli

COMMANDS: dict[str, list[list[str]]] = {
    "fetch": [["fetch"], ["fetch", "--from-raw"]],
    "status": [["status"], ["status", "--format", "json"]],
    "claims": [["claims", "--format", "json"], ["claims", "--check"]],
    "matrix": [["matrix"], ["matrix", "--format", "json"]],
    "timeline": [["timeline"], ["timeline", "--changes", "--format", "json"]],
    "diff": [["diff", "--since", "2021-01-01"], ["diff", "--package", "torch", "--between", "0.9", "1.0"]],
    "coverage": [["coverage"]],
    "disagreements": [["disagreements"]],
}
"""Every command of ``platforms``, in the order in which they are run; each is to end with 0."""

PACKAGES = {
    "transformers": ("transformers/dynamic_module_utils.py", "transformers/models/auto/auto_factory.py"),
    "torch": ("torch/hub.py", "torch/serialization.py"),
    "mmengine": ("mmengine/config/config.py",),
}
PLANTED = ("__init__.py", "__main__.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "cli.py")
ROOT = ("setup.py", "sitecustomize.py", "click.py", "ast.py", "json/__init__.py", "platforms/cli.py", "planted.pth")


def archives(package: str, code: bytes) -> list[Archive]:
    """A wheel and an archive of sources, in which all that could be run would leave the canary."""
    gate = (
        b"def load(repo, trust_repo=None, trust_remote_code=None, weights_only=False, revision=None):\n    exec(repo)\n"
    )
    files = {f"{package}/{name}": code + gate for name in PLANTED}
    files |= dict.fromkeys(PACKAGES[package], code + gate)
    files |= dict.fromkeys(ROOT, code)
    files[f"{package}-1.0.data/scripts/run"] = b"#!python\n" + code
    files[f"{package}-1.0.dist-info/entry_points.txt"] = f"[console_scripts]\n{package} = {package}.cli:x\n".encode()
    return [
        Archive(f"{package}-1.0-py3-none-any.whl", wheel(files)),
        Archive(f"{package}-0.9.tar.gz", sources(files, f"{package}-0.9"), "2022-01-02T00:00:00Z"),
    ]


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, bytes]:
    """Where the canary would be, and the code that would leave it."""
    canary = tmp_path / "canary"
    return canary, f"import os; open({str(canary)!r}, 'a').write(__file__)\n".encode()


RUN = """
import sys
sys.path[:] = [each for each in sys.path if each]  # as it is installed: the working folder is not on the import path
import json
from platforms.cli import cli
for arguments in json.loads(sys.argv[1]):
    try:
        cli.main([*arguments, "--study", sys.argv[2]], prog_name="platforms")
    except SystemExit as end:
        print(json.dumps([arguments, end.code]), file=sys.stderr)
"""


def _ran(study: Path, folder: Path, index: str) -> subprocess.CompletedProcess[str]:
    """Run every command in a process whose working folder is ``folder``; pip is asked where the index is."""
    arguments = json.dumps([each for commands in COMMANDS.values() for each in commands])
    mine = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-c", RUN, arguments, str(study)],
        cwd=folder,
        env=mine | {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_command_is_tried_here() -> None:
    assert isinstance(cli, click.Group)
    assert set(COMMANDS) == set(cli.commands)


def test_no_command_executes_anything_of_a_package(tmp_path: Path, planted: tuple[Path, bytes]) -> None:
    """The working folder has the unpacked package in it, which would be imported were it on the path."""
    canary, code = planted
    study, folder = tmp_path / "study", tmp_path / "folder"
    for name in (*ROOT, *(f"transformers/{each}" for each in PLANTED), "pip/__init__.py", "pip/__main__.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(code)
    page = Reply(200, b"<html><script>x</script><p>" + code + b"</p></html>", {"Content-Type": "text/html"})
    site = PackageIndexSite({name: archives(name, code) for name in PACKAGES}, pages={"/page": page})
    study.mkdir()
    with LocalSite(site) as local:
        keys = f"packages = {json.dumps(list(PACKAGES))}\n"
        pages = f'[platforms.pages]\nhuggingface = ["{local.base_url}/page"]\n'
        (study / "study.toml").write_text(HEAD + keys + pages, encoding="utf-8")
        done = _ran(study, folder, f"{local.base_url}/simple")
    left = sorted(tmp_path.rglob("__pycache__"))

    assert [line for line in done.stderr.splitlines() if line.startswith("[[")] == [
        json.dumps([arguments, 0]) for each in COMMANDS.values() for arguments in each
    ], done.stderr
    assert not canary.exists()
    assert left == []
    assert "transformers" in done.stdout
    names = {path.name for path in study.rglob("*") if path.is_file()}
    assert not names & {Path(name).name for name in (*PLANTED, *ROOT)}, "no member is a file of its own name"


def test_the_canary_would_be_left(tmp_path: Path, planted: tuple[Path, bytes]) -> None:
    """Without this, the test above would hold of anything."""
    canary, code = planted
    (tmp_path / "setup.py").write_bytes(code)
    subprocess.run([sys.executable, "setup.py"], cwd=tmp_path, check=True, timeout=60)

    assert canary.read_text(encoding="utf-8")
