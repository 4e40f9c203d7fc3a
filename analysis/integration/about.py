"""Which platform a thread is about: as the study says, and by a keyword that is a switch of one platform alone."""

from collections.abc import Iterator

import duckdb

from analysis.joins import from_clause
from analysis.spelling import hint
from codebook.harmless import one_line
from codebook.mechanisms import CALL
from codebook.study import Study

GATE = "execution gate"
"""The mechanism whose levels and changes threads are joined with."""

INFERRED = "switch"
"""What ``why`` begins with where the study says nothing, and one platform alone has a switch of the keyword's name."""

_INFERRED = f"""
INSERT INTO about_said
SELECT min(platform), '{INFERRED}', parameter FROM in_force
WHERE parameter IN (SELECT unnest(?::VARCHAR[])) AND parameter NOT IN (FROM (SELECT value FROM about_said
    WHERE kind = 'keyword'))
GROUP BY parameter HAVING count(DISTINCT platform) = 1
"""  # noqa: S608 - a constant

_PLACES = """
CREATE OR REPLACE TEMP TABLE thread_places AS
SELECT thread_id, site, source,
       nullif(lower(regexp_extract(native_id, '^(.+)#[^#]*$', 1)), '') AS repository,
       replace(regexp_extract(repository, '[^/]+$'), '_', '-') AS package
FROM threads
"""

_PAIRS = f"""
CREATE OR REPLACE TEMP TABLE thread_abouts AS
WITH found AS (
    SELECT thread_id, platform, about_said.rowid AS said FROM thread_places JOIN about_said
    ON (kind = 'site' AND value IN (site, source))
    UNION ALL SELECT thread_id, platform, about_said.rowid FROM thread_places JOIN about_said
    ON lower(value) = repository AND kind = 'repository'
    UNION ALL SELECT thread_id, platform, about_said.rowid FROM matches JOIN about_said
    ON value = keyword AND kind IN ('keyword', '{INFERRED}')
), gates AS (
    SELECT DISTINCT platform, lower(replace(package, '_', '-')) AS name, package, parameter FROM in_force
    WHERE mechanism = '{GATE}' AND NOT contains(symbol, '{CALL}')
), named AS (
    SELECT thread_id, platform, min(keyword) AS parameter FROM matches JOIN gates ON parameter = keyword
    GROUP BY thread_id, platform HAVING count(DISTINCT keyword) = 1
), own AS (
    SELECT DISTINCT thread_id, gates.platform, gates.package FROM thread_places
    JOIN gates ON name = thread_places.package
)
SELECT found.thread_id, found.platform, min(named.parameter) AS parameter, min(own.package) AS package,
       list(said) AS said
FROM found LEFT JOIN named USING (thread_id, platform) LEFT JOIN own USING (thread_id, platform)
GROUP BY found.thread_id, found.platform
"""  # noqa: S608 - constants

_PLATFORMS = """
CREATE OR REPLACE TEMP VIEW thread_platforms AS
SELECT thread_id, platform, parameter, package,
       array_to_string(list_sort(list_distinct(list_transform(said, lambda n: reasons[n + 1]))), '; ') AS why
FROM thread_abouts CROSS JOIN (
    SELECT list(kind || ' ' || value ORDER BY rowid) AS reasons FROM about_said
)
"""
"""Reasons are put in words only where they are read."""

_KNOWN = """
CREATE OR REPLACE TEMP TABLE about_known AS
SELECT 'site' AS kind, site AS value FROM thread_places UNION SELECT 'site', source FROM thread_places
UNION SELECT 'repository', repository FROM thread_places WHERE repository IS NOT NULL
UNION SELECT 'platform', platform FROM models UNION SELECT 'platform', platform FROM claims
UNION SELECT 'platform', platform FROM in_force
"""

_STRANGE = f"""
WITH named AS (
    SELECT DISTINCT platform, 'platform' AS kind, platform AS value FROM about_said WHERE kind <> '{INFERRED}'
    UNION SELECT platform, kind, value FROM about_said WHERE kind <> '{INFERRED}'
)
SELECT platform, kind, value FROM named SEMI JOIN about_known USING (kind)
ANTI JOIN (SELECT kind, lower(value) AS value FROM about_known) AS known
ON known.kind = named.kind AND known.value = lower(named.value) ORDER BY ALL
"""  # noqa: S608 - a constant


def lay_out(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Make the temporary relations ``thread_platforms`` and ``about_said``; a second call makes them again.

    ``thread_platforms(thread_id, platform, parameter, package, why)`` has a row per thread and platform that it is
    about. ``why`` says why; ``parameter`` is the one switch of the platform's gates that is a keyword found in the
    thread, null if there is none or several; ``package`` the client package in whose own repository it stands.
    ``about_said(platform, kind, value)`` is what it went by: ``[analysis.platforms]``, and for keywords of which that
    says nothing the platform, if one alone has a gate with that switch.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE about_said (platform VARCHAR, kind VARCHAR, value VARCHAR)")
    said = [
        (platform, kind, value)
        for platform, about in study.settings.analysis.platforms.items()
        for kind, values in (("site", about.sites), ("repository", about.repositories), ("keyword", about.keywords))
        for value in dict.fromkeys(values)
    ]
    if said:
        con.executemany("INSERT INTO about_said VALUES (?, ?, ?)", said)
    con.execute(_INFERRED, [study.settings.study.keywords])
    con.execute(_PLACES)
    con.execute(_PAIRS)
    con.execute(_PLATFORMS)
    _lay_out_known(con, study)


def _lay_out_known(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Make the temporary table ``about_known(kind, value)``: what ``[analysis.platforms]`` may name."""
    con.execute(_KNOWN)
    settings = study.settings
    more = {
        "site": settings.sources,
        "keyword": settings.study.keywords,
        "platform": [*settings.hubs, *settings.platforms.names],
    }
    for kind, values in more.items():
        con.execute("INSERT INTO about_known SELECT ?, unnest(?::VARCHAR[])", [kind, list(values)])


def inferred(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Keywords by which threads count as about a platform though the study does not say so; after :func:`lay_out`."""
    for platform, keyword in con.execute(
        "SELECT platform, value FROM about_said WHERE kind = ? ORDER BY ALL", [INFERRED]
    ).fetchall():
        yield f"threads with {keyword} count as about {platform}: no other platform has a gate with that switch"


def notes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """How threads came to a platform, and which did not; after :func:`lay_out`."""
    yield from inferred(con)
    (without, of), *_ = con.execute(
        "SELECT count(*) FILTER (thread_id NOT IN (SELECT thread_id FROM thread_platforms)), count(*) "  # noqa: S608 - a declared name
        f"FROM {from_clause(['threads'])} WHERE included"
    ).fetchall()
    if without:
        yield f"threads that are about no platform by study.toml, [analysis.platforms]: {without} of {of}"
    if not study.settings.analysis.platforms:
        yield "study.toml does not say which threads are about which platform: [analysis.platforms]"
    yield from strange(con)


def strange(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Names of ``[analysis.platforms]`` that the study does not have, each with the nearest; after :func:`lay_out`.

    Where there is nothing of a kind yet, for example no table that has platforms, no name of it is strange.
    """
    for platform, kind, value in con.execute(_STRANGE).fetchall():
        there = con.execute("SELECT value FROM about_known WHERE kind = ? ORDER BY value", [kind]).fetchall()
        names = "is a platform" if kind == "platform" else f"names the {kind} {one_line(value, 100)}"
        nearest = hint(value, (each for (each,) in there))
        yield f"[analysis.platforms.{one_line(platform, 100)}] {names} that the study does not have. {nearest}"
