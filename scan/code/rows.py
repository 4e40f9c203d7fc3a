"""Rows of what tools said, each from one value of theirs. Pure."""

from collections.abc import Mapping
from typing import Any

from codebook.rows import Content, Finding, Rule, RuleFile
from codebook.weaknesses import normalised, owasp, top25
from scan import said
from scan.scanner import RuleOfTool, RulesFile, SeenFinding


def content(sha256: str, measures: Mapping[str, Any], run_id: str) -> Content:
    """The row of a content."""
    parses = measures.get("parses")
    return Content(
        sha256=sha256,
        bytes=said.count(measures.get("bytes")) or 0,
        suffix=said.name(measures.get("suffix")) or "",
        lines=said.count(measures.get("lines")),
        code_lines=said.count(measures.get("code_lines")),
        parses=parses if isinstance(parses, bool) else None,
        problem=said.text(measures.get("problem")),
        run_id=run_id,
    )


def rule_file(tool: str, rules_hash: str, file: RulesFile, run_id: str) -> RuleFile:
    """The row of a file of rules."""
    return RuleFile(
        tool=tool,
        rules_hash=rules_hash,
        path=file.path,
        sha256=file.sha256,
        rules=file.rules,
        problem=file.problem,
        run_id=run_id,
    )


def rule(of: tuple[str, str, str], described: RuleOfTool, run_id: str) -> Rule:
    """The row of a rule; ``of`` is tool, version and rules."""
    cwes = normalised(described.cwe_raw, tool=of[0], rule=described.rule)
    return Rule(
        tool=of[0],
        tool_version=of[1],
        rules_hash=of[2],
        rule=described.rule,
        cwe=cwes[0] if cwes else None,
        cwe_raw=", ".join(described.cwe_raw) or None,
        severity=described.severity,
        category=described.category,
        message=described.message,
        run_id=run_id,
    )


def finding(key: tuple[str, str, str, str], seen: SeenFinding, run_id: str, *, current: bool) -> Finding:
    """The row of a finding, as yet without an id; ``key`` is tool, version, rules and content."""
    cwes = normalised(seen.cwe_raw, tool=key[0], rule=seen.rule)
    return Finding(
        finding_id="",
        tool=key[0],
        tool_version=key[1],
        rules_hash=key[2],
        rule=seen.rule,
        cwe=cwes[0] if cwes else None,
        cwe_raw=", ".join(seen.cwe_raw) or None,
        cwes=cwes,
        top25=any(map(top25, cwes)) if cwes else None,
        owasp=next(filter(None, map(owasp, cwes)), None),
        severity=seen.severity,
        severity_raw=seen.severity_raw,
        confidence=seen.confidence,
        category=seen.category,
        sha256=key[3],
        model_id=None,
        path=None,
        line=seen.line,
        end_line=seen.end_line,
        message=seen.message,
        flows=seen.flows,
        weakness_id=None,
        suppressed_by_author=seen.suppressed,
        current=current,
        run_id=run_id,
    )
