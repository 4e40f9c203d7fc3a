"""The table ``proposals`` from raw records: of every annotation that counts, the codes that it proposes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from codebook.rows import Proposal
from codebook.study import Study
from coding.answers.annotations import Reading
from coding.answers.standing import standing
from coding.kept import Kept, Tables
from coding.records import Records


def tables(_study: Study, found: list[Records], kept: Kept) -> Tables:
    """The rows, once something was pulled."""
    if not any(pull.label.purpose == "coding" for each in found for pull in each.pulls):
        return []
    stand, _ = standing(found, "coding")
    rows = (replace(row, name=kept.text(row.name) or row.name, memo=kept.text(row.memo)) for row in _rows(stand))
    return [(Proposal, list({_key(row): row for row in rows if kept.thread(row.thread_id)}.values()))]


def _key(row: Proposal) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in Proposal.KEY)


def _rows(readings: Iterable[Reading]) -> Iterator[Proposal]:
    for reading in readings:
        for name in reading.proposals:
            label = reading.pull.label
            yield Proposal(
                unit_id=reading.unit.unit_id,
                thread_id=reading.unit.thread_id,
                coder=label.coder,
                name=name,
                memo=reading.memo,
                round=label.round,
                arm=label.arm,
                annotation_id=reading.annotation_id,
                codebook_version=reading.codebook_version,
                run_id=reading.run_id,
            )
