"""The words of a text, by which topics are described."""

import re
import unicodedata
from functools import cache

from codebook.extras import require

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff"
"""Chinese characters and Japanese letters."""

_CONTRACTED = {"t", "s", "d", "m", "re", "ve", "ll"}
_SHORTEST = 3
"""Letters that an ASCII word has at least; words of other scripts, as of Korean, have one fewer."""

_PAIR = 2


def words(text: str) -> list[str]:
    """The words of a text in lower case, without English stop words; identifiers such as ``trust_remote_code`` stay.

    Chinese and Japanese, which put no blanks between words, give every two characters that stand side by side.
    """
    found: list[str] = []
    for run in _word().findall(text.lower()):
        if "\u3040" <= run[0] <= "\u9fff":
            found += [run[at : at + _PAIR] for at in range(max(len(run) - 1, 1))]
        else:
            found += [word for word in _parts(run) if len(word) >= _SHORTEST - (not word.isascii())]
    return [word for word in found if word not in _stop_words()]


@cache
def _word() -> re.Pattern[str]:
    """A run of letters that begins with one, apostrophes between; signs such as Indian vowels belong to their letter.

    Python's own class of letters leaves these signs out.
    """
    marks = "".join(chr(c) for c in range(0x10000) if unicodedata.category(chr(c)).startswith("M"))
    letter = rf"(?:[^\W{_UNSPACED}]|[{marks}])"
    return re.compile(rf"[{_UNSPACED}]+|[^\W\d_{_UNSPACED}](?:{letter}|['\u2019](?=\w))+")


def _parts(run: str) -> list[str]:
    """A word without the apostrophe and what is short for another word behind it; both parts of any other."""
    parts = re.split("['\u2019]", run)
    return [parts[0] if parts[-1] == "s" else ""] if parts[-1] in _CONTRACTED and len(parts) > 1 else parts


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(require("sklearn.feature_extraction.text", "topics").ENGLISH_STOP_WORDS)
