"""REFI-QDA projects, ``.qdpx``, read: codes, plain texts, and codings of texts and of passages.

Pictures, sound, film and PDF pages have no place here, nor have links, graphs and sets of others: what is left out is
counted by kind, so that it can be said. Texts are only ever taken from within the file.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import get_args
from xml.etree.ElementTree import Element

from codebook import moments
from codebook.errors import StudyError
from codebook.exchange.archive import Archive
from codebook.exchange.codes_xml import Entry, read_codes
from codebook.exchange.guids import guid, plain_guid
from codebook.exchange.project import Mark, Source, Value, Who
from codebook.exchange.qdpx_out import NO_TIME, coding_guid
from codebook.exchange.xml_text import attribute, child, children, local, parse, text_of
from codebook.rows.coding import Confidence

_OUR_USER = re.compile(r"(.+)/([1-9]\d{0,4})/(.+)", re.DOTALL)
_VALUES = ("TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue")


@dataclass(frozen=True, slots=True)
class _Note:
    memo: str | None
    confidence: Confidence | None
    who: Who | None
    at: datetime | None


@dataclass
class ProjectFile:
    """A project that is read; its texts come one by one from :meth:`sources`.

    Args:
        archive: The file.
        root: ``<Project>``.
        where: Its name, for errors.
        left_out: What has no place here, with how much of it there is; filled while reading.
    """

    archive: Archive
    root: Element
    where: str
    left_out: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._users = dict(self._read_users())
        self._variables = {
            own: attribute(each, "name")
            for each in children(child(self.root, "Variables"), "Variable")
            if (own := plain_guid(each.get("guid", "")))
        }
        self._notes = dict(self._read_notes())
        self._without = dict(self._read_sets())
        ours = self.origin.startswith("qualdev ")  # whose cases say what stands with the texts, too
        for name in ("Links", "Graphs") if ours else ("Cases", "Links", "Graphs"):
            found = child(self.root, name)
            self.left_out[name.lower()] += 0 if found is None else len(found)

    @property
    def origin(self) -> str:
        """What the file says that it was made by."""
        return attribute(self.root, "origin")

    def codes(self) -> list[Entry]:
        """Its codes.

        Raises:
            StudyError: See :func:`codebook.exchange.codes_xml.read_codes`.
        """
        return read_codes(child(child(self.root, "CodeBook"), "Codes"), self.where)

    def sources(self, ids: Mapping[str, str]) -> Iterator[Source]:
        """Its texts with their codings.

        Args:
            ids: By GUID, the id that a code got.

        Raises:
            StudyError: A GUID or a position is none, or a text is there twice; file and element are named.
        """
        seen: set[str] = set()
        for element in _inside(child(self.root, "Sources")):
            if local(element) != "TextSource":
                self.left_out[f"{local(element)[:40]} elements"] += 1
                continue
            own = self._guid(element, "guid")
            if own in seen:
                raise StudyError("its GUID is there twice", where=self._at(element))
            seen.add(own)
            text = self._text(element)
            if text is None:
                self.left_out["texts that are not in the file as plain text in UTF-8"] += 1
            else:
                yield self._source(element, own, text, ids)

    def _source(self, element: Element, own: str, text: str, ids: Mapping[str, str]) -> Source:
        values = self._values(element)
        unit_id, sha = (str(values.get(name, "")) for name in ("unit_id", "content_sha256"))
        ours = bool(unit_id) and guid("source", unit_id, sha) == own
        marks = {(m.who, m.code, m.start, m.end): m for m in self._marks(element, own, len(text), ids)}
        return Source(
            unit_id=unit_id if ours else own,
            thread_id=str(values["thread_id"]) if ours and "thread_id" in values else None,
            content_sha256=sha if ours else hashlib.sha256(text.encode()).hexdigest(),
            name=attribute(element, "name"),
            text=text,
            variables=values,
            marks=tuple(marks.values()),
        )

    def _text(self, element: Element) -> str | None:
        inside = text_of(element, "PlainTextContent")
        scheme, _, name = element.get("plainTextPath", "").rpartition("://")
        if not name or scheme not in ("internal", ""):  # some programs leave `internal` out
            return inside
        content = self.archive.source(name)
        try:
            return None if content is None else content.decode("utf-8-sig").replace("\0", "\ufffd")
        except UnicodeDecodeError:
            return None

    def _marks(self, element: Element, own: str, length: int, ids: Mapping[str, str]) -> Iterator[Mark]:
        for passage in children(element, "PlainTextSelection"):
            start, end = self._position(passage, "startPosition"), self._position(passage, "endPosition")
            codings = list(children(passage, "Coding"))
            self.left_out["notes on passages"] += len(list(children(passage, "NoteRef")))
            if not 0 <= start < end <= length:
                self.left_out["codings of passages that are not in their text"] += len(codings)
                continue
            self.left_out["passages without a code"] += not codings
            for coding in codings:
                for mark in self._mark(coding, passage, ids, start, end):
                    whole = replace(mark, start=None, end=None)
                    yield whole if plain_guid(coding.get("guid", "")) == coding_guid(own, whole) else mark
        for coding in children(element, "Coding"):
            yield from self._mark(coding, element, ids, None, None)
        notes = self._noted(element)
        without = self._without.get(own, frozenset())
        for who in sorted(without):
            note = next((n for n in notes if n and n.who == who), _Note(None, None, who, None))
            yield Mark(who=who, code="", memo=note.memo, confidence=note.confidence, at=note.at)
        self.left_out["notes on texts"] += sum(1 for n in notes if not (n and n.who in without))

    def _mark(
        self, coding: Element, inside: Element, ids: Mapping[str, str], start: int | None, end: int | None
    ) -> Iterator[Mark]:
        ref = child(coding, "CodeRef")
        code = ids.get(self._guid(ref, "targetGUID")) if ref is not None else None
        if code is None:
            self.left_out["codings whose code is not in the codebook"] += 1
            return
        notes = [note for note in self._noted(coding) if note]
        said = [note.memo for note in notes if note.memo]
        if start is not None and not said:
            said = [text_of(inside, "Description") or ""]
        sure = {note.confidence for note in notes} - {None}
        yield Mark(
            who=self._who(coding.get("creatingUser") or inside.get("creatingUser") or ""),
            code=code,
            start=start,
            end=end,
            memo="\n\n".join(said) or None,
            confidence=sure.pop() if len(sure) == 1 else None,
            at=moments.read(coding.get("creationDateTime") or inside.get("creationDateTime") or ""),
        )

    def _noted(self, element: Element) -> list[_Note | None]:
        """The notes that an element refers to; None for one that the project does not have."""
        return [self._notes.get(self._guid(each, "targetGUID")) for each in children(element, "NoteRef")]

    def _who(self, user: str) -> Who:
        return self._users.get(plain_guid(user) or "", Who("unknown"))

    def _read_users(self) -> Iterator[tuple[str, Who]]:
        for user in children(child(self.root, "Users"), "User"):
            own, id_ = self._guid(user, "guid"), attribute(user, "id")
            ours = _OUR_USER.fullmatch(id_) if own == guid("user", id_) else None
            name = attribute(user, "name").strip() or id_.strip() or own
            yield own, Who(ours[1], int(ours[2]), ours[3]) if ours else Who(name)

    def _read_notes(self) -> Iterator[tuple[str, _Note]]:
        for note in children(child(self.root, "Notes"), "Note"):
            said = str(self._values(note).get("confidence", ""))
            sure = next((word for word in get_args(Confidence) if word == said), None)
            who = self._users.get(plain_guid(note.get("creatingUser", "")) or "")
            text = self._text(note) or text_of(note, "Description")
            at = moments.read(note.get("creationDateTime", ""))
            yield self._guid(note, "guid"), _Note(text or None, sure, who, None if at == NO_TIME else at)

    def _read_sets(self) -> Iterator[tuple[str, frozenset[Who]]]:
        ours = {guid("set", "no code", who.id): who for who in self._users.values()}
        without: dict[str, set[Who]] = {}
        for each in children(child(self.root, "Sets"), "Set"):
            who = ours.get(self._guid(each, "guid"))
            if who is None:
                self.left_out["sets"] += 1
                continue
            for member in children(each, "MemberSource"):
                without.setdefault(self._guid(member, "targetGUID"), set()).add(who)
        return ((own, frozenset(people)) for own, people in without.items())

    def _values(self, element: Element) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for each in children(element, "VariableValue"):
            ref = child(each, "VariableRef")
            name = None if ref is None else self._variables.get(plain_guid(ref.get("targetGUID", "")) or "")
            given = next((text_of(each, kind) for kind in _VALUES if child(each, kind) is not None), None)
            if name and given:
                values[name] = given
        return values

    def _guid(self, element: Element, name: str) -> str:
        own = plain_guid(element.get(name, ""))
        if own is None:
            raise StudyError(f"{name} {element.get(name, '')[:60]!r} is no GUID", where=self._at(element))
        return own

    def _position(self, element: Element, name: str) -> int:
        given = element.get(name, "").strip()
        if not re.fullmatch(r"[+-]?\d{1,12}", given):
            raise StudyError(f"{name} {given[:60]!r} is no number", where=self._at(element))
        return int(given)

    def _at(self, element: Element) -> str:
        name = attribute(element, "name")[:80]
        return f"{self.where}: <{local(element)}>" + (f" {name!r}" if name else "")


def _inside(element: Element | None) -> Iterator[Element]:
    return iter(() if element is None else element)


def read_qdpx(archive: Archive) -> ProjectFile:
    """Read a project.

    Raises:
        StudyError: It is none; file and element are named.
    """
    content, name = archive.project()
    where = f"{archive.where}: {name}"
    return ProjectFile(archive, parse(content, where, "Project"), where)
