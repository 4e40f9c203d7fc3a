"""The tables ``offered``, ``withheld`` and ``taken`` from raw records: suggestions, and what coders made of them.

Codes stand in the newest codebook: a renamed or merged one has its new id. One that was split or retired since keeps
the id that it had, and nothing is said of what was made of it. A coding counts only if the coder submitted it, see
``coding.answers.annotations``; so does a copy of what was filled in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from codebook.rows import Coding, Offered, Taken, Withheld
from codebook.study import Study
from codebook.versions import recorded
from codebook.versions.chain import Chain
from coding.answers.standing import codings
from coding.arms.offer import Offer
from coding.kept import Kept, Tables
from coding.projects.label import PLAIN
from coding.records import Push, Records

Key = tuple[str, str, int, str]
"""Unit, coder, round and arm: a reading."""


def tables(study: Study, found: list[Records], kept: Kept) -> Tables:
    """What was offered, what was withheld, and what was made of it; no tables where everybody reads plainly."""
    pushes = [push for each in found for push in each.pushes if push.label.purpose == "coding"]
    if all(push.label.arm == PLAIN and not push.suggested for push in pushes):
        return []
    chain = recorded.chain(study)
    offered = [row for row in _offered(pushes, chain) if kept.thread(row.thread_id)]
    withheld = [row for row in _withheld(pushes, chain) if kept.thread(row.thread_id)]
    made: Tables = [(Offered, [*offered]), (Withheld, [*withheld])]
    if not any(pull.label.purpose == "coding" for each in found for pull in each.pulls):
        return made
    given = codings(found, chain)
    torn = {(row.unit_id, row.coder, row.round, row.arm) for row in given.recode}
    rows = [row for row in given.codings if row.arm != PLAIN and kept.thread(row.thread_id) and _key(row) not in torn]
    open_codes = {leaf.id for leaf in chain.newest.leaves()} if chain.newest else None
    return [*made, (Taken, [*_taken(rows, offered, open_codes)])]


def _key(row: Coding | Offered) -> Key:
    return row.unit_id, row.coder, row.round, row.arm


def _of(push: Push, chain: Chain) -> Iterator[tuple[str, str, str, Offer]]:
    """Unit, thread, newest id of the code, and suggestion; of codes that were merged since, the likeliest one."""
    threads = {unit.unit_id: unit.thread_id for unit in push.units}
    for unit_id, offers in push.suggested.items():
        newest: dict[str, Offer] = {}
        for offer in sorted(offers, key=lambda offer: (-(offer.score or 0), offer.code)):
            newest.setdefault(_code_now(offer.code, push, chain), offer)
        for code, offer in newest.items() if unit_id in threads else ():
            yield unit_id, threads[unit_id], code, offer


def _code_now(code: str, push: Push, chain: Chain) -> str:
    if not chain.books:
        return code
    outcome = chain.outcome(code, push.label.version_at(push.at))
    return outcome.code if outcome.state == "leaf" else code


def _offered(pushes: Sequence[Push], chain: Chain) -> Iterator[Offered]:
    """What coders were shown."""
    for push, columns, offer in _last(pushes, chain):
        if push.label.arm != PLAIN:
            yield Offered(start=offer.start, end=offer.end, **columns)


def _withheld(pushes: Sequence[Push], chain: Chain) -> Iterator[Withheld]:
    """What the readers of the plain arm would have been shown."""
    for push, columns, _ in _last(pushes, chain):
        if push.label.arm == PLAIN:
            yield Withheld(**columns)


def _last(pushes: Sequence[Push], chain: Chain) -> Iterator[tuple[Push, dict[str, Any], Offer]]:
    """Each offer with the columns that both tables have; of a unit in two projects of a place, the newer one's."""
    found: dict[tuple[object, ...], list[tuple[Push, dict[str, Any], Offer]]] = {}
    for push in pushes:
        for unit in push.units:
            found[unit.unit_id, push.label.place] = []
        for unit_id, thread_id, code, offer in _of(push, chain):
            columns = {
                "unit_id": unit_id,
                "thread_id": thread_id,
                "coder": push.label.coder,
                "round": push.label.round,
                "arm": push.label.arm,
                "code": code,
                "code_as_suggested": offer.code if offer.code != code else None,
                "score": offer.score,
                "suggested_by": offer.run,
                "run_id": push.run_id,
            }
            found[unit_id, push.label.place].append((push, columns, offer))
    yield from (each for of in found.values() for each in of)


def _taken(rows: Sequence[Coding], offered: Iterable[Offered], legal: set[str] | None) -> Iterator[Taken]:
    """What was made of each code that was offered or given in a reading of the arm."""
    shown: dict[Key, dict[str, Offered]] = {}
    for offer in offered:
        if legal is None or offer.code in legal:
            shown.setdefault(_key(offer), {})[offer.code] = offer
    given: dict[Key, list[Coding]] = {}
    for row in rows:
        given.setdefault(_key(row), []).append(row)
    for key, of_unit in sorted(given.items()):
        codes = {row.code for row in of_unit if row.code}
        offers = shown.get(key, {})
        edited = _edited(of_unit, offers)
        for code in sorted(codes | offers.keys()):
            yield Taken(
                unit_id=key[0],
                thread_id=of_unit[0].thread_id,
                coder=key[1],
                round=key[2],
                arm=key[3],
                code=code,
                offered=code in offers,
                coded=code in codes,
                outcome=_outcome(offered=code in offers, coded=code in codes),
                edited=edited,
                run_id=of_unit[0].run_id,
            )


def _outcome(*, offered: bool, coded: bool) -> Literal["accepted", "rejected", "added"]:
    if not offered:
        return "added"
    return "accepted" if coded else "rejected"


def _edited(rows: Iterable[Coding], offers: Mapping[str, Offered]) -> bool:
    """Whether codes or passages are others than were filled in."""
    there = {(row.code, row.start, row.end) for row in rows if row.code}
    return there != {(code, offer.start, offer.end) for code, offer in offers.items()}
