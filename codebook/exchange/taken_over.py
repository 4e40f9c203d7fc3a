"""The codes of a file as codes of ours: which id each gets, and the ``codebook.yaml`` that has them.

An id is kept where it can be told: from the GUID, which is made of it; from the codebook that the study has; from what
we wrote into the description. Else it is made from the names, so that the same file always gives the same ids.
"""

import hashlib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from codebook.errors import StudyError
from codebook.exchange.codes_xml import Entry
from codebook.exchange.guids import guid
from codebook.themes import Code, Codebook

NOT_DEFINED = "Not yet defined."
"""The definition of a code that had none."""

_OUR_ORIGIN = re.compile(r"qualdev \S+ \(codebook (\d+\.\d+\.\d+)\)")
_LONGEST = 64

MOST = 10_000
"""Codes that a file may have."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A codebook that came from a file.

    Args:
        version: As the file says it; empty if it does not.
        codes: In the order of the file.
        ids: By the GUID in the file, the id that the code got.
        undefined: Ids of codes that had no definition.
        made: Ids that were made from names.
    """

    version: str
    codes: tuple[Code, ...]
    ids: Mapping[str, str]
    undefined: tuple[str, ...]
    made: tuple[str, ...]


def take_over(entries: Sequence[Entry], origin: str, known: Iterable[tuple[str, str]]) -> Taken:
    """Make codes of a file's.

    Args:
        entries: In the order of the file.
        origin: What the file says that it was made by.
        known: GUIDs of codes that the study has, with their ids.

    Raises:
        StudyError: There are too many codes, or one is its own ancestor.
    """
    if len(entries) > MOST:
        raise StudyError(f"has {len(entries)} codes", where=entries[0].where, hint=f"At most {MOST} are read.")
    ids = _told(entries, dict(known))
    taken, made = Counter(given.lower() for given in ids.values()), []
    for entry in _parents_first(entries):
        if entry.guid not in ids:
            ids[entry.guid] = _from_name(entry, ids[entry.above] if entry.above else "", taken)
            made.append(ids[entry.guid])
    codes = tuple(_code(entry, ids) for entry in entries)
    ours = _OUR_ORIGIN.fullmatch(origin)
    undefined = tuple(code.id for code in codes if code.definition == NOT_DEFINED)
    return Taken(ours[1] if ours else "", codes, ids, undefined, tuple(made))


def _told(entries: Sequence[Entry], known: Mapping[str, str]) -> dict[str, str]:
    """The ids that need not be made: surest first, and each given once."""
    ids: dict[str, str] = {}
    for entry in entries:
        if entry.said.id and guid("code", entry.said.id) == entry.guid:
            ids[entry.guid] = entry.said.id
        elif entry.guid in known:
            ids[entry.guid] = known[entry.guid]
    given = set(ids.values())
    for entry in entries:
        if entry.guid not in ids and entry.said.id and entry.said.id not in given:
            ids[entry.guid] = entry.said.id
            given.add(entry.said.id)
    return ids


def _parents_first(entries: Sequence[Entry]) -> Iterator[Entry]:
    by_guid = {entry.guid: entry for entry in entries}
    placed: set[str] = set()
    for entry in entries:
        chain: dict[str, Entry] = {}
        at: Entry | None = entry
        while at is not None and at.guid not in placed:
            if at.guid in chain:
                raise StudyError("is its own ancestor", where=at.where, hint="Break the cycle of parents.")
            chain[at.guid] = at
            at = by_guid[at.above] if at.above else None
        yield from reversed(chain.values())
        placed |= chain.keys()


def _from_name(entry: Entry, above: str, taken: Counter[str]) -> str:
    plain = unicodedata.normalize("NFKD", entry.name).encode("ascii", "ignore").decode()
    word = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:40].strip("_")
    if not word or not (above or word[0].isalpha()):
        word = f"code_{word or hashlib.sha256(entry.name.encode('utf-8', 'replace')).hexdigest()[:8]}"
    full = f"{above}.{word}" if above and len(above) + len(word) < _LONGEST - 6 else word
    full = full if full[0].isalpha() else f"code_{full}"
    one = full
    while one.lower() in taken:
        taken[full.lower()] += 1
        one = f"{full}_{taken[full.lower()]}"
    taken[one.lower()] += 1
    return one


def _code(entry: Entry, ids: Mapping[str, str]) -> Code:
    return Code(
        id=ids[entry.guid],
        name=entry.name or ids[entry.guid],
        definition=entry.said.definition or NOT_DEFINED,
        parent=ids[entry.above] if entry.above else None,
        status=entry.said.status,
        include=tuple(entry.said.lists["include"]),
        exclude=tuple(entry.said.lists["exclude"]),
        examples=tuple(entry.said.lists["examples"]),
    )


def next_version(now: Codebook | None) -> str:
    """The version of a codebook whose file names none, or none that is newer: the next minor one of the study's."""
    if now is None:
        return "1.0.0"
    major, minor, _ = now.version.split(".")
    return f"{major}.{int(minor) + 1}.0"


def as_yaml(version: str, codes: Iterable[Code], changes: object = None) -> str:
    """The text of a ``codebook.yaml``; :meth:`codebook.themes.Codebook.load` gives the same version and codes.

    Args:
        version: Of the codebook.
        codes: In their order.
        changes: What another codebook has under ``changes:``, as :func:`codebook.yaml_lines.tree` gives it.
    """
    listed = []
    for code in codes:
        entry: dict[str, Any] = {"id": code.id}
        if code.parent is not None:
            entry["parent"] = code.parent
        entry["name"] = _scalar(code.name)
        entry["definition"] = _scalar(code.definition)
        for name in ("include", "exclude", "examples"):
            items: tuple[str, ...] = getattr(code, name)
            if items:
                entry[name] = [_scalar(item) for item in items]
        if code.status != "active":
            entry["status"] = code.status
        listed.append(entry)
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    more = {} if changes is None else {"changes": changes}
    yaml.dump({"version": DoubleQuotedScalarString(version), "codes": listed} | more, out)
    return out.getvalue()


def _scalar(text: str) -> str:
    """Quotes where a text is more than words, so that no reader of YAML takes it for something else."""
    return text if re.fullmatch(r"[A-Za-z][A-Za-z0-9 ,.()'/-]*[A-Za-z0-9.)]", text) else DoubleQuotedScalarString(text)
