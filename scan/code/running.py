"""One run of ``scan code``: contents are measured, then each tool is asked about those that it has not seen."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from codebook.blobs import Blobs
from codebook.command import say
from codebook.errors import Missing, StudyError
from codebook.ledger import Run
from codebook.progress import Progress
from codebook.raw import RawStore
from codebook.study import Study
from scan.code import measure, records, selection
from scan.code.batches import Batch, Errand, Tool, batches, repository
from scan.code.measure import Measure
from scan.code.past import Past
from scan.code.selection import Chosen
from scan.code.work import Executor
from scan.scanner import Code, Kit, Said
from scan.tools import SCANNERS

_MOST_SKIPPED = 5000
"""Contents that are skipped, in one record."""


def tools(study: Study, named: tuple[str, ...]) -> tuple[list[Tool], dict[str, Missing]]:
    """The tools that are to run, and why others cannot.

    Args:
        study: Its ``[scan]`` says which, if none is named.
        named: Names of tools.

    Raises:
        StudyError: There is no such tool.
    """
    wanted = named or tuple(study.settings.scan.tools)
    for name in wanted:
        if name not in SCANNERS:
            where = "--tool" if named else "study.toml: [scan].tools"
            raise StudyError(f"no scanner is called {name!r}", where=where, hint=f"There are: {', '.join(SCANNERS)}.")
    found, missing = [], dict[str, Missing]()
    for name in [each for each in SCANNERS if each in wanted or not wanted]:
        try:
            found.append(Tool(SCANNERS[name], SCANNERS[name].kit(study.settings.scan, study.path)))
        except Missing as error:
            missing[name] = error
    return found, missing


@dataclass
class Running:
    """One run.

    Args:
        run: Its line in the ledger.
        hubs: Only models of these hubs; empty for all.
        every: Every content that is kept.
        anew: Also what tools have failed on in other runs.
    """

    run: Run
    hubs: tuple[str, ...] = ()
    every: bool = False
    anew: bool = False
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def study(self) -> Study:
        """Where it runs."""
        return self.run.study

    def scan(self, found: Sequence[Tool], executor: Executor) -> None:
        """Ask all tools about all contents."""
        chosen = list(selection.contents(self.study, self.hubs, every=self.every))
        codes = self._measured(chosen, executor)
        with ExitStack() as stack:
            asked = [self._asked(tool, stack) for tool in found]
            wanted = [each.wanted(codes, chosen) for each in asked]
            total = sum(len({code.sha256 for code in codes}) for codes in wanted)
            self._run("scan code", asked, wanted, executor, total)

    def _measured(self, chosen: Sequence[Chosen], executor: Executor) -> list[Code]:
        """The contents that are kept, with whether they parse."""
        tool = Tool(Measure(), Measure().kit(self.study.settings.scan, self.study.path))
        codes = [each.code for each in chosen if each.lost is None]
        with ExitStack() as stack:
            asked = self._asked(tool, stack)
            asked.others = {code.sha256: code for code in codes}
            wanted = [code for code in codes if not asked.past.is_done(code)]
            if wanted:
                self._run("measuring", [asked], [wanted], executor, len(wanted))
            known = {code.sha256: asked.parses(code) for code in codes}
        return [replace(code, parses=known[code.sha256]) for code in codes]

    def _asked(self, tool: Tool, stack: ExitStack) -> "_Asked":
        store = records.store_of(self.study, tool.kit.tool)
        stack.callback(store.close)
        past = Past(store, tool.kit, self.run.id, anew=self.anew)
        asked = _Asked(tool, store, past, self.run.id)
        self.counts[tool.kit.tool] = asked.counts
        return asked

    def _run(
        self, task: str, asked: "Sequence[_Asked]", wanted: Sequence[Sequence[Code]], executor: Executor, total: int
    ) -> None:
        by_name = {each.tool.kit.tool: each for each in asked}
        with Progress(task, "outcomes", total) as progress:

            def keep(tool: Tool, said: Sequence[Said], again: bool) -> None:
                by_name[tool.kit.tool].keep(said, again=again)
                progress.add(len(said))
                progress.remark(_failures(asked))

            errand = Errand(executor, Blobs.of(self.study), keep)
            errand.run(
                batch
                for each, codes in zip(asked, wanted, strict=True)
                for batch in self._batches(each, codes, executor.slots)
            )
        if errand.strangers:
            say(f"{errand.strangers} answers of tools were about nothing that they were asked; they are dropped")

    def _batches(self, asked: "_Asked", codes: Sequence[Code], slots: int) -> Iterator[Batch]:
        if not asked.tool.kit.whole:
            yield from batches(asked.tool, codes, slots)
            return
        left, by_hash = {code.sha256 for code in codes}, {code.sha256: code for code in codes}
        for _, files in selection.repositories(self.study, self.hubs, every=self.every):
            if left & set(files.values()):
                every = {path: by_hash.get(sha256) or asked.other(sha256) for path, sha256 in files.items()}
                yield repository(asked.tool, {path: code for path, code in every.items() if code})
                left -= set(files.values())


def _failures(asked: "Sequence[_Asked]") -> str:
    failed = sum(each.counts["failed"] + each.counts["timed_out"] for each in asked)
    return f"{failed} failed" if failed else ""


@dataclass
class _Asked:
    """A tool that is asked in this run."""

    tool: Tool
    store: RawStore
    past: Past
    run_id: str
    counts: Counter[str] = field(default_factory=Counter)
    others: dict[str, Code] = field(default_factory=dict)
    _parses: dict[str, bool | None] = field(default_factory=dict)

    @property
    def kit(self) -> Kit:
        """What it runs with."""
        return self.tool.kit

    def wanted(self, codes: Sequence[Code], chosen: Sequence[Chosen]) -> list[Code]:
        """The contents to ask about; that the others are skipped is stored."""
        page = records.kit_page(self.kit, self.run_id)
        if not self.past.has_kit(page.json()):
            self.store.append(page)
        lost = [each for each in chosen if each.lost and not self.tool.scanner.refuses(each.code)]
        self._skip([(each.code, each.lost) for each in lost], applies=True, again=True)
        refused = [(code, self.tool.scanner.refuses(code)) for code in codes]
        self._skip([(code, why) for code, why in refused if why], applies=False, again=False)
        self.others = {code.sha256: code for code, why in refused if not why}
        return [code for code in self.others.values() if not self.past.is_done(code)]

    def other(self, sha256: str) -> Code | None:
        """A content of a repository that is known already, and that the tool is to see beside others."""
        return self.others.get(sha256)

    def _skip(self, skipped: Sequence[tuple[Code, str | None]], *, applies: bool, again: bool) -> None:
        new = [
            Said(sha256=code.sha256, status="skipped", reason=why)
            for code, why in skipped
            if not self.past.said(code.sha256, applies=applies, reason=why or "")
        ]
        for at in range(0, len(new), _MOST_SKIPPED):
            self._store(new[at : at + _MOST_SKIPPED], applies=applies, again=again)

    def keep(self, said: Sequence[Said], *, again: bool) -> None:
        """Store answers."""
        if self.kit.tool == measure.NAME:
            said = [each if each.findings else _unmeasured(each, self.others[each.sha256]) for each in said]
            self._parses.update((each.sha256, each.findings[0].get("parses") is True) for each in said)
        self._store(said, applies=True, again=again)

    def _store(self, said: Sequence[Said], *, applies: bool, again: bool) -> None:
        self.counts.update(each.status for each in said)
        for page in records.said_pages(self.kit, self.run_id, said, applies=applies, again=again):
            self.store.append(page)

    def parses(self, code: Code) -> bool | None:
        """Whether a content that was measured parses; one that could not be measured does not."""
        if code.suffix != measure.PYTHON:
            return None
        if code.sha256 in self._parses:
            return self._parses[code.sha256]
        known = self.past.measures(code.sha256) or {}
        return known.get("parses") is True


def _unmeasured(said: Said, code: Code) -> Said:
    """What is known of a content that could not be measured: a source that breaks the parser does not parse."""
    parses = False if code.suffix == measure.PYTHON else None
    known = {"suffix": code.suffix, "bytes": code.bytes, "parses": parses, "problem": said.reason}
    return replace(said, findings=(known,))
