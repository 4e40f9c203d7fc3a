"""Files looked at one after the other in a process that is stopped, and started anew, when it does not answer.

The hazard: libyara looks at its clock between blocks of a file, never inside a regular expression, and picklescan keeps
every opcode of a pickle in a list. So each runs in a bounded process (``child.py``) that says with which file it
begins. What is lost when it is stopped is that one file.
"""

import json
import sys
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scan.scanner import Kit, Said, Staged, Status, ToolFailed
from scan.tools import answerer
from scan.tools.child import Bounds, Child, Ended, last_line

GRACE = 2.0
"""Seconds after the time limit of a file in which the tool may say by itself that it stopped."""

_OUTPUT = 2_000_000_000  # bytes of all answers of one process
_STATUS = ("scanned", "failed", "timed_out", "skipped")


def answers(kit: Kit, folder: Path, staged: Sequence[Staged], module: str, **job: Any) -> Iterator[Said]:
    """What a module says of each file, in order.

    Args:
        kit: Bounds on the time of a file and on memory.
        folder: Scratch of the worker's.
        staged: The files.
        module: The Python file with ``prepared(job)``.
        job: What that wants: values that JSON has.

    Raises:
        ToolFailed: The process ended before it began with a file, or said what nobody can read.
    """
    left = list(staged)
    while left:
        answered = yield from _until_it_ends(kit, folder, left, {"module": module, **job})
        left = left[answered:]


@dataclass(slots=True)
class _At:
    """How far the process is."""

    answered: int = 0
    began: float | None = None


def _until_it_ends(
    kit: Kit, folder: Path, staged: Sequence[Staged], job: Mapping[str, Any]
) -> Generator[Said, None, int]:
    written = folder / "job.json"
    written.write_text(json.dumps({**job, "files": [str(s.path.absolute()) for s in staged]}), encoding="utf-8")
    silence = kit.seconds + GRACE
    bounds = Bounds(
        seconds=silence * (len(staged) + 1),
        silence=silence,
        megabytes=kit.megabytes,
        kernel=True,
        output=_OUTPUT,
    )
    at = _At()
    with Child([sys.executable, "-I", answerer.__file__, str(written)], folder, bounds) as child:
        for line in child.lines():
            said = _read(line, at, staged)
            if said is not None:
                yield said
    if at.answered == len(staged):
        return at.answered
    if at.began is None:
        raise ToolFailed(f"it ended before it looked at a file: {_why(child.ended)}")
    yield _lost(kit, staged[at.answered], child.ended, time.monotonic() - at.began)
    return at.answered + 1


def _read(line: bytes, at: _At, staged: Sequence[Staged]) -> Said | None:
    try:
        message = json.loads(line)
        if message.get("begins") == at.answered:
            at.began = time.monotonic()
            return None
        if message.get("ends") != at.answered or at.began is None or message["status"] not in _STATUS:
            raise ToolFailed("it answered for a file that it was not asked about")
        at.began = None
        at.answered += 1
        return Said(
            sha256=staged[at.answered - 1].code.sha256,
            status=message["status"],
            reason=message.get("reason"),
            seconds=float(message["seconds"]),
            findings=tuple(message.get("findings", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ToolFailed(f"it said what nobody can read: {line[:200]!r}") from error


def _lost(kit: Kit, staged: Staged, ended: Ended, seconds: float) -> Said:
    """What is said of the file that the process was at when it ended."""
    late = ended.cause == "time"
    reason = f"stopped after {kit.seconds:g} s" if late else _why(ended)
    status: Status = "timed_out" if late else "failed"
    return Said(sha256=staged.code.sha256, status=status, reason=reason, seconds=round(seconds, 3))


def _why(ended: Ended) -> str:
    return ended.reason or f"exit status {ended.code}, {last_line(ended.stderr) or 'without a word'}"
