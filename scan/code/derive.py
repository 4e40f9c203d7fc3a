"""From raw records to the tables ``contents``, ``rule_files``, ``rules``, ``outcomes`` and ``findings``. Pure.

Answers of all tools go through a database on disk of this process's own, so that few are held: they come tool by tool,
and findings are told apart content by content. An answer of a later run stands in place of an earlier one; what one
run says several times of one content, as of a file that is in several repositories, is put together.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple, Self

from codebook.harmless import valid_text
from codebook.rows import Content, Finding, Outcome, Row, Rule, RuleFile
from codebook.study import Study
from codebook.weaknesses import weakness_ids
from scan.code import measure, records, rows
from scan.code.records import Record
from scan.finding_ids import with_ids
from scan.sarif.all_imports import Imports
from scan.scanner import Scanner, SeenFinding, Status
from scan.tools import SCANNERS

ROWS: tuple[type[Row], ...] = (Content, RuleFile, Rule, Finding, Outcome)
"""The tables that are made here, in this order: what cannot be read as a finding is told by its outcome."""

_RANK: tuple[Status, ...] = ("scanned", "failed", "timed_out", "skipped")
_TABLE = """
CREATE TABLE said (tool TEXT, version TEXT, rules TEXT, sha256 TEXT, seq INTEGER, run TEXT, status TEXT, reason TEXT,
                   seconds REAL, applies INTEGER, findings TEXT)
"""
_COLUMNS = "tool, version, rules, sha256, seq, run, status, reason, seconds, applies"


class _Said(NamedTuple):
    tool: str
    version: str
    rules: str
    sha256: str
    seq: int
    run: str
    status: Status
    reason: str | None
    seconds: float | None
    applies: int
    findings: str = "[]"


Key = tuple[str, str, str, str]
"""Tool, version, rules and content."""


class Answers:
    """What the raw records of a study's tools hold; a context that lets go of it.

    Args:
        study: The study folder.
    """

    def __init__(self, study: Study) -> None:
        self.damage: list[str] = []
        """What could not be read, one sentence per place."""
        self.lost = 0
        """How many raw records are damaged."""
        self.outcomes = self.findings = 0
        """Rows that were made."""
        self._db = sqlite3.connect("")  # a file of its own that goes with the process
        self._db.execute(_TABLE)
        self._current: dict[str, tuple[str, str]] = {}
        self._kits: dict[tuple[str, str, str], Record] = {}
        self._measured: dict[str, tuple[dict[str, Any], str]] = {}
        self._unreadable: dict[Key, str] = {}
        self._imports = Imports(study)
        self.damage += self._imports.damage
        self.lost += self._imports.lost
        for tool in records.tools_with_records(study):
            if tool != "sarif":
                self._read(study, tool)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def _read(self, study: Study, tool: str) -> None:
        store = records.store_of(study, tool)
        for seq, page in enumerate(store.pages()):
            record = records.read(page)
            if record is None:
                continue
            self._current[tool] = (record.tool_version, record.rules_hash)
            if record.kit is not None:
                self._kits[tool, record.tool_version, record.rules_hash] = record
            elif tool == measure.NAME:
                self._measure(record)
            else:
                self._db.executemany(
                    "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _lines(tool, seq, record)
                )
        self.damage += [f"{records.FOLDER}/{tool}: {line}" for line in store.damage]
        self.lost += store.lost

    def _measure(self, record: Record) -> None:
        for heard in record.heard:
            found = dict(heard.said.findings[0]) if heard.said.findings else {"problem": heard.said.reason}
            self._measured[heard.said.sha256] = found, record.run_id

    def rows(self, row_type: type[Row]) -> Iterator[Row]:
        """The rows of one of :data:`ROWS`."""
        made = {
            Content: self._contents,
            RuleFile: self._rule_files,
            Rule: self._rules,
            Finding: self._findings,
            Outcome: self._outcomes,
        }
        return made[row_type]()

    def _contents(self) -> Iterator[Row]:
        for sha256, (found, run_id) in sorted(self._measured.items(), key=lambda each: each[0]):
            yield rows.content(sha256, found, run_id)

    def _rule_files(self) -> Iterator[Row]:
        newest = {(tool, rules_hash): record for (tool, _, rules_hash), record in self._kits.items()}
        for (tool, rules_hash), record in sorted(newest.items(), key=lambda each: each[0]):
            for each in records.rule_files_of(record.kit or {}):
                yield rows.rule_file(tool, rules_hash, each, record.run_id)

    def _rules(self) -> Iterator[Row]:
        for (tool, version, rules_hash), record in sorted(self._kits.items(), key=lambda each: each[0]):
            for each in records.rules_of(record.kit or {}):
                yield rows.rule((tool, version, rules_hash), each, record.run_id)
        ran = self._kits.keys()
        yield from (
            each for each in self._imports.rules() if (each.tool, each.tool_version, each.rules_hash) not in ran
        )

    def _findings(self) -> Iterator[Row]:
        self.findings = 0
        self._unreadable.clear()
        order = "sha256, tool, version, rules, seq, rowid"
        elsewhere = self._imports.contents()
        for content, answers in groupby(self._in_order(order, ", findings"), lambda each: each.sha256):
            found = list[Finding]()
            for key, group in groupby(answers, _key):
                found += with_ids(self._found(key, _standing(group)))
            elsewhere.discard(content)
            yield from self._told_apart(found, self._imports.findings(content))
        for content in sorted(elsewhere):
            yield from self._told_apart([], self._imports.findings(content))
        for homeless in self._imports.homeless():
            yield from self._told_apart([], homeless)

    def _told_apart(self, found: Sequence[Finding], imported: Sequence[Finding]) -> Iterator[Finding]:
        """All findings in one file, with their weaknesses; what was found here and is imported again counts once."""
        taken = (
            replace(each, current=False) if (each.tool, each.sha256) in self._standing_here else each
            for each in imported
        )
        rows = list({each.finding_id: each for each in (*taken, *found)}.values())
        ids = weakness_ids(each for each in rows if each.current)
        self.findings += len(rows)
        return (_with_weakness(each, ids.get(each.finding_id)) for each in rows)

    def _outcomes(self) -> Iterator[Row]:
        self.outcomes = 0
        order = "tool, version, rules, sha256, seq, rowid"
        for key, answers in groupby(self._in_order(order, ""), _key):
            standing = _standing(answers)
            one = min(standing, key=lambda each: _RANK.index(each.status))
            unreadable = self._unreadable.get(key)
            self.outcomes += 1
            yield Outcome(
                tool=one.tool,
                tool_version=one.version,
                rules_hash=one.rules,
                sha256=one.sha256,
                status="failed" if unreadable else one.status,
                reason=unreadable or one.reason,
                seconds=max((each.seconds for each in standing if each.seconds is not None), default=None),
                applies=bool(one.applies),
                current=self._is_current(one),
                run_id=one.run,
            )
        for row in self._imports.outcomes():
            if (row.tool, row.tool_version, row.rules_hash, row.sha256) not in self._here:
                self.outcomes += 1
                yield replace(row, current=row.current and (row.tool, row.sha256) not in self._standing_here)

    def _in_order(self, order: str, more: str) -> Iterator[_Said]:
        with closing(self._db.execute(f"SELECT {_COLUMNS}{more} FROM said ORDER BY {order}")) as cursor:  # noqa: S608
            for line in cursor:
                yield _Said(*line)

    @cached_property
    def _here(self) -> dict[Key, bool]:
        """What was said here of tools that results were imported of as well, and whether it stands."""
        asked = "SELECT DISTINCT tool, version, rules, sha256 FROM said WHERE tool = ?"
        both = self._imports.tools() & self._current.keys()
        keys: Iterator[Key] = (key for tool in both for key in self._db.execute(asked, (tool,)))
        return {key: self._current[key[0]] == key[1:3] for key in keys}

    @cached_property
    def _standing_here(self) -> set[tuple[str, str]]:
        return {(key[0], key[3]) for key, stands in self._here.items() if stands}

    def _is_current(self, one: _Said) -> bool:
        return self._current[one.tool] == (one.version, one.rules)

    def _found(self, key: Key, standing: Sequence[_Said]) -> Iterator[Finding]:
        """The findings of one tool in one content; those that cannot be read are noted."""
        scanner, last = SCANNERS.get(key[0]), standing[-1]
        texts = list(_each_once(standing))
        for text in texts if scanner else ():
            try:
                seen = _parsed(scanner, text)
                yield rows.finding(key, seen, last.run, current=self._is_current(last))
            except ValueError as error:
                self._unreadable[key] = f"a finding of it cannot be read: {valid_text(str(error))[:500]}"
        if texts and not scanner:
            self._unreadable[key] = f"its {len(texts)} findings cannot be read: no scanner is called {key[0]!r}"


def _lines(tool: str, seq: int, record: Record) -> Iterator[tuple[Any, ...]]:
    for heard in record.heard:
        one = heard.said
        about = tool, record.tool_version, record.rules_hash, one.sha256, seq, record.run_id
        findings = json.dumps(one.findings) if one.findings else "[]"
        yield *about, one.status, one.reason, one.seconds, int(heard.applies), findings


def _key(one: _Said) -> Key:
    return one.tool, one.version, one.rules, one.sha256


def _standing(answers: Iterator[_Said]) -> list[_Said]:
    """The answers of the newest run."""
    every = list(answers)
    return [each for each in every if each.run == every[-1].run]


def _each_once(standing: Sequence[_Said]) -> Iterator[str]:
    """The findings of several answers: as many of a kind as the answer has that has most of them."""
    most = Counter[str]()
    for answer in standing:
        most |= Counter(json.dumps(each, sort_keys=True) for each in json.loads(answer.findings))
    return most.elements()


def _parsed(scanner: Scanner | None, text: str) -> SeenFinding:
    if scanner is None:
        raise ValueError("there is no such scanner")
    return scanner.parse(json.loads(text))


def _with_weakness(finding: Finding, weakness: str | None) -> Finding:
    return replace(finding, weakness_id=weakness) if weakness else finding
