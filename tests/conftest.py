"""What all tests share: study folders, commands run as a user runs them, no network, nothing of the user's touched."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from codebook.study import Study

pytest_plugins = ("live_studio", "page_watched")

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Recorded real data beside the checkout, where it is there; the suite passes without it."""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection to another machine fails the test that tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> object:
        if self.family != socket.AF_UNIX and isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STUDY", "GITHUB_TOKEN", "HF_TOKEN", "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """Give a path in the recorded data, or skip the test with the reason."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"the recorded data {name} is not beside this checkout")
        return path

    return find


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    """Make a study folder: ``make_study(toml, codebook=..., name=...)``; ``toml`` follows the ``[study]`` section."""

    def make(toml: str = "", *, codebook: str | None = None, name: str = "study") -> Study:
        folder = tmp_path / name
        folder.mkdir()
        head = '[study]\ntitle = "A test"\nkeywords = ["trust_remote_code", "trust_repo"]\n'
        dates = "since = 2019-01-01\nuntil = 2026-01-01\n"
        (folder / "study.toml").write_text(head + dates + toml, encoding="utf-8")
        if codebook is not None:
            (folder / "codebook.yaml").write_text(codebook, encoding="utf-8")
        return Study.open(folder)

    return make


@dataclass(frozen=True)
class Ran:
    """A command that has run: exit status, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def run() -> Iterator[Callable[..., Ran]]:
    """Run a command in a process of its own, as a user does: ``run("collect", "threads", "--study", path)``."""

    def command(stage: str, *arguments: object, timeout: float = 300, **env: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", f"{stage}.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=os.environ | env,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return command


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """In CI a live test that is skipped has failed: nobody would look."""
    skipped = call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception)
    if skipped and os.environ.get("CI") == "true" and item.get_closest_marker("live"):
        call.excinfo = pytest.ExceptionInfo.from_exception(AssertionError(f"live test skipped in CI: {call.excinfo}"))
