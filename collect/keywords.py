"""Where the study's keywords occur: the test that decides what a thread is about."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from collect.prose import split


def keyword_places(body: str, keywords: Iterable[str]) -> tuple[Literal["prose", "code"], ...]:
    """Where any of the keywords occurs: in ``prose``, in ``code``, in both or nowhere, in that order.

    A keyword is found in any case and whole: ``trust_remote_code`` is in ``trust_remote_code=True`` and in
    ``model.trust_remote_code``, but not in ``--trust-remote-code`` and not in ``use_trust_remote_code``. Spaces in a
    keyword stand for any white space. A quote counts as neither: it was said elsewhere, and is found there. A code span
    counts as prose: whoever writes about a parameter puts its name between backticks.
    """
    found = _keywords(tuple(keywords))
    if found is None or not found.search(body):
        return ()
    parts = split(body)
    places: tuple[tuple[Literal["prose", "code"], str], ...] = (
        ("prose", f"{parts.prose}\n{parts.spans}"),
        ("code", parts.code),
    )
    return tuple(name for name, text in places if found.search(text))


def has_keyword(text: str, keywords: Iterable[str]) -> bool:
    """Whether any of the keywords occurs in a text that is no Markdown, such as a title; see :func:`keyword_places`."""
    found = _keywords(tuple(keywords))
    return bool(found and found.search(text))


@lru_cache(maxsize=32)
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
