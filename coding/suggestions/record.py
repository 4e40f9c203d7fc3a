"""Suggestions as raw records, and the table ``suggestions`` that they give.

``raw/coding/suggestions/`` has, per set of suggestions, records ``SUGGEST /<set>/units?from=N`` with the candidates of
some units, and when all are there ``SUGGEST /<set>/end`` with the codes' thresholds, all settings, and the hashes of
what the set was made of. The name of a set is a hash of these, so that a command that was killed and runs again, or one
that finds nothing new, gives the same set; a set that is whole and the last one is not stored again. The table is that
of the last whole set. Its codes are called what the newest recorded codebook calls them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from codebook.raw import Page, RawStore
from codebook.rows import Row, Suggestion
from codebook.study import Study
from codebook.versions import recorded
from codebook.versions.chain import Chain
from coding import records
from coding.kept import Kept, Tables
from coding.records import Records

_AT_ONCE = 500
"""Units in one record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A code for a unit.

    Args:
        code: Its id.
        start: Where its evidence begins in the shown text; None without evidence.
        end: The first character behind it.
        text: The evidence; the eraser of forgotten people knows it by this name.
        raw: Per method, what it gave.
        scores: Per method, the calibrated probability; empty before calibration.
        said: Whether it is said.
    """

    code: str
    start: int | None
    end: int | None
    text: str
    raw: Mapping[str, float]
    scores: Mapping[str, float]
    said: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCandidates:
    """The candidates of a unit, the likeliest first."""

    unit_id: str
    thread_id: str
    candidates: Sequence[Candidate]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSummary:
    """What is known of one code: decided units, those with it, the threshold, or why there is none."""

    code: str
    decided: int
    positives: int
    threshold: float | None
    said: int
    silent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionSet:
    """All suggestions of one run.

    Args:
        units: The units with their candidates.
        codes: The codes.
        made_of: Settings, versions and hashes of inputs, by name.
        arm: The arm that may see them.
        codebook_version: The version that the codes are in.
    """

    units: Sequence[UnitCandidates]
    codes: Sequence[CodeSummary]
    made_of: Mapping[str, Any]
    arm: str
    codebook_version: str

    @property
    def name(self) -> str:
        """A hash of what it was made of."""
        return sha256(_json([self.made_of, self.arm, self.codebook_version])).hexdigest()[:16]


def store(study: Study) -> RawStore:
    """Where suggestions are kept."""
    return records.store(study, "suggestions")


def append(study: Study, made: SuggestionSet, run_id: str) -> bool:
    """Store a set; whether it was new."""
    raw = store(study)
    before = _last(raw)
    if before and before[0] == made.name:
        return False
    for first in range(0, len(made.units), _AT_ONCE):
        body = {"units": [_as_task(unit) for unit in made.units[first : first + _AT_ONCE]]}
        raw.append(_page(f"SUGGEST /{made.name}/units?from={first}", body, run_id))
    end = {"codes": [asdict(code) for code in made.codes], "made_of": made.made_of, "units": len(made.units)}
    end |= {"arm": made.arm, "codebook_version": made.codebook_version}
    raw.append(_page(f"SUGGEST /{made.name}/end", end, run_id))
    raw.close()
    return True


def _as_task(unit: UnitCandidates) -> dict[str, Any]:
    """In the shape of a task, in which the eraser of forgotten threads finds its thread."""
    data = {"unit_id": unit.unit_id, "thread_id": unit.thread_id}
    return {"data": data, "candidates": [asdict(candidate) for candidate in unit.candidates]}


def _page(request: str, body: Mapping[str, Any], run_id: str) -> Page:
    return Page(request, 200, {"content-type": "application/json"}, _json(body), run_id)


def _json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def _last(raw: RawStore) -> tuple[str, Page, list[Page]] | None:
    """The last whole set: its name, its end, and its units' records."""
    units: dict[str, dict[int, Page]] = {}
    found: tuple[str, Page, list[Page]] | None = None
    for page in raw.pages():
        if not page.request.startswith("SUGGEST "):
            continue  # a coder may be called "suggestions"
        name, _, what = page.path.removeprefix("/").partition("/")
        if what != "end":
            units.setdefault(name, {})[int(what.rpartition("=")[2])] = page
            continue
        there = units.get(name, {})
        if all(first in there for first in range(0, page.json()["units"], _AT_ONCE)):
            found = (name, page, [there[first] for first in sorted(there)])
    return found


def tables(study: Study, _found: Iterable[Records], kept: Kept) -> Tables:
    """The table ``suggestions``, where there is a whole set."""
    last = _last(store(study))
    if last is None:
        return []
    _, end, pages = last
    head, chain = end.json() | {"run_id": end.run_id}, recorded.chain(study)
    units = (unit for page in pages for unit in page.json()["units"])
    rows: list[Row] = [row for unit in units for row in _rows(unit, head, chain) if kept.thread(row.thread_id)]
    return [(Suggestion, rows)]


def _rows(unit: Mapping[str, Any], head: Mapping[str, Any], chain: Chain) -> Iterator[Suggestion]:
    """The rows of one unit; of codes that were merged since, the likelier one's."""
    seen = set()
    for candidate in unit["candidates"]:
        now = chain.outcome(candidate["code"], head["codebook_version"])
        if now.state != "leaf" or now.code in seen:
            continue
        seen.add(now.code)
        evidence = candidate["text"] or None  # none, or forgotten
        for method, raw in candidate["raw"].items():
            yield Suggestion(
                unit_id=unit["data"]["unit_id"],
                thread_id=unit["data"]["thread_id"],
                code=now.code,
                method=method,
                score=candidate["scores"].get(method),
                raw_score=raw,
                said=candidate["said"] and method == "combined",
                evidence=evidence,
                start=candidate["start"] if evidence else None,
                end=candidate["end"] if evidence else None,
                arm=head["arm"],
                codebook_version=chain.newest.version if chain.newest else head["codebook_version"],
                run_id=head["run_id"],
            )
