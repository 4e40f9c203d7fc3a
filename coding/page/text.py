r"""The plain text of a labelling page, as the browser and Label Studio count it.

Label Studio counts what stands in the page's text nodes, and one for each ``<br>``. It counts Unicode code points, as
Python does (``globalOffsets`` of version 1.23.2, tried in a browser by the tests), so nothing is to be converted. The
words that it stores with a passage are those that the browser shows, with white space of its own and line breaks
written out as ``\n``; so words are compared without white space.
"""

import re
from collections.abc import Iterator
from html import unescape

from codebook.harmless import valid_text

_IN_TAG = re.compile(r'[">]')
_BREAK = re.compile(r"<br\s*/?>")
_BLANK = re.compile(r"\\n|\s")


def page_text(page: str) -> str:
    """The text of a page that passed the sanitiser: every ``<`` begins a tag, attributes stand in double quotes.

    The time it takes grows with the length of the page only, whatever it holds.
    """
    return "".join(text for _, text in pieces(page))


def pieces(page: str) -> Iterator[tuple[str, str]]:
    """Such a page's tags and text in their order: each tag with the text it counts as, each text with an empty tag."""
    page = valid_text(page)
    start = 0
    while (tag := page.find("<", start)) >= 0:
        yield "", unescape(page[start:tag])
        start = _behind_tag(page, tag)
        yield page[tag:start], "\n" if _BREAK.fullmatch(page, tag, start) else ""
    yield "", unescape(page[start:])


def _behind_tag(page: str, start: int) -> int:
    """Where the tag that begins at ``start`` has ended; a ``>`` inside of an attribute does not end it."""
    at = start
    while found := _IN_TAG.search(page, at):
        if found[0] == ">":
            return found.end()
        closing = page.find('"', found.end())
        at = closing + 1 if closing >= 0 else len(page)
    return len(page)


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same but for white space, written out or not."""
    return _BLANK.sub("", one) == _BLANK.sub("", other)
