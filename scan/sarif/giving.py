"""The command ``scan export``: what tools found, as SARIF files that other programs read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import click
import duckdb

from codebook.blobs import Blobs
from codebook.command import say, with_study
from codebook.errors import StudyError
from codebook.harmless import escaped, valid_text
from codebook.rows.risk import Finding, Outcome, Rule
from codebook.study import Study
from codebook.tables import columns
from scan.sarif.parts import SHOWN, Limits, Part, Weight
from scan.sarif.written import Home

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_HOMES = """
CREATE TABLE homes AS
    SELECT sha256, min_by(model_id, (model_id, path)) AS model, min_by(path, (model_id, path)) AS path
    FROM model_files WHERE sha256 IS NOT NULL AND ($model IS NULL OR model_id = $model) GROUP BY sha256
"""
_OF_MODEL = "($model IS NULL OR model_id = $model OR (model_id IS NULL AND sha256 IN (SELECT sha256 FROM homes)))"
_TOOLS = f"""
SELECT DISTINCT tool, tool_version, rules_hash FROM findings WHERE current AND {_OF_MODEL}
UNION SELECT DISTINCT tool, tool_version, rules_hash FROM outcomes
      WHERE current AND applies AND ($model IS NULL OR sha256 IN (SELECT sha256 FROM homes)) ORDER BY ALL
"""  # noqa: S608 - nothing of it comes from outside
_OF_TOOL = "tool = $tool AND tool_version = $version AND rules_hash = $rules"
_FINDINGS = f"""
SELECT {{columns}} FROM findings WHERE current AND {_OF_TOOL} AND {_OF_MODEL}
ORDER BY sha256 NULLS LAST, model_id NULLS FIRST, path, line, rule, finding_id
"""  # noqa: S608 - nothing of it comes from outside
_OUTCOMES = f"""
SELECT {{columns}} FROM outcomes WHERE current AND applies AND {_OF_TOOL}
AND ($model IS NULL OR sha256 IN (SELECT sha256 FROM homes)) ORDER BY sha256
"""  # noqa: S608 - nothing of it comes from outside


@click.command("export")
@with_study
@click.option(
    "--sarif", "output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
@click.option("--model", "model_id", metavar="MODEL_ID", help="Only what is in this model, with its own paths.")
def export(study: Study, *, output: Path, model_id: str | None) -> None:
    """Write what tools found as SARIF 2.1.0, for GitHub code scanning, DefectDojo and others.

    One run for each tool and version, with its rules, the CWE taxonomy, flows, suppressions and what was not scanned.
    Only what the newest version of a tool says, and not which files a tool does not look at. Where a file would be
    larger than GitHub takes, it goes on in FILE-2, FILE-3 and so on. Import it again with: scan import.
    """
    written = Giving(study, output, model_id).write()
    say(f"{written.results} findings of {written.tools} tools in {len(written.files)} files")
    for path in written.files[1:]:
        say(f"goes on in {path}: GitHub takes no more in one file")
    for tool in written.crowded:
        say(f"{tool}: more than {SHOWN} results in one run, of which GitHub shows the gravest {SHOWN}")


@dataclass
class Written:
    """What was written."""

    files: list[Path] = field(default_factory=list)
    results: int = 0
    tools: int = 0
    crowded: list[str] = field(default_factory=list)


class Giving:
    """One export.

    Args:
        study: The study.
        output: The first file.
        model_id: The model that it is about; None for all.
        limits: What a file may have.
    """

    def __init__(self, study: Study, output: Path, model_id: str | None, limits: Limits | None = None) -> None:
        self._study = study
        self._output = output
        self._model = model_id
        self._limits = limits or Limits()
        self._blobs = Blobs.of(study)
        self._lines = lru_cache(4)(self._read_lines)
        self._homes: dict[str, dict[str, str]] = {}
        self._told = Written()
        self._open: list[Part] = []
        self._weight = Weight()

    def write(self) -> Written:
        """Write all files.

        Raises:
            StudyError: There is no such model, or a file cannot be written.
        """
        with self._study.connect() as con:
            self._must_be_known(con)
            con.execute(_HOMES, {"model": self._model})
            self._homes = dict(con.execute("SELECT sha256, {'m': model, 'p': path} FROM homes").fetchall())
            tools = con.execute(_TOOLS, {"model": self._model}).fetchall()
            for tool in tools:
                self._told.tools += 1
                self._tool(con, tool)
        if self._open or not self._told.files:
            self._close()
        return self._told

    def _must_be_known(self, con: duckdb.DuckDBPyConnection) -> None:
        asked = "SELECT 1 FROM model_files WHERE model_id = $m UNION ALL SELECT 1 FROM models WHERE model_id = $m"
        if self._model and not con.execute(asked, {"m": self._model}).fetchone():
            raise StudyError(f"no model {self._model!r}", hint="The column model_id of the table models has them.")

    def _tool(self, con: duckdb.DuckDBPyConnection, tool: tuple[str, str, str]) -> None:
        """Write one run, in as many parts as it takes."""
        of = dict(zip(("tool", "version", "rules"), tool, strict=True))
        rules = {rule.rule: rule for rule in _rows(con, Rule, f"SELECT {{columns}} FROM rules WHERE {_OF_TOOL}", of)}  # noqa: S608 - nothing of it comes from outside
        about = of | {"model": self._model}
        outcomes = {row.sha256: row for row in _rows(con, Outcome, _OUTCOMES, about)}
        part, file = self._part(tool, rules, 1), None
        for finding in _rows(con, Finding, _FINDINGS, about):
            home = self._home(finding.sha256, finding.model_id, finding.path)
            if self._is_full(part):
                part, file = self._next(part), None
            if file != home:
                file = home
                self._weight.add(part.add_file(home, finding.sha256, outcomes.pop(finding.sha256 or "", None)))
            self._weight.add(part.add_finding(finding, home, self._line(finding)))
        for content, outcome in outcomes.items():
            if self._is_full(part):
                part = self._next(part)
            self._weight.add(part.add_file(self._home(content, None, None), content, outcome))

    def _home(self, content: str | None, model: str | None, path: str | None) -> Home:
        """Where a file is said to be: where the finding says, else where the first model has it."""
        if path is None:
            known = self._homes.get(content or "") or {"m": "contents" if content else "", "p": content or "unknown"}
            model, path = known["m"], known["p"]
        return Home("" if self._model else valid_text(model or ""), valid_text(path or "unknown"))

    def _line(self, finding: Finding) -> str | None:
        """The text of the line that a finding is on."""
        lines = self._lines(finding.sha256) if finding.sha256 else []
        return lines[finding.line - 1].decode("utf-8", "backslashreplace") if finding.line <= len(lines) else None

    def _read_lines(self, content: str) -> list[bytes]:
        return (self._blobs.read(content) or b"").split(b"\n")

    def _part(self, tool: tuple[str, str, str], rules: dict[str, Rule], number: int) -> Part:
        """Begin a part, in a new file if this one has no room for another run."""
        if len(self._open) >= self._limits.runs:
            self._close()
        self._open.append(Part(tool, f"{tool[0]}-{tool[1]}-{tool[2][:8]}-{number}", rules, number=number))
        return self._open[-1]

    def _next(self, part: Part) -> Part:
        self._close()
        return self._part(part.tool, dict(part.rules), part.number + 1)

    def _is_full(self, part: Part) -> bool:
        weight, limits = self._weight, self._limits
        heavy = weight.at_most >= limits.compressed or weight.written >= limits.written
        return part.results >= limits.results or (heavy and bool(part.results or part.files))

    def _close(self) -> None:
        """Write a file of what is open."""
        number = len(self._told.files) + 1
        path = self._output if number == 1 else self._output.with_stem(f"{self._output.stem}-{number}")
        runs = ",\n".join(part.text() for part in self._open)
        text = f'{{"$schema": "{_SCHEMA}",\n"version": "2.1.0",\n"runs": [{runs}]}}\n'
        path.write_text(escaped(text), encoding="utf-8")
        self._told.files.append(path)
        self._told.results += sum(part.results for part in self._open)
        self._told.crowded += [part.tool[0] for part in self._open if part.results > SHOWN]
        self._open, self._weight = [], Weight()


def _rows(con: duckdb.DuckDBPyConnection, row_type: Any, query: str, of: dict[str, Any]) -> Iterator[Any]:
    """Rows of a query, read on a cursor of their own."""
    stated = columns(row_type)
    names = ", ".join(f'"{column.name}"' for column in stated)
    cursor = con.cursor()
    cursor.execute(query.replace("{columns}", names), of)
    while batch := cursor.fetchmany(1000):
        for values in batch:
            yield row_type(**dict(zip((c.name for c in stated), map(_tuple, values), strict=True)))


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
