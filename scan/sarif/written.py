"""Findings and outcomes as results, artifacts and notifications of SARIF."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from codebook.rows.risk import Finding, Outcome
from scan.sarif import ours
from scan.sarif.described import LEVELS, SCORES, reference, unlinked
from scan.sarif.results import OURS, seen

_NOTICES = {"failed": "error", "timed_out": "error", "skipped": "warning"}
"""Level of the notification of a file that was not scanned."""


class Home(NamedTuple):
    """Where a file is said to be: a model (empty: the file exported is about one) and a path; both are strangers'."""

    model_id: str
    path: str


def uri(home: Home) -> str:
    """The address of a file, relative and inside, whatever the path."""
    parts = [home.model_id, *home.path.split("/")] if home.model_id else home.path.split("/")
    return "/".join(quote(part, safe="/" if number == 0 else "") for number, part in enumerate(map(_inside, parts)))


def _inside(part: str) -> str:
    return "_" if part in ("", ".", "..") else part.lstrip("/") or "_"


def result(finding: Finding, rule: Mapping[str, Any], index: int, home: Home, line_text: str | None) -> dict[str, Any]:
    """A finding.

    Args:
        finding: The row.
        rule: Its rule as it is written.
        index: Where that stands in the driver.
        home: Where its file is said to be.
        line_text: The line that it is on, if the content is here.
    """
    region = {"startLine": finding.line} | ({"endLine": finding.end_line} if finding.end_line else {})
    made: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": unlinked(finding.message or finding.rule)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(home)}, "region": region}}],
        "partialFingerprints": _fingerprints(finding, line_text),
        "taxa": [reference(cwe) for cwe in finding.cwes],
        "properties": {},
    }
    flows = _flows(finding.flows, home)
    if flows:
        made["codeFlows"] = flows
    if finding.suppressed_by_author:
        made["suppressions"] = [{"kind": "inSource"}]
    if finding.severity:
        made["properties"]["security-severity"] = SCORES[finding.severity]
    read = seen(finding.tool, finding.rule, made, rule, lambda at: str(at["uri"]))
    made["properties"][OURS] = ours.missing(finding, read)
    return made


def _fingerprints(finding: Finding, line_text: str | None) -> dict[str, str]:
    """What stays the same while the code around moves: the text of the line, or else the content and the line."""
    marked = f"{finding.sha256} {finding.line}" if line_text is None else line_text.strip()
    digest = hashlib.sha256(f"{finding.rule}\0{marked}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    made = {"primaryLocationLineHash": f"{digest}:1", "findingId/v1": finding.finding_id}
    return made | ({"weaknessId/v1": finding.weakness_id} if finding.weakness_id else {})


def _flows(flows: str | None, home: Home) -> list[dict[str, Any]]:
    """Flows as code flows; those whose steps have no line are left out, their text stands under ours."""
    try:
        stated = json.loads(flows) if flows else []
    except (ValueError, RecursionError):
        return []
    made = (
        [[_step(step, home) for step in flow] for flow in stated if isinstance(flow, list)]
        if isinstance(stated, list)
        else []
    )
    return [{"threadFlows": [{"locations": steps}]} for steps in made if steps and all(steps)]


def _step(step: Any, home: Home) -> dict[str, Any] | None:
    if not isinstance(step, dict) or not _is_line(step.get("line")):
        return None
    region = {"startLine": step["line"]}
    if _is_line(step.get("end_line")) and step["end_line"] >= step["line"]:
        region["endLine"] = step["end_line"]
    if _is_line(step.get("column")):
        region["startColumn"] = step["column"]
    path = step.get("path")
    at = uri(Home(home.model_id, path) if isinstance(path, str) else home)
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": at}, "region": region}}
    if isinstance(step.get("message"), str):
        location["message"] = {"text": unlinked(step["message"])}
    return {"location": location}


def _is_line(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**31


def artifact(home: Home, sha256: str | None, outcome: Outcome | None) -> dict[str, Any]:
    """A file, with what became of it."""
    made: dict[str, Any] = {"location": {"uri": uri(home)}}
    if sha256:
        made["hashes"] = {"sha-256": sha256}
    if outcome:
        made["roles"] = ["analysisTarget"]
        made["properties"] = {OURS: ours.of_outcome(outcome)}
    return made


def notice(home: Home, index: int, outcome: Outcome) -> dict[str, Any] | None:
    """What is told of a file that was not scanned; None of one that was."""
    if outcome.status == "scanned":
        return None
    at = {"physicalLocation": {"artifactLocation": {"uri": uri(home), "index": index}}}
    text = unlinked(f"{outcome.status.replace('_', ' ')}: {outcome.reason or 'no reason is known'}")
    descriptor = {"id": f"not-scanned/{outcome.status}"}
    return {"descriptor": descriptor, "level": _NOTICES[outcome.status], "message": {"text": text}, "locations": [at]}
