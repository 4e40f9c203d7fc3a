"""Running a tool as a child process that is bounded in every way and leaves nothing behind.

A tool gets an argv list, an environment with nothing of ours in it, an empty working folder, home and caches in a
scratch folder, and proxies that lead nowhere. It is bounded in time, memory, output and disk. However a run ends, also
when the process that started it is killed, its whole process group is killed (``guard.py``).
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from codebook.extras import require
from scan.tools import guard

Cause = Literal["time", "memory", "output", "disk", "signal", "start"]
"""Why a tool did not end by itself: it passed a bound, it crashed, or it never began."""

_TICK = 0.05  # seconds between two looks at the clock
_LOOK = 0.25  # seconds between two looks at memory and disk, which cost more
_CHUNK = 1 << 16
_COMPLAINTS = 1 << 20  # bytes of standard error that are kept; the rest is read and forgotten
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a tool may use.

    Args:
        seconds: Wall time of the whole run.
        silence: Wall time between two lines on standard output, for a tool that says when it begins with a file.
        megabytes: Resident memory of each of its processes.
        kernel: Whether the kernel is to refuse it more data than that as well (RLIMIT_DATA).
        output: Bytes on standard output.
        disk: Bytes in the scratch folder, those that were there before included.
    """

    seconds: float
    silence: float | None = None
    megabytes: int = 1400
    kernel: bool = False
    output: int = 400_000_000
    disk: int = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended.

    Args:
        code: Exit status; None if the tool did not end by itself.
        cause: Why it did not; None if it did.
        reason: The same as a sentence without a full stop; empty if it did.
        seconds: Wall time.
        megabytes: The most resident memory that was seen in one of its processes.
        stdout: What it printed, where :func:`run` collected it.
        stderr: The first megabyte of its complaints.
    """

    code: int | None
    cause: Cause | None = None
    reason: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0
    stdout: bytes = b""
    stderr: bytes = b""


def run(argv: Sequence[str], folder: Path, bounds: Bounds, env: Mapping[str, str] | None = None) -> Ended:
    """Run a tool to its end, whichever that is, and collect what it prints.

    Args:
        argv: The program and its arguments.
        folder: Scratch, which the tool may fill; never the folder of what is scanned.
        bounds: What it may use.
        env: Variables besides those that all tools get.

    Raises:
        Missing: psutil is not installed.
    """
    with Child(argv, folder, bounds, env) as child:
        stdout = b"".join(child.chunks())
    return replace(child.ended, stdout=stdout)


class Child:
    """A run of a tool whose output is read while it works; its process group is gone when the block is left.

    Args:
        argv: The program and its arguments.
        folder: Scratch, which the tool may fill; never the folder of what is scanned.
        bounds: What it may use.
        env: Variables besides those that all tools get.
    """

    def __init__(self, argv: Sequence[str], folder: Path, bounds: Bounds, env: Mapping[str, str] | None = None) -> None:
        self.ended = Ended(code=None)
        self._psutil = require("psutil", "scan")
        self._folder, self._bounds = folder, bounds
        self._own = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
        for name in ("work", "home", "tmp"):
            (self._own / name).mkdir()
        limits = {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": bounds.disk}
        limits |= {"RLIMIT_DATA": bounds.megabytes << 20} if bounds.kernel else {}
        self._began = self._heard = time.monotonic()
        self._looked, self._most, self._printed, self._complaints = 0.0, 0.0, 0, bytearray()
        self._process = _started(
            [sys.executable, "-I", "-S", guard.__file__, json.dumps(limits), *argv],
            self._own / "work",
            environment(self._own) | dict(env or {}),
        )
        self._stdout, self._stderr = (pipe.fileno() for pipe in _pipes(self._process)[1:])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()
        for pipe in _pipes(self._process):
            pipe.close()
        shutil.rmtree(self._own, ignore_errors=True)

    def lines(self) -> Iterator[bytes]:
        """What the tool prints, line by line without the line's end, as it comes; then ``ended`` says how it ended."""
        begun: list[bytes] = []
        for chunk in self.chunks():
            first, *more = chunk.split(b"\n")
            begun.append(first)
            for part in more:
                yield b"".join(begun)
                begun = [part]
        if rest := b"".join(begun):
            yield rest

    def chunks(self) -> Iterator[bytes]:
        """What the tool prints, piece by piece as it comes; then ``ended`` says how it ended."""
        passed: tuple[Cause, str] | None = None
        with selectors.DefaultSelector() as selector:
            for pipe in (self._stdout, self._stderr):
                os.set_blocking(pipe, False)
                selector.register(pipe, selectors.EVENT_READ)
            while passed is None and not self._has_exited():
                for key, _ in selector.select(_TICK) if selector.get_map() else ():
                    chunk = _read(key.fd)
                    if chunk == b"":
                        selector.unregister(key.fd)
                    yield from self._took(key.fd, chunk or b"")
                passed = self._passed()
        self._kill()
        for pipe in (self._stdout, self._stderr):
            while chunk := _read(pipe):
                yield from self._took(pipe, chunk)
        self.ended = self._end(passed)

    def _took(self, pipe: int, chunk: bytes) -> Iterator[bytes]:
        if pipe == self._stderr:
            self._complaints += chunk[: _COMPLAINTS - len(self._complaints)]
        elif chunk:
            self._printed += len(chunk)
            self._heard = time.monotonic() if b"\n" in chunk else self._heard
            yield chunk

    def _has_exited(self) -> bool:
        """Whether it has, without reaping it: as long as it is not reaped, nobody else can get its number."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None

    def _passed(self) -> tuple[Cause, str] | None:
        """The bound that the tool has passed."""
        bounds, now = self._bounds, time.monotonic()
        if now - self._began > bounds.seconds:
            return "time", f"it ran for more than {bounds.seconds:g} seconds"
        if bounds.silence is not None and now - self._heard > bounds.silence:
            return "time", f"it took more than {bounds.silence:g} seconds"
        if self._printed > bounds.output:
            return "output", f"it printed more than {bounds.output} bytes"
        return self._took_too_much() if now - self._looked >= _LOOK else None

    def _took_too_much(self) -> tuple[Cause, str] | None:
        self._looked = time.monotonic()
        self._most = max([self._most, *self._resident()])
        if self._most > self._bounds.megabytes:
            return "memory", f"it took more than {self._bounds.megabytes} MB of memory"
        if _size(self._folder) > self._bounds.disk:
            return "disk", f"it wrote more than {self._bounds.disk} bytes"
        return None

    def _resident(self) -> Iterator[float]:
        """Megabytes of each of its processes."""
        for process in self._family():
            with contextlib.suppress(self._psutil.Error):  # it has just ended
                yield process.memory_info().rss / (1 << 20)

    def _family(self) -> list[Any]:
        with contextlib.suppress(self._psutil.Error):
            return list(self._psutil.Process(self._process.pid).children(recursive=True))
        return []

    def _kill(self) -> None:
        """Kill the whole group, and those of its descendants that have left it."""
        if self._process.returncode is not None:
            return
        family = self._family()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for process in family:
            with contextlib.suppress(self._psutil.Error):
                process.kill()
        self._process.wait()

    def _end(self, passed: tuple[Cause, str] | None) -> Ended:
        code, complaints = self._process.returncode, bytes(self._complaints)
        ended = Ended(code=None, seconds=time.monotonic() - self._began, megabytes=self._most, stderr=complaints)
        if passed:
            return replace(ended, cause=passed[0], reason=passed[1])
        if code == -signal.SIGXFSZ:
            return replace(ended, cause="disk", reason=f"it wrote more than {self._bounds.disk} bytes")
        if code < 0:
            return replace(ended, cause="signal", reason=f"it crashed: {signal.strsignal(-code) or -code}")
        if code == guard.CANNOT_START:
            return replace(ended, cause="start", reason=f"it could not be started: {last_line(complaints)}")
        return replace(ended, code=code)


def _started(argv: list[str], work: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        argv, stdin=pipe, stdout=pipe, stderr=pipe, cwd=work, env=env, start_new_session=True, bufsize=0
    )


def _pipes(process: subprocess.Popen[bytes]) -> list[IO[bytes]]:
    """Its standard input, output and error."""
    return [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe is not None]


def environment(folder: Path) -> dict[str, str]:
    """What a tool finds in its environment: nothing of ours, and a home and a place for temporary files of its own."""
    home = str(folder / "home")
    names = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    proxies = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {
        "HOME": home,
        "TMPDIR": str(folder / "tmp"),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin")),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONNOUSERSITE": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONHASHSEED": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        **dict.fromkeys(names, home),
        **dict.fromkeys(proxies, _NOWHERE),
    }


def last_line(complaints: bytes) -> str:
    """The last line that says something, at most 500 characters."""
    lines = complaints.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip()[:500] if lines else ""


def _read(pipe: int) -> bytes | None:
    """What there is to read: empty at the end of it, None if there is nothing yet."""
    try:
        return os.read(pipe, _CHUNK)
    except BlockingIOError:
        return None


def _size(folder: Path) -> int:
    """Bytes in a folder; what goes while it is looked at is not counted."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(place) / name).lstat().st_blocks * 512
    return total
