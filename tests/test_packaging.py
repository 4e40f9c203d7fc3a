"""``pip install qualdev`` alone: only the declared base dependencies are there, and that is enough to collect."""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from package_study import by_hand, study_at, with_models_and_gates
from packaging.requirements import Requirement

from analysis.package.made import OUTPUTS

ABOUT = """
[sources.github]
kind = "github"
[sources.forum]
kind = "discourse"
[coders]
names = ["coder_a", "coder_b"]
[analysis]
concern = ["SEC"]
confusion = ["USE"]
[analysis.platforms.a]
sites = ["github"]
[analysis.platforms.b]
sites = ["forum"]
[[analysis.beliefs]]
code = "SEC.trust"
belief = "code does not run unasked"
mechanism = "execution gate"
holds_at = ["opt-in", "block"]
"""

ROOT = Path(__file__).resolve().parents[1]


def base_closure(name: str = "qualdev") -> dict[str, Distribution]:
    """The distributions that ``name`` without extras requires, itself left out."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(r) for r in distribution(name).requires or ()]
    while waiting:
        requirement = waiting.pop()
        key = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if requirement.marker and not any(
            requirement.marker.evaluate({"extra": extra}) for extra in (requirement.extras or {""})
        ):
            continue
        if key in found:
            continue
        try:
            found[key] = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        extras = requirement.extras or {""}
        for below in found[key].requires or ():
            parsed = Requirement(below)
            if parsed.marker is None or any(parsed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(Requirement(str(parsed).partition(";")[0]))
    return found


def tops(dist: Distribution) -> Iterator[Path]:
    """What a distribution put directly into site-packages."""
    home = Path(str(dist.locate_file("")))
    for name in {file.parts[0] for file in dist.files or () if file.parts[0] not in ("..", "__pycache__")}:
        yield home / name


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as it would be published."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A virtual environment with the wheel and its base dependencies only; gives its Python."""
    folder = tmp_path_factory.mktemp("light")
    venv.create(folder, with_pip=False)
    (site,) = (folder / "lib").glob("python*/site-packages")
    for dist in base_closure().values():
        for top in tops(dist):
            if not (site / top.name).exists():
                (site / top.name).symlink_to(top)
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    return folder / "bin" / "python"


def call(python: Path, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [str(python), "-m", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False, timeout=120)


def test_the_wheel_holds_the_six_packages_and_the_example(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {n.split("/")[0] for n in names if ".dist-info/" not in n} == {
        "analysis",
        "codebook",
        "coding",
        "collect",
        "platforms",
        "scan",
    }
    assert "codebook/example/study.toml" in names
    assert "codebook/example/codebook.yaml" in names
    assert any(n.startswith("codebook/example/raw/collect/github/") for n in names)
    assert sum(n.startswith("codebook/example/raw/scan/blobs/") for n in names) >= 20
    assert "collect/derive/derive.sql" in names


def test_heavy_packages_are_not_in_the_base() -> None:
    heavy = {
        "torch",
        "bertopic",
        "label-studio-sdk",
        "semgrep",
        "bandit",
        "opencv-python-headless",
        "sentence-transformers",
    }

    assert heavy & set(base_closure()) == set()


def test_the_light_installation_rebuilds_and_analyses_the_example(light: Path, tmp_path: Path) -> None:
    for arguments in (
        ("codebook.cli", "init", "--example", "study"),
        ("collect.cli", "threads", "--from-raw", "--study", "study"),
        ("coding.cli", "pull", "--from-raw", "--study", "study"),
        ("scan.cli", "models", "--from-raw", "--study", "study"),
        ("platforms.cli", "fetch", "--from-raw", "--study", "study"),
        ("codebook.cli", "check", "--study", "study"),
        ("analysis.cli", "crosstab", "theme", "source", "--study", "study"),
    ):
        done = call(light, *arguments, cwd=tmp_path)

        assert done.returncode == 0, done.stderr
    assert "github" in done.stdout


def test_a_package_is_made_again_from_nothing_but_itself(light: Path, tmp_path: Path) -> None:
    """Made with every extra here, unpacked and made again where only the base is installed: the same hashes."""
    study = with_models_and_gates(by_hand(study_at(tmp_path / "study", ABOUT)))
    for arguments in (
        ("coding.cli", "agreement", "--study", "study"),
        ("coding.cli", "saturation", "--study", "study"),
        ("analysis.cli", "package", "--output", "package.zip", "--study", "study"),
    ):
        done = call(Path(sys.executable), *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "package.zip") as packed:
        packed.extractall(tmp_path / "elsewhere")
    shutil.rmtree(study.path)
    (folder,) = (tmp_path / "elsewhere").iterdir()

    checked = call(light, "codebook.cli", "check", "--format", "json", cwd=folder)

    rows = json.loads(checked.stdout)
    assert [row for row in rows if row["result"] == "failed"] == []
    assert checked.returncode == 0, checked.stderr
    confirmed = {row["where"] for row in rows if row["check"] == "has the hash of the manifest"}
    made = {row["where"] for row in rows if row["check"] == "equals what the tables give"}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert confirmed == there - {"manifest-sha256.txt"}
    assert made == {name for name in there if name.startswith("out/")}
    assert {f"out/{output.file}" for output in OUTPUTS if output.file != "latex"} <= made
    assert "out/latex/paper.tex" in made


@pytest.mark.parametrize("stage", ["analysis", "codebook", "coding", "collect", "platforms", "scan"])
def test_every_command_starts_without_extras(light: Path, tmp_path: Path, stage: str) -> None:
    done = call(light, f"{stage}.cli", "--help", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage:")


def test_a_missing_extra_is_one_clear_line(light: Path, tmp_path: Path) -> None:
    call(light, "codebook.cli", "init", "--example", "study", cwd=tmp_path)
    call(light, "collect.cli", "threads", "--from-raw", "--study", "study", cwd=tmp_path)
    environment = os.environ | {"LABEL_STUDIO_URL": "http://127.0.0.1:9", "LABEL_STUDIO_API_KEY": "x"}
    done = subprocess.run(
        [str(light), "-m", "coding.cli", "push", "--study", "study"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "pip install 'qualdev[labelstudio]'" in done.stderr
