"""Scanners that stand in the tests only: what each does with a content, the content itself says.

``install`` puts them in place of the real ones, also in a process of their own (see ``code_study.py``).
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codebook.errors import Missing
from codebook.scanning import Scan
from scan.scanner import Code, Kit, RuleOfTool, RulesFile, Said, SeenFinding, Staged, ToolFailed
from scan.tools import SCANNERS

VERSION, RULES = "1.0", "f" * 64


@dataclass(frozen=True)
class Fake:
    """Finds lines with ``bad``; breaks down on contents that say so.

    Args:
        name: What it is called.
        version: Its version; empty if it is not here.
        batch: How many contents go together.
        seconds: Its time limit for one file.
        whole: It looks at whole repositories.
        cwe: What it says of every finding.
        rules: The hash of its rules.
        problem: What is wrong with its file of rules.
        suffixes: What it looks at.
    """

    name: str = "fake"
    version: str = VERSION
    batch: int = 5
    seconds: float = 60.0
    whole: bool = False
    cwe: str = "CWE-502"
    rules: str = RULES
    problem: str | None = None
    suffixes: tuple[str, ...] = (".py",)

    def kit(self, settings: Scan, study: Path) -> Kit:
        """What running it takes."""
        if not self.version:
            raise Missing(f"{self.name} is not installed", hint="Install it.")
        return Kit(
            tool=self.name,
            tool_version=self.version,
            rules_hash=self.rules,
            seconds=self.seconds,
            megabytes=settings.memory_limit,
            batch=(self.batch, 1_000_000),
            whole=self.whole,
            files={"rules.txt": b"bad"},
            rule_files=(RulesFile(path="rules.txt", sha256="a" * 64, rules=1, problem=self.problem),),
            rules=(RuleOfTool(rule="bad", cwe_raw=(self.cwe,), severity="high", message="It is bad."),),
        )

    def refuses(self, code: Code) -> str | None:
        """All but Python, or what else it is for."""
        return None if code.suffix in self.suffixes else "it is no Python"

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """Look for the word of the rules in every line; do what the content says."""
        word = (folder / "kit" / "rules.txt").read_bytes()
        for each in staged:
            yield from _said(each, word, folder)

    def parse(self, finding: Mapping[str, Any]) -> SeenFinding:
        """One finding."""
        if "line" not in finding:
            raise ValueError("it has no line")
        return SeenFinding(rule="bad", line=finding["line"], cwe_raw=(self.cwe,), severity="high", message="It is bad.")


def _said(staged: Staged, word: bytes, folder: Path) -> Iterator[Said]:
    content, sha256 = staged.path.read_bytes(), staged.code.sha256
    fault = next((each for each in FAULTS if each.encode() in content), None)
    if fault:
        yield from _broken(fault, sha256, folder)
        return
    lines = [n for n, line in enumerate(content.splitlines(), 1) if word in line]
    yield Said(sha256=sha256, status="scanned", seconds=0.25, findings=tuple({"line": n} for n in lines))


def _broken(fault: str, sha256: str, folder: Path) -> Iterator[Said]:
    """Do what a tool does that breaks down in this way."""
    if fault in _DEADLY:
        _DEADLY[fault](folder)
    elif fault == "STRANGER":
        yield Said(sha256="0" * 64, status="scanned", findings=({"line": 1},))
        yield Said(sha256=sha256, status="scanned")
        yield Said(sha256=sha256, status="failed", reason="a second answer")
    elif fault == "GARBAGE":
        sys.stdout.write("\0\xff{{ not for anybody")
        sys.stdout.flush()
        yield Said(sha256=sha256, status="scanned", findings=({"nonsense": True},))
    elif fault == "FLOOD":
        yield Said(sha256=sha256, status="scanned", findings=({"line": 1, "text": "x" * 9_000_000},))


def _raise(_folder: Path) -> None:
    raise ValueError("what a mistake")


def _fail(_folder: Path) -> None:
    raise ToolFailed("the tool broke down")


def _memory(_folder: Path) -> None:
    held = list[bytes]()
    while True:
        held += [b"x" * (1 << 24)]
        time.sleep(0.01)


def _disk(folder: Path) -> None:
    with (folder / "much").open("wb") as out:
        while True:
            out.write(b"x" * (1 << 24))
            time.sleep(0.01)


_DEADLY: dict[str, Callable[[Path], None]] = {
    "CRASH": lambda _folder: os.kill(os.getpid(), signal.SIGSEGV),
    "RAISE": _raise,
    "FAIL": _fail,
    "HANG": lambda _folder: time.sleep(600),
    "MEMORY": _memory,
    "DISK": _disk,
    "EXIT": lambda _folder: os._exit(0),
}

FAULTS = (*_DEADLY, "GARBAGE", "SILENCE", "STRANGER", "FLOOD")
"""What goes wrong, by the word in a content."""


def install(*fakes: Fake) -> None:
    """Let these be all scanners there are."""
    SCANNERS.clear()
    SCANNERS.update({each.name: each for each in fakes})


@contextmanager
def only(*fakes: Fake) -> Iterator[None]:
    """Let these be all scanners for a while, whatever is installed meanwhile."""
    before = dict(SCANNERS)
    install(*fakes)
    yield
    SCANNERS.clear()
    SCANNERS.update(before)
