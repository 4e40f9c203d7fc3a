"""Rows of what was imported: rules, what became of each content, and findings, file by file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from codebook.harmless import valid_text
from codebook.rows.risk import Finding, Outcome, Rule
from codebook.weaknesses import normalised, owasp, top25
from scan import said
from scan.sarif import ours
from scan.sarif.coverage import coverage
from scan.sarif.document import SarifRun
from scan.sarif.kept import Import
from scan.sarif.places import Place, Places
from scan.sarif.results import counts, described, location, seen, tool_name
from scan.sarif.rules import Rules
from scan.scanner import SeenFinding
from scan.shapes import sha256

File = tuple[str, str, str]
"""A content, or else the model and path of what nobody has."""


@dataclass(frozen=True)
class Imported:
    """One run of a SARIF file, as tables see it.

    Args:
        made: The import that it came with.
        run: The run.
    """

    made: Import
    run: SarifRun

    @cached_property
    def rules(self) -> Rules:
        """Its rules."""
        return Rules(self.run.tool)

    @cached_property
    def tool(self) -> str:
        """Its tool as tables call it."""
        return tool_name(self.rules.driver.name)

    @cached_property
    def _stated(self) -> Mapping[str, Any]:
        return ours.ours(self.run.rest) or {}

    @property
    def is_ours(self) -> bool:
        """Whether ``scan export`` wrote it."""
        return bool(self._stated)

    @cached_property
    def tool_columns(self) -> dict[str, str]:
        """Tool, version and rules, as columns of every table."""
        digest = sha256(self._stated.get("rules_hash")) or self.rules.digest()
        version = valid_text(self.rules.driver.version or "")
        stated = self._stated.get("rules_hash")
        return {"tool": self.tool, "tool_version": version, "rules_hash": "" if stated == "" else digest}

    @cached_property
    def unit(self) -> tuple[str | None, str, str]:
        """What a later import replaces: the same tool and category about the same model, as in GitHub code scanning."""
        category = said.text(said.member(self.run.rest.get("automationDetails"), "id")) or ""
        return self.made.model_id, self.tool, category.rpartition("/")[0]

    @cached_property
    def _places(self) -> Places:
        return Places(self.run.bases, self.run.artifacts, self.made.root, self.made.files.keys())

    def place(self, at: Any) -> Place:
        """Where an ``artifactLocation`` is."""
        return self._places.of(at)

    def results(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The results that say that something is wrong, with their numbers."""
        return ((number, result) for number, result in enumerate(self.run.results()) if counts(result))

    def file_of(self, result: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
        """Content, model and path that a result is about."""
        stated = ours.ours(result) if self.is_ours else None
        if stated is not None:
            return ours.file_of(stated)
        place = self.place(said.member(location(result), "artifactLocation"))
        return self.made.files.get(place.path or "") if place.inside else None, self.made.model_id, place.path

    def read(self, result: Mapping[str, Any]) -> SeenFinding:
        """A result as a finding."""
        rule = self.rules.of(result)
        name = self.rules.identity(result, rule)
        found = seen(self.tool, name, result, rule, lambda at: self.place(at).path)
        stated = ours.ours(result) if self.is_ours else None
        return ours.put_back(found, stated) if stated is not None else found

    def finding(self, result: Mapping[str, Any], *, current: bool = True) -> Finding:
        """A result as a row, without its id."""
        content, model, path = self.file_of(result)
        found = self.read(result)
        cwes = normalised(found.cwe_raw, tool=self.tool, rule=found.rule)
        return Finding(
            finding_id="",
            **self.tool_columns,
            rule=valid_text(found.rule),
            cwe=cwes[0] if cwes else None,
            cwe_raw=_valid(ours.joined(found.cwe_raw)),
            cwes=cwes,
            top25=any(top25(cwe) for cwe in cwes) if cwes else None,
            owasp=next((category for cwe in cwes if (category := owasp(cwe))), None),
            severity=found.severity,
            severity_raw=_valid(found.severity_raw),
            confidence=_valid(found.confidence),
            category=_valid(found.category),
            sha256=content,
            model_id=_valid(model),
            path=_valid(path),
            line=found.line,
            end_line=found.end_line,
            message=_valid(found.message),
            flows=_valid(found.flows),
            suppressed_by_author=found.suppressed,
            current=current,
            run_id=self.made.run_id,
        )

    def rule_rows(self) -> Iterator[Rule]:
        """Its rules as rows."""
        for rule in self.rules.all():
            read = described(self.tool, rule)
            stated = ours.ours(rule) if self.is_ours else None
            read = ours.put_back_of_rule(read, stated) if stated is not None else read
            cwes = normalised(read.cwe_raw, tool=self.tool, rule=read.rule)
            yield Rule(
                **self.tool_columns,
                rule=valid_text(read.rule),
                cwe=cwes[0] if cwes else None,
                cwe_raw=_valid(ours.joined(read.cwe_raw)),
                severity=read.severity,
                category=_valid(read.category),
                message=_valid(read.message),
                run_id=self.made.run_id,
            )

    def outcomes(self, *, current: bool = True) -> Iterator[Outcome]:
        """What became of the contents that it tells of; the same content at two paths counts once, the worse way."""
        worst: dict[str, ours.Became] = {}
        for content, became in self._became():
            if content not in worst or worst[content].status == "scanned":
                worst[content] = became
        for content, became in sorted(worst.items()):
            yield Outcome(
                **self.tool_columns,
                sha256=content,
                status=became.status,
                reason=_valid(became.reason),
                seconds=became.seconds,
                applies=became.applies,
                current=current,
                run_id=self.made.run_id,
            )

    def _became(self) -> Iterator[tuple[str, ours.Became]]:
        if self.is_ours:
            for artifact in self.run.artifacts:
                stated = ours.ours(artifact) or {}
                content, became = sha256(stated.get("sha256")), ours.outcome_of(stated)
                if content and became:
                    yield content, became
            return
        listed = [each.get("location") for each in self.run.artifacts]
        listed += [said.member(location(result), "artifactLocation") for _, result in self.results()]
        for path, reason in coverage(self.run.invocations, listed, self._inside).items():
            if content := self.made.files.get(path):
                yield content, ours.Became("scanned" if reason is None else "failed", reason)

    def _inside(self, at: Any) -> str | None:
        place = self.place(at)
        return place.path if place.inside else None


def _valid(text: str | None) -> str | None:
    return None if text is None else valid_text(text)
