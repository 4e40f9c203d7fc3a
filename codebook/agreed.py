"""Measures of agreement as readers see them, and whether they are older than what they were measured on.

``coding agreement`` measures and writes the table ``agreement``; ``analysis`` shows what is written. Both print it by
the same rules, which stand here.
"""

import hashlib
from collections.abc import Sequence
from itertools import groupby

import duckdb

from codebook.render import Rows
from codebook.rows import AgreementMeasure
from codebook.study import Study, file_sha256
from codebook.themes import Codebook

PARTS = ("source", "round", "arm", "month", "pair")
"""The columns that say which part of the readings was measured."""

LONG = (
    *PARTS,
    "subject",
    "level",
    "code",
    "name",
    "measure",
    "estimate",
    "low",
    "high",
    "undefined",
    "no_interval",
    "units",
    "coders",
    "mark",
)
"""Columns of :func:`long`."""

MEASURED = {"agreement": ("codings", "recode", "frozen"), "saturation": ("codings",)}
"""Tables that ``coding`` measures on other tables, with those that their column ``basis`` is a hash of."""

_SHOWN = (
    "prevalence",
    "percent",
    "kappa",
    "alpha",
    "alpha_masi",
    "alpha_jaccard",
    "alpha_of_codes",
    "difference",
    "ac1",
    "pabak",
    "positive",
    "negative",
)
_WITH_INTERVAL = {"kappa", "alpha", "alpha_masi", "alpha_jaccard", "ac1", "difference"}

_MARKED = {"alpha", "difference"}
"""Measures whose marks stand in the wide table."""

_SAME = 1e-9
"""What is this near to nothing is nothing, computed in another order."""

_READ = {
    "codings": "unit_id, thread_id, round, coder, arm, coded_at, code, codebook_version",
    "recode": "unit_id, coder, arm, round, code, answered",
    "frozen": "purpose, unit_id, thread_id, round, coder, arm, coded_at, code, codebook_version",
}
"""Of each table, what says who gave what; not what was quoted or noted, which a package may leave out."""


def basis(con: duckdb.DuckDBPyConnection, study: Study, tables: Sequence[str] = tuple(_READ)) -> str:
    """A hash of the codings as they are now, for the column ``basis``; the order of rows does not matter.

    Args:
        con: A connection of the study.
        study: Its codebook counts too, where more than the codings does.
        tables: Of ``codings``, ``recode`` and ``frozen``, those that were read.
    """
    found = []
    for name in tables:
        values = (f"coalesce(CAST({column} AS VARCHAR), chr(30))" for column in _READ[name].split(", "))
        row = f"md5_number_lower(concat_ws(chr(31), {', '.join(values)}))"
        query = f"SELECT count(*), coalesce(sum({row}), 0) FROM {name}"  # noqa: S608 - names from above
        found.append(f"{name} {con.execute(query).fetchall()[0]}")
    book = study.path / "codebook.yaml"
    if len(tables) > 1 and book.exists():
        found.append(f"codebook {file_sha256(book)}")
    return hashlib.sha256("\n".join(found).encode()).hexdigest()


def mark(measure: AgreementMeasure, threshold: float) -> str:
    """What a reader is to be warned of: an alpha below the threshold, or that may be; a theme that diverges."""
    value, low, high = measure.estimate, measure.low, measure.high
    if value is None:
        return ""
    if measure.measure == "difference":
        apart = low is not None and high is not None and (low > _SAME or high < -_SAME)
        return "diverges" if apart else ""
    if measure.measure not in ("alpha", "alpha_masi", "alpha_jaccard"):
        return ""
    if value < threshold:
        return f"below {threshold:g}"
    return "" if low is not None and low >= threshold else f"may be below {threshold:g}"


def long(measures: Sequence[AgreementMeasure], book: Codebook | None, threshold: float) -> Rows:
    """One object per measure; the columns are :data:`LONG`. Without a codebook, codes have no names."""
    names = {code.id: code.name for code in book.codes.values()} if book else {}
    return [
        {name: getattr(each, name, None) for name in LONG}
        | {"name": names.get(each.code or ""), "mark": mark(each, threshold) or None}
        for each in measures
    ]


def wide(measures: Sequence[AgreementMeasure], threshold: float) -> tuple[Rows, list[str]]:
    """One row per subject and part, with the columns that have anything in them.

    Args:
        measures: What was measured, those of one subject and part together.
        threshold: Below which alpha is marked.

    Returns:
        The rows and the names of their columns. ``kappa`` is Cohen's of two coders, Fleiss' of more.
    """
    rows = [_row(list(group), threshold) for _, group in groupby(measures, key=_subject)]
    heads = [*(part for part in PARTS if any(getattr(m, part) is not None for m in measures)), "of", "units", "coders"]
    used = [name for name in _SHOWN if any(name in row for row in rows)]
    return rows, [*heads, *used, "mark"]


def _subject(measure: AgreementMeasure) -> tuple[object, ...]:
    return tuple(getattr(measure, name) for name in (*PARTS, "subject", "level", "code"))


def _row(measures: Sequence[AgreementMeasure], threshold: float) -> dict[str, object]:
    first = measures[0]
    row: dict[str, object] = {part: getattr(first, part) for part in PARTS}
    row["of"] = first.code or (f"{first.level}, pooled" if first.subject == "pooled" else f"sets of {first.level}")
    found: dict[str, AgreementMeasure] = {each.measure: each for each in measures}
    whole = found.get("percent", first)
    row |= {"units": whole.units, "coders": whole.coders}
    kappa = "cohen" if whole.coders <= 2 else "fleiss"  # noqa: PLR2004 - Cohen's is for two
    found |= {"kappa": found[kappa]} if kappa in found else {}
    row |= {name: cell(name, found[name]) for name in _SHOWN if name in found}
    marks = dict.fromkeys(filter(None, (mark(each, threshold) for each in measures if each.measure in _MARKED)))
    return row | {"mark": ", ".join(marks)}


def cell(name: str, found: AgreementMeasure) -> str:
    """A measure as text: with its interval where it has one, or why it is undefined."""
    if found.estimate is None:
        return f"undefined ({found.undefined})"
    if name == "percent":
        return f"{found.estimate:.0f} %"
    text = _two(found.estimate)
    if name not in _WITH_INTERVAL:
        return text
    if found.low is None or found.high is None:
        return f"{text} [{found.no_interval}]"
    return f"{text} [{_two(found.low)}, {_two(found.high)}]"


def _two(value: float) -> str:
    """A number with two digits, without a minus before zero."""
    return f"{round(value, 2) + 0:.2f}"
