"""What still leads to a person, taken out of a quote, and whether a search engine would find it.

Tables are pseudonymised when they are made. Texts that came in another way (imported, typed by a coder) may name people
all the same, so the same rules look once more; what they find becomes ``[name]`` and not a pseudonym, for these rules
have no key here. Verbatim quotes lead to their authors all the same: J. W. Ayers, T. L. Caputi, C. Nebeker, M. Dredze,
Don't quote me: reverse identification of research participants in social media studies, npj Digital Medicine 1 (2018)
30. What to do instead: A. Markham, Fabrication as ethical practice, Information, Communication & Society 15 (2012)
334-353.
"""

import re
from functools import lru_cache

from codebook.pseudonyms import Pseudonyms

NAME, LINK = "[name]", "[link]"

SEARCHABLE = 6
"""Words in a row from which a phrase is taken to be found by a search for exactly it."""

WARNING = (
    "who searches for a quote that is searchable finds its author, whatever is masked: paraphrase what you publish, or "
    "ask its author (Markham 2012, Ayers et al. 2018); --hide-searchable prints none. A thread_id names the place, too"
)
"""What whoever prints quotes has to know."""

_PSEUDONYM = re.compile(r"user-[0-9a-f]{10}(?:@example\.invalid)?")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*")
_MARK = re.compile(r"\[(?:name|link|token|key|password)\]|user-[0-9a-f]{10}|…")


@lru_cache(maxsize=1)
def _rules() -> Pseudonyms:
    return Pseudonyms(b"no names are known here, and no pseudonym is kept")


def masked(text: str, *, links: bool) -> str:
    """A quote without credentials and names, and without addresses unless ``links``."""
    known = set(_PSEUDONYM.findall(text))
    found = _PSEUDONYM.sub(lambda made: made[0] if made[0] in known else NAME, _rules().in_text(text))
    found = found.replace(f"@{NAME}", NAME)
    return found if links else _ADDRESS.sub(LINK, found)


def searchable(text: str) -> bool:
    """Whether somewhere in a masked quote :data:`SEARCHABLE` words follow each other as they were written."""
    return any(len(_WORD.findall(stretch)) >= SEARCHABLE for stretch in _MARK.split(text))


def hidden(text: str) -> str:
    """What stands for a quote that is not shown."""
    words = len(_WORD.findall(text))
    return f"[{words} words, not shown]"
