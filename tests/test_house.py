"""The rules that the design sets for the code itself."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("analysis", "codebook", "coding", "collect", "platforms", "scan")
CODE = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc"}


@pytest.mark.parametrize("path", [*CODE, *TESTS], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_has_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_function_has_at_most_40_lines(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]

    long = [f.name for f in functions if (f.end_lineno or f.lineno) - f.lineno + 1 > 40]
    assert long == []


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_name_says_what_is_in_it_and_is_not_the_standard_librarys(path: Path) -> None:
    assert path.stem not in FORBIDDEN
    assert path.stem not in sys.stdlib_module_names or path.stem == "__init__"


def test_stages_share_the_codebook_and_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "1 kept, 0 broken" in done.stdout


def test_the_top_level_holds_what_the_design_allows() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False).stdout
    if not tracked:
        pytest.skip("not a git checkout, so what is tracked cannot be told")
    allowed = {*PACKAGES, "tests", ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md"}

    assert {line.split("/")[0] for line in tracked.splitlines()} <= allowed | {"pyproject.toml", "requirements.lock"}


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_typed_documented_and_has_a_command(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
    assert import_module(package).__doc__
    assert import_module(f"{package}.cli").cli.help
