"""The language of a text, by py3langid: a small model in the package, no network, the same answer every time."""

import re
from functools import cache
from typing import Any

LONGEST = 1000
"""Characters of a text that are looked at."""

_ENOUGH = 400
"""Characters without addresses and names that the model gets; each costs time, and more of them change little."""

_LETTERS = 20
_CONFIDENCE = 0.5
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NOT_WORDS = re.compile(r"[!-~]*[\d_/\\=@<>#][!-~]*")


def language(text: str) -> str | None:
    """The language of a text that holds no code, as ISO 639 code.

    Addresses, paths, names with underscores and numbers are passed over: they look alike in all languages.

    Returns:
        None for less than 20 letters, or where the model is not sure (a probability under one half).
    """
    text = text[:LONGEST]
    if "<!--" in text:
        text = _COMMENT.sub(" ", text)
    words = " ".join(_NOT_WORDS.sub(" ", text).split())[:_ENOUGH]
    if sum(map(str.isalpha, words)) < _LETTERS:
        return None
    found, confidence = _identifier().classify(words)
    return str(found) if confidence >= _CONFIDENCE else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
