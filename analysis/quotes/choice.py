"""Which of the candidates are quoted: a rule that is stated, so that nobody picks what suits them."""

from collections import Counter
from collections.abc import Iterable

from analysis.quotes.candidates import Candidate

RULE = (
    "passages that coders marked before beginnings of posts; of these, codes that were decided before others, then "
    "codes that more coders gave; then the source, author and thread that was quoted least so far; then a random order "
    "that the study's seed gives"
)
"""How quotes are chosen."""


def choose(candidates: Iterable[Candidate], n: int) -> list[Candidate]:
    """Choose by :data:`RULE`.

    Args:
        candidates: In the random order, the best first, as :func:`analysis.quotes.candidates.candidates` gives them.
        n: At most this many.
    """
    left = list(enumerate(candidates))
    used: Counter[tuple[str, str]] = Counter()
    chosen: list[Candidate] = []

    def rank(numbered: tuple[int, Candidate]) -> tuple[object, ...]:
        place, each = numbered
        author = used["author", each.author] if each.author else used["thread", each.thread_id]
        spread = (used["source", each.source], author, used["thread", each.thread_id])
        return not each.marked, not each.decided, -each.agreed, *spread, place

    while left and len(chosen) < n:
        best = min(left, key=rank)
        left.remove(best)
        each = best[1]
        chosen.append(each)
        used.update([("source", each.source), ("thread", each.thread_id)])
        used.update([("author", each.author)] if each.author else [])
        left = [other for other in left if other[1].text != each.text]
    return chosen
