"""What is asked of the tables: rows, columns, unit and conditions, resolved to relations and their joins."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Literal

from analysis import units
from analysis.joins import connected, of_discussions
from analysis.spelling import hint
from analysis.units import UNITS, WEIGHED, Unit
from analysis.variables import Variable, named
from codebook import tables
from codebook.errors import StudyError
from codebook.study import Study

Origin = Literal["codings", "decisions"]


@dataclass(frozen=True, slots=True)
class Condition:
    """``NAME=VALUE`` or ``NAME!=VALUE``: what a counted row must, or must not, say."""

    variable: Variable
    equal: bool
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """A crosstab that can be counted.

    Args:
        rows: The variable of the rows.
        cols: The variable of the columns.
        layers: The variable of the layers: the table is counted for each of its values, too.
        unit: What is counted.
        conditions: What every counted row must fulfil.
        tables: The relations that are joined, all of them connected.
        every: Also threads that are excluded.
        origin: Which table codes come from; None if the question is not about codes.
        weighted: Whether units count by the design weights of the plan, too.
    """

    rows: Variable
    cols: Variable
    unit: Unit
    conditions: tuple[Condition, ...]
    tables: tuple[str, ...]
    every: bool
    origin: Origin | None
    layers: Variable | None = None
    weighted: bool = False

    @property
    def sides(self) -> dict[str, Variable]:
        """The variables by the column of the table ``pairs`` that holds their values."""
        sides = {"r": self.rows, "c": self.cols}
        return sides | {"l": self.layers} if self.layers else sides

    @property
    def parts(self) -> tuple[dict[str, Variable], ...]:
        """The variables that stand in one row together, for each of those that a unit has in whatever rows.

        One part with all, unless two are of the codebook (codes beside themes) or are the same: each of these has a
        part of its own, with all others.
        """
        sides, names = self.sides, [v.name for v in self.sides.values()]
        apart = [side for side, v in sides.items() if v.of_codebook]
        if len(apart) < 2:  # noqa: PLR2004 - two at least
            apart = [side for side, v in sides.items() if names.count(v.name) > 1]
        rest = {side: v for side, v in sides.items() if side not in apart}
        return tuple({side: sides[side], **rest} for side in apart) or (sides,)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every variable of the question."""
        return (*self.sides.values(), *(c.variable for c in self.conditions))

    @property
    def needs_codebook(self) -> bool:
        """Whether codes or themes are asked for."""
        return any(v.of_codebook for v in self.variables)

    @property
    def key(self) -> str:
        """SQL expression that identifies the counted unit."""
        return next(sql for table, sql in self.unit.keys.items() if table in self.tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user typed, unresolved.

    Args:
        rows: Name of the variable of the rows.
        cols: Name of the variable of the columns.
        unit: Name of a unit; None for the usual one.
        where: Conditions ``NAME=VALUE`` and ``NAME!=VALUE``.
        every: Also threads that are excluded.
        origin: ``codings`` or ``decisions``; None for decisions if there are any.
        level: Read ``theme`` and ``code`` among rows, columns and layers as this one.
        layers: Name of the variable of the layers, if there are to be any.
        weighted: Also count by the design weights of the plan.
    """

    rows: str
    cols: str
    unit: str | None = None
    where: tuple[str, ...] = ()
    every: bool = False
    origin: Origin | None = None
    level: Literal["theme", "code"] | None = None
    layers: str | None = None
    weighted: bool = False


def resolve(study: Study, asked: Asked) -> Question:
    """Find the tables that answer a question.

    Raises:
        StudyError: A name is misspelt, or no join connects what is asked for.
    """
    sides = _at_level(asked)
    parsed = [_condition(text) for text in asked.where]
    names = [*sides, *(name for name, _, _ in parsed)]
    unit = _unit(asked.unit)
    for origin in _origins(study, asked.origin):
        found = _joined(names, unit, origin)
        if found:
            variables, tables = found
            pairs = zip(variables[len(sides) :], parsed, strict=True)
            every = asked.every or any(v.name == "included" or v.table == "exclusions" for v in variables)
            return Question(
                rows=variables[0],
                cols=variables[1],
                layers=variables[2] if asked.layers else None,
                unit=_weighable(unit or units.usual(tables), asked),
                weighted=asked.weighted,
                conditions=tuple(Condition(v, equal, value) for v, (_, equal, value) in pairs),
                tables=tables,
                every=every,
                origin=origin if origin in tables else None,
            )
    raise _unconnected(names, unit, asked.origin)


def _at_level(asked: Asked) -> list[str]:
    """The names of rows, columns and layers."""
    names = [asked.rows, asked.cols, *([asked.layers] if asked.layers else [])]
    if asked.level is None:
        return names
    if not {"theme", "code"} & set(names):
        raise StudyError(
            f"--level {asked.level} needs theme or code as rows or columns",
            hint=f"For example: analysis crosstab {asked.level} source",
        )
    return [asked.level if name in ("theme", "code") else name for name in names]


def _weighable(unit: Unit, asked: Asked) -> Unit:
    """The unit; what is no part of a discussion was not drawn, and has no weight."""
    if asked.weighted and unit.name not in WEIGHED:
        raise StudyError(
            f"--weighted counts what the plan draws from, and no {unit.plural}",
            hint=f"Leave --weighted out, or count with --unit {', '.join(WEIGHED)}.",
        )
    return unit


def _condition(text: str) -> tuple[str, bool, str]:
    parts = re.fullmatch(r"([^=!]+)(!?=)(.*)", text, re.DOTALL)
    if not parts:
        raise StudyError(
            f"--where {text!r} is not NAME=VALUE or NAME!=VALUE", hint="For example: --where source=github"
        )
    return parts[1].strip(), parts[2] == "=", parts[3].strip()


def _unit(name: str | None) -> Unit | None:
    if name is None:
        return None
    if name not in UNITS:
        raise StudyError(f"no unit {name!r}", hint=hint(name, UNITS))
    return UNITS[name]


def _origins(study: Study, forced: Origin | None) -> tuple[Origin, ...]:
    """Where codes may come from, the preferred table first; the other one serves what only it has."""
    if forced:
        return (forced,)
    path = study.table("decisions")
    decided = path.exists() and _has_rows(path, path.stat().st_ino, path.stat().st_mtime_ns)
    return ("decisions", "codings") if decided else ("codings", "decisions")


@lru_cache(maxsize=8)
def _has_rows(path: Path, _inode: int, _changed: int) -> bool:
    """Whether a table has any; looked at once per file, as a report asks for every crosstab."""
    with tables.connect(path.parent) as con:
        return con.execute(f"SELECT 1 FROM {tables.parquet(path)} LIMIT 1").fetchone() is not None  # noqa: S608 - a path


def _joined(names: list[str], unit: Unit | None, origin: Origin) -> tuple[Sequence[Variable], tuple[str, ...]] | None:
    """The choice of variables that needs the fewest tables, and these tables."""
    barred = "codings" if origin == "decisions" else "decisions"
    homes = [[v for v in named(name) if v.table != barred] for name in names]
    keys: Iterable[str | None] = [t for t in unit.keys if t != barred] if unit else [None]
    best: tuple[Sequence[Variable], tuple[str, ...]] | None = None
    for variables, key in product(product(*homes), keys):
        wanted = [v.table for v in variables] + ([key] if key else [])
        wanted += ["threads"] if of_discussions(wanted) else []
        wanted += ["models"] if {"model_tags", "model_criteria"} & set(wanted) else []
        tables = connected(wanted)
        if tables and (best is None or len(tables) < len(best[1])):
            best = variables, tables
    return best


def _unconnected(names: list[str], unit: Unit | None, origin: Origin | None) -> StudyError:
    places = " and ".join(
        f"{name!r} ({', '.join(dict.fromkeys(v.table for v in named(name)))})" for name in dict.fromkeys(names)
    )
    counted = f", counted by {unit.name}" if unit else ""
    taken = f" with codes from {origin}" if origin else ""
    return StudyError(
        f"no join connects {places}{counted}{taken}",
        hint="Discussions, models with their findings, and claims are three groups of tables; stay in one. Of threads "
        "there are level_in_force, model_cwe and the like, too. All variables with their tables: analysis variables",
    )
