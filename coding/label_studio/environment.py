"""Label Studio's own virtual environment, made on first use and shared by all studies of a user.

Label Studio pins some hundred packages, among them old ones; they must not meet ours. The environment lies in the
user's cache folder and is named after what is in it, so that another version is another folder. It is built aside and
renamed, so that what is there is whole.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from filelock import FileLock

from codebook.errors import Missing

Tell = Callable[[str], None]

_SAID = 5
"""Last lines of pip that an error shows."""


def pins() -> str:
    """Label Studio and everything it needs, one ``name==version`` a line."""
    return (files("coding.label_studio") / "server.lock").read_text(encoding="utf-8")


def version() -> str:
    """The Label Studio that is installed."""
    return next(line.split("==")[1] for line in pins().splitlines() if line.startswith("label-studio=="))


def cache() -> Path:
    """Where environments are: ``$QUALDEV_CACHE``, else ``qualdev`` in the user's cache folder."""
    if named := os.environ.get("QUALDEV_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qualdev"


def folder() -> Path:
    """The environment's place; its name holds the version and a hash of the pins and of this Python."""
    known_by = f"{pins()}\n{sys.version}\n{sys.base_prefix}"
    return cache() / f"label-studio-{version()}-{hashlib.sha256(known_by.encode()).hexdigest()[:8]}"


def python(tell: Tell) -> Path:
    """The environment's Python; the environment is made if it is not there.

    Raises:
        Missing: It cannot be made, for example because there is no network.
    """
    place = folder()
    interpreter = place / "bin" / "python"
    if interpreter.exists():
        return interpreter
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_name(place.name + ".lock")):
        if not interpreter.exists():
            tell(f"making an environment for Label Studio {version()} in {place}: about 1 GB, some minutes, only once")
            _build(place)
    return interpreter


def _build(place: Path) -> None:
    part = place.with_name(place.name + ".part")
    log = place.with_name(place.name + ".log")
    shutil.rmtree(part, ignore_errors=True)  # of a build that was killed
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    lock = part / "server.lock"
    pip = [str(part / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    steps = ([sys.executable, "-m", "venv", str(part)], [*pip, "install", "--requirement", str(lock)])
    with log.open("wb") as out:
        for step in steps:
            done = subprocess.run(step, stdout=out, stderr=subprocess.STDOUT, env=own, check=False)
            if done.returncode:
                shutil.rmtree(part, ignore_errors=True)
                raise _failed(log)
            lock.write_text(pins(), encoding="utf-8")
    part.rename(place)


def _failed(log: Path) -> Missing:
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SAID:]
    return Missing(
        "Label Studio could not be installed; the installer's last lines:\n    " + "\n    ".join(said),
        where=str(log),
        hint="The first use needs a network. Or set LABEL_STUDIO_URL to a Label Studio that runs elsewhere.",
    )
