"""One result as a finding: its rule, lines, weaknesses, severity, message, flows and suppressions."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from codebook.rows.risk import Severity
from codebook.weaknesses import severity
from scan import said
from scan.sarif.flows import Located, compact
from scan.scanner import RuleOfTool, SeenFinding

OURS = "qualdev"
"""The key under ``properties`` where what SARIF has no place for stands."""

_CWE = re.compile(r"cwe[-_:/ ]*0*[1-9]", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{(\d{1,2})\}|\{\{|\}\}")
_LONGEST = 10_000

_ALIASES = {"semgrep-oss": "semgrep", "semgrep-pro": "semgrep", "codeql-command-line-toolchain": "codeql"}


def tool_name(driver: str | None) -> str:
    """A tool's name as tables have it: lower case, of letters, digits and dashes."""
    plain = re.sub(r"[^a-z0-9]+", "-", (driver or "").lower()).strip("-")[:60] or "unnamed"
    return _ALIASES.get(plain, plain)


def counts(result: Mapping[str, Any]) -> bool:
    """Whether a result says that something is wrong now: not that a rule passed, nor what is gone since a baseline."""
    return result.get("kind", "fail") in ("fail", "open", "review") and result.get("baselineState") != "absent"


def location(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The physical location that a result is shown at: that of its first location."""
    locations = result.get("locations")
    first = locations[0] if isinstance(locations, list) and locations else None
    found = said.member(first, "physicalLocation")
    return found if isinstance(found, dict) else {}


def seen(tool: str, name: str, result: Mapping[str, Any], rule: Mapping[str, Any], located: Located) -> SeenFinding:
    """A result as a finding.

    Args:
        tool: The tool, as :func:`tool_name` calls it, by which severities are read.
        name: Its rule, as findings name it.
        result: The result.
        rule: What the file says of the rule; may be empty.
        located: Says where the steps of its flows are.
    """
    region = said.member(location(result), "region")
    words = list(_severities(result, rule))
    return SeenFinding(
        rule=name,
        line=max(1, said.count(said.member(region, "startLine")) or 1),
        end_line=said.count(said.member(region, "endLine")),
        cwe_raw=tuple(dict.fromkeys((*_weaknesses(result), *_weaknesses(rule)))),
        severity=_step(tool, words),
        severity_raw=", ".join(f"{key} {word}" for key, word in words) or None,
        confidence=said.text(said.member(result, "properties", "issue_confidence")) or _property(rule, "precision"),
        message=message(result.get("message"), rule),
        flows=compact(result, located),
        suppressed="inSource" in _suppressions(result),
    )


def described(tool: str, rule: Mapping[str, Any]) -> RuleOfTool:
    """A rule as the file describes it."""
    words = list(_severities({}, rule))
    text = (
        message(rule.get("shortDescription"), {}) or message(rule.get("fullDescription"), {}) or _property(rule, "name")
    )
    return RuleOfTool(
        rule=str(rule["id"]),
        cwe_raw=tuple(dict.fromkeys(_weaknesses(rule))),
        severity=_step(tool, words),
        message=text,
    )


def _step(tool: str, words: list[tuple[str, str]]) -> Severity | None:
    """The first word that says something, in the tool's sense or in that of SARIF."""
    steps = (severity(tool, word) or severity("sarif", word) for _, word in words)
    return next((step for step in steps if step), None)


def triaged(result: Mapping[str, Any]) -> bool:
    """Whether people have put a result aside outside of the code."""
    return "external" in _suppressions(result)


def message(value: Any, rule: Mapping[str, Any]) -> str | None:
    """A message as text; one that names a text of the rule with its arguments put in (SARIF, 3.11)."""
    text = said.text(said.member(value, "text")) or said.text(said.member(value, "markdown"))
    named = said.name(said.member(value, "id"))
    if text is None and named:
        text = said.text(said.member(rule, "messageStrings", named, "text"))
    arguments = said.member(value, "arguments")
    given = arguments if isinstance(arguments, list) else []
    return _PLACEHOLDER.sub(lambda found: _filled(found, given), text)[:_LONGEST] if text and given else text


def _filled(found: re.Match[str], arguments: list[Any]) -> str:
    if found[1] is None:
        return found[0][0]
    index = int(found[1])
    return str(arguments[index]) if index < len(arguments) else found[0]


def _suppressions(result: Mapping[str, Any]) -> set[str]:
    """Kinds of the suppressions that hold."""
    stated = result.get("suppressions")
    holding = (
        [each for each in stated if said.member(each, "status") in (None, "accepted")]
        if isinstance(stated, list)
        else []
    )
    return {str(said.member(each, "kind")) for each in holding}


def _severities(result: Mapping[str, Any], rule: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is said of how grave it is, the most exact first: by CVSS, by the tool, by SARIF's level."""
    for key in ("security-severity", "issue_severity", "problem.severity"):
        for of in (result, rule):
            if word := _property(of, key):
                yield key, word
                break
    level = said.text(result.get("level")) or said.text(said.member(rule, "defaultConfiguration", "level"))
    if level:
        yield "level", level


def _weaknesses(of: Mapping[str, Any]) -> Iterator[str]:
    """The weaknesses of a result or rule in the tool's words: tags, a property, relationships and taxa."""
    tags = said.member(of, "properties", "tags")
    cwe = said.member(of, "properties", "cwe")
    for text in [*(tags if isinstance(tags, list) else [])]:
        if isinstance(text, str) and _CWE.search(text):
            yield text[:_LONGEST]
    for text in cwe if isinstance(cwe, list) else [cwe]:
        if said.text(text):
            yield text[:_LONGEST]
    for key in ("relationships", "taxa"):
        stated = of.get(key)
        for each in stated if isinstance(stated, list) else []:
            target = said.member(each, "target") if key == "relationships" else each
            identity, taxonomy = said.text(said.member(target, "id")), said.member(target, "toolComponent", "name")
            if identity and (_CWE.match(identity) or str(taxonomy).upper() == "CWE"):
                yield identity


def _property(of: Mapping[str, Any], key: str) -> str | None:
    value = said.member(of, "properties", key)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else said.text(value)
