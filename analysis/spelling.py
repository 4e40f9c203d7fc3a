"""What somebody may have meant."""

import difflib
from collections.abc import Iterable

_SHOWN = 20


def hint(given: str, known: Iterable[str]) -> str:
    """The nearest known word as a question, else the known words."""
    words = list(known)
    folded = {w.casefold(): w for w in reversed(words)}
    near = difflib.get_close_matches(given.casefold(), folded, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {folded[near[0]]!r}?"
    rest = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"There are: {', '.join(words[:_SHOWN])}{rest}." if words else "There are none."
