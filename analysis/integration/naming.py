"""Which models a thread names: the repository that it stands in, and what its posts write as ``owner/name``."""

from collections.abc import Iterator

import duckdb

from codebook.study import Study

NAMED = r"[\w.-]+(?:/[\w.-]+)+"
"""What can be the name of a model in a text, or an address with one in it, as a regular expression (RE2).

What it finds in a text, set apart by spaces, has the same candidates as the text: nothing else of it is needed.
"""

_HERE = """
CREATE OR REPLACE TEMP TABLE model_names AS
SELECT model_id, platform, lower(owner || '/' || name) AS name FROM models WHERE role = 'listed'
"""

_MODELS = f"""
CREATE OR REPLACE TEMP TABLE thread_models AS
WITH paths AS (
    SELECT DISTINCT thread_id, unnest(regexp_extract_all(lower(body), '{NAMED}')) AS path FROM posts
    WHERE contains(body, '/') AND EXISTS (FROM models)
), parts AS (SELECT thread_id, string_split(path, '/') AS part FROM paths),
candidates AS (
    SELECT DISTINCT thread_id, unnest([part[i] || '/' || rtrim(part[i + 1], '.-') for i in range(1, len(part))]) AS name
    FROM parts
), found AS (
    SELECT thread_id, model_id, 'post' AS place FROM candidates JOIN model_names USING (name)
    UNION ALL
    SELECT thread_id, model_id, 'repository' FROM threads JOIN model_names
    ON name = lower(regexp_extract(native_id, '^([^/#]+/[^/#]+)#[^#]*$', 1))
    WHERE list_contains(?::VARCHAR[], site) AND list_contains(?::VARCHAR[], platform)
)
SELECT thread_id, model_id, string_agg(DISTINCT place, '; ' ORDER BY place) AS place FROM found
GROUP BY thread_id, model_id
"""  # noqa: S608 - a constant

_FINDINGS = """
CREATE OR REPLACE TEMP TABLE thread_findings AS
WITH files AS (
    SELECT DISTINCT thread_id, model_id, sha256 FROM thread_models JOIN model_files USING (model_id)
    WHERE sha256 IS NOT NULL AND coalesce(relevant, true)
)
SELECT thread_id, files.model_id, finding_id, tool, rule, cwe, severity, findings.sha256, line, run_id
FROM findings JOIN files USING (sha256) WHERE current
"""

KIND = "huggingface"
"""The kind of site where a discussion stands in the repository of a model, and of the hub that the model is on."""


def lay_out(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Make the temporary table ``thread_models(thread_id, model_id, place)``, one row per thread and model it names.

    ``place`` is ``repository`` for a discussion in the model's own repository on a site of kind ``huggingface``,
    ``post`` where a post has its ``owner/name``, alone or in an address, in capitals or not; or both. Candidates are
    taken out of each post once and looked up among the models. A name that several platforms have counts for each.
    Owners whose names were replaced by pseudonyms in posts are not found again.
    """
    sites = [name for name, site in study.settings.sources.items() if site.kind == KIND]
    con.execute(_HERE)
    con.execute(_MODELS, [sites, [KIND, *_platforms(con, study)]])


def lay_out_findings(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Make ``thread_findings`` as well: a row per thread, model that it names, and finding in a file that counts.

    A file counts if loading executes it, or if that is not known; findings are of the tools' last versions and rules.
    """
    lay_out(con, study)
    con.execute(_FINDINGS)


def _platforms(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """The platforms of models that came through a hub of the kind."""
    hubs = [name for name, hub in study.settings.hubs.items() if hub.kind == KIND]
    query = "SELECT DISTINCT platform FROM models WHERE list_contains(?::VARCHAR[], hub) ORDER BY platform"
    yield from (platform for (platform,) in con.execute(query, [hubs]).fetchall())


def notes(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """How many threads name a model, and how; after :func:`lay_out`."""
    for place, threads, models in con.execute(
        "SELECT place, count(DISTINCT thread_id), count(DISTINCT model_id) FROM thread_models GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        yield f"models named by {place}: {models}, in {threads} threads"
    (shared,) = con.execute(
        "SELECT count(*) FROM (SELECT name FROM model_names GROUP BY name HAVING count(*) > 1)"
    ).fetchall()[0]
    if shared:
        yield f"names that several models have (platforms, revisions), each counted: {shared}"
