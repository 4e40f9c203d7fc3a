"""Raw records of what tools said, in ``raw/scan/code/<tool>/``: what is stored of a batch, and what it says. Pure.

``KIT`` says with what a tool ran: its version, bounds, rules and files of rules. ``SAID`` has what it said of contents,
in its own words. A batch is stored as soon as it is done; a later record about the same content stands.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from codebook.raw import Page, RawStore
from codebook.study import Study
from scan.code.work import MOST_SAID, as_json, as_said
from scan.scanner import Kit, RuleOfTool, RulesFile, Said
from scan.shapes import decoded, rows

FOLDER = "code"
"""The folder of these records in ``raw/scan``."""

KIT, SAID = "KIT", "SAID"
_OK = 200


def store_of(study: Study, tool: str) -> RawStore:
    """The raw records of one tool."""
    return study.raw("scan", f"{FOLDER}/{tool}")


def tools_with_records(study: Study) -> list[str]:
    """The tools of which there are raw records, by name."""
    folder = study.path / "raw" / "scan" / FOLDER
    return sorted(each.name for each in folder.iterdir() if RawStore(each).segments()) if folder.exists() else []


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer as it is stored.

    Args:
        said: The answer.
        applies: Whether the tool looks at contents of this kind.
        again: Whether the next run is to ask again, since the tool was not asked at all.
        seconds, megabytes: The bounds within which it was asked.
    """

    said: Said
    applies: bool
    again: bool
    seconds: float
    megabytes: int


@dataclass(frozen=True, slots=True)
class Record:
    """What one record says: of which tool's version and rules, and either its kit or answers."""

    tool_version: str
    rules_hash: str
    run_id: str
    kit: dict[str, Any] | None
    heard: tuple[Heard, ...]


def kit_page(kit: Kit, run_id: str) -> Page:
    """The record of a kit."""
    body = {
        "rule_files": [asdict(each) for each in sorted(kit.rule_files, key=lambda each: each.path)],
        "rules": [asdict(each) for each in sorted(kit.rules, key=lambda each: each.rule)],
    }
    return _page(KIT, kit, run_id, body)


def said_pages(
    kit: Kit, run_id: str, said: Iterable[Said], *, applies: bool = True, again: bool = False
) -> Iterator[Page]:
    """The records of answers: one, or several where they are long."""
    about = {"applies": applies, "again": again, "seconds": kit.seconds, "megabytes": kit.megabytes}
    part, size = list[dict[str, Any]](), 0
    for each in said:
        values = as_json(each)
        length = len(json.dumps(values))
        if part and size + length > MOST_SAID:
            yield _page(SAID, kit, run_id, about | {"said": part})
            part, size = [], 0
        part.append(values)
        size += length
    if part:
        yield _page(SAID, kit, run_id, about | {"said": part})


def _page(kind: str, kit: Kit, run_id: str, body: dict[str, Any]) -> Page:
    query = urlencode([("version", kit.tool_version), ("rules", kit.rules_hash)])
    return Page(f"{kind} /{kit.tool}?{query}", _OK, {}, json.dumps(body).encode(), run_id)


def read(page: Page) -> Record | None:
    """What a record says; None if it is none of ours."""
    kind = page.request.partition(" ")[0]
    asked = dict(parse_qsl(page.path.partition("?")[2], keep_blank_values=True))
    body = decoded(page.body)
    if kind not in (KIT, SAID) or not isinstance(body, dict):
        return None
    of = asked.get("version", ""), asked.get("rules", ""), page.run_id
    if kind == KIT:
        return Record(*of, body, ())
    how = bool(body["applies"]), bool(body["again"]), float(body["seconds"]), int(body["megabytes"])
    answers = (as_said(each, {str(each.get("sha256"))}) for each in rows(body["said"]))
    return Record(*of, None, tuple(Heard(said, *how) for said in answers if said))


def rules_of(kit: dict[str, Any]) -> Iterator[RuleOfTool]:
    """The rules that a kit's record names."""
    for each in rows(kit.get("rules")):
        yield RuleOfTool(**each | {"cwe_raw": tuple(each["cwe_raw"])})


def rule_files_of(kit: dict[str, Any]) -> Iterator[RulesFile]:
    """The files of rules that a kit's record names."""
    for each in rows(kit.get("rule_files")):
        yield RulesFile(**each)
