"""A pure function of bytes, run in a process of its own with limits on memory and time.

The hazard: the parser of CPython is no sandbox. Two megabytes of ``x`` on lines of their own need 1.5 GB as a tree,
600 kB of ``{a}`` in one f-string take 20 seconds, and other versions of Python have crashed on less. So the process may
die or be stopped, and all that is lost is the answer about one input, which then says so.

The process gets bytes and gives JSON, each with its length in front. It starts isolated, without site packages, in a
folder without files of anybody's; only the package of the function can be imported, without its ``__init__``.
"""

import gc
import importlib
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
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

MEMORY = 768
"""Megabytes of address space that the process may have, unless told otherwise."""

SECONDS = 30.0
"""Time for one answer."""

_START = """\
import sys, types
for name, folder in zip(sys.argv[4::2], sys.argv[5::2]):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [folder]
from codebook.apart import serve
serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
"""
"""Packages by hand, without their ``__init__``, which would want the rest of the toolkit."""

_LENGTH = struct.Struct(">I")


class NoAnswer(Exception):
    """The process gave no answer; the message says why."""


def serve(module: str, function: str, megabytes: int) -> None:
    """Answer on standard output for each input on standard input, until that ends; runs in the process."""
    answer = getattr(importlib.import_module(module), function)
    with suppress(ValueError, OSError):  # not every system lets a process bound its address space
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # trees have no cycles, and are gone after each answer
    while head := sys.stdin.buffer.read(_LENGTH.size):
        said = json.dumps(answer(sys.stdin.buffer.read(_LENGTH.unpack(head)[0]))).encode()
        sys.stdout.buffer.write(_LENGTH.pack(len(said)) + said)
        sys.stdout.buffer.flush()


class Apart:
    """Asks a function of one of our modules; a context that ends the process.

    The process starts with the first question, and again after it died.

    Args:
        module: Module of the function; its packages may need nothing but the standard library and each other.
        function: Name of a function from bytes to something that JSON can hold.
        seconds: Time for one answer.
        megabytes: Address space that the process may have.
    """

    def __init__(self, module: str, function: str, seconds: float = SECONDS, megabytes: int = MEMORY) -> None:
        self.seconds = seconds
        self._megabytes = megabytes
        self.asked = 0
        self._module, self._function = module, function
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

    def answer(self, data: bytes) -> Any:
        """What the function says of ``data``.

        Raises:
            NoAnswer: The process died of it, or took too long.
        """
        self.asked += 1
        try:
            return json.loads(self._exchanged(data))
        except NoAnswer:
            self.close()
            raise

    def _exchanged(self, data: bytes) -> bytes:
        process = self._process = self._process or self._started()
        to, back = process.stdin, process.stdout
        if to is None or back is None:
            raise NoAnswer("the process has no pipes")
        deadline = time.monotonic() + self.seconds
        try:
            to.write(_LENGTH.pack(len(data)) + data)
            to.flush()
            return self._read(back, _LENGTH.unpack(self._read(back, _LENGTH.size, deadline))[0], deadline)
        except BrokenPipeError:
            raise NoAnswer(f"the parser died on it ({_end(process)})") from None

    def _read(self, pipe: IO[bytes], length: int, deadline: float) -> bytes:
        got = bytearray()
        while len(got) < length:
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise NoAnswer(f"the parser took longer than {self.seconds:g} seconds")
            part = os.read(pipe.fileno(), length - len(got))
            if not part:
                raise NoAnswer(f"the parser died on it ({_end(self._process)})")
            got += part
        return bytes(got)

    def _started(self) -> subprocess.Popen[bytes]:
        root = Path(__file__).resolve().parent.parent
        names = self._module.split(".")[:-1]
        packages = ["codebook", *(".".join(names[: i + 1]) for i in range(len(names)))]
        folders = [part for name in packages for part in (name, str(root.joinpath(*name.split("."))))]
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START, self._module, self._function, str(self._megabytes), *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
            bufsize=0,
        )


def _end(process: subprocess.Popen[bytes] | None) -> str:
    code = process.wait() if process else 0
    return f"signal {-code}" if code < 0 else f"exit status {code}"
