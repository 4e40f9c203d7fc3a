"""Codings under an earlier codebook, carried over to the newest recorded one.

Every code is followed through the typed changes since the version that was on the page. Renamed and merged codes get
their new id, codings of retired ones are kept apart, and those of split ones go to the table ``recode``: which of the
new codes it is only a person can say, so the unit comes before the coder again in the next round. Who gave a unit
nothing but codes that are retired has still read it: that is a coding with an empty code.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from codebook.rows import Coding, Quarantined, Recode
from codebook.study import Study
from codebook.versions.chain import Chain, State
from coding.projects.label import Place
from coding.records import Records

_REASONS: dict[State, str] = {
    "inner": "code is not a leaf",
    "retired": "code is retired",
    "proposed": "code is proposed",
    "gone": "code not in the codebook",
}
_SHOWN = ("code", "start", "end", "quote", "confidence", "memo", "codebook_version")

_Key = tuple[object, ...]
_READING = attrgetter("unit_id", "coder", "round", "arm", "annotation_id")
_PLACE = attrgetter("unit_id", "coder", "arm", "round")
_OWN_KEY, _CODE = attrgetter(*Coding.KEY), Coding.KEY.index("code")


@dataclass
class Carried:
    """Codings in the newest codebook.

    Args:
        codings: What stands; ``code_as_given`` says where the coder gave another code.
        apart: What was given as a code that nobody assigns any more.
        recode: What was given as a code that was split.
    """

    codings: list[Coding] = field(default_factory=list)
    apart: list[Quarantined] = field(default_factory=list)
    recode: list[Recode] = field(default_factory=list)


def of_any_version(found: Iterable[Records], chain: Chain) -> list[Records]:
    """Records in whose pulls every code may stand that some version has let coders assign, for :func:`carried`."""
    legal = dict.fromkeys(chain.assigned, "leaf")
    return [
        replace(each, pulls=[replace(pull, codes={**pull.codes, **legal}) for pull in each.pulls]) for each in found
    ]


def carried(rows: Iterable[Coding], chain: Chain) -> Carried:
    """Carry codings over to the newest version.

    Args:
        rows: As they were given.
        chain: The recorded versions; without any, everything stays as it is.
    """
    result = Carried()
    given: dict[_Key, list[Coding]] = {}
    retired: dict[_Key, list[Coding]] = {}
    other: set[_Key] = set()
    for row in rows:
        outcome = chain.outcome(row.code, row.codebook_version) if row.code and chain.books else None
        if outcome is None or outcome.state != "retired" or outcome.choices:
            other.add(_READING(row))
        else:
            retired.setdefault(_READING(row), []).append(row)
        if outcome is None or outcome.state == "leaf":
            given.setdefault(_key(row, outcome.code if outcome else row.code), []).append(row)
        elif outcome.choices:
            result.recode.append(_to_recode(row, outcome.choices))
        else:
            result.apart.append(_kept_apart(row, _REASONS[outcome.state]))
    result.codings = [_one(key, rows_of_it) for key, rows_of_it in given.items()]
    result.codings += [_read(rows_of_it) for reading, rows_of_it in retired.items() if reading not in other]
    result.recode = _marked(result, chain)
    return result


def _marked(result: Carried, chain: Chain) -> list[Recode]:
    """The rows of ``recode``, each with whether it is answered.

    An answer is the reading of the next round; what was read under a codebook that still has the code answers nothing.
    """
    leaves = {book.version: {leaf.id for leaf in book.leaves()} for book in chain.books}
    rows: list[Coding | Recode] = [*result.codings, *result.recode]
    versions: dict[_Key, str] = {_PLACE(row): row.codebook_version for row in rows}
    split: dict[_Key, set[str]] = {}
    for row in result.recode:
        split.setdefault(_PLACE(row), set()).add(row.code)
    marked = []
    for row in result.recode:
        key: _Key = _PLACE(row)
        version = versions.get((*key[:-1], row.round + 1))
        is_answered = version is not None and leaves.get(version, set()).isdisjoint(split[key])
        marked.append(replace(row, answered=is_answered))
    return marked


def _key(row: Coding, code: str) -> _Key:
    """What identifies a coding once its code is ``code``."""
    key: _Key = _OWN_KEY(row)
    return (*key[:_CODE], code, *key[_CODE + 1 :])


def _one(key: _Key, rows: list[Coding]) -> Coding:
    """One row of those that are the same code of the same annotation now."""
    code = str(key[_CODE])
    codes = sorted({row.code for row in rows})
    if codes == [code]:
        return rows[0]
    return replace(rows[0], code=code, code_as_given=", ".join(codes))


def _read(rows: list[Coding]) -> Coding:
    """What is left of a reading all of whose codes are retired: that the unit was read."""
    codes = ", ".join(sorted({row.code for row in rows}))
    return replace(rows[0], code="", code_as_given=codes, start=None, end=None, quote=None)


def _to_recode(row: Coding, choices: tuple[str, ...]) -> Recode:
    return Recode(
        unit_id=row.unit_id,
        thread_id=row.thread_id,
        coder=row.coder,
        code=row.code,
        choices=choices,
        start=row.start,
        end=row.end,
        round=row.round,
        arm=row.arm,
        annotation_id=row.annotation_id,
        codebook_version=row.codebook_version,
        run_id=row.run_id,
    )


def _kept_apart(row: Coding, reason: str) -> Quarantined:
    said = {name: getattr(row, name) for name in _SHOWN}
    return Quarantined(
        annotation_id=row.annotation_id,
        unit_id=row.unit_id,
        coder=row.coder,
        reason=reason,
        value=json.dumps({k: v for k, v in said.items() if v is not None}, ensure_ascii=False, sort_keys=True),
        run_id=row.run_id,
    )


def recode_units(study: Study) -> Mapping[Place, list[str]]:
    """The units that are to come before their coder again because a code was split, by the place where they come.

    That is the round after the one in which the code was given, so the same codings give the same places, however often
    they are pushed. Both the places and the units are in order.
    """
    found: dict[Place, set[str]] = {}
    for row in study.read(Recode):
        place = Place(row.coder, "coding", row.round + 1, row.arm)
        found.setdefault(place, set()).add(row.unit_id)
    return {place: sorted(found[place]) for place in sorted(found)}


def waiting(study: Study) -> int:
    """How many rows of ``recode`` nobody has answered."""
    return sum(not row.answered for row in study.read(Recode))
