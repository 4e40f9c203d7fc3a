"""Pages cut into sentences that know their place: Markdown, reStructuredText, text of HTML, docstrings of Python.

Code blocks are no sentences. A quotation is taken from the page as it is, so that it can be found there again.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 2_000_000
"""Characters of a page that are read; what follows is left out."""

QUOTED = 25
"""Words that a quotation may have."""

_CHINESE = "\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CHINESE}]{{1,2}}|[^\s{_CHINESE}]+")
_MEETS = re.compile(rf"(?<=[{_CHINESE}])(?=[A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?=[{_CHINESE}])")
_END = re.compile(r"[.!?](?=[\"'*_)\]`]*\s)|[。\uff01\uff1f\uff1b]|\n(?=\s*\n)")
_NO_END = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|resp|Fig|No|Dr|St)|\b[A-Z]|\.\.)\.$")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+])\1{2,}\s*$")
_FENCE = re.compile(r"\s*(?:>\s*)?(```+|~~~+)\s*(\S*)")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)、])\s+")
_ROW = re.compile(r"\s*\|")
_LINK = re.compile(r"\s*(?:[-*+]\s+)?\[[^\]\n]*\]\([^)\s]*\)\s*")
"""A line that is a link and nothing else: an entry of a table of contents."""
_RULE = re.compile(r"[\s|:>=+-]*$")
_ENTRY = re.compile(r"(\s*)(?:[-*]\s+)?[*`]*([A-Za-z_]\w{0,60})[*`]*\s*\([^\n]{1,160}?\)\s*(?::|[—\u2013]|--)")
ENTRY = "entry: "
"""What stands before the name of an argument in the headings of a sentence that describes it."""
_COMMENT = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_STRING = re.compile(r'"""(.*?)"""|\'\'\'(.*?)\'\'\'', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a page.

    Args:
        text: Without markup, on one line.
        raw: As it stands in the page, line breaks and all.
        line: The page's line that it begins on, from 1.
        headings: Those that it stands under, the page's first one included; last, ``entry: NAME`` if it describes an
            argument.
    """

    text: str
    raw: str
    line: int
    headings: tuple[str, ...] = ()


def sentences(text: str, path: str = "") -> Iterator[Sentence]:
    """The sentences of a page in order; headings are not among them, but are the context of those below.

    Args:
        text: The page.
        path: Its name; of a Python file (``.py``, ``.py.txt``), only docstrings are prose.
    """
    text = text[:LONGEST]
    prose = _docstrings(text) if path.removesuffix(".txt").endswith(".py") else _COMMENT.sub(_blank, text)
    heads: list[tuple[int, str]] = []
    entry: tuple[int, str] | None = None
    breaks = [found.start() for found in re.finditer("\n", text)]
    for start, end, depth in _blocks(prose):
        if depth:
            heads = [each for each in heads if each[0] < depth]
            heads.append((depth, plain(prose[start:end]).lstrip("# ")))
        entry = None if depth else _entry(prose[start:end], entry)
        context = (*(head for _, head in heads), *([ENTRY + entry[1]] if entry else []))
        for first, last in _cut(prose, start, end) if not depth else ():
            if not _LINK.fullmatch(prose, first, last) and (said := plain(prose[first:last])):
                yield Sentence(said, text[first:last], bisect_left(breaks, first) + 1, context)


def _entry(block: str, entry: tuple[int, str] | None) -> tuple[int, str] | None:
    """The argument that a block describes, with its indentation; that of the block above if it stands deeper."""
    if found := _ENTRY.match(block):
        return len(found[1]), found[2]
    line, _, _ = block.partition("\n")
    return entry if entry and len(line) - len(line.lstrip()) > entry[0] else None


def _blank(found: re.Match[str]) -> str:
    """As many characters, and the line breaks where they are: places stay the same."""
    return re.sub(r"[^\n]", " ", found[0])


def _docstrings(text: str) -> str:
    kept = [" " if character != "\n" else "\n" for character in text]
    for found in _STRING.finditer(text):
        group = 1 if found[1] is not None else 2
        kept[found.start(group) : found.end(group)] = text[found.start(group) : found.end(group)]
    return "".join(kept)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, at + len(line)
        at += len(line)


def _blocks(text: str) -> Iterator[tuple[int, int, int]]:
    """Paragraphs, list items and rows of tables as start, end and 0; headings with their depth."""
    begun: int | None = None
    end = 0
    fence = ""
    for start, stop in _lines(text):
        line = text[start:stop].rstrip("\n")
        fence, inside = _fenced(line, fence)
        heading = None if inside else _HEADING.match(line)
        underlined = not inside and begun is not None and _UNDERLINE.match(line) and "\n" not in text[begun:end].strip()
        breaks = inside or heading or any(each.match(line) for each in (_RULE, _ITEM, _ROW, _ENTRY))
        if begun is not None and (breaks or underlined):
            yield begun, end, 2 if underlined else 0
            begun = None
        if heading:
            yield start, stop, len(heading[1])
        elif not (inside or underlined or not line.strip() or _RULE.match(line)):
            begun, end = (start if begun is None else begun), stop
    if begun is not None:
        yield begun, end, 0


def _fenced(line: str, fence: str) -> tuple[str, bool]:
    """The fence that is open after a line, and whether the line is code or a fence itself."""
    found = _FENCE.match(line)
    if fence:
        closes = bool(found and found[1].startswith(fence) and not found[2])
        return ("" if closes else fence), True
    if not found:
        return "", False
    is_prose = found[2].startswith("{") or "`" in found[2]  # an admonition of MyST, or code within the line
    return ("" if is_prose else found[1]), True


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of a block, as places without white space around them."""
    first = start
    for found in _END.finditer(text, start, end):
        if _NO_END.search(text, max(first, found.end() - 8), found.end()):
            continue
        last = found.end()
        while last < end and text[last] in "\"'*_)]`":
            last += 1
        yield from _trimmed(text, first, last)
        first = last
    yield from _trimmed(text, first, end)


def _trimmed(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    whole = text[first:last]
    left = len(whole) - len(whole.lstrip(" \t\n>"))
    if whole.strip(" \t\n>"):
        yield first + left, first + len(whole.rstrip())


_MARKUP = (
    (re.compile(r"!\[[^\]\n]{0,500}\]\([^)\s]{0,2000}\)"), " "),
    (re.compile(r"\[([^\]\n]{1,500})\]\([^)\n]{0,2000}\)"), r"\1"),
    (re.compile(r":[a-z]{1,20}:`~?([^`\n]{1,200})`"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>]{0,2000}>"), " "),
    (re.compile(r"\[!(?:TIP|NOTE|WARNING|CAUTION|IMPORTANT)\]"), " "),
    (re.compile(r"[*_]{2,}|(?<!\w)[*](?=\S)|(?<=\S)[*](?!\w)|`+|\\(?=[\[\]_*])"), ""),
    (re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)、])\s+"), ""),
)


def plain(raw: str) -> str:
    """A passage without its markup, on one line: link texts stay, addresses and pictures go.

    Between Chinese and Latin letters stands a blank, so that both are words.
    """
    text = re.sub(r"(?m)^\s*>\s?", "", raw)
    for pattern, by in _MARKUP:
        text = pattern.sub(by, text)
    return " ".join(_MEETS.sub(" ", text).split())


def quotation(sentence: Sentence, around: str = "") -> str:
    """At most :data:`QUOTED` words of a sentence as they stand in the page, those around a passage if it is longer.

    White space is one blank each. Two Chinese characters count as a word.

    Args:
        sentence: What is quoted.
        around: A passage of its plain text that is to be in it.
    """
    raw = re.sub(r"\s+(?:>\s*)?", " ", sentence.raw).strip()
    words = [(found.start(), found.end()) for found in _WORD.finditer(raw)]
    if len(words) <= QUOTED:
        return raw
    found = raw.find(around) if around else 0
    if found < 0:
        begin, _, _ = around.partition(" ")
        found = max(raw.find(begin), 0)
    at = next((i for i, (_, end) in enumerate(words) if end > found), 0)
    left = max(0, min(at - QUOTED // 2, len(words) - QUOTED))
    return raw[words[left][0] : words[left + QUOTED - 1][1]]
