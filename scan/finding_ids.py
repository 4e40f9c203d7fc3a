"""What a finding is called: a hash of what the tool said and where, the same in every run and on every machine."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256

from codebook.rows.risk import Finding

_SAID = (
    "tool",
    "tool_version",
    "rules_hash",
    "rule",
    "sha256",
    "model_id",
    "path",
    "line",
    "end_line",
    "cwe_raw",
    "severity_raw",
    "confidence",
    "message",
    "flows",
    "suppressed_by_author",
)
"""The columns that are not worked out from others."""


def with_ids(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings with their ids, 20 hexadecimal digits each.

    Those that are alike in all that the tool said are numbered, so that a tool that says the same twice is counted
    twice; for that, all findings of one file are to come in one call.
    """
    seen = Counter[str]()
    for finding in findings:
        said = "\0".join(repr(getattr(finding, name)) for name in _SAID)
        seen[said] += 1
        yield replace(
            finding, finding_id=sha256(f"{said}\0{seen[said]}".encode("utf-8", "surrogatepass")).hexdigest()[:20]
        )
