"""What a batch is, and what is answered: values that can be sent to another process or machine, with all that it needs.

Work goes out pickled, from us to a process that we have started. What comes back was made beside hostile files, so it
is JSON, and read without trust.
"""

import json
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, get_args

from scan.scanner import Code, Kit, Said, Scanner, Status

MOST_SAID = 8_000_000
"""Bytes of what a tool says about one content, as JSON; of more, nothing is kept but that it was too much."""


@dataclass(frozen=True, slots=True)
class Item:
    """A content with its bytes; ``path`` is where it lies in its repository, for tools that look at whole ones."""

    code: Code
    content: bytes
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """One batch for one tool."""

    scanner: Scanner
    kit: Kit
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of a batch.

    Args:
        said: What was said of contents of the batch, at most once of each.
        problem: Why not of all of them; None if nothing went wrong.
        late: It was stopped because it took too long.
        strangers: Answers for what was not asked, or asked once and answered again; they are dropped.
    """

    said: tuple[Said, ...]
    problem: str | None = None
    late: bool = False
    strangers: int = 0


class Executor(Protocol):
    """Where batches run: processes of this machine, or a cluster's.

    ``slots`` is how many run at once. ``lost`` are the exceptions of a future that say that the place where a batch ran
    is gone, so that it is tried again in smaller ones.
    """

    slots: int
    lost: tuple[type[BaseException], ...]

    def submit(self, work: Work) -> "Future[Answered]":
        """Begin a batch as soon as there is room."""
        ...


def as_json(said: Said) -> dict[str, Any]:
    """An answer as raw records and pipes have it; what is empty is left out."""
    values = {
        "sha256": said.sha256,
        "status": said.status,
        "reason": said.reason,
        "seconds": said.seconds,
        "findings": list(said.findings),
    }
    return {name: value for name, value in values.items() if value not in (None, [])}


def as_line(said: Said) -> bytes:
    """An answer on one line, bounded: what is longer than :data:`MOST_SAID` is an answer that says so."""
    line = json.dumps(as_json(said)).encode()
    if len(line) <= MOST_SAID:
        return line
    why = f"the tool said {len(line)} bytes about it, and {MOST_SAID} are kept"
    return json.dumps(as_json(Said(sha256=said.sha256, status="failed", reason=why))).encode()


def as_said(values: object, asked: Collection[str]) -> Said | None:
    """Read an answer without trust; None if it is none, or is about something else."""
    if not isinstance(values, Mapping) or values.get("sha256") not in asked or values.get("status") not in _STATUS:
        return None
    reason, seconds, findings = values.get("reason"), values.get("seconds"), values.get("findings", [])
    if not isinstance(findings, list) or not all(isinstance(each, dict) for each in findings):
        return None
    return Said(
        sha256=values["sha256"],
        status=values["status"],
        reason=None if reason is None else str(reason)[:_MOST_REASON],
        seconds=_seconds(seconds),
        findings=tuple(findings),
    )


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LONGEST:
        return None
    return round(float(value), 3)


_STATUS = get_args(Status)
_LONGEST = 1e6
_MOST_REASON = 1000
