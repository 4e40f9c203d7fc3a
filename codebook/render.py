"""Rows as text, CSV, JSON, Markdown or LaTeX, with strangers' text made harmless for each."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from codebook.harmless import escaped, in_spreadsheet, on_terminal, one_line, valid_text

FORMATS = ("text", "csv", "json", "md", "latex")

Rows = list[dict[str, object]]
"""Lines of a table that is shown: column → value."""


def table(rows: Sequence[Mapping[str, object]], names: Sequence[str], fmt: str) -> str:
    """A table as text.

    Args:
        rows: One mapping a row; a missing column is empty.
        names: The columns, in order.
        fmt: One of :data:`FORMATS`. JSON is a list of objects and keeps types and texts; CSV follows RFC 4180.

    Returns:
        The table without a final line break.
    """
    if fmt == "json":
        text = json.dumps([{n: _json(row.get(n)) for n in names} for row in rows], ensure_ascii=False, indent=2)
        return escaped(text)
    if fmt == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([_csv(n) for n in names])
        writer.writerows([[_csv(row.get(n)) for n in names] for row in rows])
        return out.getvalue().rstrip("\n")
    from tabulate import tabulate

    style = {"text": "simple", "md": "pipe", "latex": "latex_booktabs"}[fmt]
    cells = [[_cell(row.get(n), fmt) for n in names] for row in rows]
    numeric = [_is_numeric([row.get(n) for row in rows]) for n in names]
    align = ["right" if n else "left" for n in numeric]
    heads = [_cell(n, fmt) for n in names]
    text = tabulate(cells, heads, tablefmt=style, disable_numparse=True, colalign=align if cells else None)
    if fmt == "latex":  # else the `\\` of the row above would take a star or a bracket as its own argument
        text = re.sub(r"(?m)^( *)(?=[*\[])", r"\1{}", text)
    return text if cells else text.replace("{tabular}{}", f"{{tabular}}{{{'l' * len(heads)}}}")


def _is_numeric(values: Sequence[object]) -> bool:
    known = [v for v in values if v is not None]
    return bool(known) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known)


def _cell(value: object, fmt: str) -> str:
    text = one_line(_text(value), 0 if fmt != "text" else 100)
    return (
        text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[") if fmt == "md" else text
    )


def _csv(value: object) -> str:
    return in_spreadsheet(on_terminal(_text(value))) if isinstance(value, str | list | tuple) else _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, list | tuple):
        return ", ".join(_text(v) for v in value)
    return str(value)


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, list | tuple):
        return [_json(v) for v in value]
    return value
