"""picklescan: the names that pickles in weight files import, and whether they are dangerous; nothing is unpickled.

The verdicts are picklescan's own: what it calls dangerous or suspicious is a finding, what it calls innocuous is none.
A binary file has no lines: findings are at line 1, and the message says in which member of an archive a name stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from codebook.extras import require
from codebook.scanning import Scan
from codebook.weaknesses import severity
from scan.scanner import Code, Kit, RuleOfTool, Said, SeenFinding, Staged
from scan.tools.answering import answers
from scan.tools.rule_files import rules_hash

TEXTS = frozenset(
    (
        *(".py", ".pyi", ".pyc", ".ipynb", ".sh", ".js", ".html", ".md", ".txt", ".csv"),
        *(".json", ".jsonl", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".xml", ".jinja", ".j2", ".jinja2"),
    )
)
"""What names of files end in that hold no weights."""

_READING = str(Path(__file__).with_name("pickle_reading.py"))
_WEAKNESS = ("CWE-502",)
_SAYS = {
    "dangerous": "Reading the file imports something that runs code or commands",
    "suspicious": "Reading the file imports something that picklescan does not know",
}


class Picklescan:
    """picklescan through its Python package."""

    def kit(self, settings: Scan, study: Path) -> Kit:  # noqa: ARG002 - it has no rules to read from there
        """It has no rules but those of its version; see :class:`scan.scanner.Scanner`."""
        require("picklescan", "scan")
        installed = version("picklescan")
        return Kit(
            tool="picklescan",
            tool_version=installed,
            rules_hash=rules_hash((), beside=f"picklescan {installed}"),
            seconds=settings.time_limit,
            megabytes=settings.memory_limit,
            batch=(200, 2_000_000_000),
            rules=tuple(
                RuleOfTool(
                    rule=safety,
                    cwe_raw=_WEAKNESS,
                    severity=severity("picklescan", safety),
                    category="deserialisation",
                    message=says,
                )
                for safety, says in _SAYS.items()
            ),
        )

    def refuses(self, code: Code) -> str | None:
        """Source, text and configuration; of all else the first bytes decide."""
        return f"{code.suffix} is no format of weights" if code.suffix in TEXTS else None

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """Read opcodes in a process of its own."""
        return answers(kit, folder, staged, _READING)

    def parse(self, finding: Mapping[str, Any]) -> SeenFinding:
        """One imported name that is not innocuous."""
        try:
            safety, member = str(finding["safety"]), str(finding["member"])
            inside = f", in {member}" if member else ""
            return SeenFinding(
                rule=safety,
                line=1,
                end_line=1,
                cwe_raw=_WEAKNESS,
                severity=severity("picklescan", safety),
                severity_raw=safety,
                category="deserialisation",
                message=f"imports {finding['module']}.{finding['name']}{inside}",
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"nothing that picklescan says: {error!r}") from error
