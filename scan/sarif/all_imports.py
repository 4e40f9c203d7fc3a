"""All that was imported into a study, file by file, so that the largest SARIF need not fit into memory as rows."""

from collections.abc import Iterator
from functools import lru_cache

from codebook.blobs import Blobs
from codebook.errors import StudyError
from codebook.rows.risk import Finding, Outcome, Rule
from codebook.study import Study
from scan.finding_ids import with_ids
from scan.sarif.document import opened
from scan.sarif.kept import FOLDER, Import, read, store
from scan.sarif.rows import Imported

_HELD = 16  # files that are held open at once

File = tuple[str, str, str]
"""A content, or else the model and path of what nobody has."""

Spot = tuple[int, int, int]
"""An import, a run in its file, a result of that run, by number."""


class Imports:
    """What was imported into a study, oldest first.

    Args:
        study: The study.

    Raises:
        StudyError: A file that was imported is gone.
    """

    def __init__(self, study: Study) -> None:
        self._blobs = Blobs.of(study)
        records = store(study)
        self._made = list(read(records))
        self.damage = [f"{FOLDER}: {line}" for line in records.damage]
        """What could not be read, one sentence per place."""
        self.lost = records.lost
        """How many raw records are damaged."""
        self._runs = lru_cache(_HELD)(self._opened)
        self._by_file: dict[File, list[Spot]] = {}
        self._newest: dict[tuple[str | None, str, str], Import] = {}
        for which in range(len(self._made)):
            self._take(which)

    def _take(self, which: int) -> None:
        for number, run in enumerate(self._runs(which)):
            self._newest[run.unit] = run.made
            for result, value in run.results():
                content, model, path = run.file_of(value)
                file = (content, "", "") if content else ("", model or "", path or "")
                self._by_file.setdefault(file, []).append((which, number, result))

    def _opened(self, which: int) -> list[Imported]:
        made = self._made[which]
        path = self._blobs.path(made.sha256)
        if not path.is_file():
            hint = "Restore it from a backup, or import the file again."
            raise StudyError(f"the file of an import is gone: {made.name}", where=str(path), hint=hint)
        return [Imported(made, run) for run in opened(path, made.name)]

    def _is_current(self, run: Imported) -> bool:
        return self._newest[run.unit] == run.made

    def tools(self) -> set[str]:
        """Tools of which something was imported."""
        return {tool for _, tool, _ in self._newest}

    def contents(self) -> set[str]:
        """Contents in which something was found."""
        return {content for content, _, _ in self._by_file if content}

    def findings(self, content: str) -> list[Finding]:
        """The findings in a content, with their ids."""
        return self._read((content, "", ""))

    def homeless(self) -> Iterator[list[Finding]]:
        """The findings in files that nobody has, those of one file together."""
        return (self._read(file) for file in sorted(self._by_file) if not file[0])

    def rules(self) -> Iterator[Rule]:
        """The rules, each once: as the newest import describes it."""
        runs = (run for which in range(len(self._made)) for run in self._runs(which))
        rows = {(r.tool, r.tool_version, r.rules_hash, r.rule): r for run in runs for r in run.rule_rows()}
        return iter(rows.values())

    def outcomes(self) -> Iterator[Outcome]:
        """What became of each content, each once: as the newest import says."""
        runs = (run for which in range(len(self._made)) for run in self._runs(which))
        rows = (row for run in runs for row in run.outcomes(current=self._is_current(run)))
        return iter({(r.tool, r.tool_version, r.rules_hash, r.sha256): r for r in rows}.values())

    def _read(self, file: File) -> list[Finding]:
        """Findings of one file; the same result of two imports counts once, as the newest has it."""
        by_run: dict[tuple[int, int], list[Finding]] = {}
        for which, number, result in self._by_file.get(file, ()):
            run = self._runs(which)[number]
            row = run.finding(run.run.result(result), current=self._is_current(run))
            by_run.setdefault((which, number), []).append(row)
        return list({row.finding_id: row for rows in by_run.values() for row in with_ids(rows)}.values())
