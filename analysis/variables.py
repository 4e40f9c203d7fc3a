"""The variables that can be the rows, the columns or a condition of a crosstab.

Most are columns of the data dictionary under their own name and with its meaning. A name may stand in several tables
(``platform``: of models, of claims); the table that joins with the rest of the question is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.spelling import hint
from codebook.errors import StudyError
from codebook.mechanisms import LEVELS
from codebook.rows import TABLES
from codebook.tables import Column, columns


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable in one table.

    Args:
        name: What the user calls it.
        meaning: What it says, one phrase.
        table: The relation of :mod:`analysis.joins` that holds it.
        sql: Its value as an SQL expression over that relation: text, whole number, or null.
        words: Its possible values where the data dictionary fixes them.
        ordered: The words stand in a meaningful order, weakest first.
    """

    name: str
    meaning: str
    table: str
    sql: str
    words: tuple[str, ...] = ()
    ordered: bool = False

    @property
    def of_codebook(self) -> bool:
        """Whether its values are ids of ``codebook.yaml``."""
        return self.name in ("theme", "code")


_COLUMNS: dict[str, tuple[str, ...]] = {
    "threads": ("source", "site", "language", "state", "n_posts"),
    "posts": (),
    "matches": ("keyword",),
    "topics": ("topic",),
    "plan": ("stratum",),
    "codings": ("coder", "round", "arm", "codebook_version"),
    "decisions": ("by", "codebook_version"),
    "exclusions": ("reason", "by"),
    "models": ("platform", "hub", "owner", "task", "library", "licence"),
    "model_files": (),
    "contents": ("suffix",),
    "findings": ("tool", "tool_version", "rule", "cwe", "owasp", "category", "confidence"),
    "outcomes": ("tool", "tool_version"),
    "claims": ("platform", "component", "package", "version", "mechanism", "parameter", "extractor"),
}
"""Columns of text and whole numbers that group rows; those with fixed words, or yes and no, are variables anyway."""

_NOT = (("findings", "current"), ("outcomes", "current"))
"""Columns that say the same of every row that is counted."""

_ORDERED = ("confidence", "severity", "level")

_NO_PLATFORM = "no platform"
_SCALE = (*LEVELS, "unknown", "no gate", "no date", _NO_PLATFORM)


def _in_force() -> Iterator[Variable]:
    """What platforms did when a thread was opened."""
    for name, column in (("level_in_force", "level"), ("strongest_in_force", "strongest")):
        which = "weakest" if column == "level" else "strongest"
        meaning = f"Level of the platform's {which} execution gate when the thread was opened"
        sql = f"coalesce(thread_levels.{column}, '{_NO_PLATFORM}')"
        yield Variable(name, meaning, "thread_levels", sql, _SCALE, ordered=True)
    meaning = "Change of a gate of the thread's platform that it was opened within 180 days of"
    yield Variable("gate_change", meaning, "thread_changes", "thread_changes.change")
    meaning = "Whether the thread was opened before or after a change of a gate, within 180 days"
    words = ("before", "after")
    yield Variable("gate_period", meaning, "thread_changes", "thread_changes.period", words, ordered=True)


def _of_named_models() -> Iterator[Variable]:
    """What was found in a model that a thread names."""
    by_name = {c.name: c for c in columns(TABLES["findings"])}
    for name in ("tool", "cwe", "severity"):
        meaning = f"{by_name[name].meaning.split(';')[0]}: of a finding in a model that the thread names"
        words, ordered = by_name[name].choices, name in _ORDERED
        yield Variable(f"model_{name}", meaning, "thread_findings", f"thread_findings.{name}", words, ordered)


_DERIVED = (
    Variable("theme", "Theme that the code stands under", "decisions", "decisions.theme"),
    Variable("theme", "Theme that the code stands under", "codings", "codings.theme"),
    Variable("code", "Code of the agreed set", "decisions", "nullif(decisions.code, '')"),
    Variable("code", "Code that a coder gave", "codings", "nullif(codings.code, '')"),
    Variable("year", "Year in which the thread was opened (UTC)", "threads", "year(threads.created_at)"),
    Variable("label", "Tag or label of the thread", "thread_labels", "thread_labels.label"),
    Variable(
        "matched_in",
        "Where a keyword occurs in the thread",
        "thread_matches",
        "thread_matches.place",
        ("title", "body", "comments", "code", "quote", "log"),
    ),
    Variable("platform", "Platform that the thread is about", "thread_platforms", "thread_platforms.platform"),
    Variable("named_model", "Model that the thread names", "thread_models", "thread_models.model_id"),
    *_in_force(),
    *_of_named_models(),
    Variable(
        "criterion", "Criterion for custom code that the model meets", "model_criteria", "model_criteria.criterion"
    ),
    Variable("tag", "The platform's tag of the model", "model_tags", "model_tags.tag"),
)


def _of_column(table: str, column: Column) -> Variable:
    sql = f'{table}."{column.name}"'
    if column.type is bool:
        sql = f"CASE {sql} WHEN true THEN 'yes' WHEN false THEN 'no' END"
    words = ("no", "yes") if column.type is bool else column.choices
    return Variable(column.name, column.meaning, table, sql, words, column.name in _ORDERED)


def _all() -> Iterator[Variable]:
    yield from _DERIVED
    for table, names in _COLUMNS.items():
        for column in columns(TABLES[table]):
            grouping = column.name in names or bool(column.choices) or column.type is bool
            if grouping and not column.many and (table, column.name) not in _NOT:
                yield _of_column(table, column)


VARIABLES: dict[str, tuple[Variable, ...]] = {}
"""Every variable by name, with one entry per table that has it."""
for _each in _all():
    VARIABLES[_each.name] = (*VARIABLES.get(_each.name, ()), _each)


def named(name: str) -> tuple[Variable, ...]:
    """The variables of a name, one per table that has it.

    Raises:
        StudyError: There is none; the nearest name is given.
    """
    if name not in VARIABLES:
        raise StudyError(f"no variable {name!r}", hint=hint(name, VARIABLES) + " All of them: analysis variables")
    return VARIABLES[name]
