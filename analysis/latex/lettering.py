"""Text made harmless for LaTeX: no character is a command, and each one that pdfLaTeX cannot set is declared."""

from collections.abc import Iterable

from tabulate import LATEX_ESCAPE_RULES

from codebook.harmless import one_line

_SET = frozenset(
    [*range(0x00A0, 0x0180), *range(0x2010, 0x2015), *range(0x2018, 0x201F), 0x2020, 0x2021, 0x2022, 0x2026, 0x20AC]
)
"""Characters beyond ASCII that pdfLaTeX sets with the encodings T1 and TS1."""

_MATHEMATICS = {
    "→": r"\rightarrow",
    "←": r"\leftarrow",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "\u2212": "-",
    "∞": r"\infty",
    "\u03b1": r"\alpha",
    "κ": r"\kappa",
    "χ": r"\chi",
    "▲": r"\blacktriangle",
    "▼": r"\blacktriangledown",
    "▯": r"\square",
}


def escaped(text: str) -> str:
    """Text on one line that LaTeX prints as it is."""
    return "".join(LATEX_ESCAPE_RULES.get(character, character) for character in one_line(text))


def declared(texts: Iterable[str]) -> str:
    """Declarations for pdfLaTeX, one a line, of the characters in texts that it does not know.

    What it has no letter for is printed as its number, such as [U+6F22]; XeLaTeX and LuaLaTeX print the letter.
    """
    found = sorted({c for text in texts for c in text if ord(c) > 0x7F and ord(c) not in _SET})  # noqa: PLR2004 - ASCII
    return "".join(f"\\DeclareUnicodeCharacter{{{ord(c):04X}}}{{{_printed(c)}}}\n" for c in found)


def _printed(character: str) -> str:
    if character in _MATHEMATICS:
        return f"\\ensuremath{{{_MATHEMATICS[character]}}}"
    return f"[U+{ord(character):04X}]"
