"""One kept release as the rules see it: its symbols, and the lines that claims quote."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from codebook.rows.claims import Release
from platforms.evidence import Evidence, Gate, Override, Rule, Setting
from platforms.extract.skeletons import Skeletons
from platforms.extract.symbols import Symbols
from platforms.fetch.selection import Selection

MOST_WORDS = 25
"""Words of a quote."""

LONGEST_QUOTE = 300
"""Characters of a quote; code may have words without end."""


class Kept(Protocol):
    """A release that is kept; see ``platforms.kept``."""

    @property
    def release(self) -> Release:
        """Its row."""

    @property
    def files(self) -> Mapping[str, str]:
        """SHA-256 of its kept files by path."""

    def read(self, path: str) -> bytes:
        """One of them."""


class Reading:
    """What rules read of one release.

    Args:
        kept: The release.
        evidence: The rules of its package.
        skeletons: Gives skeletons by hash.
    """

    def __init__(self, kept: Kept, evidence: Evidence, skeletons: Skeletons) -> None:
        self.kept = kept
        self._names = names_of(evidence.rules)
        selection = Selection(evidence.wanted)
        made = {
            path: skeletons.of(digest, lambda path=path: kept.read(path), self._names)  # type: ignore[misc]  # mypy cannot infer a default of a lambda
            for path, digest in sorted(kept.files.items())
            if path.endswith((".py", ".pyi")) and selection.path(path)
        }
        self.symbols = Symbols(made)
        self.said = frozenset(name for skeleton in made.values() for name in skeleton["said"])
        self._lines: dict[str, list[str]] = {}

    @cached_property
    def problems(self) -> Mapping[str, str]:
        """Files that could not be parsed, with why."""
        return self.symbols.problems

    def lines(self, path: str) -> list[str]:
        """The lines of a file."""
        if path not in self._lines:
            self._lines[path] = text_lines(self.kept.read(path))
        return self._lines[path]

    def quote(self, path: str, line: int) -> str:
        """What stands at a line, in at most 25 words."""
        return quoted(self.lines(path), line)


def text_lines(data: bytes) -> list[str]:
    """Lines as the parser counts them; what is not UTF-8 is replaced."""
    return re.split(r"\r\n|\n|\r", data.decode("utf-8", "replace"))


def quoted(lines: list[str], line: int) -> str:
    """A line without white space around it, in at most 25 words and 300 characters; empty if there is no such line."""
    return " ".join(lines[line - 1].split()[:MOST_WORDS])[:LONGEST_QUOTE] if 0 < line <= len(lines) else ""


def names_of(rules: tuple[Rule, ...]) -> frozenset[str]:
    """The switches, functions and constants by which it is decided what is parsed.

    A switch such as ``revision`` stands everywhere; where a rule needs only one function, the function is looked for.
    """
    names: set[str] = set()
    for rule in rules:
        for attribute in ("symbols", "runs", "calls", "allow_lists", "absent"):
            names |= set(getattr(rule, attribute, ()))
        if isinstance(rule, Override) or (isinstance(rule, Gate) and rule.otherwise is None):
            names.add(rule.parameter)
        if isinstance(rule, Setting):
            names.add(rule.constant)
        if isinstance(rule, Gate):
            names |= {*(each.removesuffix("()") for each in rule.given), *(b.symbol for b in rule.bypasses)}
    return frozenset(names)
