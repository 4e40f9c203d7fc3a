"""What a tool's word for a weakness or a severity means, by the tables of this folder."""

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import cast, get_args

from codebook.rows.risk import Severity
from codebook.weaknesses.stated import stated

_NAMED = re.compile(
    r"cwe[-_:/ ]*0*([1-9][0-9]{0,3})(?![0-9])|cwe\.mitre\.org/data/definitions/([1-9][0-9]{0,3})\b", re.IGNORECASE
)
_NUMBER = re.compile(r"\s*0*([1-9][0-9]{0,3})\s*", re.ASCII)
_LONGEST = 2000


def normalised(raw: Sequence[str], *, tool: str | None = None, rule: str | None = None) -> tuple[str, ...]:
    """Weaknesses as tools write them, each once as ``CWE-502``, in their order.

    Understood are ``CWE-78: OS Command …``, ``78``, ``external/cwe/cwe-078``, ``CWE-078``, addresses of CWE's pages,
    and several in one text. What is none of these says nothing. A deprecated entry becomes the one that CWE names
    instead; a category and an entry newer than our table stay as they are.

    Args:
        raw: The tool's words.
        tool: The scanner, for rules whose weakness is known not to be what they look for (table ``remaps``).
        rule: Its rule, for example ``B506`` or ``B506:yaml_load``.
    """
    texts = (raw,) if isinstance(raw, str) else raw
    numbers = (number for text in texts for number in _numbers(text))
    remapped = _remaps().get(((tool or "").lower(), (rule or "").partition(":")[0]), {})
    current = (remapped.get(number, number) for number in (_instead().get(n, n) for n in numbers))
    return tuple(dict.fromkeys(f"CWE-{number}" for number in current))


def equivalent(a: str, b: str) -> bool:
    """Whether two normalised weaknesses count as the same, by the table ``equivalences``."""
    return group(a) == group(b)


def group(cwe: str) -> str:
    """What all weaknesses that are equivalent to a normalised one share, and no other has."""
    return _groups().get(cwe, cwe)


def top25(cwe: str) -> bool:
    """Whether a normalised weakness is in the CWE Top 25 of the table's year."""
    return cwe in _top25()


def owasp(cwe: str) -> str | None:
    """The category of the OWASP Top 10 that lists a normalised weakness, for example ``A03:2021 Injection``."""
    return _owasp().get(cwe)


def name(cwe: str) -> str | None:
    """CWE's name of a normalised weakness; None if our table has none."""
    return _names().get(cwe)


def severity(tool: str, said: str | float | None) -> Severity | None:
    """A tool's severity on the one scale, by the table ``severities``.

    Args:
        tool: The scanner; one that the table does not have is read as ``sarif`` is.
        said: Its word, or a number as CVSS has it, also as text.

    Returns:
        None if it says nothing that is in the table.
    """
    words, bounds = _scale().get(tool.lower()) or _scale()["sarif"]
    if isinstance(said, str) and said.strip().lower() in words:
        return words[said.strip().lower()]
    number = _float(said)
    return None if number is None else next((step for bound, step in bounds if number >= bound), None)


def _float(said: str | float | None) -> float | None:
    try:
        number = float(said) if said is not None and not isinstance(said, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= 10 else None  # noqa: PLR2004 - CVSS scores


def _numbers(text: str) -> Iterator[int]:
    alone = _NUMBER.fullmatch(text[:_LONGEST])
    if alone:
        yield int(alone[1])
        return
    for found in _NAMED.finditer(text[:_LONGEST]):
        yield int(found[1] or found[2])


@cache
def _remaps() -> dict[tuple[str, str], dict[int, int]]:
    found: dict[tuple[str, str], dict[int, int]] = {}
    for row in stated("remaps").rows:
        found.setdefault((row["tool"], row["rule"]), {})[int(row["given"])] = int(row["cwe"])
    return found


@cache
def _instead() -> dict[int, int]:
    return {int(row["cwe"]): int(row["instead"]) for row in stated("entries").rows if row["instead"]}


@cache
def _groups() -> dict[str, str]:
    return {f"CWE-{row['cwe']}": row["group"] for row in stated("equivalences").rows}


@cache
def _top25() -> frozenset[str]:
    return frozenset(f"CWE-{row['cwe']}" for row in stated("top25").rows)


@cache
def _owasp() -> dict[str, str]:
    return {f"CWE-{row['cwe']}": row["category"] for row in stated("owasp").rows}


@cache
def _names() -> dict[str, str]:
    return {f"CWE-{row['cwe']}": row["name"] for row in stated("entries").rows}


_Scale = tuple[dict[str, Severity], list[tuple[float, Severity]]]


@cache
def _scale() -> dict[str, _Scale]:
    """By tool, its words, and its bounds from the highest down."""
    found: dict[str, _Scale] = {}
    for row in stated("severities").rows:
        words, bounds = found.setdefault(row["tool"], ({}, []))
        step = _severity(row["severity"])
        if row["above"]:
            bounds.append((float(row["above"]), step))
        else:
            words[row["says"]] = step
    for _, bounds in found.values():
        bounds.sort(reverse=True)
    return found


def _severity(word: str) -> Severity:
    if word not in get_args(Severity):
        raise ValueError(f"not on the scale: {word}")
    return cast("Severity", word)
