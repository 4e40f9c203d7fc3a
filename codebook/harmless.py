"""Strangers' text made harmless for the place where it is shown.

Raw records keep every byte. Tables hold valid Unicode without NUL. A terminal gets no control characters and no
direction overrides, a spreadsheet no formulas. HTML is escaped by its templates, never here.
"""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def valid_text(text: str) -> str:
    """Text that every store can hold: lone surrogates become U+FFFD, NUL goes, the rest stays."""
    if text.isascii() and "\x00" not in text:  # most texts, and much the fastest to tell
        return text
    return _SURROGATE.sub("\ufffd", text).replace("\x00", "")


def on_terminal(text: str) -> str:
    """Text without terminal escapes and without direction overrides; line breaks stay."""
    return _CONTROL.sub("\ufffd", valid_text(text).replace("\r\n", "\n"))


def escaped(text: str) -> str:
    """JSON in which the characters that :func:`on_terminal` takes out are escaped, so that its values stay the same."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str, width: int = 0) -> str:
    """:func:`on_terminal` on one line, cut to ``width`` characters if that is not 0."""
    line = " ".join(on_terminal(text).split())
    return line[: width - 1] + "…" if width and len(line) > width else line


def in_spreadsheet(text: str) -> str:
    """Text that a spreadsheet shows instead of calculating: a quote in front of what starts like a formula.

    Source: OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection
    """
    clean = valid_text(text)
    return "'" + clean if clean.lstrip(" ").startswith(_FORMULA) else clean


def file_name(text: str) -> str:
    """A name of letters, digits, dot, dash and underscore that stays in its folder."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip(".-")[:80] or "unnamed"
