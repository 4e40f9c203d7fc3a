"""perceval's own virtual environment, made on first use in the user's cache folder from ``perceval.lock``.

perceval is GPL-3 and has pins of its own: it is neither a dependency of the project nor imported by it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from coding.label_studio.environment import cache

PINS = Path(__file__).with_name("perceval.lock")


class NotThereError(Exception):
    """It could not be installed; says why."""


def version() -> str:
    """The perceval that is installed."""
    lines = PINS.read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1] for line in lines if line.startswith("perceval=="))


def python() -> Path:
    """The environment's Python.

    Raises:
        NotThereError: There is no network, or no such version any more.
    """
    known_by = hashlib.sha256(PINS.read_bytes() + sys.version.encode()).hexdigest()[:8]
    place = cache() / f"perceval-{version()}-{known_by}"
    done = place / ".done"
    if not done.exists():
        shutil.rmtree(place, ignore_errors=True)  # of a build that was killed
        interpreter = str(place / "bin" / "python")
        _step(sys.executable, "-m", "venv", str(place))
        _step(interpreter, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", str(PINS))
        done.touch()
    return place / "bin" / "python"


def _step(*command: str) -> None:
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    ran = subprocess.run(command, capture_output=True, text=True, env=own, check=False)
    if ran.returncode:
        raise NotThereError((ran.stderr or ran.stdout).strip().splitlines()[-1])
