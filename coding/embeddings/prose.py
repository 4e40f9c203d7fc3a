"""The prose of a page: what a unit's authors say, without what a machine reads or says.

Left out are code blocks, logs and tracebacks (in blocks, in ``<pre>``, or pasted as they are), what is quoted from
others, and what the page adds itself (names, dates, counts). A code span stays: it is a word of a sentence. What stays
is then cleaned for models: addresses, images, raw HTML tags and people's pseudonyms go, white space becomes one blank.
"""

import re
from collections.abc import Iterator, Sequence

from codebook.pasted import Pasted
from coding.page.text import pieces

_TAG = re.compile(r"<(/?)(\w+)(?:[^<>]*?class=\"([^\"]*)\")?")
_WORDS = {"a", "br", "code", "del", "em", "s", "span", "strong"}
"""Elements within a line; every other begins a passage."""

_ALONE = {"br", "hr"}
_PASSED_OVER = {"pre", "blockquote"}
_OF_THE_PAGE = {"qd-about", "qd-head", "qd-cut"}
_RAW_CODE = re.compile(r"<(/?)(?:pre|code)\b", re.IGNORECASE)
_NOISE = re.compile(
    r"\w{2,12}://\S{1,2000}"  # addresses
    r"|\bwww\.\S{1,2000}"
    r"|\[image:[^\]\n]{0,2000}\]"
    r"|</?[A-Za-z][^<>\n]{0,300}>"  # HTML that the page shows as text
    r"|@?\buser-[0-9a-f]{10}\b"  # pseudonyms: who is spoken to is no subject
)


def passages(page: str, *, only_unit: bool = False) -> list[tuple[int, int]]:
    """Where the prose of a sanitised page stands in its text: start and end of runs of whole lines, in code points.

    Args:
        page: The page.
        only_unit: Take only the post that is marked as the unit, and not the title.
    """
    return [run for block in _blocks(page, only_unit=only_unit) for run in block]


def cleaned(text: str, found: Sequence[tuple[int, int]]) -> str:
    """Passages of a text as models read them, a line each."""
    lines = (" ".join(_NOISE.sub(" ", text[start:end]).split()) for start, end in found)
    return "\n".join(line for line in lines if any(character.isalpha() for character in line))


def _blocks(page: str, *, only_unit: bool) -> Iterator[list[tuple[int, int]]]:
    reading = _Reading(only_unit=only_unit)
    for tag, text in pieces(page):
        if tag:
            yield reading.end_of_block() if reading.tag(tag) else []
        reading.text(text)
    yield reading.end_of_block()


class _Reading:
    """Reads a page piece by piece."""

    def __init__(self, *, only_unit: bool) -> None:
        self.only_unit = only_unit
        self.open: list[tuple[str, bool]] = []
        self.at = 0
        self.block: list[str] = []
        self.start = 0
        self.pasted = Pasted()
        self.raw_code = False

    def tag(self, tag: str) -> bool:
        """Take in a tag; whether it ends a block of lines."""
        found = _TAG.match(tag)
        if found is None:
            return False
        closing, name, classes = found[1], found[2], set((found[3] or "").split())
        if name in _ALONE:
            return name == "hr"
        if name == "section":
            self.pasted, self.raw_code = Pasted(), False
        if closing:
            self._close(name)
        else:
            self.open.append((name, self._is_left_out(name, classes)))
        return name not in _WORDS

    def _close(self, name: str) -> None:
        while self.open and self.open.pop()[0] != name:
            pass

    def _is_left_out(self, name: str, classes: set[str]) -> bool:
        other = self.only_unit and (name == "section" and "qd-unit" not in classes)
        title = self.only_unit and name == "h1" and len(self.open) == 1
        return other or title or name in _PASSED_OVER or bool(classes & _OF_THE_PAGE)

    def text(self, text: str) -> None:
        """Take in text, which belongs to the block if nothing around it is left out."""
        if any(left_out for _, left_out in self.open):
            self.at += len(text)
            return
        if not self.block:
            self.start = self.at
        self.block.append(text)
        self.at += len(text)

    def end_of_block(self) -> list[tuple[int, int]]:
        """The runs of lines of prose in the block that has just ended."""
        block, self.block = "".join(self.block), []
        runs: list[tuple[int, int]] = []
        at, goes_on = self.start, False
        for line in block.splitlines(keepends=True):
            prose = self._is_prose(line)
            if prose and goes_on:
                runs[-1] = (runs[-1][0], at + len(line.rstrip()))
            elif prose:
                runs.append((at + len(line) - len(line.lstrip()), at + len(line.rstrip())))
            goes_on, at = prose, at + len(line)
        if block.strip():
            self.pasted.blank()
        return runs

    def _is_prose(self, line: str) -> bool:
        if not line.strip():
            return False
        inside = self.raw_code
        for tag in _RAW_CODE.finditer(line):
            self.raw_code = not tag[1]
            inside = inside or (not tag[1] and line.lstrip().lower().startswith("<pre"))
        return not inside and not self.pasted.is_code(line, line.lstrip())
