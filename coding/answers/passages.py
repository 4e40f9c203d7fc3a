"""The passages in an annotation: which words of the page a coder gave which code.

Label Studio stores where a passage begins and ends, and the words. Both have to fit the text that was pushed, or the
passage is kept apart. On a page that is not the one that was pushed (its data were edited on the server, or what stood
there is forgotten) no place can be trusted; the code then counts for the unit as a whole.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from coding.page.text import page_text, same_words

REASONS = {
    "passage is empty": "no word stands between its beginning and its end",
    "passage ends before it begins": "its end lies before its beginning",
    "passage outside of the page": "it begins or ends where the page has no text",
    "passage is not what stands there": "its words are not those of the page at its place",
    "page was changed": "the page is not the one that was pushed; the code counts for the unit, without the passage",
}
"""Why a passage is in ``quarantine``."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an annotation says of a passage.

    Args:
        code: A code of the codebook.
        start: First character in the text of the page.
        end: First character behind the passage.
        words: As the browser showed them.
    """

    code: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A code and the passage that got it; without a place, the code counts for the unit as a whole."""

    code: str
    start: int | None = None
    end: int | None = None
    quote: str | None = None


def given(value: object) -> list[Given] | None:
    """The passages in the value of one result, one per code; None if it has not Label Studio's form."""
    if not isinstance(value, dict):
        return None
    codes, words, offsets = value.get("hypertextlabels"), value.get("text"), value.get("globalOffsets")
    if not isinstance(codes, list) or not codes or not all(isinstance(code, str) for code in codes):
        return None
    if not isinstance(words, str) or not isinstance(offsets, dict):
        return None
    start, end = offsets.get("start"), offsets.get("end")
    if type(start) is not int or type(end) is not int:  # true and false are no places
        return None
    return [Given(code, start, end, words) for code in codes]


def placed(
    passages: Sequence[Given], page: object, content_sha256: str
) -> tuple[list[Passage], list[tuple[str, object]]]:
    """Look passages up on the page.

    Args:
        passages: What the annotation says, codes being legal.
        page: The page's HTML as Label Studio gives it back.
        content_sha256: Hash of the text that was pushed.

    Returns:
        Each passage once, and what is wrong with others: reason and what was given.
    """
    if not passages:
        return [], []
    text = page_text(page) if isinstance(page, str) else ""
    if text_sha256(text) != content_sha256:
        unplaced = dict.fromkeys(Passage(one.code) for one in passages)
        return list(unplaced), [("page was changed", asdict(one)) for one in passages]
    found: dict[Passage, None] = {}
    wrong: list[tuple[str, object]] = []
    for one in passages:
        if problem := _problem(one, text):
            wrong.append((problem, asdict(one)))
        else:
            found[Passage(one.code, one.start, one.end, text[one.start : one.end])] = None
    return list(found), wrong


def text_sha256(text: str) -> str:
    """Hash of what is shown, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _problem(passage: Given, text: str) -> str:
    start, end = passage.start, passage.end
    if start < 0 or max(start, end) > len(text):
        return "passage outside of the page"
    if end < start:
        return "passage ends before it begins"
    if not text[start:end].strip():
        return "passage is empty"
    return "" if same_words(text[start:end], passage.words) else "passage is not what stands there"
