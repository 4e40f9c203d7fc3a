"""What somebody may have meant."""

import difflib
from collections.abc import Iterable
from itertools import takewhile

_SHOWN = 20


def hint(given: str, known: Iterable[str]) -> str:
    """The nearest known word as a question, else the known words."""
    words = list(known)
    folded = {w.casefold(): w for w in reversed(words)}
    near = difflib.get_close_matches(given.casefold(), folded, n=_SHOWN, cutoff=0.5)
    if near:
        return f"Did you mean {folded[_nearest(given.casefold(), near)]!r}?"
    rest = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"There are: {', '.join(words[:_SHOWN])}{rest}." if words else "There are none."


def _nearest(given: str, near: list[str]) -> str:
    """The most alike; of those that are equally so, the one that begins most like it."""

    def rank(word: str) -> tuple[float, int]:
        same = takewhile(lambda pair: pair[0] == pair[1], zip(word, given, strict=False))
        return difflib.SequenceMatcher(None, word, given).ratio(), len(list(same))

    return max(near, key=rank)
