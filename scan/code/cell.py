"""One worker process, bounded: batches go in, answers come out, and whatever goes wrong ends the process, not us.

Bounded are the time of a batch, the time between two answers, the memory of every process in it, what it writes and
what it says. What it has said before it was ended stays said.
"""

import json
import os
import pickle
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from codebook.extras import require
from scan.code.scratch import Scratch
from scan.code.work import MOST_SAID, Answered, Work, as_said
from scan.code.worker import LENGTH
from scan.scanner import Said
from scan.tools.child import environment, last_line

GRACE = 15.0
"""Seconds that a tool may be silent besides the time limit of a file."""

SECONDS_PER_CONTENT, SECONDS_PER_BYTE = 0.2, 1 / 50_000
"""What a batch may take besides, before the tool says anything."""

STARTING = 120.0
"""Seconds in which the process must begin, on however busy a machine."""

MOST_WRITTEN = 2_000_000_000
"""Bytes that may lie in the process's folder besides the contents."""

COMPLAINTS = "complaints"
"""The file that has what the process prints on standard error."""

_MOST_OF_A_BATCH = 500_000_000  # bytes of answers
_TICK, _LOOK, _MEASURE = 0.2, 0.4, 2.0  # seconds between two looks at the clock, at memory, and at the disk
_CHUNK = 1 << 20
_SCAN = str(Path(__file__).resolve().parents[1])
_START = """\
import json, sys, types
sys.path[:] = json.loads(sys.argv[1])
package = sys.modules["scan"] = types.ModuleType("scan")
package.__path__ = [sys.argv[2]]
from scan.code.worker import serve
serve()
"""
"""The package by hand, without its ``__init__``: hubs and their clients take longer to import than all the rest."""


class Stopped(Exception):
    """The whole command is being stopped."""


class _Ended(Exception):
    """The process passed a bound, or died."""

    def __init__(self, reason: str, *, late: bool = False) -> None:
        super().__init__(reason)
        self.late = late


def allowance(work: Work) -> float:
    """Seconds in which a batch must say something."""
    size = sum(item.code.bytes for item in work.items)
    return work.kit.seconds + GRACE + SECONDS_PER_CONTENT * len(work.items) + SECONDS_PER_BYTE * size


class Cell:
    """One process for batches; it begins with the first one, and anew after it was ended.

    Args:
        stop: When this is set, the batch at work is given up.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()
        self._psutil = require("psutil", "scan")
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: Scratch | None = None

    def close(self) -> None:
        """End the process, and remove its folder."""
        process, self._process = self._process, None
        if process is None:
            return
        family = self._family(process)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for each in family:
            with suppress(self._psutil.Error):
                each.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        if self._scratch is not None:
            self._scratch.remove()

    def answer(self, work: Work) -> Answered:
        """Run a batch.

        Raises:
            Stopped: The command is being stopped.
        """
        asked = {item.code.sha256 for item in work.items}
        said: dict[str, Said] = {}
        strangers = 0
        try:
            for values in self._told(work):
                if "begin" in values:
                    continue
                if "end" in values:
                    return self._whole(work, values, tuple(said.values()), strangers)
                one = as_said(values, asked - said.keys())
                if one is None:
                    strangers += 1
                else:
                    said[one.sha256] = one
        except _Ended as ended:
            self.close()
            return Answered(said=tuple(said.values()), problem=str(ended), late=ended.late, strangers=strangers)
        except BaseException:
            self.close()
            raise
        raise AssertionError("a process that says nothing more has ended")

    def _whole(self, work: Work, values: dict[str, Any], said: tuple[Said, ...], strangers: int) -> Answered:
        """A batch that came to its end."""
        kilobytes, problem = values.get("kilobytes"), values.get("problem")
        if not isinstance(kilobytes, int) or kilobytes > work.kit.megabytes * 512:
            self.close()  # what it holds, the next batch would have to pay for
        return Answered(said=said, problem=None if problem is None else str(problem), strangers=strangers)

    def _told(self, work: Work) -> Iterator[dict[str, Any]]:
        """What the process says of a batch, value by value."""
        process = self._process = self._process or self._started()
        to, back = process.stdin, process.stdout
        assert to is not None  # noqa: S101 - both are pipes
        assert back is not None  # noqa: S101 - both are pipes
        data = pickle.dumps(work)
        try:
            to.write(LENGTH.pack(len(data)) + data)
            to.flush()
        except BrokenPipeError:
            raise _Ended(self._end(process)) from None
        for line in self._lines(back, work, process):
            try:
                values = json.loads(line)
            except (ValueError, RecursionError):
                values = None
            if not isinstance(values, dict):
                raise _Ended(f"it said what nobody can read: {line[:80]!r}")
            yield values

    def _lines(self, back: IO[bytes], work: Work, process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
        watch, rest, total = _Watch(self, work, process), b"", 0
        with selectors.DefaultSelector() as selector:
            selector.register(back, selectors.EVENT_READ)
            while True:
                if not selector.select(_TICK):
                    watch.look()
                    continue
                chunk = os.read(back.fileno(), _CHUNK)
                if not chunk:
                    raise _Ended(self._end(process))
                total += len(chunk)
                rest += chunk
                if total > _MOST_OF_A_BATCH or (len(rest) > 2 * MOST_SAID and b"\n" not in chunk):
                    raise _Ended("it said more than can be kept")
                *lines, rest = rest.split(b"\n")
                if lines:
                    watch.heard()
                yield from lines
                watch.look()

    def _started(self) -> "subprocess.Popen[bytes]":
        self._scratch = Scratch()
        folder = self._scratch.path
        with (folder / COMPLAINTS).open("wb") as complaints:
            return subprocess.Popen(
                [sys.executable, "-I", "-c", _START, json.dumps([path for path in sys.path if path]), _SCAN],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=folder / "work",
                env=environment(folder),
                start_new_session=True,
            )

    def _end(self, process: "subprocess.Popen[bytes]") -> str:
        """How the process died."""
        code = process.wait()
        if code < 0:
            return f"its process crashed: {signal.strsignal(-code) or -code}"
        said = last_line(self._complaints())
        return f"its process ended with exit status {code}" + (f": {said}" if said else "")

    def _complaints(self) -> bytes:
        """The end of what the process complained about."""
        if self._scratch is None:
            return b""
        with (self._scratch.path / COMPLAINTS).open("rb") as complaints:
            complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - _CHUNK))
            return complaints.read()

    def _family(self, process: "subprocess.Popen[bytes]") -> list[Any]:
        with suppress(self._psutil.Error):
            first = self._psutil.Process(process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def must_go_on(self, work: Work, process: "subprocess.Popen[bytes]", *, measured: bool) -> None:
        """Raise if the command stops, or the batch takes more memory or, if ``measured``, disk than it may."""
        if self._stop.is_set():
            raise Stopped
        for each in self._family(process):
            with suppress(self._psutil.Error):
                if each.memory_info().rss > work.kit.megabytes << 20:
                    raise _Ended(f"it took more than {work.kit.megabytes} MB of memory")
        allowed = MOST_WRITTEN + 2 * sum(item.code.bytes for item in work.items)
        if measured and self._scratch is not None and self._scratch.size() > allowed:
            raise _Ended(f"it wrote more than {MOST_WRITTEN} bytes")


class _Watch:
    """The clock of one batch."""

    def __init__(self, cell: Cell, work: Work, process: "subprocess.Popen[bytes]") -> None:
        self._cell, self._work, self._process = cell, work, process
        self._begun = False
        self._until = time.monotonic() + STARTING
        self._looked = self._measured = time.monotonic()

    def heard(self) -> None:
        """The process has begun, or the tool said something: then it has the time of one content for the next."""
        now = time.monotonic()
        self._until = (
            max(self._until, now + self._work.kit.seconds + GRACE) if self._begun else now + allowance(self._work)
        )
        self._begun = True

    def look(self) -> None:
        """Raise if a bound is passed."""
        now = time.monotonic()
        if now > self._until and not self._begun:
            raise _Ended(f"its process did not begin within {STARTING:g} s")
        if now > self._until:
            raise _Ended(f"it did not answer within {self._work.kit.seconds:g} s for a file", late=True)
        if now - self._looked > _LOOK:
            self._looked = now
            measured = now - self._measured > _MEASURE
            self._measured = now if measured else self._measured
            self._cell.must_go_on(self._work, self._process, measured=measured)
