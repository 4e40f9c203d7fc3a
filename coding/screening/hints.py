"""Threads in which a keyword stands only where nobody speaks: a hint for raters, never a verdict."""

from collections import defaultdict

from codebook.rows import Match
from codebook.study import Study

_WHERE = {"code": "in a code snippet", "quote": "in a quotation", "log": "in a log or traceback"}


def hints(study: Study) -> dict[str, str]:
    """One sentence per thread that has no keyword in its title and in what its authors wrote."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    keywords: defaultdict[str, set[str]] = defaultdict(set)
    for match in study.read(Match):
        places[match.thread_id].add(match.place)
        keywords[match.thread_id].add(match.keyword)
    return {
        thread_id: _sentence(keywords[thread_id], there)
        for thread_id, there in places.items()
        if there <= _WHERE.keys()
    }


def _sentence(keywords: set[str], places: set[str]) -> str:
    where = " or ".join(words for place, words in _WHERE.items() if place in places)
    verb = "occurs" if len(keywords) == 1 else "occur"
    return f"Hint: {', '.join(sorted(keywords))} {verb} only {where}."
