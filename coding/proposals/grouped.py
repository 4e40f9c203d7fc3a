"""Proposals put together by name, and as entries for ``codebook.yaml``."""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML

from codebook.harmless import file_name, one_line
from codebook.rows import Proposal
from codebook.themes import Codebook

_DEFINITION = 500
"""Characters of a definition that is put together from memos."""

_ID = 48
"""Characters of an id that is made of a name."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One name that was proposed, whatever its upper and lower case.

    Args:
        name: In its most frequent spelling.
        units: How many units it was proposed for.
        coders: Who proposed it.
        memos: What they noted there, each note once.
        known_as: Id of the code of the codebook that has this name already; empty if none has.
    """

    name: str
    units: int
    coders: tuple[str, ...]
    memos: tuple[str, ...]
    known_as: str

    def row(self) -> dict[str, object]:
        """As a row of :data:`COLUMNS`."""
        values = (self.name, self.units, len(self.coders), self.known_as, " / ".join(self.memos))
        return dict(zip(COLUMNS, values, strict=True))


COLUMNS = ("name", "units", "coders", "in_codebook", "memos")


def grouped(proposals: Iterable[Proposal], codebook: Codebook) -> list[Proposed]:
    """Proposals by name: those for most units first, then by the alphabet."""
    by_name: dict[str, list[Proposal]] = {}
    for proposal in proposals:
        by_name.setdefault(proposal.name.casefold(), []).append(proposal)
    known = {one_line(code.name).casefold(): code.id for code in codebook.codes.values()}
    found = [_together(same, known.get(name, "")) for name, same in by_name.items()]
    return sorted(found, key=lambda one: (-one.units, one.name.casefold()))


def _together(same: Sequence[Proposal], known_as: str) -> Proposed:
    spellings = Counter(proposal.name for proposal in same)
    name = min(spellings, key=lambda spelling: (-spellings[spelling], spelling))
    memos = dict.fromkeys(one_line(proposal.memo) for proposal in same if proposal.memo)
    coders = tuple(sorted({proposal.coder for proposal in same}))
    return Proposed(name, len({proposal.unit_id for proposal in same}), coders, tuple(memos), known_as)


def as_entries(proposed: Iterable[Proposed], codes: Mapping[str, object]) -> str:
    """Entries for the list ``codes:`` of ``codebook.yaml``, for names that are not in it; empty if there are none.

    Args:
        proposed: What was proposed.
        codes: The codes of the codebook by id; no entry gets one of these ids.
    """
    taken = set(codes)
    entries: list[dict[str, str]] = []
    for one in proposed:
        if not one.known_as:
            entries.append(_entry(one, taken))
            taken.add(entries[-1]["id"])
    yaml = YAML(pure=True)
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 10_000  # a line of ours stays one line
    out = io.StringIO()
    if entries:
        yaml.dump(entries, out)
    return out.getvalue().rstrip("\n")


def _entry(one: Proposed, taken: set[str]) -> dict[str, str]:
    stem = f"proposed.{file_name(one.name).lower()}"[:_ID].rstrip(".-")
    number = next(n for n in range(1, len(taken) + 2) if _numbered(stem, n) not in taken)
    who = f"Proposed by {', '.join(one.coders)} for {one.units} unit{'' if one.units == 1 else 's'}."
    definition = one_line(" ".join((who, *one.memos)), _DEFINITION)
    return {"id": _numbered(stem, number), "name": one.name, "definition": definition, "status": "proposed"}


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"
