"""What the HTML pages that commands write have in common: harmless text, one style sheet by its hash, whole or not."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from codebook.harmless import on_terminal
from codebook.whole_file import replace_bytes


def templates(package: str) -> Environment:
    """The templates that lie in a package; every text that they print is escaped and harmless."""
    return Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _harmless(value: object) -> object:
    """A text without control characters and direction overrides; the template escapes the rest."""
    return on_terminal(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def style(sheet: Path) -> dict[str, str]:
    """A style sheet of our own, as ``style``, and what the page's own policy allows it by, as ``style_hash``."""
    text = sheet.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"style": Markup(text), "style_hash": digest}  # noqa: S704 - our own file


def replace_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write a page so that ``path`` is the old one or the whole new one.

    Raises:
        StoppedEarly: The disk is full; the page is as it was before.
        OSError: The path cannot be used.
    """
    replace_bytes(path, (piece.encode("utf-8") for piece in pieces))
