"""The words of a text, by which topics are described."""

import re
from functools import cache

from codebook.extras import require

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]+|[^\W\d_\u3040-\u30ff\u3400-\u9fff](?:[^\W\u3040-\u30ff\u3400-\u9fff]|['\u2019](?=\w))+"
)
_CONTRACTED = {"t", "s", "d", "m", "re", "ve", "ll"}
_SHORTEST = 3
_PAIR = 2


def words(text: str) -> list[str]:
    """The words of a text in lower case, without English stop words; identifiers such as ``trust_remote_code`` stay.

    Chinese and Japanese, which put no blanks between words, give every two characters that stand side by side.
    """
    found: list[str] = []
    for run in _WORD.findall(text.lower()):
        if "\u3040" <= run[0] <= "\u9fff":
            found += [run[at : at + _PAIR] for at in range(max(len(run) - 1, 1))]
        else:
            found += [word for word in _parts(run) if word not in _stop_words() and len(word) >= _SHORTEST]
    return found


def _parts(run: str) -> list[str]:
    """A word without the apostrophe and what is short for another word behind it; both parts of any other."""
    parts = re.split("['\u2019]", run)
    return [parts[0] if parts[-1] == "s" else ""] if parts[-1] in _CONTRACTED and len(parts) > 1 else parts


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(require("sklearn.feature_extraction.text", "topics").ENGLISH_STOP_WORDS)
