"""Where a passage stands on a labelling page, as Label Studio wants to be told when it is to mark one by itself.

It counts characters of the whole page as Python does, see :mod:`coding.page.text`, but finds a passage by the path to
its text node, and there by UTF-16 units.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from coding.page.text import pieces

_TAG = re.compile(r"<(/?)([a-z0-9]+)")
_VOID = frozenset(("br", "hr"))


@dataclass
class _Open:
    """An element that is open: its path, and how many children of each name it has so far."""

    path: str
    name: str = ""
    children: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Node:
    """A text node: its path, where it begins in the page's text, and what stands in it."""

    path: str
    start: int
    text: str


def place(page: str, start: int, end: int) -> dict[str, object]:
    """Where the characters from ``start`` to ``end`` stand: paths and offsets.

    Args:
        page: The page's HTML, sanitised.
        start: First character of the passage in the page's text.
        end: First character behind it.

    Returns:
        Label Studio's ``start``, ``startOffset``, ``end``, ``endOffset``; nothing where no text begins or ends there.
    """
    first = last = None
    for node in _nodes(page):
        if node.start <= start < node.start + len(node.text):
            first = node
        if node.start < end <= node.start + len(node.text):
            last = node
            break
    if first is None or last is None:
        return {}
    return {
        "start": first.path,
        "startOffset": _units(first.text[: start - first.start]),
        "end": last.path,
        "endOffset": _units(last.text[: end - last.start]),
    }


def _nodes(page: str) -> Iterator[_Node]:
    """The text nodes in their order."""
    opened, at = [_Open("")], 0
    for tag, text in pieces(page):
        if tag:
            _enter(opened, tag)
        elif text:
            parent = opened[-1]
            parent.children["text()"] += 1
            yield _Node(f"{parent.path}/text()[{parent.children['text()']}]", at, text)
        at += len(text)


def _enter(opened: list[_Open], tag: str) -> None:
    """Go into an element, or out of it."""
    found = _TAG.match(tag)
    if found is None:
        return
    closes, name = found.groups()
    if closes:
        if len(opened) > 1 and opened[-1].name == name:
            opened.pop()
        return
    parent = opened[-1]
    parent.children[name] += 1
    if name not in _VOID:
        opened.append(_Open(f"{parent.path}/{name}[{parent.children[name]}]", name))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
