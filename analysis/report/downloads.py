"""What readers take away from the page: each table as CSV and JSON, each figure as SVG, in links of the page.

A link holds the file itself (RFC 2397), so that the page stays one file and asks nobody for anything.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codebook.harmless import file_name
from codebook.render import table

LONGEST = 1_000_000
"""Bytes of a file that a link still holds; browsers refuse links of some megabytes."""

_TYPES = {
    "csv": "text/csv;charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Download:
    """One link.

    Args:
        name: The name under which a browser saves it.
        form: Its format in capitals, as the reader sees it.
        link: A ``data:`` address with all of it; empty if it is longer than :data:`LONGEST`.
    """

    name: str
    form: str
    link: str


def of_rows(name: str, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> tuple[Download, ...]:
    """A table as CSV that spreadsheets do not calculate, and as JSON that keeps its types."""
    return tuple(
        packed(name, form, (table(rows, columns, form) + "\n").encode("utf-8", "replace")) for form in ("csv", "json")
    )


def packed(name: str, form: str, content: bytes) -> Download:
    """A file as a link.

    Args:
        name: What it is called, without the ending.
        form: csv, json or svg.
        content: Its bytes.
    """
    link = address(form, content) if len(content) <= LONGEST else ""
    return Download(f"{file_name(name)}.{form}", form.upper(), link)


def address(form: str, content: bytes) -> str:
    """The ``data:`` address of some bytes."""
    return f"data:{_TYPES[form]};base64,{b64encode(content).decode()}"
