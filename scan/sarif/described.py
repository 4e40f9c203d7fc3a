"""Rules and the taxonomy of weaknesses as SARIF describes them, in the form that GitHub and DefectDojo read.

GitHub takes a rule's severity from ``security-severity`` and its weaknesses from tags ``external/cwe/cwe-079``.
DefectDojo takes the weakness from the relationships, the last of several, and reads only rules of the driver.

Sources: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
and dojo/tools/sarif/parser.py of DefectDojo.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from codebook.rows.risk import Finding, Rule, Severity
from codebook.weaknesses import name, normalised
from scan.sarif import ours
from scan.sarif.results import OURS, described

LEVELS: dict[Severity | None, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    None: "note",
}
"""SARIF's level of each severity."""

SCORES: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""A number in the middle of each band of ``security-severity``, which knows no words."""

_MOST_TAGS = 10
_SHORT = 1000
_CWE_VERSION = "4.14"
_PAGE = "https://cwe.mitre.org/data/definitions/{}.html"


def unlinked(text: str) -> str:
    """Text in which no reader of SARIF finds a link: strangers write ``[text](address)``, too."""
    return text.replace("](", "] (")


def descriptor(rule: Rule, findings: Iterable[Finding]) -> dict[str, Any]:
    """One rule; its weaknesses are those of its row, and else those of its findings.

    Args:
        rule: The row.
        findings: Findings of it.
    """
    found = [cwe for finding in findings for cwe in finding.cwes]
    cwes = list(dict.fromkeys(normalised((rule.cwe_raw,), tool=rule.tool, rule=rule.rule) if rule.cwe_raw else found))
    text = unlinked(rule.message or rule.rule)
    made: dict[str, Any] = {
        "id": rule.rule,
        "shortDescription": {"text": text[:_SHORT]},
        "fullDescription": {"text": text[:_SHORT]},
        "help": {"text": "\n".join([text, *(f"{cwe}: {name(cwe) or 'no name is known'}" for cwe in cwes)])},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "relationships": [{"target": reference(cwe), "kinds": ["superset"]} for cwe in reversed(cwes)],
        "properties": {"tags": ["security", *map(tag, cwes[: _MOST_TAGS - 1])]},
    }
    if cwes:
        made["helpUri"] = _PAGE.format(cwes[0].removeprefix("CWE-"))
    if rule.severity:
        made["properties"]["security-severity"] = SCORES[rule.severity]
    made["properties"][OURS] = ours.missing_of_rule(rule, described(rule.tool, made))
    return made


def undescribed(finding: Finding) -> Rule:
    """The row that a rule would have which a finding names and no table does."""
    return Rule(
        tool=finding.tool,
        tool_version=finding.tool_version,
        rules_hash=finding.rules_hash,
        rule=finding.rule,
        cwe=finding.cwe,
        cwe_raw=finding.cwe_raw,
        severity=finding.severity,
        category=finding.category,
        run_id=finding.run_id,
    )


def tag(cwe: str) -> str:
    """A weakness as GitHub reads it."""
    return f"external/cwe/cwe-{int(cwe.removeprefix('CWE-')):03d}"


def reference(cwe: str) -> dict[str, Any]:
    """A weakness in the taxonomy."""
    return {"id": cwe, "toolComponent": {"name": "CWE", "index": 0}}


def taxonomy(cwes: Iterable[str]) -> dict[str, Any]:
    """The weaknesses that a run names, out of CWE."""
    taxa: Sequence[dict[str, Any]] = [
        {
            "id": cwe,
            "shortDescription": {"text": name(cwe) or cwe},
            "helpUri": _PAGE.format(cwe.removeprefix("CWE-")),
        }
        for cwe in sorted(set(cwes), key=lambda cwe: int(cwe.removeprefix("CWE-")))
    ]
    return {
        "name": "CWE",
        "version": _CWE_VERSION,
        "organization": "MITRE",
        "informationUri": "https://cwe.mitre.org/",
        "shortDescription": {"text": "The MITRE Common Weakness Enumeration"},
        "isComprehensive": False,
        "taxa": taxa,
    }
