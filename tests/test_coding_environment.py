"""Label Studio's own virtual environment."""

import re
import subprocess
from pathlib import Path

import pytest

from codebook.errors import Missing
from coding.label_studio import environment


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUALDEV_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_every_pin_is_exact_and_names_no_host() -> None:
    pins = [line for line in environment.pins().splitlines() if not line.startswith("#")]

    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", pin) for pin in pins)
    assert {"label-studio==1.23.2", "label-studio-sdk==2.1.2"} <= set(pins)
    assert any(pin.startswith("setuptools==") for pin in pins), "Label Studio needs it at run time"
    assert environment.version() == "1.23.2"


def test_the_cache_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert environment.cache() == tmp_path / "cache"
    monkeypatch.delenv("QUALDEV_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert environment.cache() == Path("/x/qualdev")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert environment.cache() == Path.home() / ".cache" / "qualdev"


def test_other_pins_are_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment.folder()
    monkeypatch.setattr(environment, "pins", lambda: "label-studio==1.23.2\nattr==9\n")

    assert re.fullmatch(r"label-studio-1\.23\.2-[0-9a-f]{8}", before.name)
    assert environment.folder() != before


def test_an_installation_that_fails_leaves_nothing_and_shows_the_installers_last_lines(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    part = environment.folder().with_name(environment.folder().name + ".part")
    (part / "bin").mkdir(parents=True)
    (part / "bin" / "python").write_text("what a killed build left")

    told: list[str] = []
    with pytest.raises(Missing, match="could not be installed") as failure:
        environment.python(told.append)
    assert failure.value.exit_code == 4
    assert "No matching distribution found" in str(failure.value)
    assert "needs a network" in str(failure.value)
    assert [line.split(" in ")[0] for line in told] == ["making an environment for Label Studio 1.23.2"]
    assert sorted(p.suffix for p in cache.iterdir()) == [".lock", ".log"]


def test_an_environment_is_made_once_and_works_where_it_was_moved_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "pins", lambda: "# label-studio without its packages\n")
    monkeypatch.setattr(environment, "version", lambda: "0")
    told: list[str] = []
    python = environment.python(told.append)
    again = environment.python(told.append)

    prefix = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True)
    assert again == python
    assert len(told) == 1
    assert Path(prefix.stdout.strip()) == environment.folder()
