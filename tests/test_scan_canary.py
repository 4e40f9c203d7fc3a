"""A file that would leave a canary if ever imported leaves none, in any command, also with the repository around it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from sites.hub_code import CodeModel, HubCodeSite
from sites.server import LocalSite

from scan.cli import cli

COMMANDS: dict[str, list[list[str]]] = {
    "status": [["status"], ["status", "--format", "json"]],
    "models": [["models"], ["models", "--from-raw"]],
    "fetch": [["fetch"], ["fetch", "--all"]],
    "code": [["code"], ["code", "--all"], ["code", "--from-raw"]],
    "export": [["export", "--sarif", "{study}/out.sarif"]],
    "import": [["import", "--sarif", "{study}/out.sarif"]],
}
"""Every command of ``scan``, with the options under which it reads repositories."""

PLANTED = (
    *("__init__.py", "setup.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "hubconf.py", "ms_wrapper.py"),
    *("modeling_x.py", "configuration_x.py", "custom_generate/generate.py", "configs/a.py", "configs/_base_/b.py"),
    *("scan/__init__.py", "scan/cli.py", "scan/relevance/worker.py", "codebook/__init__.py", "click.py", "ast.py"),
    *("json/__init__.py", "re.py", "types.py", "struct.py", "duckdb/__init__.py", "encodings/planted.py", "yaml.py"),
)
CONFIGS = {
    "config.json": json.dumps({"auto_map": {"AutoConfig": "configuration_x.X", "AutoModel": "modeling_x.X"}}),
    "configuration.json": json.dumps({"allow_remote": True, "plugins": ["planted"]}),
    "model_index.json": json.dumps({"_class_name": ["modeling_x", "X"]}),
    "modules.json": json.dumps([{"type": "modeling_x.X", "path": ""}]),
    "planted.pth": "import sys; open({canary!r}, 'a').write('pth')\n",
}


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A study, a model in its registry, and where the canary would be."""
    study, models, canary = tmp_path / "study", tmp_path / "models", tmp_path / "canary"
    code = f"open({str(canary)!r}, 'a').write(__file__)\n"
    for platform in ("huggingface", "modelscope", "opencsg", "openmmlab", "pytorch_hub"):
        model = models / platform / "owner" / "name"
        for name in PLANTED:
            (model / name).parent.mkdir(parents=True, exist_ok=True)
            (model / name).write_text(code, encoding="utf-8")
        for name, text in CONFIGS.items():
            (model / name).write_text(text.replace("{canary!r}", repr(str(canary))), encoding="utf-8")
        (model / "coded.py").write_text(f"# coding: planted\n{code}", encoding="utf-8")
    study.mkdir()
    head = '[study]\ntitle = "A test"\nkeywords = ["trust_remote_code"]\n'
    hub = f'[hubs.registry]\nkind = "folder"\npath = {json.dumps(str(models))}\n'
    (study / "study.toml").write_text(head + hub, encoding="utf-8")
    return study, models, canary


def _ran(arguments: list[str], study: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as it is installed: its own folder is first on the import path, never the working folder."""
    code = "import sys; sys.path[:] = [p for p in sys.path if p]; from scan.cli import cli; cli(prog_name='scan')"
    return subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            *(each.replace("{study}", str(study)) for each in arguments),
            "--study",
            str(study),
        ],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_command_is_tried_here() -> None:
    assert isinstance(cli, click.Group)
    assert set(COMMANDS) == set(cli.commands)


@pytest.mark.parametrize("inside", ["huggingface", "pytorch_hub"])
def test_no_command_executes_anything_of_a_repository(inside: str, planted: tuple[Path, Path, Path]) -> None:
    study, models, canary = planted
    folder = models / inside / "owner" / "name"
    order = ("models", "fetch", "code", "export", "import", "status")
    done = [_ran(arguments, study, folder) for name in order for arguments in COMMANDS[name]]
    left = sorted(models.rglob("__pycache__"))

    assert [(each.returncode, each.stderr if each.returncode else "") for each in done] == [(0, "")] * len(done)
    assert not canary.exists()
    assert left == []


def test_nothing_that_is_fetched_is_executed(planted: tuple[Path, Path, Path]) -> None:
    """The same repository on a hub; it takes code from another one that is planted, too."""
    study, models, canary = planted
    folder = models / "huggingface" / "owner" / "name"
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    reference = json.dumps({"auto_map": {"AutoModel": "owner/other--modeling_x.X"}}).encode()
    tags = ("custom_code",)
    first = CodeModel("owner/name", files | {"tokenizer_config.json": reference}, tags)
    with LocalSite(HubCodeSite([first, CodeModel("owner/other", files, listed=False)])) as local:
        hub = f'[hubs.hf]\nkind = "huggingface"\nbase_url = "{local.base_url}"\n'
        (study / "study.toml").write_text('[study]\ntitle = "A test"\nkeywords = ["a"]\n' + hub, encoding="utf-8")
        done = [_ran(arguments, study, folder) for arguments in (["models"], ["fetch"], ["models", "--from-raw"])]
        asked = [each.path for each in local.seen if each.path.endswith("sitecustomize.py")]

    assert [(each.returncode, each.stderr if each.returncode else "") for each in done] == [(0, "")] * len(done)
    assert len(asked) == 4, "both repositories, each file behind a redirect"
    assert not canary.exists()


def test_the_canary_would_be_left(planted: tuple[Path, Path, Path]) -> None:
    """Without this, the test above would hold of anything."""
    _, models, canary = planted
    folder = models / "huggingface" / "owner" / "name"
    subprocess.run([sys.executable, "-c", "import hubconf"], cwd=folder, check=True, timeout=60)

    assert canary.read_text(encoding="utf-8")
