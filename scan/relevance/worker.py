"""Sources are parsed in a process of their own, with limits on size, memory and time.

The hazard: the parser of CPython is no sandbox. Two megabytes of ``x`` on lines of their own need 1.5 GB as a tree,
600 kB of ``{a}`` in one f-string take 20 seconds, and other versions of Python have crashed on less. So the process
may die or be stopped, and all that is lost is the facts of one file, whose row then says so.

The process gets bytes and gives JSON, each with its length in front. Its working folder and its import path hold
nothing of a scanned repository.
"""

import gc
import json
import os
import resource
import select
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from scan.relevance.source import TOO_MUCH, Source, as_source, relative_imports, source_of

LARGEST = 4_000_000
"""Bytes of a source; what is larger is not parsed."""

MEMORY = 512
"""Megabytes of address space that the process may have."""

SECONDS = 30.0
"""Time for one source."""

_START = """\
import sys, types
for name, folder in (("scan", sys.argv[1]), ("scan.relevance", sys.argv[2])):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [folder]
from scan.relevance.worker import serve
serve()
"""
"""Packages by hand, without their ``__init__``, which would want the rest of the toolkit."""

_LENGTH = struct.Struct(">I")


def serve() -> None:
    """Answer on standard output for each source on standard input, until that ends."""
    with suppress(ValueError, OSError):  # not every system lets a process bound its address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY << 20, MEMORY << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # trees have no cycles, and are gone after each answer
    while head := sys.stdin.buffer.read(_LENGTH.size):
        data = sys.stdin.buffer.read(_LENGTH.unpack(head)[0])
        answer = json.dumps(asdict(source_of(data))).encode()
        sys.stdout.buffer.write(_LENGTH.pack(len(answer)) + answer)
        sys.stdout.buffer.flush()


class _Died(Exception):
    """The process gave no answer; the message says why."""


class Parser:
    """Gives the :class:`Source` of bytes; a context that ends the process.

    The process starts with the first source, and again after it died.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.parsed = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None

    def source(self, data: bytes) -> Source:
        """The facts of one file; where they could not be got, ``problem`` and ``undecodable`` say why."""
        if len(data) > LARGEST:
            why = f"{len(data)} bytes, more than the {LARGEST} that are parsed"
            return Source(problem=why, undecodable=why)
        self.parsed += 1
        try:
            found = as_source(json.loads(self._asked(data)))
        except _Died as died:
            self.close()
            beside, undecodable = relative_imports(data)
            return Source(beside=beside, undecodable=undecodable, problem=str(died))
        if found.problem == TOO_MUCH:
            self.close()
        return found

    def _asked(self, data: bytes) -> bytes:
        process = self._process = self._process or _started()
        to, back = process.stdin, process.stdout
        if to is None or back is None:
            raise _Died("the parser has no pipes")
        deadline = time.monotonic() + self.seconds
        try:
            to.write(_LENGTH.pack(len(data)) + data)
            to.flush()
            length = _LENGTH.unpack(self._read(back, _LENGTH.size, deadline))[0]
            return self._read(back, length, deadline)
        except BrokenPipeError:
            raise _Died(f"the parser died on it ({_end(process)})") from None

    def _read(self, pipe: IO[bytes], length: int, deadline: float) -> bytes:
        got = bytearray()
        while len(got) < length:
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise _Died(f"the parser took longer than {self.seconds:g} seconds")
            part = os.read(pipe.fileno(), length - len(got))
            if not part:
                raise _Died(f"the parser died on it ({_end(self._process)})")
            got += part
        return bytes(got)


def _end(process: subprocess.Popen[bytes] | None) -> str:
    code = process.wait() if process else 0
    return f"signal {-code}" if code < 0 else f"exit status {code}"


def _started() -> subprocess.Popen[bytes]:
    """The process: isolated (``-I``), without site packages (``-S``), in a folder without files of anybody's."""
    here = Path(__file__).resolve().parent
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _START, str(here.parent), str(here)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
        bufsize=0,
    )
