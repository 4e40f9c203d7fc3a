"""What SARIF has no place for, under ``properties``: as it is written, and as strangers may have written it.

A column is written there only where reading the SARIF back would give another value.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, cast, get_args

from codebook.rows.risk import Finding, Outcome, Rule, Severity
from scan import said
from scan.sarif.results import OURS
from scan.scanner import RuleOfTool, SeenFinding, Status
from scan.shapes import sha256

_TEXTS = ("severity_raw", "confidence", "category", "message", "flows", "path", "model_id")


def ours(of: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What of ours an object has; None if it has nothing."""
    found = said.member(of, "properties", OURS)
    return found if isinstance(found, dict) else None


def missing(finding: Finding, read: SeenFinding) -> dict[str, Any]:
    """The columns of a finding that the SARIF, read back, would not give."""
    same = {
        "severity": read.severity,
        "severity_raw": read.severity_raw,
        "confidence": read.confidence,
        "category": read.category,
        "message": read.message,
        "flows": read.flows,
        "cwe_raw": joined(read.cwe_raw),
    }
    always = {"sha256": finding.sha256, "model_id": finding.model_id, "path": finding.path}
    return always | {name: getattr(finding, name) for name, value in same.items() if getattr(finding, name) != value}


def missing_of_rule(rule: Rule, read: RuleOfTool) -> dict[str, Any]:
    """The columns of a rule that the SARIF, read back, would not give."""
    same = {
        "severity": read.severity,
        "category": read.category,
        "message": read.message,
        "cwe_raw": joined(read.cwe_raw),
    }
    return {name: getattr(rule, name) for name, value in same.items() if getattr(rule, name) != value}


def of_outcome(outcome: Outcome) -> dict[str, Any]:
    """What became of a content."""
    return {name: getattr(outcome, name) for name in ("sha256", *Became._fields)}


def joined(words: tuple[str, ...]) -> str | None:
    """The tool's words for weaknesses as one column."""
    return ", ".join(words) or None


def put_back(read: SeenFinding, stated: Mapping[str, Any]) -> SeenFinding:
    """A finding with what of ours stands beside it."""
    changes: dict[str, Any] = {
        name: _text(stated[name]) for name in _TEXTS if name in stated and name not in ("path", "model_id")
    }
    if "cwe_raw" in stated:
        changes["cwe_raw"] = (stated["cwe_raw"],) if _text(stated["cwe_raw"]) else ()
    if "severity" in stated:
        changes["severity"] = step(stated["severity"])
    return replace(read, **changes)


def put_back_of_rule(read: RuleOfTool, stated: Mapping[str, Any]) -> RuleOfTool:
    """A rule with what of ours stands beside it."""
    changes: dict[str, Any] = {name: _text(stated[name]) for name in ("category", "message") if name in stated}
    if "cwe_raw" in stated:
        changes["cwe_raw"] = (stated["cwe_raw"],) if _text(stated["cwe_raw"]) else ()
    if "severity" in stated:
        changes["severity"] = step(stated["severity"])
    return replace(read, **changes)


def file_of(stated: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Content, model and path of a finding."""
    return sha256(stated.get("sha256")), _text(stated.get("model_id")), _text(stated.get("path"))


class Became(NamedTuple):
    """What became of a content."""

    status: Status
    reason: str | None = None
    seconds: float | None = None
    applies: bool = True


def outcome_of(stated: Mapping[str, Any]) -> Became | None:
    """What became of a content; None if that is not said."""
    if stated.get("status") not in get_args(Status):
        return None
    seconds = stated.get("seconds")
    measured = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None
    reason = _text(stated.get("reason"))
    return Became(cast("Status", stated["status"]), reason, measured, stated.get("applies") is not False)


def step(value: Any) -> Severity | None:
    """A severity of the one scale."""
    return cast("Severity", value) if value in get_args(Severity) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
