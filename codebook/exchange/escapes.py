"""Characters that neither XML nor a table of text can hold, written so that they come back.

U+0007 becomes ``_x0007_``, as in Office Open XML (ECMA-376 part 1, 22.9.2.19, ST_Xstring); an underscore in front of
what would be taken for such an escape becomes ``_x005F_``. Everything else stays as it is.
"""

import re

from codebook.harmless import valid_text

_UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def held(text: str) -> str:
    """Text that XML 1.0 can hold; :func:`unheld` gives the same text back, but for NUL and lone surrogates."""
    return _UNHELD.sub(lambda found: f"_x{ord(found[0]):04X}_", _LOOKS_ESCAPED.sub("_x005F_", valid_text(text)))


def unheld(text: str) -> str:
    """What :func:`held` was given; text of others stays, unless it has such an escape itself."""
    return valid_text(_ESCAPED.sub(_character, text))


def _character(found: re.Match[str]) -> str:
    meant = chr(int(found[1], 16))
    return meant if meant in "_\r" or _UNHELD.fullmatch(meant) else found[0]
