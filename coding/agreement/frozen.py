"""The table ``frozen`` from raw records: what raters and coders had said when the adjudicator was given a unit.

Agreement is measured on what people said by themselves. Once the adjudicator has a unit, they may know what was decided
and edit what they said; then the last whole pull before the adjudicator's first push of the unit, for that round or a
later one, says what counts. What nobody had read by then does not count. Units of which nothing was changed have no
rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from codebook.rows import Frozen
from codebook.study import Study
from codebook.versions import recorded
from codebook.versions.chain import Chain
from coding.answers.annotations import Reading
from coding.answers.standing import codings
from coding.kept import Kept, Tables
from coding.projects.label import Label
from coding.records import Records
from coding.screening.tables import ADJUDICATION, screens

Purpose = Literal["coding", "screening"]

Item = tuple[str, int]
"""A unit in a round."""


@dataclass
class _Said:
    """What was said of a unit in a round: the rows of ``frozen``, and everything that may be compared."""

    rows: list[Frozen] = field(default_factory=list)
    all: set[tuple[str, str, str]] = field(default_factory=set)


def tables(study: Study, found: list[Records], kept: Kept) -> Tables:
    """``frozen``; no table before the adjudicator was given anything."""
    if not any(_decided(push.label) for each in found for push in each.pushes):
        return []
    chain = recorded.chain(study)
    rows = [row for purpose in ("coding", "screening") for row in _rows(found, purpose, chain)]
    return [(Frozen, [row for row in rows if kept.thread(row.thread_id)])]


def _decided(label: Label) -> Purpose | None:
    """For what codings or verdicts a project is the adjudicator's; None if it is none."""
    if label.purpose == "adjudication":
        return "coding"
    return "screening" if label.purpose == "screening" and label.arm == ADJUDICATION else None


def _rows(found: Sequence[Records], purpose: Purpose, chain: Chain) -> Iterator[Frozen]:
    now = _last(found)
    items: dict[frozenset[int], list[Item]] = {}
    earlier: dict[frozenset[int], list[Records]] = {}
    for moment, given in _moments(found, purpose).items():
        then = [replace(each, pulls=[pull for pull in each.pulls if pull.at <= moment]) for each in found]
        state = _last(then)
        items.setdefault(state, []).extend(given)
        earlier.setdefault(state, then)
    if not items.keys() - {now}:
        return
    said = _said(found, purpose, chain)
    for state in items.keys() - {now}:
        before = _said(earlier[state], purpose, chain)
        for item in items[state]:
            if item in before and (item not in said or said[item].all != before[item].all):
                yield from before[item].rows


def _last(found: Iterable[Records]) -> frozenset[int]:
    """The pulls that count."""
    return frozenset(id(pull) for each in found for pull in each.last_pulls())


def _moments(found: Iterable[Records], purpose: Purpose) -> Mapping[str, list[Item]]:
    """The units that the adjudicator was given for the first time, for a round or a later one, by the moment."""
    pushes = [push for each in found for push in each.pushes if _decided(push.label) == purpose]
    first: dict[Item, str] = {}
    for push in sorted(pushes, key=lambda push: push.at):
        for unit in push.units:
            for number in range(1, push.label.round + 1):
                first.setdefault((unit.unit_id, number), push.at)
    made: dict[str, list[Item]] = {}
    for item, moment in first.items():
        made.setdefault(moment, []).append(item)
    return made


def _said(found: Sequence[Records], purpose: Purpose, chain: Chain) -> Mapping[Item, _Said]:
    return _of_coding(found, chain) if purpose == "coding" else _of_screening(found)


def _of_coding(found: Sequence[Records], chain: Chain) -> Mapping[Item, _Said]:
    """What coders said; a reading with a split code is compared, and has no rows: its answer counts."""
    given = codings(found, chain)
    made: dict[Item, _Said] = {}
    torn = {(row.unit_id, row.round, row.coder, row.arm) for row in given.recode}
    for again in given.recode:
        made.setdefault((again.unit_id, again.round), _Said()).all.add((again.coder, again.arm, again.code))
    for row in given.codings:
        said = made.setdefault((row.unit_id, row.round), _Said())
        known, key = (row.coder, row.arm, row.code) in said.all, (row.unit_id, row.round, row.coder, row.arm)
        said.all.add((row.coder, row.arm, row.code))
        if known or key in torn:
            continue
        said.rows.append(
            Frozen(
                purpose="coding",
                unit_id=row.unit_id,
                thread_id=row.thread_id,
                coder=row.coder,
                code=row.code,
                round=row.round,
                arm=row.arm,
                annotation_id=row.annotation_id,
                coded_at=row.coded_at,
                codebook_version=row.codebook_version,
                run_id=row.run_id,
            )
        )
    return made


def _of_screening(found: Sequence[Records]) -> Mapping[Item, _Said]:
    made: dict[Item, _Said] = {}
    for screen in screens(found)[0].values():
        for given in screen.verdicts.values():
            row = _verdict(given.reading, given.verdict)
            said = made.setdefault((row.unit_id, row.round), _Said())
            said.rows.append(row)
            said.all.add((row.coder, row.arm, row.code))
    return made


def _verdict(reading: Reading, verdict: str) -> Frozen:
    label = reading.pull.label
    return Frozen(
        purpose="screening",
        unit_id=reading.unit.unit_id,
        thread_id=reading.unit.thread_id,
        coder=label.coder,
        code=verdict,
        round=label.round,
        arm=label.arm,
        annotation_id=reading.annotation_id,
        coded_at=reading.coded_at,
        codebook_version=reading.codebook_version,
        run_id=reading.run_id,
    )
