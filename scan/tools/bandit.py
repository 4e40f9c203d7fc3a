"""Bandit: its own tests for Python, all of them, with no configuration of anybody's."""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from codebook.extras import require
from codebook.harmless import valid_text
from codebook.scanning import Scan
from codebook.weaknesses import severity
from scan.scanner import Code, Kit, RuleOfTool, Said, SeenFinding, Staged
from scan.tools.answering import answers

TOOL = "bandit"

_INSIDE = Path(__file__).with_name("bandit_testing.py")
_SUFFIXES = (".py", ".pyw")
_BATCH = (1000, 20_000_000)


class Bandit:
    """Runs Bandit's tests in a process of its own, file by file; see ``bandit_testing.py`` for what it rescues.

    The hash of its rules is over the tests and black lists that are installed, whoever brings them, and over the
    version of Python, whose parser decides what can be read.
    """

    def kit(self, settings: Scan, study: Path) -> Kit:  # noqa: ARG002 - Bandit has no rules in files
        """All tests that are installed.

        Raises:
            Missing: Bandit is not installed.
        """
        version = str(require("bandit", "scan").__version__)
        tests = require("bandit.core.extension_loader", "scan").MANAGER
        described = {
            "python": sys.version_info[:2],
            "tests": sorted((p.plugin._test_id, p.name, _origin(p)) for p in tests.plugins),  # noqa: SLF001 - no other way
            "lists": {node: [dict(item) for item in items] for node, items in tests.blacklist.items()},
        }
        text = json.dumps(described, sort_keys=True)
        return Kit(
            tool=TOOL,
            tool_version=version,
            rules_hash=hashlib.sha256(text.encode()).hexdigest(),
            seconds=settings.time_limit,
            megabytes=settings.memory_limit,
            batch=_BATCH,
            rules=tuple(_rules(tests)),
        )

    def refuses(self, code: Code) -> str | None:
        """Whatever is no Python by its name; Python of another version is tried, and fails with a message."""
        return None if code.suffix in _SUFFIXES else "not Python"

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """All tests on each file."""
        return answers(kit, folder, staged, str(_INSIDE))

    def parse(self, finding: Mapping[str, Any]) -> SeenFinding:
        """One issue of Bandit's."""
        try:
            cwe, lines = finding["issue_cwe"].get("id"), finding["line_range"]
            said = str(finding["issue_severity"])
            return SeenFinding(
                rule=str(finding["test_id"]),
                line=int(finding["line_number"]),
                end_line=int(lines[-1]) if lines else None,
                cwe_raw=(f"CWE-{int(cwe)}",) if cwe else (),
                severity=severity(TOOL, said),
                severity_raw=said,
                confidence=str(finding["issue_confidence"]),
                message=valid_text(str(finding["issue_text"])),
                suppressed=bool(finding["suppressed"]),
            )
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise ValueError(f"no issue of Bandit's: {error!r}") from error


def _origin(plugin: Any) -> str:
    """Where a test comes from: the package with its version, and the function."""
    dist = plugin.entry_point.dist
    return f"{dist.name} {dist.version} {plugin.entry_point.value}" if dist else str(plugin.entry_point.value)


def _rules(tests: Any) -> Iterator[RuleOfTool]:
    """Every test, whose severity and weakness Bandit says only in findings, and every entry of the black lists."""
    for plugin in sorted(tests.plugins, key=lambda each: str(each.plugin._test_id)):  # noqa: SLF001 - no other way
        about = (plugin.plugin.__doc__ or plugin.name).strip().splitlines()[0].strip("* ")
        yield RuleOfTool(rule=plugin.plugin._test_id, message=about)  # noqa: SLF001 - no other way
    listed = {item["id"]: item for items in tests.blacklist.values() for item in items}
    for rule, item in sorted(listed.items()):
        yield RuleOfTool(
            rule=rule,
            cwe_raw=(f"CWE-{item['cwe']}",) if item.get("cwe") else (),
            severity=severity(TOOL, str(item.get("level", ""))),
            message=str(item["message"]),
        )
