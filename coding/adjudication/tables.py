"""The table ``decisions`` from raw records.

A unit has one decision, by the first of these that there is:

1. what the adjudicator decided on its newest codings; it stands, whatever a coder edits later (``codings_changed``);
2. ``agreement``: several coders were given it, and what each of them said last is the same set of codes;
3. what the adjudicator decided on codings of an earlier round;
4. the coding of its only coder, where it was given to one alone; ``by`` is the coder.

Who skipped a unit counts as not asked, and so does who left before they read it; also where it was to be coded again
because of a split code, and is skipped or left then. Units whose coders disagree and that nobody decided, and those
that some coder has still to code, have none. There are no decisions at all before the first ``coding adjudicate``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from codebook.rows import Coding, Decision, Quarantined, Row
from codebook.study import Study
from codebook.versions import recorded
from codebook.versions.chain import Chain
from coding.adjudication.cases import Case, cases
from coding.adjudication.rulings import PURPOSE, Ruling, rulings
from coding.kept import Kept, Tables
from coding.records import Records


def tables(study: Study, found: list[Records], kept: Kept) -> Tables:
    """``decisions`` and what is kept apart of the adjudication."""
    if not any(push.label.purpose == PURPOSE for each in found for push in each.pushes):
        return []
    chain = recorded.chain(study)
    ruled, apart = rulings(found, chain)
    shown = _shown(found)
    rows: list[Row] = [
        replace(row, reason=kept.text(row.reason))
        for case in cases(found, chain).values()
        if kept.thread(case.unit.thread_id)
        for row in _decision(case, ruled.get(case.unit.unit_id), shown, chain)
    ]
    return [(Decision, rows), (Quarantined, list(kept.apart(apart)))]


def _shown(found: Sequence[Records]) -> dict[tuple[str, str], str]:
    """Project and unit: the hash of the codings that the adjudicator was shown."""
    pushes = (push for each in found for push in each.pushes if push.label.purpose == PURPOSE)
    return {(push.label.uid, unit.unit_id): unit.content_sha256 for push in pushes for unit in push.units}


def _decision(
    case: Case, ruling: Ruling | None, shown: Mapping[tuple[str, str], str], chain: Chain
) -> Iterator[Decision]:
    """The rows of a unit's decision; none where there is no decision."""
    if ruling and ruling.stands and (ruling.round >= case.round or not case.agreed):
        before = shown.get((ruling.reading.pull.label.uid, case.unit.unit_id))
        for row in _rows(case, ruling.rows, ruling.reading.pull.label.coder, chain):
            changed = before != case.sha256
            yield replace(row, reason=ruling.reason, codebook_unclear=ruling.unclear, codings_changed=changed)
    elif case.agreed or case.is_single:
        last = max(case.voices.values(), key=lambda rows: str(rows[0].coded_at))
        yield from _rows(case, last, "agreement" if case.agreed else last[0].coder, chain)


def _rows(case: Case, codings: Sequence[Coding], by: str, chain: Chain) -> Iterator[Decision]:
    newest = chain.newest.version if chain.newest else None
    for code, row in {row.code: row for row in codings}.items():
        yield Decision(
            unit_id=case.unit.unit_id,
            thread_id=case.unit.thread_id,
            code=code,
            by=by,
            reason=None,
            codebook_unclear=None,
            codings_changed=False,
            codebook_version=newest or row.codebook_version,
            run_id=row.run_id,
        )
