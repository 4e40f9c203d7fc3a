"""REFI-QDA projects, ``.qdpx``, written: ``project.qde`` and a plain text per unit in one zip file.

Threads become cases; what is known of them stands as variables both with the case and with the text, as some programs
read the one and some the other. A coder in a round and an arm is a user. A code of a passage is a coding of a
selection, that of a whole unit one of the text; a note has the coder's memo and confidence. A set names the texts that
a coder read without giving a code, for which the standard has no word.

Some programs (QualCoder is one) pass over codings of whole texts, and sources with the name of another: for the
first, codes of whole texts can be written as passages from the first character to the last, the second get the unit's
id. The GUID of such a coding tells that it is of the whole text.

The same study gives the same bytes: GUIDs are made of ids, times in the zip file are fixed.

Source: REFI-QDA 1.5 (2019), https://www.qdasoftware.org/project-exchange/. By section 10.2, a selection counts Unicode
code points from 0; ``endPosition`` is the first one behind it, as the standard's own example has it.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TextIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from codebook.exchange.codes_xml import origin, write_codes
from codebook.exchange.gathered import Gathered, variables
from codebook.exchange.guids import guid
from codebook.exchange.project import Mark, Source, Value, Who
from codebook.exchange.xml_text import XmlWriter
from codebook.harmless import one_line

NAMESPACE = "urn:QDA-XML:project:1.0"
VARIABLES = {
    "unit_id": "Text",
    "thread_id": "Text",
    "kind": "Text",
    "content_sha256": "Text",
    "source": "Text",
    "item": "Text",
    "url": "Text",
    "title": "Text",
    "state": "Text",
    "created_at": "DateTime",
    "year": "Integer",
    "language": "Text",
    "labels": "Text",
    "n_posts": "Integer",
    "confidence": "Text",
}
"""The project's variables, and their types in REFI-QDA's words."""

NO_TIME = datetime(1970, 1, 1)  # noqa: DTZ001 - as tables hold it
"""The time of a note that has none; some programs need one."""

_BYTE_ORDER = "\ufeff"
Note = tuple[Who, str, str | None, str | None, datetime | None]
"""Whose it is, the unit, the memo, the confidence, and when."""


def write_qdpx(path: Path, gathered: Gathered, *, passages: bool = False) -> None:
    """Write a project; ``path`` is the old file or the whole new one.

    Args:
        path: The file.
        gathered: What goes into it.
        passages: Write codes of whole texts as passages, too.

    Raises:
        StudyError: The codebook has no codes, or they are nested too deeply.
    """
    part = path.with_name(path.name + ".part")
    try:
        with ZipFile(part, "w") as packed:
            with _member(packed, "project.qde") as out:
                _Project(XmlWriter(out), gathered, passages=passages).write()
            for source in gathered.sources():
                with _member(packed, f"sources/{source_guid(source)}.txt") as out:
                    # one mark of byte order is taken for no part of the text, so a text that begins with one gets two
                    out.write((_BYTE_ORDER if source.text.startswith(_BYTE_ORDER) else "") + source.text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _member(packed: ZipFile, name: str) -> Iterator[TextIO]:
    info = ZipInfo(name)  # its time is 1980-01-01, always
    info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, 3, 0o600 << 16
    with packed.open(info, "w") as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as out:
        yield out


def source_guid(source: Source) -> str:
    """The GUID of a text: of its unit and of what was shown."""
    return guid("source", source.unit_id, source.content_sha256)


class _Project:
    """Writes ``project.qde``, in the order that the schema wants."""

    def __init__(self, xml: XmlWriter, gathered: Gathered, *, passages: bool) -> None:
        self.xml = xml
        self.gathered = gathered
        self.passages = passages
        self.names: set[str] = set()
        self.notes: dict[str, Note] = {}
        self.read_without: dict[Who, list[str]] = {}

    def write(self) -> None:
        xml, gathered, study = self.xml, self.gathered, self.gathered.study
        title = one_line(study.settings.study.title)
        with xml.inside("Project", xmlns=NAMESPACE, name=title, origin=origin(study.codebook)):
            if gathered.users:
                with xml.inside("Users"):
                    for who in sorted(gathered.users):
                        xml.leaf("User", guid=guid("user", who.id), name=who.name, id=who.id)
            with xml.inside("CodeBook"):
                write_codes(xml, study.codebook, gathered.used)
            with xml.inside("Variables"):
                for name, kind in VARIABLES.items():
                    xml.leaf("Variable", guid=guid("variable", name), name=name, typeOfVariable=kind)
            if gathered.thread_of:
                self._cases()
                with xml.inside("Sources"):
                    for source in gathered.sources():
                        self._source(source)
            self._notes()
            self._sets()

    def _cases(self) -> None:
        with self.xml.inside("Cases"):
            for thread_id, versions in self.gathered.by_thread().items():
                thread = self.gathered.threads.get(thread_id)
                name = one_line(thread.title if thread else thread_id)
                with self.xml.inside("Case", guid=guid("case", thread_id), name=name):
                    self._values({"thread_id": thread_id} | variables(thread))
                    for version in versions:
                        self.xml.leaf("SourceRef", targetGUID=guid("source", *version))

    def _values(self, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            with self.xml.inside("VariableValue"):
                self.xml.leaf("VariableRef", targetGUID=guid("variable", name))
                self.xml.leaf(f"{VARIABLES[name]}Value", _moment(value) if isinstance(value, datetime) else str(value))

    def _source(self, source: Source) -> None:
        own = source_guid(source)
        given = [mark for mark in source.marks if mark.code]
        path, length = f"internal://{own}.txt", len(source.text) if self.passages else 0
        with self.xml.inside("TextSource", guid=own, name=self._name(source), plainTextPath=path):
            placed = sorted(((place, mark) for mark in given if (place := _place(mark, length))), key=itemgetter(0))
            for place, marks in groupby(placed, key=itemgetter(0)):
                self._selection(source, place, [mark for _, mark in marks])
            for mark in given:
                if _place(mark, length) is None:
                    self._coding(source, mark)
            for mark in source.marks:
                if not mark.code:
                    self.read_without.setdefault(mark.who, []).append(own)
                    self._note(source, mark)
            self._values(source.variables)

    def _name(self, source: Source) -> str:
        """What readers see, once: a title that an earlier text has gets the unit's id, and what tells its version."""
        name = one_line(source.name)
        for more in (source.unit_id, source.content_sha256[:8]):
            if name in self.names:
                name = one_line(f"{name} ({more})")
        self.names.add(name)
        return name

    def _selection(self, source: Source, place: tuple[int, int, Who], marks: Sequence[Mark]) -> None:
        start, end, who = place
        times = [_moment(mark.at) for mark in marks if mark.at]
        attributes = {
            "guid": guid("selection", source_guid(source), who.id, start, end),
            "name": one_line(source.text[start:end], 100),
            "startPosition": str(start),
            "endPosition": str(end),
            "creatingUser": guid("user", who.id),
            "creationDateTime": min(times) if len(times) == len(marks) else None,
        }
        with self.xml.inside("PlainTextSelection", **attributes):
            for mark in marks:
                self._coding(source, mark)

    def _coding(self, source: Source, mark: Mark) -> None:
        attributes = {
            "guid": coding_guid(source_guid(source), mark),
            "creatingUser": guid("user", mark.who.id),
            "creationDateTime": _moment(mark.at) if mark.at else None,
        }
        with self.xml.inside("Coding", **attributes):
            self.xml.leaf("CodeRef", targetGUID=guid("code", mark.code))
            if mark.memo is not None or mark.confidence is not None:
                self._note(source, mark)

    def _note(self, source: Source, mark: Mark) -> None:
        note = (mark.who, source.unit_id, mark.memo, mark.confidence, mark.at)
        own = guid("note", source_guid(source), mark.who.id, mark.memo, mark.confidence, mark.at)
        self.notes[own] = note
        self.xml.leaf("NoteRef", targetGUID=own)

    def _notes(self) -> None:
        if not self.notes:
            return
        with self.xml.inside("Notes"):
            for own, (who, unit_id, memo, confidence, at) in self.notes.items():
                said = f", confidence {confidence}" if confidence else ""
                attributes = {
                    "guid": own,
                    "name": one_line(f"{who.name} on {unit_id}{said}"),
                    "creatingUser": guid("user", who.id),
                    "creationDateTime": _moment(at or NO_TIME),
                }
                with self.xml.inside("Note", **attributes):
                    self.xml.leaf("PlainTextContent", memo or "")
                    self._values({"confidence": confidence} if confidence else {})

    def _sets(self) -> None:
        if not self.read_without:
            return
        with self.xml.inside("Sets"):
            for who, sources in sorted(self.read_without.items()):
                name = f"No code applies: {who.name}"
                with self.xml.inside("Set", guid=guid("set", "no code", who.id), name=name):
                    self.xml.leaf("Description", "Texts that were read and got no code.")
                    for own in sources:
                        self.xml.leaf("MemberSource", targetGUID=own)


def coding_guid(source: str, mark: Mark) -> str:
    """The GUID of a coding, by the GUID of its text."""
    return guid("coding", source, mark.who.id, mark.code, mark.start, mark.end)


def _place(mark: Mark, length: int) -> tuple[int, int, Who] | None:
    """Where a coding stands, and whose it is; one of a whole text of this length stands nowhere if that is 0."""
    if mark.start is None or mark.end is None:
        return (0, length, mark.who) if length else None
    return mark.start, mark.end, mark.who


def _moment(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat() + "Z"
