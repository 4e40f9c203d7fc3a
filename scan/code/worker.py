"""The process in which batches run, one after the other; ``cell.py`` starts it, watches it and ends it.

Batches come pickled on standard input; answers go out as JSON lines on a descriptor of their own, so that a tool may
print what it likes. When standard input ends, whoever started the process is gone: it then kills what it has started,
removes its folder, and goes.
"""

import json
import os
import pickle
import queue
import resource
import shutil
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from codebook.extras import require
from scan.code.work import Item, Work, as_line
from scan.scanner import Staged, ToolFailed

LENGTH = struct.Struct(">Q")
SOURCE = "source"
"""Where a repository that a tool looks at as a whole is laid out, in the scratch folder."""

_MOST_PARTS = 40
_LONGEST_NAME = 255


def serve() -> None:
    """Answer batch after batch, in the working folder, which is scratch."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    given = os.fdopen(os.dup(0), "rb")
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    waiting = queue.SimpleQueue[bytes]()
    receiver = threading.Thread(target=_receive, args=(given, waiting, Path.cwd().parent), daemon=True)
    receiver.start()
    with suppress(BrokenPipeError):  # nobody listens any more: the receiver is about to see that, too
        _answer_all(waiting, out)
    receiver.join()


def _answer_all(waiting: "queue.SimpleQueue[bytes]", out: Any) -> None:
    number = 0
    while True:
        number += 1
        work = pickle.loads(waiting.get())  # noqa: S301 - from the process that started this one, over its pipe
        _answer(work, Path.cwd() / str(number), out)


def _receive(given: Any, waiting: "queue.SimpleQueue[bytes]", folder: Path) -> None:
    """Take batches until there is nobody to give any; then leave nothing behind."""
    while head := given.read(LENGTH.size):
        size = LENGTH.unpack(head)[0]
        data = given.read(size)
        if len(data) < size:
            break
        waiting.put(data)
    psutil = require("psutil", "scan")
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _answer(work: Work, folder: Path, out: Any) -> None:
    """Say all that the tool says, then how it ended."""
    problem = None
    out.write(b'{"begin": true}\n')
    out.flush()
    try:
        for line in _said(work, folder):
            out.write(line + b"\n")
            out.flush()
    except ToolFailed as failed:
        problem = str(failed) or "it failed without a word"
    shutil.rmtree(folder, ignore_errors=True)
    out.write(json.dumps({"end": True, "problem": problem, "kilobytes": _most_memory()}).encode() + b"\n")
    out.flush()


def _said(work: Work, folder: Path) -> Iterator[bytes]:
    (folder / "scratch" / "kit").mkdir(parents=True)
    for name, content in work.kit.files.items():
        (folder / "scratch" / "kit" / PurePosixPath(name).name).write_bytes(content)
    at = folder / "scratch" / SOURCE if work.kit.whole else folder / "files"
    at.mkdir()
    staged = _laid_out(work.items, at) if work.kit.whole else [_staged(item, at) for item in work.items]
    for said in work.scanner.scan(work.kit, folder / "scratch", staged):
        yield as_line(said)


def _staged(item: Item, at: Path) -> Staged:
    path = at / f"{item.code.sha256}{item.code.suffix}"
    path.write_bytes(item.content)
    return Staged(item.code, path)


def _laid_out(items: tuple[Item, ...], at: Path) -> list[Staged]:
    """Contents by their paths in the repository; one that leads elsewhere or is in the way is under a name of ours."""
    staged = []
    for item in items:
        path = inside(item.path or "")
        placed = _placed(item, at / path) if path else None
        staged.append(placed or _staged(item, at))
    return staged


def _placed(item: Item, path: Path) -> Staged | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            out.write(item.content)
    except (FileExistsError, IsADirectoryError, NotADirectoryError):
        return None
    return Staged(item.code, path)


def inside(path: str) -> str:
    """A path that stays in its folder and that no tool takes for its own settings; empty if it is not such a one."""
    parts = path.split("/")
    odd = any(
        part in ("", ".", "..") or part.lower() == ".git" or "\\" in part or not part.isprintable() for part in parts
    )
    long = len(parts) > _MOST_PARTS or any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in parts)
    return "" if odd or long else path


def _most_memory() -> int:
    unit = 1024 if sys.platform == "darwin" else 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
