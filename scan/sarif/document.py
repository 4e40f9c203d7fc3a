"""A SARIF file, however large, result by result; nothing of it is believed before it was looked at."""

import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from codebook.errors import StudyError
from codebook.extras import require
from codebook.harmless import one_line

_HINT = "Make the file again. Nothing of it was imported."
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class SarifRun:
    """One run of a tool.

    Args:
        where: Its place in the file, for errors.
        tool: What stands under ``tool``.
        artifacts: What stands under ``artifacts``, in order.
        bases: What stands under ``originalUriBaseIds``.
        invocations: What stands under ``invocations``.
        rest: Its other properties but the results.
        texts: Its results, each as JSON.
    """

    where: str
    tool: Mapping[str, Any]
    artifacts: Sequence[Mapping[str, Any]]
    bases: Mapping[str, Any]
    invocations: Sequence[Mapping[str, Any]]
    rest: Mapping[str, Any]
    texts: Sequence[Any]

    def results(self) -> Iterator[Mapping[str, Any]]:
        """Its results, one in memory at a time.

        Raises:
            StudyError: One is not JSON, or no object.
        """
        return (self.result(number) for number in range(len(self.texts)))

    def result(self, number: int) -> Mapping[str, Any]:
        """One result."""
        return _object(self.texts[number], f"{self.where}.results[{number}]")


def opened(path: Path, name: str = "") -> list[SarifRun]:
    """The runs of a SARIF file; it stays mapped into memory as long as one of them is held.

    Args:
        path: The file.
        name: What errors call it; its path, if nothing is given.

    Raises:
        StudyError: It is empty, cut, not JSON or not SARIF 2.1; the message says where.
        Missing: The extra ``scan`` is not installed.
    """
    called = one_line(name or str(path))
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            raise StudyError("not SARIF: the file is empty", where=called, hint=_HINT)
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return _runs(view[len(_BOM) :] if view[: len(_BOM)] == _BOM else view, called)


def _runs(content: memoryview, name: str) -> list[SarifRun]:
    msgspec = require("msgspec", "scan")
    try:
        log = msgspec.json.decode(content, type=_shape())
    except msgspec.DecodeError as error:  # a wrong type is one of these, too
        cut = f"; it ends at byte {len(content)}" if "truncated" in str(error) else ""
        raise StudyError(f"not SARIF: {error}{cut}", where=name, hint=_HINT) from None
    except RecursionError:
        raise StudyError("not SARIF: it is nested too deeply", where=name, hint=_HINT) from None
    if log.version is not None and not log.version.startswith("2.1"):
        hint = "Convert it to 2.1.0 with the tool that made it."
        raise StudyError(f"it is SARIF {one_line(log.version, 20)}, not 2.1.0", where=f"{name}: $.version", hint=hint)
    return [_run(each, f"{name}: $.runs[{number}]") for number, each in enumerate(log.runs)]


@cache
def _shape() -> Any:
    """What a SARIF file is read into: the skeleton is checked, all else stays as it is until it is asked for."""
    msgspec = require("msgspec", "scan")
    raw: Any = msgspec.Raw
    nothing = raw(b"null")
    run: Any = msgspec.defstruct(
        "Run",
        [
            ("tool", raw),
            ("results", list[raw] | None, None),
            ("artifacts", raw, nothing),
            ("originalUriBaseIds", raw, nothing),
            ("invocations", raw, nothing),
            ("properties", raw, nothing),
            ("automationDetails", raw, nothing),
            ("externalPropertyFileReferences", raw, nothing),
        ],
    )
    return msgspec.defstruct("Log", [("runs", list[run]), ("version", str | None, None)])


def _run(read: Any, where: str) -> SarifRun:
    rest = ("properties", "automationDetails", "externalPropertyFileReferences")
    return SarifRun(
        where=where,
        tool=_object(read.tool, f"{where}.tool"),
        artifacts=_objects(read.artifacts, f"{where}.artifacts"),
        bases=_object(read.originalUriBaseIds, f"{where}.originalUriBaseIds", empty=True),
        invocations=_objects(read.invocations, f"{where}.invocations"),
        rest={each: _loaded(getattr(read, each), f"{where}.{each}") for each in rest},
        texts=read.results or (),
    )


def _object(text: Any, where: str, *, empty: bool = False) -> Mapping[str, Any]:
    value = _loaded(text, where)
    if value is None and empty:
        return {}
    if not isinstance(value, dict):
        raise StudyError("not SARIF: an object should stand here", where=where, hint=_HINT)
    return value


def _objects(text: Any, where: str) -> Sequence[Mapping[str, Any]]:
    value = _loaded(text, where)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise StudyError("not SARIF: a list should stand here", where=where, hint=_HINT)
    return [each if isinstance(each, dict) else {} for each in value]


def _loaded(text: Any, where: str) -> Any:
    try:
        return json.loads(bytes(text))
    except (ValueError, RecursionError) as error:
        raise StudyError(f"not SARIF: {one_line(str(error), 120)}", where=where, hint=_HINT) from None
