"""A Label Studio of the study's own: started, found again, stopped.

Everything it knows lies in ``.private/label-studio/`` of the study. It is bound to 127.0.0.1 and contacts nobody. A
lock on ``server.lock`` is inherited by the server's process and goes with it, however it ends; so whether a server
runs never depends on a process number that may have been given away again.
"""

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from codebook.errors import Missing, StudyError
from codebook.study import Study
from coding.label_studio import private_file
from coding.label_studio.studio import Address
from coding.projects.label import marker

START_SECONDS = 300
STOP_SECONDS = 15
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
_QUIET = {
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",  # empty is off; unset would be Label Studio's own
    "FRONTEND_SENTRY_DSN": "",
    "FEATURE_FLAGS_OFFLINE": "true",
    "DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "LOG_LEVEL": "INFO",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs, or is starting."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


class Server:
    """The Label Studio of one study.

    Args:
        study: The study folder.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.folder = study.private / "label-studio"
        self.log = self.folder / "server.log"
        self._state = self.folder / "server.json"

    def running(self) -> Running | None:
        """The server that runs, if one does; what a dead one left behind is passed over."""
        if not self.folder.exists():
            return None
        with self._lock() as held:
            if held is not None:
                return None
        left = private_file.load(self._state)
        if not left:
            raise StudyError(
                "a Label Studio of this study is just being started",
                where=str(self.folder),
                hint="Run the same command again in a moment.",
            )
        return Running(left["pid"], left["port"])

    def start(self, python: Path, port: int | None = None) -> Running:
        """Start it; it answers after :meth:`wait`.

        Args:
            python: The Python that has Label Studio.
            port: Where it is to listen; None for the one it had before, or any free one.

        Raises:
            StudyError: One is running already, or the port is taken.
        """
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(data / "export", ignore_errors=True)  # copies of what was downloaded, of no use to anybody
        with self._lock() as held:
            if held is None:
                raise StudyError("this study's Label Studio runs already", hint="To end it: coding serve --stop")
            chosen = _free_port(port, private_file.load(self._state).get("port"))
            self._state.unlink(missing_ok=True)
            arguments = ["start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(chosen)]
            with self.log.open("ab") as log:
                process = subprocess.Popen(  # the lock and the log stay open in it
                    [str(python), "-m", "label_studio.server", *arguments, "--data-dir", str(data)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._environment(chosen, data),
                    cwd=self.folder,
                    pass_fds=(held,),
                    start_new_session=True,
                )
            begun = Running(process.pid, chosen)
            private_file.save(self._state, asdict(begun))
        return begun

    def wait(self, begun: Running, seconds: float = START_SECONDS) -> None:
        """Return when it answers.

        Raises:
            Missing: It ended, or does not answer in time; the log's last lines are shown.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if healthy(begun.url):
                return
            _reap(begun.pid)
            if self.running() is None:
                raise self._failed("ended while it was starting")
            time.sleep(0.3)
        self.stop()
        raise self._failed(f"did not answer in {seconds:.0f} s")

    def stop(self) -> bool:
        """End it; False if none was running."""
        running = self.running()
        if running is None:
            return False
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(running.pid, number)
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline:
                _reap(running.pid)
                if self.running() is None:
                    return True
                time.sleep(0.1)
        return True

    def address(self) -> Address | None:
        """How to reach it with its administrator's token; None if it does not run."""
        running = self.running()
        return Address(running.url, self.admin()["token"], str(self._admin), own=True) if running else None

    def admin(self) -> dict[str, str]:
        """E-mail, password and token of its administrator, made on first use."""
        kept = private_file.load(self._admin)
        if not kept:
            kept = {
                "email": f"admin@{marker(self.study)}.qualdev.invalid",
                "password": secrets.token_urlsafe(18),
                "token": secrets.token_hex(20),
            }
            private_file.save(self._admin, kept)
        return kept

    @property
    def _admin(self) -> Path:
        return self.folder / "admin.json"

    @contextmanager
    def _lock(self) -> Iterator[int | None]:
        """The server's lock, held; None if the server has it."""
        handle = os.open(self.folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                yield handle
        finally:
            os.close(handle)

    def _environment(self, port: int, data: Path) -> dict[str, str]:
        """All it is told; nothing else of the user's environment reaches it, as it reads names like DEBUG and HOST."""
        admin = self.admin()
        own = {
            "LABEL_STUDIO_BASE_DATA_DIR": str(data),
            "LABEL_STUDIO_USERNAME": admin["email"],
            "LABEL_STUDIO_PASSWORD": admin["password"],
            "LABEL_STUDIO_USER_TOKEN": admin["token"],
            "LABEL_STUDIO_HOST": f"http://127.0.0.1:{port}",
        }
        return {name: os.environ[name] for name in _KEPT if name in os.environ} | _QUIET | own

    def _failed(self, what: str) -> Missing:
        said = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        return Missing(
            f"Label Studio {what}; its last lines:\n    " + "\n    ".join(said),
            where=str(self.log),
            hint="Correct what they name, and run the same command again.",
        )


def healthy(url: str) -> bool:
    """Whether a Label Studio answers at ``url``."""
    try:
        return bool(requests.get(f"{url}/health", timeout=5).json() == {"status": "UP"})
    except (requests.RequestException, ValueError):
        return False


def named(study: Study) -> str:
    """The address of the server that the environment names; empty if it names none.

    Raises:
        StudyError: It is no web address, or has a password in it. What it is stays unsaid, as it may be a secret.
    """
    names = study.settings.label_studio
    url = os.environ.get(names.url_env, "").rstrip("/")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("not-an-address:")
    if "@" in parts.netloc:
        raise StudyError(
            f"{names.url_env} has a name or password in it, which would be written into the study's records",
            hint=f"Leave out what stands before the @, and put an access token into {names.token_env}.",
        )
    if url and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise StudyError(f"{names.url_env} is not a web address", hint="It begins with http:// or https://.")
    return url


def find(study: Study) -> Address:
    """The server that the environment names, else the study's own.

    Raises:
        StudyError: The environment names a server and no token, or not as it should (:func:`named`).
        Missing: There is none.
    """
    names = study.settings.label_studio
    url = named(study)
    if url:
        token = os.environ.get(names.token_env, "")
        if not token:
            raise StudyError(
                f"{names.url_env} is set, {names.token_env} is not",
                where=url,
                hint="Copy the token of an administrator from Label Studio's Account & Settings.",
            )
        return Address(url, token, names.token_env, own=False)
    own = Server(study).address()
    if own is None:
        raise Missing(
            "no Label Studio runs for this study",
            where=str(study.path),
            hint=f"Start one: coding serve --detach (or set {names.url_env} to one that runs). Nothing was lost.",
        )
    return own


def _free_port(asked: int | None, before: int | None) -> int:
    for port in (asked,) if asked else (before, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StudyError(f"port {asked} is taken", hint="Name another --port, or none.")


def _reap(pid: int) -> None:
    """Let go of the process if it was our child and has ended."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
