"""A post's Markdown, divided into what its author says, code, logs, and what is quoted from others.

Every character that is not white space lands in exactly one of five parts, marks included (fences, backticks and tags
with the code, ``>`` with the quote). Code is what a machine reads: fenced and indented blocks, ``<pre>`` and ``<code>``
over several lines. A log is what a machine said: such blocks that hold mostly log lines or tracebacks, and those pasted
without a fence. Fenced code in a quote is code. Spans are a part of their own: they hold code, but they are words of a
sentence that its author wrote.

Rules follow CommonMark (https://spec.commonmark.org/0.31.2/) with three differences. A fence may be indented as far as
it likes, as in lists. Text directly below a quote is the author's, not a lazy continuation of the quote: most people
who leave the blank line out mean to answer. ``<pre>`` and ``<code>`` hold until they are closed, over blank lines too.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from codebook.pasted import Pasted, mostly_log

_MARKERS = r"(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)"
_FENCE = re.compile(rf"[ \t]*{_MARKERS}*(?:(`{{3,}})[^`]*|(~{{3,}}).*)$")
_LIST_ITEM = re.compile(rf"[ \t]*{_MARKERS}")
_LOG_FENCE = re.compile(r"[ \t]*(?:[`~]{3,})[ \t]*(?:logs?|pytb|py3tb|traceback|stacktrace)\b", re.IGNORECASE)
_QUOTED = re.compile(r"(?: {0,3}>)+ ?")
_TAG = re.compile(r"<(pre|code)\b[^<>]*>", re.IGNORECASE)
_INLINE = re.compile(r"\\.|`+|<(pre|code)\b[^<>]*>", re.IGNORECASE | re.DOTALL)
_TAB = 4


class Parts(NamedTuple):
    """A body's parts; each keeps the order and, roughly, the lines of the body."""

    prose: str
    code: str
    quote: str
    spans: str
    log: str


@lru_cache(maxsize=4)
def split(body: str) -> Parts:
    """Divide a Markdown body into its parts; see the module. Takes linear time and never fails."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    reading = _Reading(lines)
    for number, line in enumerate(lines):
        reading.line(number, line)
    return reading.parts()


def code_share(body: str) -> float:
    """Share of a body's characters in code, spans and logs, 0 to 1; without white space, and an empty body has 0."""
    sizes = Parts(*("".join(part.split()) for part in split(body)))
    whole = sum(map(len, sizes))
    return (len(sizes.code) + len(sizes.spans) + len(sizes.log)) / whole if whole else 0.0


class _Fence(NamedTuple):
    mark: str
    quoted: bool

    def closed_by(self, line: str) -> bool:
        text = line.strip()
        return len(text) >= len(self.mark) and not text.strip(self.mark[0])


class _Reading:
    """Reads a body line by line, and knows what the lines before have opened."""

    def __init__(self, lines: list[str]) -> None:
        self.prose: list[str] = []
        self.code: list[str] = []
        self.quote: list[str] = []
        self.spans: list[str] = []
        self.log: list[str] = []
        self.block: list[str] = []
        self.paragraph: list[str] = []
        self.fence: _Fence | None = None
        self.tag = ""
        self.tags = _Tags(lines)
        self.pasted = Pasted()
        self.after_blank = True
        self.indented = False
        self.list_indent = 0

    def line(self, number: int, line: str) -> None:
        """Put a line where it belongs."""
        if self.fence:
            self._in_fence(number, line)
        elif self.tag:
            self._in_tag(number, line)
        elif not line or line.isspace():
            self._end_paragraph()
            self.pasted.blank()
            self.after_blank = True
        else:
            self._text(number, line)
            self.after_blank = False

    def parts(self) -> Parts:
        """All that was read."""
        self._end_paragraph()
        self._end_block()
        return Parts(*("\n".join(p) for p in (self.prose, self.code, self.quote, self.spans, self.log)))

    def _in_fence(self, number: int, line: str) -> None:
        fence = self.fence
        assert fence is not None  # noqa: S101 - the caller has looked
        inside = line
        if fence.quoted:
            mark = _QUOTED.match(line)
            if mark is None:  # the quote is over, and the fence with it
                self.fence = None
                self._end_block()
                self.line(number, line)
                return
            inside = line[mark.end() :]
        self.block.append(line)
        if fence.closed_by(inside):
            self.fence = None
            self._end_block()

    def _in_tag(self, number: int, line: str) -> None:
        closing = re.search(rf"</{self.tag}\s*>", line, re.IGNORECASE)
        if closing is None:
            self.block.append(line)
            return
        self.block.append(line[: closing.end()])
        self._end_block()
        self.tag = ""
        if line[closing.end() :].strip():
            self._open_or_prose(number, line[closing.end() :])

    def _text(self, number: int, line: str) -> None:
        stripped = line.lstrip()
        indent = len(line) - len(stripped)
        if indent:
            indent = len(line[:indent].expandtabs(_TAB))
        if indent >= _TAB and self._is_indented_code(indent):
            self._end_paragraph()
            self.block.append(line)
            self.indented = True
            return
        self._end_block()
        self.indented = False
        first = stripped[0]
        if first == ">":
            self._quoted(line)
            return
        if first in "-*+0123456789`~" and self._opens_a_fence(line, first):
            return
        if indent < self.list_indent and self.after_blank and first not in "-*+0123456789":
            self.list_indent = 0
        if self.pasted.is_code(line, stripped):
            self._put(self.log, line)
        else:
            self._open_or_prose(number, line)

    def _is_indented_code(self, indent: int) -> bool:
        return (self.after_blank or self.indented) and not self.pasted.open and indent >= self.list_indent + _TAB

    def _quoted(self, line: str) -> None:
        mark = _QUOTED.match(line.lstrip())
        inside = line.lstrip()[mark.end() :] if mark else ""
        fence = _FENCE.match(inside)
        if fence:
            self.fence = _Fence(fence[1] or fence[2], quoted=True)
        self._put(self.block if fence else self.quote, line)

    def _opens_a_fence(self, line: str, first: str) -> bool:
        if first not in "`~":
            item = _LIST_ITEM.match(line)
            if item is None:
                return False
            self.list_indent = len(item[0].expandtabs(_TAB))
        fence = _FENCE.match(line)
        if fence is None:
            return False
        self.fence = _Fence(fence[1] or fence[2], quoted=False)
        self._put(self.block, line)
        return True

    def _open_or_prose(self, number: int, line: str) -> None:
        """Take a line as prose, up to a tag that it opens and does not close."""
        opened = self.tags.left_open(number, line) if "<" in line else None
        if opened is None:
            self.paragraph.append(line)
            return
        self.paragraph.append(line[: opened.start()])
        self._put(self.block, line[opened.start() :])
        self.tag = opened[1].lower()

    def _put(self, part: list[str], line: str) -> None:
        self._end_paragraph()
        part.append(line)

    def _end_block(self) -> None:
        """What a fence, tags or indentation held together is code, or a log."""
        if self.block:
            inside = (_QUOTED.sub("", line, count=1) for line in self.block)
            a_log = _LOG_FENCE.match(self.block[0]) is not None or mostly_log(inside)
            (self.log if a_log else self.code).extend(self.block)
            self.block.clear()

    def _end_paragraph(self) -> None:
        if self.paragraph:
            text = "\n".join(self.paragraph)
            self.paragraph.clear()
            if "`" in text or "<" in text:
                _spans(text, self.prose, self.spans)
            else:
                self.prose.append(text)


class _Tags:
    """Where ``<pre>`` and ``<code>`` are opened and closed, by line and column, so that no search is made twice."""

    def __init__(self, lines: list[str]) -> None:
        self._places: dict[str, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = {
            "pre": ([], []),
            "code": ([], []),
        }
        for number, line in enumerate(lines):
            if "<" in line:
                for tag in re.finditer(r"<(/?)(pre|code)\b", line, re.IGNORECASE):
                    self._places[tag[2].lower()][bool(tag[1])].append((number, tag.start()))

    def left_open(self, number: int, line: str) -> re.Match[str] | None:
        """The first tag that a line opens and a later line closes; a ``<pre>`` that starts a line needs no end."""
        small = line.lower()
        last = {name: small.rfind(f"</{name}") for name in self._places}
        for tag in _TAG.finditer(line):
            name = tag[1].lower()
            if tag.start() < last.get(name, len(line)):
                continue
            if line.count("`", 0, tag.start()) % 2:  # somebody writes about the tag
                return None
            if self._closed_behind(number, name) or (name == "pre" and not line[: tag.start()].strip()):
                return tag
            del last[name]  # the next one of this name is not closed either
        return None

    def _closed_behind(self, number: int, name: str) -> bool:
        opening, closing = self._places[name]
        behind = (number + 1, -1)
        end, again = bisect_left(closing, behind), bisect_left(opening, behind)
        if end == len(closing):
            return False
        return name == "pre" or again == len(opening) or opening[again] > closing[end]


def _spans(text: str, prose: list[str], spans: list[str]) -> None:
    """Divide a paragraph into prose and code spans (CommonMark 6.1), by backticks or by tags."""
    ends = _span_ends(text)
    done = at = 0
    while opening := _INLINE.search(text, at):
        at = opening.end()
        end = None if opening[0][0] == "\\" else ends(opening)
        if end is not None:
            prose.append(text[done : opening.start()])
            spans.append(text[opening.start() : end])
            done = at = end
    prose.append(text[done:])


def _span_ends(text: str) -> Callable[[re.Match[str]], int | None]:
    """A function that finds where an opening run of backticks, or an opening tag, has its end."""
    runs: dict[str, list[int]] = {}
    for run in re.finditer("`+", text):
        runs.setdefault(run[0], []).append(run.start())
    for tag in re.finditer(r"</(pre|code)\s*>", text, re.IGNORECASE):
        runs.setdefault(tag[1].lower(), []).append(tag.end())

    def end(opening: re.Match[str]) -> int | None:
        kind = opening[0] if opening[1] is None else opening[1].lower()
        places = runs.get(kind, [])
        nearest = bisect_left(places, opening.end())
        if nearest == len(places):
            return None
        return places[nearest] + (len(kind) if opening[1] is None else 0)

    return end
