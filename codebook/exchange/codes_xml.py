"""Codes as nested ``<Code>`` elements, the same in a ``.qdc`` file and in a project, and back.

What coders assign is ``isCodable="true"``; themes and what else stands above codes is ``"false"``. Whatever has been
assigned in the study is codable, so that no importing program drops codings.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import NamedTuple
from xml.etree.ElementTree import Element

from codebook.errors import StudyError
from codebook.exchange import wording
from codebook.exchange.guids import guid, plain_guid
from codebook.exchange.xml_text import XmlWriter, attribute, children, text_of
from codebook.themes import Code, Codebook

DEPTH = 100
"""How deep codes may be nested, when they are written and when they are read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A code as it stands in a file.

    Args:
        guid: Lower case; of a file without GUIDs, what tells the code from others.
        name: As it is there.
        said: Its description, read.
        above: The ``guid`` of the code that it stands under.
        where: File and element, for errors.
    """

    guid: str
    name: str
    said: wording.Wording
    above: str | None
    where: str


def origin(codebook: Codebook) -> str:
    """What made the file, and which version of the codebook it has."""
    return f"qualdev {version('qualdev')} (codebook {codebook.version})"


def write_codes(xml: XmlWriter, codebook: Codebook, used: Collection[str] = ()) -> None:
    """Write ``<Codes>`` with all codes of a codebook, in the order of the file.

    Args:
        xml: Where to.
        codebook: Any status; what is not active says so in its description.
        used: Ids that are assigned somewhere.

    Raises:
        StudyError: There are no codes, or they are nested too deeply.
    """
    if not codebook.codes:
        raise StudyError("has no codes", where="codebook.yaml", hint="REFI-QDA knows no codebook without codes.")
    codable = {code.id for code in codebook.leaves()} | set(used)
    below: dict[str | None, list[Code]] = {}
    for code in codebook.codes.values():
        below.setdefault(code.parent, []).append(code)
    codable |= {code.id for code in codebook.codes.values() if code.status != "active" and code.id not in below}
    with xml.inside("Codes"):
        for theme in below[None]:
            _write(xml, theme, below, codable, DEPTH)


def _write(
    xml: XmlWriter, code: Code, below: Mapping[str | None, list[Code]], codable: Collection[str], room: int
) -> None:
    if not room:
        hint = f"Codes may be nested {DEPTH} deep."
        raise StudyError("is nested too deeply", where=f"codebook.yaml:{code.line}", hint=hint)
    is_codable = "true" if code.id in codable else "false"
    with xml.inside("Code", guid=guid("code", code.id), name=code.name, isCodable=is_codable):
        xml.leaf("Description", wording.description(code))
        for each in below.get(code.id, ()):
            _write(xml, each, below, codable, room - 1)


class _Below(NamedTuple):
    element: Element
    above: str | None
    depth: int


def read_codes(codes: Element | None, where: str) -> list[Entry]:
    """The codes under ``<Codes>``, each before those below it.

    Raises:
        StudyError: There are none, a GUID is missing, wrong or there twice, or they are nested too deeply.
    """
    found: dict[str, Entry] = {}
    waiting = [_Below(each, None, 1) for each in children(codes, "Code")][::-1]
    while waiting:
        element, above, depth = waiting.pop()
        entry = _entry(element, above, where)
        if entry.guid in found:
            raise StudyError(f"has the GUID of {found[entry.guid].where}", where=entry.where, hint=_ANEW)
        if depth > DEPTH:
            raise StudyError("is nested too deeply", where=entry.where, hint=f"Codes may be nested {DEPTH} deep.")
        found[entry.guid] = entry
        waiting += [_Below(each, entry.guid, depth + 1) for each in children(element, "Code")][::-1]
    if not found:
        raise StudyError("has no <Code>", where=where, hint=_ANEW)
    return list(found.values())


_ANEW = "Export it again from the program that made it."


def _entry(element: Element, above: str | None, where: str) -> Entry:
    name = attribute(element, "name").strip()
    here = f"{where}: <Code> {name[:80]!r}"
    own = plain_guid(element.get("guid", ""))
    if own is None:
        raise StudyError(f"its guid {element.get('guid', '')[:60]!r} is none", where=here, hint=_ANEW)
    return Entry(own, name, wording.read(text_of(element, "Description") or ""), above, here)


def known_guids(codebook: Codebook | None) -> Iterator[tuple[str, str]]:
    """The GUIDs of a codebook's codes, with their ids."""
    return ((guid("code", code), code) for code in (codebook.codes if codebook else ()))
