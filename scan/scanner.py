"""A scanner: one tool that looks at code, and what it says, in its own words until the tables are made.

Like a hub, a scanner has two halves. ``kit`` and ``scan`` are about running it: ``scan`` happens in a worker process,
here or on another machine, over copies of contents that lie in a folder of their own, under names that we gave.
``parse`` is a pure function from one finding as the tool gave it to what the table says, so that tables are remade from
raw records without the tool.

Every content that was asked for is answered once: scanned, failed, timed out or skipped, and why. A tool that says
nothing about a file has not scanned it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from codebook.rows.risk import Severity
from codebook.scanning import Scan

Status = Literal["scanned", "failed", "timed_out", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One content that tools may look at.

    ``suffix`` is one of a known few, or empty. ``paths`` are some of the paths by which models have it: told to nobody
    as a path, and never part of a name on this machine. ``parses`` says whether it is Python that this Python parses;
    None if it is not Python.
    """

    sha256: str
    suffix: str
    bytes: int
    paths: tuple[str, ...] = ()
    parses: bool | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """A content and the copy of it that a tool is pointed at, named ``<sha256><suffix>`` or as in its repository."""

    code: Code
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOfTool:
    """One rule as the tool describes it; ``cwe_raw`` are the weaknesses in its words."""

    rule: str
    cwe_raw: tuple[str, ...] = ()
    severity: Severity | None = None
    category: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesFile:
    """One file of rules, how many rules of it are in use, and why others are not."""

    path: str
    sha256: str
    rules: int
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """All that a worker needs to run one tool; can be pickled and sent to another machine.

    ``files`` are contents that the worker lays out before it begins (rules, compiled or not), by plain names;
    ``settings`` is what else the scanner told itself. ``whole`` says that the tool looks at repositories, each laid out
    by its own paths, and not at single contents. ``batch`` bounds how many contents and bytes go together.
    """

    tool: str
    tool_version: str
    rules_hash: str
    seconds: float
    megabytes: int
    batch: tuple[int, int] = (500, 20_000_000)
    whole: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    rule_files: tuple[RulesFile, ...] = ()
    rules: tuple[RuleOfTool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a tool said about one content: values that JSON has, ``findings`` in the tool's own words."""

    sha256: str
    status: Status
    reason: str | None = None
    seconds: float | None = None
    findings: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFinding:
    """One finding as the table will have it; ``cwe_raw`` in the tool's words, to be normalised by all in one way."""

    rule: str
    line: int
    end_line: int | None = None
    cwe_raw: tuple[str, ...] = ()
    severity: Severity | None = None
    severity_raw: str | None = None
    confidence: str | None = None
    category: str | None = None
    message: str | None = None
    flows: str | None = None
    suppressed: bool = False


class Scanner(Protocol):
    """One tool."""

    def kit(self, settings: Scan, study: Path) -> Kit:
        """Find the tool and its rules, and say what running it takes.

        Args:
            settings: ``[scan]`` of the study.
            study: The study folder, from which ``settings.rules`` are named.

        Raises:
            Missing: The tool is not here.
        """
        ...

    def refuses(self, code: Code) -> str | None:
        """Why the tool is not to look at a content, for example that it is no Python; None if it is to."""
        ...

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """Look at copies; say of each what was found, in any order, as soon as it is known.

        Args:
            kit: From :meth:`kit`.
            folder: An empty folder of the worker's for scratch, with ``kit.files`` in ``folder / "kit"``.
            staged: The contents, in a folder of their own that nothing else is in.

        Raises:
            ToolFailed: The tool as a whole broke down: the caller tries smaller batches, down to single contents.
        """
        ...

    def parse(self, finding: Mapping[str, Any]) -> SeenFinding:
        """One finding of :class:`Said` as the table has it. Pure.

        Raises:
            ValueError: It is no finding of this tool's.
        """
        ...


class ToolFailed(Exception):
    """A tool crashed, hung, printed what nobody can read, or said nothing about what it was asked."""
