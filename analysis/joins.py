"""How tables meet: every join is declared here, once.

Joined tables are joined by *every* condition that is declared between two of them. So a thread, its posts and a coding
of one post meet in that post only, whichever way the tables were reached.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from codebook.recoded import STANDING


@dataclass(frozen=True, slots=True)
class Join:
    """Two relations and the condition under which their rows belong together."""

    left: str
    right: str
    on: str


_SAME_UNIT = "{0}.unit_id = topics.unit_id OR {0}.unit_id = {0}.thread_id OR topics.unit_id = topics.thread_id"
"""A code and a topic meet in the unit that has both; what a whole thread has covers each of its posts."""


def _of_units(table: str) -> tuple[Join, Join]:
    """How a table of units, which may be threads or posts, meets threads and posts."""
    of_post = f"posts.thread_id = {table}.thread_id AND {table}.unit_id IN (posts.post_id, posts.thread_id)"
    return Join("threads", table, f"threads.thread_id = {table}.thread_id"), Join("posts", table, of_post)


JOINS = (
    Join("threads", "posts", "threads.thread_id = posts.thread_id"),
    Join("threads", "codings", "threads.thread_id = codings.thread_id"),
    Join("threads", "decisions", "threads.thread_id = decisions.thread_id"),
    Join("threads", "exclusions", "threads.thread_id = exclusions.thread_id"),
    Join("threads", "thread_labels", "threads.thread_id = thread_labels.thread_id"),
    Join("threads", "thread_matches", "threads.thread_id = thread_matches.thread_id"),
    Join(  # a code on a whole thread covers each of its posts, a code on a post that post only
        "posts",
        "codings",
        "posts.thread_id = codings.thread_id AND codings.unit_id IN (posts.post_id, posts.thread_id)",
    ),
    Join(
        "posts",
        "decisions",
        "posts.thread_id = decisions.thread_id AND decisions.unit_id IN (posts.post_id, posts.thread_id)",
    ),
    *_of_units("topics"),
    *_of_units("plan"),
    Join("codings", "topics", f"codings.thread_id = topics.thread_id AND ({_SAME_UNIT.format('codings')})"),
    Join("decisions", "topics", f"decisions.thread_id = topics.thread_id AND ({_SAME_UNIT.format('decisions')})"),
    Join(
        "codings",
        "plan",
        "codings.unit_id = plan.unit_id AND codings.coder = plan.coder AND codings.round = plan.round "
        "AND codings.arm = plan.arm",
    ),
    Join("decisions", "plan", "decisions.unit_id = plan.unit_id"),
    Join("threads", "matches", "threads.thread_id = matches.thread_id"),
    Join("posts", "matches", "posts.post_id = matches.post_id"),
    Join(
        "codings",
        "matches",
        "codings.thread_id = matches.thread_id AND codings.unit_id IN (matches.post_id, matches.thread_id)",
    ),
    Join(
        "decisions",
        "matches",
        "decisions.thread_id = matches.thread_id AND decisions.unit_id IN (matches.post_id, matches.thread_id)",
    ),
    Join("threads", "thread_platforms", "threads.thread_id = thread_platforms.thread_id"),
    Join("threads", "thread_levels", "threads.thread_id = thread_levels.thread_id"),
    Join(
        "thread_platforms",
        "thread_levels",
        "thread_platforms.thread_id = thread_levels.thread_id "
        "AND thread_platforms.platform IS NOT DISTINCT FROM thread_levels.platform",
    ),
    Join("threads", "thread_changes", "threads.thread_id = thread_changes.thread_id"),
    Join(
        "thread_platforms",
        "thread_changes",
        "thread_platforms.thread_id = thread_changes.thread_id AND thread_platforms.platform = thread_changes.platform",
    ),
    Join("threads", "thread_models", "threads.thread_id = thread_models.thread_id"),
    Join("threads", "thread_findings", "threads.thread_id = thread_findings.thread_id"),
    Join(
        "thread_models",
        "thread_findings",
        "thread_models.thread_id = thread_findings.thread_id AND thread_models.model_id = thread_findings.model_id",
    ),
    Join("models", "model_files", "models.model_id = model_files.model_id"),
    Join("models", "model_tags", "models.model_id = model_tags.model_id"),
    Join("models", "model_criteria", "models.model_id = model_criteria.model_id"),
    Join("model_files", "contents", "model_files.sha256 = contents.sha256"),
    Join("contents", "findings", "contents.sha256 = findings.sha256"),
    Join("contents", "outcomes", "contents.sha256 = outcomes.sha256"),
    Join("model_files", "findings", "model_files.sha256 = findings.sha256"),
    Join("model_files", "outcomes", "model_files.sha256 = outcomes.sha256"),
    Join("findings", "outcomes", "findings.sha256 = outcomes.sha256 AND findings.tool = outcomes.tool"),
)
"""Claims stand alone: threads meet what was in force on their date in ``thread_levels`` and ``thread_changes``, and
findings in the models that they name in ``thread_findings`` (:mod:`analysis.prepared`)."""


_KEYS = {
    "codings": ("unit_id", "coder", "round", "arm", "code", "start", "end", "annotation_id"),
    "decisions": ("unit_id", "code"),
}


ROWS = {"codings": f"({STANDING})", "decisions": "decisions"}
"""Where the rows with codes come from, as they stand behind ``FROM``."""


def _coded(table: str, rows: str) -> str:
    key = ", ".join(f"coalesce({table}.\"{column}\"::VARCHAR, '-')" for column in _KEYS[table])
    return f"""SELECT {table}.*, CASE WHEN {table}.code <> '' THEN concat_ws(chr(31), {key}) END AS coding_id,
        coalesce(codes.theme, nullif({table}.code, '')) AS theme
        FROM {rows} AS {table} LEFT JOIN codes ON {table}.code = codes.code"""  # noqa: S608 - only the two below come here


def _each(table: str, key: str, column: str, name: str) -> str:
    return f"""SELECT {key}, unnest(CASE WHEN len({column}) > 0 THEN {column} ELSE [NULL] END) AS {name}
        FROM {table}"""  # noqa: S608 - only the names below come here


def _of_threads(table: str, names: str) -> str:
    return f"""SELECT threads.thread_id, {names}, threads.run_id
        FROM threads LEFT JOIN {table} ON threads.thread_id = {table}.thread_id"""  # noqa: S608 - only the names below


_THREADS = """SELECT threads.* REPLACE (
        included AND thread_id NOT IN (SELECT thread_id FROM screened WHERE NOT screened.included) AS included
    ) FROM threads"""

RELATIONS = {
    "threads": _THREADS,
    **{table: _coded(table, rows) for table, rows in ROWS.items()},
    "thread_labels": _each("threads", "thread_id", "labels", "label"),
    "thread_matches": _each("threads", "thread_id", "matched_in", "place"),
    "thread_platforms": _of_threads("thread_platforms", "platform, parameter, package, why"),
    "thread_levels": _of_threads("thread_levels", "platform, level, strongest, claims"),
    "thread_models": _of_threads("thread_models", "model_id, place"),
    "model_tags": _each("models", "model_id", "tags", "tag"),
    "model_criteria": _each("models", "model_id", "criteria", "criterion"),
    "findings": "SELECT * FROM findings WHERE current",
    "outcomes": "SELECT * FROM outcomes WHERE current",
}
"""Relations that are more than a table: threads that count as included only if they were not screened out, codings
that stand with their theme, lists with one row per entry, and what each tool says in the version and with the rules
that were run last.

The theme of a code is in the relation ``codes(code, theme)``, which :func:`analysis.crosstab.pairs` makes.
"""


def connected(tables: Iterable[str]) -> tuple[str, ...] | None:
    """The tables with those that are needed to join them all; None if no joins do."""
    return _connected(tuple(dict.fromkeys(tables)))


@cache
def _connected(wanted: tuple[str, ...]) -> tuple[str, ...] | None:
    reached = list(wanted[:1])
    for table in wanted[1:]:
        path = _path(reached, table)
        if path is None:
            return None
        reached += [step for step in path if step not in reached]
    return tuple(reached)


def _path(start: list[str], goal: str) -> list[str] | None:
    """The shortest way from any of ``start`` to ``goal``."""
    ways = deque([[table] for table in start])
    seen = set(start)
    while ways:
        way = ways.popleft()
        if way[-1] == goal:
            return way
        for step in _neighbours(way[-1]):
            if step not in seen:
                seen.add(step)
                ways.append([*way, step])
    return None


def _neighbours(table: str) -> list[str]:
    return [j.right if j.left == table else j.left for j in JOINS if table in (j.left, j.right)]


def of_discussions(tables: Iterable[str]) -> bool:
    """Whether one of the tables says something about threads, so that only included ones may count."""
    return any(table == "threads" or "threads" in _neighbours(table) for table in tables)


def from_clause(tables: Iterable[str], instead: Mapping[str, str] | None = None) -> str:
    """The tables behind ``FROM``; ``instead`` has SQL in place of a relation, narrower or with fewer rows."""
    relations = RELATIONS | dict(instead or {})
    return ", ".join(f"({relations[t]}) AS {t}" if t in relations else t for t in tables)


def conditions(tables: Iterable[str]) -> list[str]:
    """Every condition that is declared between two of the tables."""
    present = set(tables)
    return [j.on for j in JOINS if {j.left, j.right} <= present]
