"""Semgrep: our rules and the team's, on contents of Python, through its engine.

No ignore list, no size limit and no comment hides anything: comments that ask for silence are told by the engine itself
(``is_ignored``) and mark the finding. What the engine has not read, or only in part, is an outcome that says so.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from codebook.errors import Missing
from codebook.harmless import valid_text
from codebook.scanning import Scan
from codebook.weaknesses import severity
from scan.scanner import Code, Kit, Said, SeenFinding, Staged, Status, ToolFailed
from scan.tools import semgrep_engine as engine
from scan.tools import semgrep_rules
from scan.tools.child import Bounds
from scan.tools.rule_files import RuleSource, rule_files, rules_hash
from scan.tools.semgrep_rules import TOOL, RuleSet

LARGE = 200_000
"""Bytes from which on a content is looked at by itself: what takes long or much is to cost no other its result."""

_RULES = "rules.json"
_SUFFIXES = (".py", ".pyw", ".pyi")
_TIMEOUTS = 3  # rules of which a file may take too long before the engine leaves it
_PER_FILE = 0.15  # seconds, on a busy machine; and a second for every so many bytes:
_PER_SECOND = 60_000
_TOLD = 10


class Semgrep:
    """Runs the engine on one batch after the other, one thread each."""

    def kit(self, settings: Scan, study: Path) -> Kit:
        """Read the rules and let the engine say which it cannot use.

        Raises:
            Missing: Semgrep is not installed, or there is no rule.
        """
        version = engine.version()
        sources = tuple(rule_files(settings, study, TOOL, (".yaml", ".yml")))
        rules = _usable(sources, settings.memory_limit)
        if not rules.rules:
            wrong = [file.problem for file in rules.files() if file.problem]
            raise Missing("Semgrep has no rule that it can use" + (f": {wrong[0]}" if wrong else ""))
        return Kit(
            tool=TOOL,
            tool_version=version,
            rules_hash=rules_hash(sources, beside=json.dumps(engine.OPTIONS)),
            seconds=settings.time_limit,
            megabytes=settings.memory_limit,
            batch=(500, 10_000_000),
            files={_RULES: rules.as_json()},
            settings={"analyzers": rules.analyzers()},
            rule_files=rules.files(),
            rules=rules.described(),
        )

    def refuses(self, code: Code) -> str | None:
        """Whatever is no Python by its name; Python of any version is looked at."""
        return None if code.suffix in _SUFFIXES else "not Python"

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """All rules on each file; large ones one by one, after all others."""
        small = [each for each in staged if each.code.bytes < LARGE]
        if small:
            size = sum(each.code.bytes for each in small)
            seconds = kit.seconds + _PER_FILE * len(small) + size / _PER_SECOND
            said = _ask(kit, folder, small, seconds)
            if isinstance(said, Said) and len(small) > 1:
                raise ToolFailed(str(said.reason))
            yield from [said] if isinstance(said, Said) else said
        for each in staged:
            if each.code.bytes >= LARGE:
                said = _ask(kit, folder, [each], kit.seconds)
                yield from [said] if isinstance(said, Said) else said

    def parse(self, finding: Mapping[str, Any]) -> SeenFinding:
        """One match of a rule."""
        try:
            metadata, trace = finding["metadata"], finding.get("flow")
            said = str(finding["severity"])
            return SeenFinding(
                rule=str(finding["check_id"]),
                line=int(finding["start"]["line"]),
                end_line=int(finding["end"]["line"]),
                cwe_raw=semgrep_rules.words(metadata.get("cwe")),
                severity=severity(TOOL, said),
                severity_raw=said,
                confidence=next(iter(semgrep_rules.words(metadata.get("confidence"))), None),
                category=next(iter(semgrep_rules.words(metadata.get("category"))), None),
                message=valid_text(str(finding["message"])),
                flows=json.dumps([trace], ensure_ascii=False, separators=(",", ":")) if trace else None,
                suppressed=bool(finding["is_ignored"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no match of Semgrep's: {error!r}") from error


@lru_cache(maxsize=8)
def _usable(sources: tuple[RuleSource, ...], megabytes: int) -> RuleSet:
    """The rules without those that the engine cannot use: all at once, and file by file if it gives up on that."""
    rules = semgrep_rules.read(sources)
    with tempfile.TemporaryDirectory() as scratch:
        if _checked(rules, list(rules.rules), Path(scratch), megabytes):
            return rules
        for source in sources:
            of_file = [rule for rule, path in rules.file_of.items() if path == source.path]
            if not _checked(rules, of_file, Path(scratch), megabytes):
                for rule in of_file:
                    if not _checked(rules, [rule], Path(scratch), megabytes):
                        rules.refuse(source.path, "the engine breaks down over it", rule)
    return rules


def _checked(rules: RuleSet, names: Sequence[str], folder: Path, megabytes: int) -> bool:
    """Let the engine read rules, and take those out of use that it cannot; False if it gives up."""
    if not names:
        return True
    (folder / _RULES).write_bytes(rules.as_json(names))
    (folder / "nothing.py").write_text("nothing = 1\n")
    bounds = Bounds(seconds=120, megabytes=megabytes)
    try:
        said, _ = engine.answer(folder / _RULES, [folder / "nothing.py"], ["python"], folder, bounds, 5)
    except ToolFailed:
        return False
    bad = {str(each["rule_id"]): each for each in said.get("errors", ()) if each.get("rule_id")}
    for name in bad.keys() & set(names):
        rules.refuse(rules.file_of[name], " ".join(str(bad[name].get("message")).split())[:300], name)
    return bool(said) and all(each.get("rule_id") for each in said["errors"])


def _ask(kit: Kit, folder: Path, staged: Sequence[Staged], seconds: float) -> list[Said] | Said:
    """What is said of each file; or, if the engine passed a bound, of the last of them why."""
    bounds = Bounds(seconds=seconds, megabytes=kit.megabytes, kernel=True)
    rules, paths = folder / "kit" / _RULES, [each.path for each in staged]
    said, ended = engine.answer(rules, paths, kit.settings["analyzers"], folder, bounds, kit.seconds / _TIMEOUTS)
    if ended.cause:
        status: Status = "timed_out" if ended.cause == "time" else "failed"
        return Said(sha256=staged[-1].code.sha256, status=status, reason=ended.reason, seconds=round(ended.seconds, 3))
    found, errors = defaultdict(list), defaultdict(list)
    for result in said["results"]:
        found[result["path"]].append(result)
    for error in said["errors"]:
        errors[(error.get("location") or {}).get("path")].append(error)
    strange = [each for path in errors.keys() - set(map(str, paths)) for each in errors[path]]
    if strange:
        raise ToolFailed(f"Semgrep: {_told(strange[0])}")
    scanned = set(said["paths"].get("scanned", ()))
    return [_said(each, found[str(each.path)], errors[str(each.path)], str(each.path) in scanned) for each in staged]


def _said(staged: Staged, found: list[Any], errors: list[Any], scanned: bool) -> Said:
    status, reason = _outcome(staged.code, errors, scanned)
    findings = {json.dumps(each, sort_keys=True): each for each in map(_kept, found)}
    order = sorted(findings, key=lambda key: (findings[key]["start"]["offset"], findings[key]["check_id"], key))
    return Said(sha256=staged.code.sha256, status=status, reason=reason, findings=tuple(findings[key] for key in order))


def _outcome(code: Code, errors: list[Any], scanned: bool) -> tuple[Status, str | None]:
    """What became of a file: a rule that was stopped, or a part that was not read, is not clean."""
    told = list(dict.fromkeys(map(_told, errors)))
    reason = "; ".join(told[:_TOLD]) + (f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else "")
    if any(each.get("error_type") == "Timeout" for each in errors):
        return "timed_out", reason
    if errors:
        return "failed", reason
    if not scanned:
        return "failed", "Semgrep says nothing about it"
    if code.parses is False:
        return "scanned", "not valid Python for this Python; Semgrep says nothing about it"
    return "scanned", None


def _told(error: Mapping[str, Any]) -> str:
    """An error as a sentence, without paths of ours."""
    path = str((error.get("location") or {}).get("path") or "\n")
    kind, message = error.get("error_type"), str(error.get("message") or "").replace(path, "it")
    message = " ".join(message.split())
    rule = f" ({error['rule_id']})" if error.get("rule_id") else ""
    if isinstance(kind, list) and kind and kind[0] == "PartialParsing":
        lines = [f"{each['start']['line']}-{each['end']['line']}" for each in kind[1][:_TOLD]]
        return f"partly parsed; lines {', '.join(lines)} were not read, what was found in the others is kept"
    said = kind[0] if isinstance(kind, list) and kind else kind
    return valid_text(f"{said}{rule}{': ' + message if message else ''}")[:300]


def _kept(result: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a match: no path of ours, nothing that grows with the file."""
    extra = result["extra"]
    kept = {
        "check_id": result["check_id"],
        "start": result["start"],
        "end": result["end"],
        "message": str(extra.get("message", ""))[: engine.LONGEST],
        "severity": extra.get("severity"),
        "metadata": semgrep_rules.kept(extra.get("metadata")),
        "is_ignored": extra.get("is_ignored", False),
    }
    flow = engine.steps(extra.get("dataflow_trace"))
    return kept | ({"flow": flow} if flow else {})
