"""Matching of compiled YARA rules in a process of its own; see ``answerer.py``."""

from collections.abc import Callable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

import yara

PLACES = 20
"""How many places of a rule's strings are told; of the others, how many there are."""

MANY = 500
"""Of a content that so many rules match, each further rule tells its first place only."""

SHOWN = 80
"""Bytes of a match that are told."""

_BLOCK = 1 << 16


def prepared(job: Mapping[str, Any]) -> Callable[[Path], Mapping[str, Any]]:
    """What says of a file which rules match.

    ``job`` has ``rules``, the file with the compiled rules, and ``seconds`` for one file.
    """
    yara.set_config(max_match_data=SHOWN)
    rules = yara.load(job["rules"])
    seconds = max(1, int(job["seconds"]))
    return lambda path: matches(rules, path.read_bytes(), seconds)


def matches(rules: yara.Rules, content: bytes, seconds: int) -> Mapping[str, Any]:
    """The rules that match a content, each with the places of its strings; what timed out is never clean."""
    lines = _Lines(content)
    found: list[Mapping[str, Any]] = []

    def on_match(data: Mapping[str, Any]) -> int:
        found.append(_told(data, lines, PLACES if len(found) < MANY else 1))
        return int(yara.CALLBACK_CONTINUE)

    try:
        rules.match(
            data=content,
            timeout=seconds,
            callback=on_match,
            which_callbacks=yara.CALLBACK_MATCHES,
            warnings_callback=lambda *_: yara.CALLBACK_CONTINUE,  # a million places are enough of any string
        )
    except yara.TimeoutError:
        return {"status": "timed_out", "reason": f"stopped by YARA after {seconds} s", "findings": found}
    except yara.Error as error:
        return {"status": "failed", "reason": f"YARA: {error}"[:500], "findings": found}
    return {"status": "scanned", "findings": found}


class _Lines:
    """Lines from 1 of offsets in a content, which may be all line ends."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._before: list[int] = []

    def of(self, offset: int) -> int:
        if not self._before:
            blocks = range(0, len(self._content) or 1, _BLOCK)
            self._before = list(accumulate((self._content.count(b"\n", b, b + _BLOCK) for b in blocks), initial=0))
        block = offset // _BLOCK
        return self._before[block] + self._content.count(b"\n", block * _BLOCK, offset) + 1


def _told(data: Mapping[str, Any], lines: _Lines, most: int) -> Mapping[str, Any]:
    """One match in values that JSON has: places by offset, the first of them first."""
    places = sorted((i.offset, i.matched_length, s.identifier, n) for s in data["strings"] for n, i in _first(s))
    texts = {(s.identifier, n): i.matched_data for s in data["strings"] for n, i in _first(s)}
    told = [
        {
            "string": name,
            "offset": offset,
            "length": length,
            "line": lines.of(offset + _blank(texts[name, number])),
            "end_line": lines.of(offset + max(length - 1, 0)),
            "text": texts[name, number].decode("utf-8", "backslashreplace"),
        }
        for offset, length, name, number in places[:most]
    ]
    return {
        "rule": data["rule"],
        "file": data["namespace"],
        "tags": list(data["tags"]),
        "meta": {
            str(key): value if isinstance(value, bool | int) else str(value) for key, value in data["meta"].items()
        },
        "places": told,
        "more": sum(len(s.instances) for s in data["strings"]) - len(told),
    }


def _blank(text: bytes) -> int:
    """Bytes of blanks and line ends that a match begins with: what it is about comes behind them."""
    return (len(text) - len(text.lstrip())) % max(len(text), 1)


def _first(string: Any) -> list[tuple[int, Any]]:
    return list(enumerate(string.instances[:PLACES]))
