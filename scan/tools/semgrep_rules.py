"""Semgrep's rules: files of YAML made into rules that its engine takes, and why others are not in use.

As Semgrep's own command does, YAML is read here and handed to the engine as JSON. A rule is named by its id alone,
wherever its file lies; of two with one id the first counts. Only Python is looked at.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codebook.harmless import valid_text
from codebook.weaknesses import severity
from scan import bounded_yaml
from scan.scanner import RuleOfTool, RulesFile
from scan.tools.rule_files import RuleSource

TOOL = "semgrep"

ANALYZERS = {
    "python": "python",
    "py": "python",
    "python2": "python2",
    "python3": "python3",
    "regex": "regex",
    "none": "regex",
    "generic": "generic",
}
"""What looks at a file of Python for a rule, by the rule's language."""

_OF_PYTHON = {"python", "py", "python2", "python3"}
_KEPT = ("cwe", "owasp", "category", "confidence")


@dataclass
class RuleSet:
    """The rules of some files, by id; ``problems`` are what is wrong, by file."""

    sources: Sequence[RuleSource]
    rules: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    file_of: dict[str, str] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, path: str, why: str, rule: str | None = None) -> None:
        """Say what is wrong with a file, or take a rule of it out of use."""
        self.problems.setdefault(path, []).append(f"{rule}: {why}" if rule else why)
        if rule and self.file_of.get(rule) == path:
            del self.rules[rule], self.file_of[rule]

    def as_json(self, only: Iterable[str] | None = None) -> bytes:
        """The rules as a file for the engine."""
        chosen = [self.rules[rule] for rule in (self.rules if only is None else only)]
        return json.dumps({"rules": chosen}, default=str).encode()

    def analyzers(self) -> list[str]:
        """What is to look at each file of Python."""
        return sorted({ANALYZERS[each] for rule in self.rules.values() for each in _languages(rule) & set(ANALYZERS)})

    def files(self) -> tuple[RulesFile, ...]:
        """Every file, with how many rules of it are in use, and why others are not."""
        used = list(self.file_of.values())
        return tuple(
            RulesFile(
                path=source.path,
                sha256=source.sha256,
                rules=used.count(source.path),
                problem=valid_text("; ".join(self.problems.get(source.path, ())))[:2000] or None,
            )
            for source in self.sources
        )

    def described(self) -> tuple[RuleOfTool, ...]:
        """Every rule that is in use, as it describes itself."""
        return tuple(_described(rule) for rule in self.rules.values())


def read(sources: Sequence[RuleSource]) -> RuleSet:
    """The rules of some files as far as that can be told without the engine."""
    found = RuleSet(sources)
    for source in sources:
        value, problem = bounded_yaml.read(source.content)
        rules = value.get("rules") if isinstance(value, dict) else None
        if not isinstance(rules, list):
            found.refuse(source.path, problem or "it has no list of `rules`")
            continue
        for number, rule in enumerate(rules, 1):
            _take(found, source.path, number, rule)
    return found


def kept(metadata: Any) -> dict[str, Any]:
    """What a finding keeps of its rule's metadata; the rest stands in the rule file."""
    known = metadata if isinstance(metadata, Mapping) else {}
    return {key: known[key] for key in _KEPT if key in known}


def words(value: Any) -> tuple[str, ...]:
    """A text or list of texts, as metadata have it."""
    several = value if isinstance(value, list | tuple) else [value]
    return tuple(valid_text(str(each)) for each in several if isinstance(each, str | int) and str(each).strip())


def _take(found: RuleSet, path: str, number: int, rule: Any) -> None:
    name = rule.get("id") if isinstance(rule, dict) else None
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", name):
        found.refuse(path, f"rule {number} has no id of letters, digits, -, . and _")
    elif name in found.rules:
        found.refuse(path, f"{name}: a rule of this id is in {found.file_of[name]}")
    elif rule.get("mode") in ("join", "extract"):
        found.refuse(path, f"{name}: rules of mode {rule['mode']!r} are not run")
    elif _languages(rule) and not _languages(rule) & set(ANALYZERS):
        found.refuse(path, f"{name}: it is for {', '.join(sorted(_languages(rule)))}, and only Python is looked at")
    else:
        if rule.get("paths"):
            found.refuse(path, f"{name}: its `paths` do not count: a content has many")
        if others := sorted(_languages(rule) - _OF_PYTHON):
            found.refuse(path, f"{name}: only Python is looked at, and nothing else in {', '.join(others)}")
        found.rules[name], found.file_of[name] = rule, path


def _languages(rule: Mapping[str, Any]) -> set[str]:
    languages = rule.get("languages")
    return {each.lower() for each in languages if isinstance(each, str)} if isinstance(languages, list) else set()


def _described(rule: Mapping[str, Any]) -> RuleOfTool:
    metadata = kept(rule.get("metadata"))
    return RuleOfTool(
        rule=str(rule["id"]),
        cwe_raw=words(metadata.get("cwe")),
        severity=severity(TOOL, str(rule.get("severity", ""))),
        category=next(iter(words(metadata.get("category"))), None),
        message=valid_text(str(rule.get("message", "")).strip())[:4000],
    )
