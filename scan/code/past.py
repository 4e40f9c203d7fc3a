"""What earlier runs, and this one before it was stopped, have heard from a tool with just this version and rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codebook.raw import RawStore
from scan.code import measure, records
from scan.code.records import Heard
from scan.scanner import Code, Kit, Status


@dataclass(frozen=True, slots=True)
class _Known:
    """The newest answer about one content; ``measures`` are kept of the contents' measures only."""

    status: Status
    reason: str | None
    applies: bool
    again: bool
    bounds: tuple[float, int]
    run_id: str
    measures: Mapping[str, Any] | None


class Past:
    """What a tool's raw records have of one kit.

    Args:
        store: The tool's raw records; read once, here.
        kit: What is to be run now.
        anew: Ask again what failed or was too slow in other runs than this one.
        run_id: This run.
    """

    def __init__(self, store: RawStore, kit: Kit, run_id: str, *, anew: bool = False) -> None:
        self._kit, self._run_id, self._anew = kit, run_id, anew
        self._known: dict[str, _Known] = {}
        self._last: tuple[str, str, Mapping[str, Any]] | None = None
        for page in store.pages():
            record = records.read(page)
            if record is None:
                continue
            if record.kit is not None:
                self._last = (record.tool_version, record.rules_hash, record.kit)
            elif (record.tool_version, record.rules_hash) == (kit.tool_version, kit.rules_hash):
                for heard in record.heard:
                    self._known[heard.said.sha256] = _known(heard, record.run_id, keep=kit.tool == measure.NAME)

    def has_kit(self, body: Mapping[str, Any]) -> bool:
        """Whether the newest record of a kit is this one."""
        return self._last == (self._kit.tool_version, self._kit.rules_hash, body)

    def said(self, sha256: str, *, applies: bool, reason: str) -> bool:
        """Whether a content is already known to be skipped for this reason."""
        known = self._known.get(sha256)
        return known is not None and (known.status, known.applies, known.reason) == ("skipped", applies, reason)

    def measures(self, sha256: str) -> Mapping[str, Any] | None:
        """The measures of a content; empty if it could not be measured, None if nobody has tried."""
        known = self._known.get(sha256)
        return None if known is None else known.measures or {}

    def is_done(self, code: Code) -> bool:
        """Whether there is no need to ask about a content."""
        known = self._known.get(code.sha256)
        if known is None or known.again or not known.applies:
            return False
        if known.measures is not None and known.measures.get("suffix") != code.suffix:
            return False  # it has a new name by now, by which it may be Python
        if known.status in ("failed", "timed_out"):
            wider = self._kit.seconds > known.bounds[0] or self._kit.megabytes > known.bounds[1]
            return not wider and not (self._anew and known.run_id != self._run_id)
        return True


def _known(heard: Heard, run_id: str, *, keep: bool) -> _Known:
    said = heard.said
    measures = said.findings[0] if keep and said.findings else None
    bounds = heard.seconds, heard.megabytes
    return _Known(said.status, said.reason, heard.applies, heard.again, bounds, run_id, measures)
