"""What is counted of the table ``models``: repositories, each once, and what is known of each.

A repository is a platform, an owner and a name: found through two hubs, it is one. Those that are there only because
another model's loader takes code from them are left out. What nobody knows of a repository is never a "no".
"""

from dataclasses import dataclass

import duckdb

from analysis.interval import share
from codebook.render import Rows

TOTAL, ONCE = "total", "total, mirrors once"
"""The rows of the sums: every repository, and a mirror together with what it is a mirror of as one.

Such a one has what any of its repositories has. If none is known to have it, and of one that is not known, then it is
not known. In its row, ``mirrors`` counts those that have a mirror among them, also of an original that nobody listed.
"""

_REPOSITORIES = """
CREATE OR REPLACE TEMP VIEW repositories AS
SELECT platform, owner, name, bool_or(list_contains(criteria, 'tag')) AS tag,
       bool_or(list_contains(criteria, 'file_name')) AS file_name,
       bool_or(list_contains(criteria, 'openmmlab')) AS openmmlab, bool_or(len(criteria) > 0) AS published,
       bool_and(formats IS NULL) AND NOT bool_or(len(criteria) > 0) AS published_unknown,
       coalesce(bool_or(needs_custom_code), false) AS loader, bool_and(needs_custom_code IS NULL) AS loader_unknown,
       bool_or(mirror_of IS NOT NULL) AS is_mirror, max(formats) AS formats,
       list_distinct(flatten(list(tags))) AS tags,
       coalesce(max(mirror_of), platform || ':' || owner || '/' || name) AS original
FROM models WHERE role = 'listed' GROUP BY platform, owner, name
"""

_ORIGINALS = """
SELECT bool_or(tag) AS tag, bool_or(file_name) AS file_name, bool_or(openmmlab) AS openmmlab,
       bool_or(published) AS published, bool_or(published_unknown) AND NOT bool_or(published) AS published_unknown,
       bool_or(loader) AS loader, bool_or(loader_unknown) AND NOT bool_or(loader) AS loader_unknown,
       bool_or(is_mirror) AS is_mirror
FROM repositories GROUP BY original
"""

_CRITERIA = ("tag", "file_name", "openmmlab")

_COUNTED = (
    "count(*)",
    *(f"count(*) FILTER ({name})" for name in ("published", "published_unknown", *_CRITERIA, "loader")),
    *(f"count(*) FILTER ({name})" for name in ("loader_unknown", "is_mirror")),
)

_COUNTS = f"""
SELECT 0 AS place, platform, {", ".join(_COUNTED)} FROM repositories GROUP BY platform
UNION ALL SELECT 1, '{TOTAL}', {", ".join(_COUNTED)} FROM repositories
UNION ALL SELECT 2, '{ONCE}', {", ".join(_COUNTED)} FROM ({_ORIGINALS}) AS originals
ORDER BY place, platform
"""  # noqa: S608 - the constants above

COLUMNS = (
    "platform",
    "models",
    "published",
    "published_percent",
    "published_low",
    "published_high",
    "published_of_all",
    "tag",
    "file_name",
    "openmmlab",
    "published_unknown",
    "loader",
    "loader_percent",
    "loader_low",
    "loader_high",
    "loader_unknown",
    "mirrors",
)
"""Columns of :func:`platforms`: counts are repositories; percentages are of the row's, ``_of_all`` of those of all."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The repositories of one platform, or of all.

    ``published`` meet one of the published criteria at least, ``loader`` are those of which the platform's own loader
    would execute code; ``_unknown`` counts those of which that is not known.
    """

    platform: str
    models: int
    published: int
    published_unknown: int = 0
    tag: int | None = None
    file_name: int | None = None
    openmmlab: int | None = None
    loader: int | None = None
    loader_unknown: int = 0
    mirrors: int | None = None

    def row(self, of_all: int) -> dict[str, object]:
        """With percentages and 95 % intervals, under the names of :data:`COLUMNS`."""
        published = share(self.published, self.models, self.published_unknown)
        loader = share(self.loader, self.models, self.loader_unknown) if self.loader is not None else None
        values: dict[str, object] = {name: getattr(self, name, None) for name in COLUMNS}
        values |= {"published_percent": published.percent, "published_low": published.low}
        values |= {"published_high": published.high, "published_of_all": share(self.published, of_all).percent}
        if loader:
            values |= {"loader_percent": loader.percent, "loader_low": loader.low, "loader_high": loader.high}
        return values


def count(con: duckdb.DuckDBPyConnection) -> list[Counts]:
    """Counts per platform by name, then of all, then of all without mirrors; nothing if there is no model."""
    con.execute(_REPOSITORIES)
    found = [
        Counts(platform=row[1], **dict(zip(_NAMES, row[2:], strict=True))) for row in con.execute(_COUNTS).fetchall()
    ]
    return found if found and found[-2].models else []


_NAMES = ("models", "published", "published_unknown", *_CRITERIA, "loader", "loader_unknown", "mirrors")


def platforms(counted: list[Counts]) -> Rows:
    """The table of prevalence; the common denominator of each row is the sum over all platforms."""
    of_all = max((each.models for each in counted), default=0)  # a folder can name a platform as it likes, "total", too
    return [each.row(of_all) for each in counted]


OVERLAP = ("platform", "tag", "file_name", "openmmlab", "loader", "models")
"""Columns of :func:`overlap`."""

_OVERLAP = """
SELECT platform, tag, file_name, openmmlab, CASE WHEN NOT loader_unknown THEN loader END AS loader, count(*) AS n
FROM repositories WHERE published OR loader GROUP BY ALL ORDER BY platform, n DESC, tag, file_name, openmmlab, loader
"""


def overlap(con: duckdb.DuckDBPyConnection) -> Rows:
    """How many repositories meet exactly which criteria, of those that meet any; ``loader`` is None if unknown."""
    con.execute(_REPOSITORIES)
    return [dict(zip(OVERLAP, row, strict=True)) for row in con.execute(_OVERLAP).fetchall()]


FORMATS = ("platform", "formats", "models", "of", "percent", "low", "high")
"""Columns of :func:`formats`."""

_FORMATS = """
SELECT platform, coalesce(formats, 'unknown') AS formats, count(*), sum(count(*)) OVER (PARTITION BY platform)::BIGINT
FROM repositories GROUP BY platform, formats ORDER BY platform, formats = 'unknown', formats
"""


def formats(con: duckdb.DuckDBPyConnection) -> Rows:
    """Repositories by the formats of their weights; ``unknown`` where nobody listed all files."""
    con.execute(_REPOSITORIES)
    found = []
    rows = con.execute(_FORMATS).fetchall()
    unknown = {platform: n for platform, name, n, _ in rows if name == "unknown"}
    for platform, name, n, of in rows:
        part = share(n, of, 0 if name == "unknown" else unknown.get(platform, 0))
        values = (platform, name, n, of, part.percent, part.low, part.high)
        found.append(dict(zip(FORMATS, values, strict=True)))
    return found


TAGS = ("platform", "tag", "models", "of", "percent", "low", "high", "share_of_these")
"""Columns of :func:`tags`."""

_TAGS = """
WITH custom AS (SELECT platform, tags FROM repositories WHERE published),
whole AS (SELECT platform, count(*) AS n FROM custom GROUP BY platform),
one AS (SELECT platform, unnest(tags) AS tag FROM custom),
ranked AS (
    SELECT platform, tag, count(*) AS n, row_number() OVER (PARTITION BY platform ORDER BY count(*) DESC, tag) AS place
    FROM one GROUP BY platform, tag
)
SELECT platform, tag, ranked.n, whole.n, ranked.n / sum(ranked.n) OVER (PARTITION BY platform)
FROM ranked JOIN whole USING (platform) WHERE place <= ? ORDER BY platform, place
"""


def tags(con: duckdb.DuckDBPyConnection, top: int) -> Rows:
    """The commonest tags of the repositories that meet a published criterion.

    ``percent`` is of these repositories. ``share_of_these`` is of the occurrences of the tags that are shown, in
    percent, as the published figure has it; it says little, as it changes with their number.
    """
    con.execute(_REPOSITORIES)
    found = []
    for platform, tag, n, of, part in con.execute(_TAGS, [top]).fetchall():
        known = share(n, of)
        values = (platform, tag, n, of, known.percent, known.low, known.high, 100 * part)
        found.append(dict(zip(TAGS, values, strict=True)))
    return found
