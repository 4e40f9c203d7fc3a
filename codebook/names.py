"""Where people's names stand in text: as whole words, and in the places that only a person's name can have.

A name that is also a word must not be replaced wherever the word stands, or the text is lost: there are accounts called
``python``, ``test``, ``will`` and ``user``. Such a name is *ordinary*: one or two characters long, digits only, or made
of words of ``ordinary_words.txt`` only (frequent lower-case words of Python's documentation and of package
descriptions, and names of products). It counts as a person's only where the context says so: behind ``@``, in a
greeting or thanks, before ``wrote:``, in a profile's address; and, if it has several words (``Max Power``), where each
of them is capitalised. Every other name counts wherever it stands as a whole word, in capitals or not.
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path

Put = Callable[[str], str | None]
"""What is put in place of a name, given in lower case with single spaces; None leaves it."""

_WORD = re.compile(r"\w+")
_SHORT = 2
_LONGEST = 100
_HANDLE = r"[\w](?:[\w.-]{0,62}\w)?"
_GREETED = re.compile(
    rf"(\b(?:hi|hello|hey|dear|thanks|thank you|thx|cc|ping|kudos to|credits? to) {{1,2}})({_HANDLE})"
    r"(?=[ \t]{0,4}(?:[,.!:;)\n]|\Z))",
    re.IGNORECASE,
)
_GREETING = re.compile(r"\b(?:h(?:i|ello|ey)|dear|th(?:anks|ank you|x)|cc|ping|kudos|credit) ")
_WROTE = re.compile(r"\b(?:wrote|writes|said) ?:")
_BEFORE = 160
_PART = re.compile(r"\w(?:[\w.'-]*\w)?")
_PARTS = 4
_NOT_A_PERSON = frozenset(
    ("i", "you", "he", "she", "it", "we", "they", "one", "who", "all", "there", "again", "so", "much", "am", "pm")
)


def simple(name: str) -> str:
    """A name as it is compared: lower case, single spaces, without what is no letter or digit at its ends."""
    words = [*_WORD.finditer(name)]
    return " ".join(name[words[0].start() : words[-1].end()].lower().split()) if words else ""


@cache
def _ordinary_words() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "ordinary_words.txt").read_text(encoding="utf-8").split())


def is_ordinary(name: str) -> bool:
    """Whether a name may as well be a word; see the module."""
    words = _WORD.findall(name.lower())
    return all(len(w) <= _SHORT or w.isdecimal() or w in _ordinary_words() for w in words) or len(name) <= _SHORT


def in_context(text: str, put: Put, guess: Put = lambda _name: None) -> str:
    """Replace names where the context says that they are a person's: greetings, thanks, ``NAME wrote:``.

    Args:
        text: The text.
        put: For names that may be ordinary words.
        guess: For what stands before ``wrote:``, looks like a name, and ``put`` does not know.
    """
    lower = text.lower()
    if _GREETING.search(lower):
        text = _GREETED.sub(lambda m: m[1] + (_person(m[2], put) or m[2]), text)
    if "wrote" in lower or "said" in lower or "writes" in lower:
        text = _before_wrote(text, put, guess)
    return text


def _person(name: str, put: Put) -> str | None:
    return None if name.lower() in _NOT_A_PERSON else put(simple(name))


def _before_wrote(text: str, put: Put, guess: Put) -> str:
    out, at = [], 0
    for wrote in _WROTE.finditer(text):
        before = text[max(at, wrote.start() - _BEFORE) : wrote.start()].rstrip(" \n\t*_>)")
        cut = max(before.rfind("<"), before.rfind("("))  # the address that mail programs put behind a name
        line = (before[:cut] if cut >= 0 and "\n" not in before[cut:] else before).rstrip(" *_<(").rpartition("\n")[2]
        start = wrote.start() - len(text[max(at, wrote.start() - _BEFORE) : wrote.start()]) + before.rfind(line)
        parts = [*_PART.finditer(line)][-_PARTS:]
        for part in parts:
            name = line[part.start() :]
            found = _person(name, put) or (guess(simple(name)) if _looks_like_a_name(line, part.start()) else None)
            if found:
                out += [text[at : start + part.start()], found]
                at = start + part.start() + len(name)
                break
    return "".join([*out, text[at:]])


def _looks_like_a_name(line: str, start: int) -> bool:
    """Whether all from ``start`` on is one name: capitalised words, or one handle alone on its line."""
    parts = _PART.findall(line[start:])
    if is_ordinary(line[start:]) or {p.lower() for p in parts} & _NOT_A_PERSON:
        return False
    alone = not line[:start].strip(" \t>*_#-")
    dated = re.search(r"(?:,|\d|\b[AP]M) ?\Z", line[:start], re.IGNORECASE)
    return bool(alone or dated) and (len(parts) == 1 or all(p[0].isupper() for p in parts))


class KnownNames:
    """Finds the names of a list in running text.

    The cost of a text is one look-up per word, however many names there are; names that no text has cost nothing.

    Args:
        names: Names in the form of :func:`simple`, with what is put in their place.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._put = dict(names)
        self._by_first: dict[str, list[str]] = {}
        for name in sorted(self._put, key=lambda n: (-len(n), n)):
            first = _WORD.search(name)
            if first and (" " in name or not is_ordinary(name)):
                self._by_first.setdefault(first[0], []).append(name)
        self._firsts = frozenset(self._by_first)
        self._patterns: dict[str, re.Pattern[str]] = {}

    def get(self, name: str) -> str | None:
        """What is put in place of a name; None if it is not known."""
        return self._put.get(name)

    def replaced(self, text: str) -> str:
        """The text with every known name that is not ordinary replaced; the longest name wins."""
        if not self._firsts or self._firsts.isdisjoint(_WORD.findall(text.lower())):
            return text
        out, at = [], 0
        for word in _WORD.finditer(text):
            if word.start() < at:
                continue
            for name in self._by_first.get(word[0].lower(), ()):
                end = self._end(name, text, word.start())
                if end:
                    out += [text[at : word.start()], self._put[name]]
                    at = end
                    break
        return "".join([*out, text[at:]])

    def _end(self, name: str, text: str, start: int) -> int:
        pattern = self._patterns.get(name)
        if pattern is None:
            pattern = re.compile(re.escape(name).replace(r"\ ", r"\s+") + r"(?!\w)", re.IGNORECASE)
            self._patterns[name] = pattern
        found = pattern.match(text, start)
        as_words = found and is_ordinary(name) and not all(w[0].isupper() for w in _WORD.findall(found[0]))
        return found.end() if found and not as_words else 0


def replaced_by_lookup(text: str, put: Put, lengths: Collection[int]) -> str:
    """As :meth:`KnownNames.replaced` where names are not known but can be recognised, as by a keyed hash.

    Args:
        text: The text.
        put: Asked for every run of words.
        lengths: How many words names have, longest first.
    """
    words = [*_WORD.finditer(text)]
    out: list[str] = []
    at = i = 0
    while i < len(words):
        taken = 1
        for length in lengths:
            last = words[min(i + length, len(words)) - 1]
            name = text[words[i].start() : last.end()]
            if i + length > len(words) or len(name) > _LONGEST:
                continue
            found = put(" ".join(name.lower().split()))
            if found and (
                not is_ordinary(name) or (length > 1 and all(w[0][0].isupper() for w in words[i : i + length]))
            ):
                out += [text[at : words[i].start()], found]
                at, taken = last.end(), length
                break
        i += taken
    return "".join([*out, text[at:]])
