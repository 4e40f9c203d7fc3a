"""XML out, element by element, and XML of strangers in: no DTD, no entities, bounded, errors with file and line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from codebook.errors import StudyError
from codebook.exchange.escapes import held, unheld

_RETURN = {"\r": "&#13;"}
"""Written as it is, a carriage return would be read as a line break."""


TAGS = 8_000_000
"""Tags that a file may have; an element takes some hundred bytes of memory."""


class XmlWriter:
    """Writes elements with the two spaces of indentation that make a file readable and comparable.

    Args:
        out: Where to; it is to encode as UTF-8 and to leave line breaks alone.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._depth = 0
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')

    @contextmanager
    def inside(self, tag: str, **attributes: str | None) -> Iterator[None]:
        """Write an element around what is written meanwhile; attributes that are None are left out."""
        self._line(f"<{tag}{_attributes(attributes)}>")
        self._depth += 1
        yield
        self._depth -= 1
        self._line(f"</{tag}>")

    def leaf(self, tag: str, text: str | None = None, **attributes: str | None) -> None:
        """Write an element that has only text, or nothing."""
        head = f"<{tag}{_attributes(attributes)}"
        self._line(f"{head}/>" if text is None else f"{head}>{escape(held(text), _RETURN)}</{tag}>")

    def _line(self, text: str) -> None:
        self._out.write(f"{'  ' * self._depth}{text}\n")


def _attributes(given: dict[str, str | None]) -> str:
    return "".join(f" {name}={quoteattr(held(value))}" for name, value in given.items() if value is not None)


def parse(content: bytes, where: str, root: str) -> Element:
    """Read XML of a stranger.

    Args:
        content: The file.
        where: Its name, for errors.
        root: Local name that the root element is to have.

    Raises:
        StudyError: It is not well-formed or too large, has a DTD or entities, or another root; file and line are named.
    """
    if content.count(b"<") > TAGS:
        raise StudyError("has more elements than are read", where=where, hint=f"At most {TAGS} tags are.")
    try:
        element: Element = fromstring(content, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        what = f"not well-formed XML: {str(error).rpartition(':')[0]} (column {column + 1})"
        raise StudyError(what, where=f"{where}:{line}", hint="Export it again from the program that made it.") from None
    except DefusedXmlException:
        hint = "No REFI-QDA file needs one. Do not use files of people you do not know."
        raise StudyError("has a document type definition or entities", where=where, hint=hint) from None
    except (ValueError, LookupError) as error:
        raise StudyError(f"not readable XML: {error}", where=where, hint="Save it as UTF-8.") from None
    if local(element) != root:
        raise StudyError(f"begins with <{local(element)}>, not with <{root}>", where=where, hint=_HINTS.get(root, ""))
    return element


_HINTS = {
    "CodeBook": "A codebook is a .qdc file; for a project name a .qdpx file.",
    "Project": "A project is a .qdpx file with a project.qde in it.",
}


def local(element: Element) -> str:
    """An element's name without its namespace, which some programs misspell."""
    return element.tag.rpartition("}")[2]


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """The child elements with these local names; none of None."""
    return (child for child in (() if element is None else element) if local(child) in names)


def child(element: Element | None, name: str) -> Element | None:
    """The first child element with this local name."""
    return next(children(element, name), None)


def text_of(element: Element | None, name: str) -> str | None:
    """The text of the first child element with this local name; None if there is none."""
    found = child(element, name)
    return None if found is None else unheld(found.text or "")


def attribute(element: Element, name: str) -> str:
    """An attribute's text; empty if it has none."""
    return unheld(element.get(name, ""))
