"""Counts that others have published, from a file, to set beside those of the study.

A JSON object of platforms, each with ``[repositories, with custom code]`` (what follows is passed over) or with an
object that has ``models`` and ``published``; or CSV with the columns ``platform``, ``models`` and ``published``. In
JSON, the object may stand deeper: ``FILE#/a/b`` names it by a JSON Pointer (RFC 6901).
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.prevalence.counts import TOTAL, Counts
from codebook.errors import StudyError
from codebook.json_pointer import follow

_FORM = 'It is to be {"platform": [repositories, with custom code], …}, or CSV with platform, models, published.'


def read(given: str) -> list[Counts]:
    """Counts per platform in the order of the file, then of all.

    Raises:
        StudyError: The file is not of this form, or has a count that cannot be.
    """
    name, _, pointer = given.partition("#")
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(f"it is not UTF-8: {error.reason}", where=name, hint=_FORM) from None
    rows = list(_of_csv(text, name) if name.lower().endswith(".csv") else _of_json(text, pointer, name))
    if not rows:
        raise StudyError("there are no counts in it", where=given, hint=_FORM)
    if len({row.platform for row in rows}) < len(rows):
        raise StudyError("it has a platform twice", where=given, hint=_FORM)
    return [*rows, Counts(TOTAL, sum(row.models for row in rows), sum(row.published for row in rows))]


def _of_csv(text: str, name: str) -> Iterator[Counts]:
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        where = f"{name}:{line}"
        yield _counts(str(row.get("platform") or ""), _number(row.get("models")), _number(row.get("published")), where)


def _number(text: str | None) -> object:
    return int(text) if text and text.strip().isascii() and text.strip().isdigit() else text


def _of_json(text: str, pointer: str, name: str) -> Iterator[Counts]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StudyError(f"it is not JSON: {error}", where=name, hint=_FORM) from None
    found = follow(found, pointer, name)
    if not isinstance(found, dict):
        raise StudyError("it is no object of platforms", where=name, hint=_FORM)
    for platform, value in found.items():
        models, published = _pair(value)
        yield _counts(platform, models, published, f"{name}: {platform}")


def _pair(value: object) -> tuple[object, object]:
    if isinstance(value, Mapping):
        given: Mapping[str, Any] = value
        return given.get("models"), given.get("published")
    if isinstance(value, list) and len(value) > 1:
        return value[0], value[1]
    return None, None


def _counts(platform: str, models: object, published: object, where: str) -> Counts:
    if not platform or platform == TOTAL or type(models) is not int or type(published) is not int:
        raise StudyError("it is no platform with two whole numbers", where=where, hint=_FORM)
    if not 0 <= published <= models:
        raise StudyError(f"{published} of {models} cannot be", where=where, hint=_FORM)
    return Counts(platform, models, published)
