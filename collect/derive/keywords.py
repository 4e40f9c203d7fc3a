"""Where the study's keywords occur: the test that decides what a thread is about."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from collect.derive.prose import split

Place = Literal["prose", "code", "quote", "log"]


def keyword_matches(body: str, keywords: Iterable[str]) -> tuple[tuple[str, Place], ...]:
    """Every keyword with every place in which it occurs, in the order of the places, then of the keywords.

    A keyword is found in any case and whole: ``trust_remote_code`` is in ``trust_remote_code=True`` and in
    ``model.trust_remote_code``, but not in ``--trust-remote-code`` and not in ``use_trust_remote_code``. Spaces in a
    keyword stand for any white space. A code span counts as prose: whoever writes about a parameter puts its name
    between backticks. See :mod:`collect.derive.prose` for the places.
    """
    each = tuple(dict.fromkeys(keywords))
    anything = _keywords(each)
    if anything is None or not anything.search(body):
        return ()
    parts = split(body)
    places: tuple[tuple[Place, str], ...] = (
        ("prose", f"{parts.prose}\n{parts.spans}"),
        ("code", parts.code),
        ("quote", parts.quote),
        ("log", parts.log),
    )
    return tuple((k, place) for place, text in places if anything.search(text) for k in each if has_keyword(text, (k,)))


def keyword_places(body: str, keywords: Iterable[str]) -> tuple[Place, ...]:
    """Where any of the keywords occurs; see :func:`keyword_matches`."""
    return tuple(dict.fromkeys(place for _, place in keyword_matches(body, keywords)))


def has_keyword(text: str, keywords: Iterable[str]) -> bool:
    """Whether any of the keywords occurs in a text that is no Markdown, such as a title."""
    found = _keywords(tuple(keywords))
    return bool(found and found.search(text))


@lru_cache(maxsize=256)
def _keywords(keywords: tuple[str, ...]) -> re.Pattern[str] | None:
    each = [
        # A mark at the end of a keyword, as in C++, is a boundary of its own.
        (r"(?<!\w)" if re.match(r"\w", words[0]) else "")
        + r"\s+".join(map(re.escape, words))
        + (r"(?!\w)" if re.search(r"\w\Z", words[-1]) else "")
        for words in (keyword.split() for keyword in keywords)
        if words
    ]
    return re.compile("|".join(each), re.IGNORECASE) if each else None
