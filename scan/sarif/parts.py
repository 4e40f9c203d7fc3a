"""Files no larger than those who read them take: a run is continued in the next file where one is full.

GitHub takes 20 runs a file, 25,000 results a run (and shows 5,000, the gravest), 25,000 rules a run, 10 MB compressed,
20 tags a rule (and shows 10), 10,000 steps of flows a result (and shows 1,000). DefectDojo states no limits.

Source: https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codebook.rows.risk import Finding, Outcome, Rule
from scan.sarif.described import descriptor, taxonomy, undescribed
from scan.sarif.results import OURS
from scan.sarif.written import Home, artifact, notice, result

SHOWN = 5_000
"""Results of a run that GitHub shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may have."""

    runs: int = 20
    results: int = 25_000
    compressed: int = 9_500_000
    written: int = 100_000_000


@dataclass
class Weight:
    """How large a file has become, compressed as it will be and not."""

    written: int = 0
    compressed: int = 0
    _packer: Any = field(default_factory=lambda: zlib.compressobj(6))
    _waiting: int = 0

    def add(self, text: str) -> None:
        """Count a text; what it takes when compressed is known a little later, and never more than it is."""
        content = text.encode("utf-8", "surrogatepass")
        self.written += len(content)
        self._waiting += len(content)
        packed = len(self._packer.compress(content))
        if packed:
            self.compressed += packed
            self._waiting = 0

    @property
    def at_most(self) -> int:
        """Bytes that it takes when compressed, at the most."""
        return self.compressed + self._waiting


@dataclass
class Part:
    """One run of one tool, in one file.

    Args:
        tool: Tool, version and rules.
        category: What tells it from other parts of the same tool.
        rules: Rules of the tool by name.
        number: Which part of the run it is, from 1.
        results: How many results it has.
    """

    tool: tuple[str, str, str]
    category: str
    rules: Mapping[str, Rule]
    number: int = 1
    results: int = 0
    _results: list[str] = field(default_factory=list)
    _artifacts: dict[str, int] = field(default_factory=dict)
    _notices: list[dict[str, Any]] = field(default_factory=list)
    _descriptors: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    _cwes: set[str] = field(default_factory=set)

    @property
    def files(self) -> int:
        """How many files it tells of."""
        return len(self._artifacts)

    def add_file(self, home: Home, sha256: str | None, outcome: Outcome | None) -> str:
        """Add a file, unless it is there; the text that is written for it."""
        text = _json(artifact(home, sha256, outcome))
        index = self._artifacts.setdefault(text, len(self._artifacts))
        told = notice(home, index, outcome) if outcome else None
        if told:
            self._notices.append(told)
        return text

    def add_finding(self, finding: Finding, home: Home, line_text: str | None) -> str:
        """Add a finding; the text that is written for it."""
        if finding.rule not in self._descriptors:
            rule = self.rules.get(finding.rule) or undescribed(finding)
            made = descriptor(rule, [finding])
            self._descriptors[finding.rule] = (len(self._descriptors), made)
            self._cwes.update(each["target"]["id"] for each in made["relationships"])
        index, made = self._descriptors[finding.rule]
        self._cwes.update(finding.cwes)
        self._results.append(_json(result(finding, made, index, home, line_text)))
        self.results += 1
        return self._results[-1]

    def text(self) -> str:
        """The run as JSON."""
        name, version, rules_hash = self.tool
        driver = {
            "name": name,
            "version": version,
            "rules": [made for _, made in self._descriptors.values()],
            "supportedTaxonomies": [{"name": "CWE", "index": 0}],
        }
        head = {
            "tool": {"driver": driver},
            "taxonomies": [taxonomy(self._cwes)],
            "automationDetails": {"id": f"qualdev/{self.category}/"},
            "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": self._notices}],
            "properties": {OURS: {"rules_hash": rules_hash}},
        }
        lists = f'"artifacts": [{", ".join(self._artifacts)}],\n"results": [{(", " + chr(10)).join(self._results)}]'
        return f"{_json(head)[:-1]},\n{lists}}}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
