"""A table that others have published, and how its words are read as mechanisms.

``FILE`` or ``FILE#PLACE``: a JSON object ``{platform: {column: text}}``, where PLACE is a JSON Pointer (RFC 6901); CSV
with a column ``platform`` and one column each; or Markdown, where it is the first table below a line that has PLACE.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codebook.errors import StudyError
from codebook.json_pointer import follow
from platforms.matrix.cells import COLUMNS

_FORM = (
    'It is to be {"platform": {"column": "text"}}, CSV with a column platform, or a Markdown table with one. '
    f"Columns: {', '.join(COLUMNS)}."
)

READINGS: tuple[tuple[str, str], ...] = (
    (r"clamav|malware|automated scanning|several layers|platform-level scanning", "malware scan"),
    (r"pickle", "pickle scan"),
    (r"trufflehog|secret", "secrets scan"),
    (r"protect ai|guardian|jfrog|cisco|virustotal|third.party", "third-party scan"),
    (
        r"review of|maintainer review|verify-first|reviewed|moderation|automated verification|\bverification\b",
        "upload review",
    ),
    (r"trust_remote_code|trust_repo|the parameter", "execution gate"),
    (r"prompt", "prompt"),
    (r"verified badge", "verified publisher"),
    (r"ui warning|file badge", "UI warning"),
    (r"safetensors", "safe formats"),
    (r"documentation", "documentation warning"),
    (r"sign(?:ed|ing|ature)", "commit signing"),
    (r"sandbox", "sandbox"),
    (r"gated", "gated access"),
)
"""Words of a published cell, and the mechanism that they are read as."""

_NOTHING = re.compile(r"\b(?:none|no|not|without)\b", re.IGNORECASE)
_TRUST_ALL = re.compile(r"trust-all|community trust|open upload", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a published cell says.

    Args:
        there: Mechanisms that it says there are.
        not_there: Mechanisms that it says there are not.
        unread: Parts of it that no reading knows.
    """

    there: frozenset[str]
    not_there: frozenset[str]
    unread: tuple[str, ...]


def reading(text: str, column: str) -> Reading:
    """Read a published cell by :data:`READINGS`; a bare "none" is about all mechanisms of its column.

    Trusting everybody is read as: nobody reviews uploads.
    """
    there: set[str] = set()
    not_there: set[str] = set()
    unread: list[str] = []
    for part in re.split(r"[,;:]", text):
        own = {m for words, m in READINGS if re.search(words, part, re.IGNORECASE)} & set(COLUMNS[column])
        denied = bool(_NOTHING.search(part))
        if _TRUST_ALL.search(part) and "upload review" in COLUMNS[column]:
            not_there.add("upload review")
        elif denied and not own:
            not_there.update(COLUMNS[column])
        elif not own and part.strip().lower() not in ("", "yes"):
            unread.append(part.strip())
        (not_there if denied else there).update(own)
    return Reading(frozenset(there), frozenset(not_there - there), tuple(unread))


def read(given: str) -> dict[str, dict[str, str]]:
    """The published texts by platform and column, in the order of the file.

    Raises:
        StudyError: The file is not of this form.
    """
    name, _, place = given.partition("#")
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(f"it is not UTF-8: {error.reason}", where=name, hint=_FORM) from None
    suffix = Path(name).suffix.lower()
    if suffix == ".json":
        found = _of_json(text, place, name)
    else:
        rows = _of_csv(text) if suffix == ".csv" else _of_markdown(text, place, name)
        found = {row.pop("platform"): row for row in rows if row.get("platform")}
    known = {p: {c: t for c, t in texts.items() if c in COLUMNS} for p, texts in found.items()}
    if not any(known.values()):
        raise StudyError("there is no such table in it", where=given, hint=_FORM)
    return known


def _of_json(text: str, place: str, name: str) -> dict[str, dict[str, str]]:
    try:
        found = follow(json.loads(text), place, name)
    except (ValueError, RecursionError) as error:
        raise StudyError(f"it is not JSON: {error}", where=name, hint=_FORM) from None
    if not isinstance(found, Mapping) or not all(isinstance(each, Mapping) for each in found.values()):
        raise StudyError("it is no object of platforms", where=f"{name}#{place}", hint=_FORM)
    return {str(p): {str(c): str(text) for c, text in texts.items()} for p, texts in found.items()}


def _of_csv(text: str) -> Iterator[dict[str, str]]:
    for row in csv.DictReader(io.StringIO(text)):
        yield {str(key).strip().lower(): str(value or "") for key, value in row.items() if key}


def _of_markdown(text: str, place: str, name: str) -> Iterator[dict[str, str]]:
    found, below = place in text, text.partition(place)[2] if place else text
    if not found:
        raise StudyError(f"no line has {place!r}", where=name, hint="Name words that stand above the table.")
    lines = [line.strip() for line in below.splitlines()]
    first = next((i for i, line in enumerate(lines) if line.startswith("|")), len(lines))
    rows = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    heads = [head.lower() for head in rows[0]] if rows else []
    for row in rows[2:]:
        yield dict(zip(heads, row, strict=False))


def same_platform(one: str, other: str) -> bool:
    """Whether two names are one platform's: ``PyTorch Hub`` and ``pytorch_hub``."""
    return re.sub(r"[\W_]", "", one.casefold()) == re.sub(r"[\W_]", "", other.casefold())
