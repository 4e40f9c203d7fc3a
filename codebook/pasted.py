"""Logs and Python tracebacks, by their lines: pasted without a fence, or in a block."""

import re
from collections.abc import Iterable
from enum import Enum, auto
from itertools import islice

_TRACEBACK = "Traceback (most recent call last)"
_FRAME = re.compile(r'File "[^"\n]*", line \d+')
_NAME_AND_MESSAGE = re.compile(r"[A-Za-z_][\w.]*(?::\s|:?$)")
_ERROR = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Failure|Timeout)\b")
_UNDERLINE = re.compile(r"[\^~]+\s*$")
_CHAINED = re.compile(r"(?:During handling of the above exception|The above exception was the direct cause)")
_PYTHON_WARNING = re.compile(r"\S*\.py:\d+: ")
_STARTS_LIKE_A_LOG = re.compile(r"[\[(<]*(?:\d|[A-Z]{4,8}\b|[DIWEF]\s?\d)")
_TIME = re.compile(r"\d\d:\d\d:\d\d")
_LEVEL = re.compile(
    r"\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\b|\[(?:trace|debug|info|warn|warning|error|fatal)\]"
)
_ERROR_LINE = re.compile(rf"(?:{_ERROR.pattern}:\s|\[?(?:DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b[\]:|\s])")
_FENCE = ("```", "~~~")
_LOOKED_AT = 200
_HEAD = 160
"""Characters of a line that are looked at; logs say time and level at their start."""


class _At(Enum):
    NOWHERE = auto()
    TRACEBACK = auto()
    FRAME = auto()
    GAP = auto()
    EXCEPTION = auto()


class Pasted:
    """Tells pasted lines from prose, given them in order."""

    def __init__(self) -> None:
        self._at = _At.NOWHERE

    @property
    def open(self) -> bool:
        """Whether the lines before are a traceback that has not come to its exception."""
        return self._at in (_At.TRACEBACK, _At.FRAME, _At.GAP)

    def blank(self) -> None:
        """There was an empty line."""
        self._at = _At.GAP if self.open else _At.NOWHERE

    def is_code(self, line: str, stripped: str) -> bool:
        """Whether a line, also given without its indentation, belongs to a log or traceback."""
        if _TRACEBACK in line and _starts_one(stripped):
            self._at = _At.TRACEBACK
            return True
        if self._at is not _At.NOWHERE and self._goes_on(line, stripped):
            return True
        head = stripped[:_HEAD]
        return bool(_FRAME.search(head) or _CHAINED.match(head) or _PYTHON_WARNING.match(head) or _is_log(head))

    def _goes_on(self, line: str, stripped: str) -> bool:
        if _FRAME.search(stripped[:_HEAD]):
            self._at = _At.FRAME
        elif line[0].isspace():
            self._at = _At.EXCEPTION if self._at is _At.EXCEPTION else _At.TRACEBACK
        elif self._at is _At.EXCEPTION:
            self._at = _At.NOWHERE
        elif (_NAME_AND_MESSAGE if self._at is _At.TRACEBACK else _ERROR).match(stripped):
            self._at = _At.EXCEPTION
        elif self._at is _At.FRAME:
            self._at = _At.TRACEBACK  # the line of source that a frame shows, its indentation lost on the way here
        elif self._at is _At.GAP or not _UNDERLINE.match(stripped):
            self._at = _At.NOWHERE
        return self._at is not _At.NOWHERE


def mostly_log(lines: Iterable[str]) -> bool:
    """Whether at least half of a block's lines are of logs or tracebacks; empty lines and fences do not count."""
    pasted = Pasted()
    found = counted = 0
    for line in islice(lines, _LOOKED_AT):
        stripped = line.lstrip()
        if not stripped:
            pasted.blank()
        elif not stripped.startswith(_FENCE):
            counted += 1
            found += pasted.is_code(line, stripped) or _ERROR_LINE.match(stripped) is not None
    return found > 0 and 2 * found >= counted


def _starts_one(stripped: str) -> bool:
    return stripped.startswith(_TRACEBACK) or stripped.rstrip().endswith(_TRACEBACK + ":")


def _is_log(head: str) -> bool:
    return bool(_STARTS_LIKE_A_LOG.match(head) and _TIME.search(head) and _LEVEL.search(head))
