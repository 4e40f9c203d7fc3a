"""What a reader of a crosstab has to know, said from the data."""

from collections.abc import Iterator

from analysis.crosstab import Crosstab, Pairs
from analysis.integration.about import inferred, strange
from analysis.joins import from_clause
from analysis.values import Value, label
from codebook.bringing import BROUGHT_BY
from codebook.harmless import one_line

_NAMED = 12

_TABLE = {
    "thread_labels": "threads",
    "thread_matches": "threads",
    "thread_platforms": "threads",
    "thread_levels": "in_force",
    "thread_changes": "in_force",
    "thread_models": "models",
    "thread_findings": "findings",
    "model_tags": "models",
    "model_criteria": "models",
}
"""Relations that are made of a table, and are empty without it."""


def notes(made: Pairs, table: Crosstab) -> Iterator[str]:
    """One sentence each: what is counted and out of what, where codes come from, why totals are smaller than sums."""
    yield _counted(made, table)
    if not table.n_all:
        yield _nothing(made, table)
    elif empty := _empty(made, table):
        yield f"no rows yet in: {', '.join(empty)}"
    if table.n_all and table.question.origin:
        yield from _codes(made, table)
    yield from _copies(made, table)
    if table.weighted:
        yield _weighted(table.weighted.outside, table)
    if {"thread_platforms", "thread_levels", "thread_changes"} & set(table.question.tables):
        yield from _platforms(made)
    if _overlap(table):
        yield f"a {table.question.unit.name} may have several values: totals are distinct, and smaller than sums"


def _counted(made: Pairs, table: Crosstab) -> str:
    question = table.question
    kind = question.unit.plural
    if "threads" in question.tables:
        kind = "included threads" if question.unit.name == "thread" else f"{kind} of included threads"
        kind = kind.replace("included threads", "threads, included or not") if question.every else kind
    if question.unit.name in ("model", "file") and "findings" in question.tables:
        kind = f"{kind} with findings"
    conditions = "".join(
        f", {c.variable.name} {'=' if c.equal else '!='} {one_line(c.value, 60) or '(none)'}"
        for c in question.conditions
    )
    return f"counted: {table.n_all} {kind}{conditions}{_left_out(made, table)}"


def _copies(made: Pairs, table: Crosstab) -> Iterator[str]:
    """How many of the counted models are copies of others: they are alike, and tests take each for itself."""
    if table.question.unit.name != "model":
        return
    (copies,) = made.con.execute(
        "SELECT count(DISTINCT unit) FROM pairs JOIN models ON model_id = unit WHERE mirror_of IS NOT NULL"
    ).fetchall()[0]
    if copies:
        yield f"models that mirror another by their platform, each counted and tested for itself: {copies}"


def _weighted(outside: int, table: Crosstab) -> str:
    """What weighted numbers are of."""
    are = "is" if outside == 1 else "are"
    left = f"; {outside} of the counted {table.question.unit.plural} {are} outside it" if outside else ""
    return f"weighted: units of the plan by their design weight{left}"


def _left_out(made: Pairs, table: Crosstab) -> str:
    """How many included threads have no row in the table that codes come from."""
    origin = table.question.origin
    if origin is None or table.question.unit.name != "thread":
        return ""
    included = "true" if table.question.every else "included"
    if not table.question.conditions and {*table.question.tables} == {"threads", origin}:
        (there,) = made.con.execute(
            f"SELECT count(*) FROM {from_clause(['threads'])} WHERE {included}"  # noqa: S608 - declared names, two fixed words
        ).fetchall()[0]
        return _without(there - table.n_all, origin)
    (left,) = made.con.execute(
        f"SELECT count(*) FROM {from_clause(['threads'])} "  # noqa: S608 - declared names, two fixed words each
        f"ANTI JOIN (SELECT DISTINCT thread_id FROM {origin}) AS coded USING (thread_id) WHERE {included}"
    ).fetchall()[0]
    return _without(left, origin)


def _without(left: int, origin: str) -> str:
    return f"; {left} without {origin} are not counted" if left else ""


def _nothing(made: Pairs, table: Crosstab) -> str:
    """Why nothing was counted."""
    if empty := _empty(made, table):
        return f"no rows yet in: {', '.join(empty)}"
    if "threads" in table.question.tables and not table.question.every:
        kept, found = made.con.execute("SELECT count(*) FILTER (included), count(*) FROM threads").fetchall()[0]
        if not kept:
            return f"all {found} threads are excluded; analysis flow says why, --all counts them"
    return "no row fulfils all of it"


def _empty(made: Pairs, table: Crosstab) -> list[str]:
    """The tables without rows that what was asked is made of, each with the command that brings it."""
    tables = dict.fromkeys(_TABLE.get(t, t) for t in table.question.tables)
    filled = made.con.execute(
        " UNION ALL ".join(f"(SELECT '{t}' FROM {from_clause([t])} LIMIT 1)" for t in tables)  # noqa: S608 - declared names
    ).fetchall()
    return [f"{t} ({BROUGHT_BY[t]})" for t in tables if (t,) not in filled]


def _platforms(made: Pairs) -> Iterator[str]:
    """By what threads count as about platforms, and what does not fit."""
    yield from inferred(made.con)
    yield from strange(made.con)
    if made.con.execute("SELECT 1 FROM thread_platforms LIMIT 1").fetchone() is None:
        yield "no thread is about a platform: say in study.toml, [analysis.platforms], which ones are"


def _codes(made: Pairs, table: Crosstab) -> Iterator[str]:
    if table.question.origin == "decisions":
        yield "codes are those of the decisions"
    else:
        decided = made.con.execute("SELECT count(*) FROM decisions").fetchall()[0][0]
        source = "the codings, not of the decisions" if decided else "the codings"
        yield f"codes are those of {source}: a unit has a code if at least one coder gave it"
    book = made.book
    for variable, values in ((table.question.rows, table.rows), (table.question.cols, table.cols)):
        if book and variable.of_codebook and not table.question.conditions:
            codes = book.themes() if variable.name == "theme" else book.leaves()
            active = [c.id for c in codes if c.status == "active"]
            unused: list[Value] = [c for c in active if c not in values]
            if unused:
                names = [one_line(label(variable, v, book), 60) for v in unused[:_NAMED]]
                more = f" and {len(unused) - _NAMED} more" if len(unused) > _NAMED else ""
                yield f"never used: {', '.join(names)}{more}"


def _overlap(table: Crosstab) -> bool:
    rows: dict[Value, int] = dict.fromkeys(table.rows, 0)
    cols: dict[Value, int] = dict.fromkeys(table.cols, 0)
    for (r, c), n in table.n.items():
        rows[r] += n
        cols[c] += n
    several = (rows[r] > table.row_n[r] for r in table.rows)
    return any(several) or any(cols[c] > table.col_n[c] for c in table.cols)
