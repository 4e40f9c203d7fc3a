"""A peer's own virtual environment, made on first use in the user's cache folder from its lock file.

Peers have licences and pins of their own: they are neither dependencies of the project nor imported by it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from coding.label_studio.environment import cache


class NotThereError(Exception):
    """It could not be installed; says why."""


def version(peer: str) -> str:
    """The version of a peer that is installed."""
    lines = _pins(peer).read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1] for line in lines if line.startswith(f"{peer}=="))


def python(peer: str) -> Path:
    """The Python of a peer's environment; ``<peer>.lock`` beside this file says what is in it.

    Raises:
        NotThereError: There is no network, or no such version any more.
    """
    pins = _pins(peer)
    known_by = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:8]
    place = cache() / f"{peer}-{version(peer)}-{known_by}"
    done = place / ".done"
    if not done.exists():
        shutil.rmtree(place, ignore_errors=True)  # of a build that was killed
        interpreter = str(place / "bin" / "python")
        _step(sys.executable, "-m", "venv", str(place))
        _step(interpreter, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", str(pins))
        done.touch()
    return place / "bin" / "python"


def _pins(peer: str) -> Path:
    return Path(__file__).with_name(f"{peer}.lock")


def _step(*command: str) -> None:
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    ran = subprocess.run(command, capture_output=True, text=True, env=own, check=False)
    if ran.returncode:
        raise NotThereError((ran.stderr or ran.stdout).strip().splitlines()[-1])
