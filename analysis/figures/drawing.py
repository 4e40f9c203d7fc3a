"""What all figures share: sizes for a paper, colours for light and dark and for print, lettering, and harmless labels.

Nothing of the user's own matplotlib settings is used, and text is never read as mathematics: the same tables give the
same figure everywhere.
"""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from codebook.harmless import one_line

COLUMN, WIDE = 3.4, 7.0
"""Widths in inches: one column of a two-column paper, and the whole page."""

TEXT, SMALL = 8.0, 7.0
"""Sizes of letters in points; nothing is smaller than the second."""

INK, SOFT, LINE, PAPER, BAND = "#1c2127", "#56606b", "#c9ced4", "#ffffff", "#eef1f4"
"""Letters, secondary letters, lines, background, and areas that stand back."""

MARK, MARK_SOFT = "#0b5394", "#b3cbe6"
"""What is measured, and its interval where that is an area."""

SHADES = ("#ffffff", "#e6eff9", "#c9ddf3", "#a5c6ea", "#7fabdd", "#5f92cf")
"""From nothing to much; ink can be read on each."""

MORE, MORE_STILL, FEWER, FEWER_STILL = "#b5d0ee", "#6c9fd8", "#f6d2ae", "#eaa15a"
"""More and fewer than expected: blue and orange, which people who see few colours tell apart."""

LEVEL_COLOURS = {
    "none": "#fff7bc",
    "documented": "#c7e9b4",
    "warn": "#7fcdbb",
    "prompt": "#41b6c4",
    "opt-in": "#2c7fb8",
    "block": "#253494",
}
"""The levels of a mechanism, weakest first: ever darker, so that they differ in print, too."""

SERIES = ("#0b5394", "#c8611a", "#5b7f2b", "#8e5ba6", "#2b8c8c", "#8c6d1f")
"""Kinds of things beside each other; each has a marker of its own as well."""

MARKERS = ("o", "s", "^", "D", "v", "P")
"""Markers of :data:`SERIES`, in the same order."""

DARK = {
    INK: "#e4e8ec",
    SOFT: "#a4afba",
    LINE: "#47525d",
    PAPER: "#14181d",
    BAND: "#222a32",
    MARK: "#8ebcf7",
    MARK_SOFT: "#2c4a6e",
    **dict(zip(SHADES[1:], ("#1a2837", "#1d344d", "#214468", "#265687", "#2c69a6"), strict=True)),
    MORE: "#22446b",
    MORE_STILL: "#27609b",
    FEWER: "#55391f",
    FEWER_STILL: "#965a1e",
    **dict(zip(SERIES[1:], ("#f0a05f", "#a9cf6f", "#cfa3e3", "#72cfcf", "#dcbf6a"), strict=True)),
}
"""Each colour in the dark; a colour that is not here stays as it is."""

_STYLE: dict[Any, object] = {
    "font.family": ["DejaVu Sans"],  # matplotlib brings it along
    "font.size": TEXT,
    "text.parse_math": False,
    "text.usetex": False,
    "text.color": INK,
    "text.hinting": "none",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.6,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT,
    "axes.unicode_minus": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.use_mathtext": False,
    "figure.facecolor": PAPER,
    "figure.edgecolor": PAPER,
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "hatch.color": SOFT,
    "hatch.linewidth": 0.5,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "patch.edgecolor": SOFT,
    "patch.linewidth": 0.6,
    "pdf.fonttype": 42,  # letters stay letters, and publishers take them
    "svg.fonttype": "none",  # text that can be read aloud, searched and selected, and a small file
    "svg.hashsalt": "qualdev",
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw and write figures within this: our settings, and none of the user's."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


@cache
def _letters() -> frozenset[int]:
    """The characters that the font has."""
    import matplotlib as mpl
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")).get_charmap())


def lettered(text: str) -> str:
    """Text on one line, without control characters; what the font of figures has no letter for is ▯."""
    line = one_line(text)
    return line if line.isascii() else "".join(c if ord(c) in _letters() else "▯" for c in line)


def wrapped(text: str, width: int, lines: int = 2) -> str:
    """A label on at most ``lines`` lines of ``width`` characters; … stands where it is cut."""
    parts = textwrap.wrap(lettered(text), width, max_lines=lines, placeholder="…")
    return "\n".join(parts)
