"""The tables of this folder as they are stated: CSV with the source in lines that begin with ``#``."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

TABLES = ("entries", "equivalences", "remaps", "severities", "top25", "owasp", "mitigations", "spoken")
"""The tables, each a file here."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One table: where it is from, the names of its columns, and its rows."""

    source: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


@cache
def stated(table: str) -> Stated:
    """Read one of :data:`TABLES`."""
    lines = files(__package__).joinpath(f"{table}.csv").read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    reader = csv.DictReader(line for line in lines if not line.startswith("#"))
    rows = tuple(dict(row) for row in reader)
    return Stated(" ".join(line.lstrip("# ") for line in head), tuple(reader.fieldnames or ()), rows)
