"""What every table of this room counts: repositories, their files, and what each tool did with each file.

A repository is a platform, an owner and a name: found through two hubs, it is one. A file is a path of it; it counts if
loading executes it, or if that is not known and its content is kept. So all tools have one denominator. A file that a
tool has not scanned, for whatever reason, is never clean; only what is not its kind of file does not concern it.
"""

import duckdb

_ONCE = """
CREATE OR REPLACE TEMP VIEW model_places AS SELECT model_id, model_id AS place FROM models;
CREATE OR REPLACE TEMP VIEW places AS
SELECT model_id AS place, platform, platform || ':' || owner || '/' || name AS repository,
       coalesce(mirror_of, repository) AS original, role = 'listed' AS listed
FROM models;
CREATE OR REPLACE TEMP VIEW files_that_count AS
SELECT model_id AS place, path, sha256 FROM model_files
WHERE coalesce(relevant, sha256 IS NOT NULL) {more}
"""
"""Where every repository is there once, its model is its place."""

_AGAIN = """
CREATE OR REPLACE TEMP VIEW model_places AS
SELECT model_id, min(model_id) OVER (PARTITION BY platform, owner, name) AS place FROM models;
CREATE OR REPLACE TEMP VIEW places AS
SELECT min(model_id) AS place, platform, platform || ':' || owner || '/' || name AS repository,
       max(coalesce(mirror_of, repository)) AS original, bool_or(role = 'listed') AS listed
FROM models GROUP BY platform, repository;
CREATE OR REPLACE TEMP VIEW files_that_count AS
SELECT DISTINCT place, path, sha256 FROM model_files JOIN model_places USING (model_id)
WHERE coalesce(relevant, sha256 IS NOT NULL) {more}
"""
"""Where one is there twice, its files may repeat; the first of its models is its place."""

_KEPT = "OR sha256 IN (SELECT sha256 FROM contents)"

_TWICE = "SELECT count(*) > count(DISTINCT platform || ':' || owner || '/' || name) FROM models"

_FILES = """
CREATE OR REPLACE TEMP TABLE risk_files AS
SELECT platform, repository, original, path, sha256, code_lines
FROM files_that_count JOIN places USING (place) LEFT JOIN contents USING (sha256)
"""

_FOUND = """
CREATE OR REPLACE TEMP TABLE risk_found AS
SELECT platform, repository, original, risk_files.path, risk_files.code_lines, findings.*
FROM (SELECT * EXCLUDE (path, model_id, run_id) FROM findings WHERE current AND sha256 IS NOT NULL) AS findings
JOIN risk_files USING (sha256)
UNION ALL BY NAME
SELECT models.platform, models.platform || ':' || models.owner || '/' || models.name AS repository,
       coalesce(models.mirror_of, repository) AS original, findings.* EXCLUDE (model_id, run_id)
FROM findings JOIN models USING (model_id) WHERE current AND findings.sha256 IS NULL
"""

_SEEN = """
CREATE OR REPLACE TEMP TABLE risk_seen AS
WITH tools AS (
    SELECT tool FROM outcomes WHERE current UNION SELECT tool FROM risk_found
), hits AS (
    SELECT tool, repository, path, count(*) AS findings, count(*) FILTER (suppressed_by_author) AS suppressed
    FROM risk_found GROUP BY tool, repository, path
), last AS (SELECT DISTINCT ON (tool, sha256) tool, sha256, status, applies FROM outcomes WHERE current)
SELECT tool, platform, repository, original, path, sha256, code_lines, coalesce(findings, 0) AS findings,
       coalesce(suppressed, 0) AS suppressed,
       CASE WHEN NOT applies THEN 'other' WHEN status = 'scanned' THEN 'scanned' ELSE 'not_scanned' END AS state
FROM tools CROSS JOIN risk_files LEFT JOIN last USING (tool, sha256) LEFT JOIN hits USING (tool, repository, path)
UNION ALL
SELECT tool, platform, repository, original, path, NULL, NULL, count(*),
       count(*) FILTER (suppressed_by_author), 'other'
FROM risk_found ANTI JOIN risk_files USING (repository, path) SEMI JOIN risk_files USING (repository)
GROUP BY tool, platform, repository, original, path
"""


def lay_out(con: duckdb.DuckDBPyConnection, *, every: bool = False) -> int:
    """Make the temporary tables ``risk_files``, ``risk_found`` and ``risk_seen``.

    ``risk_files`` has a row per file that counts. ``risk_found`` has a row per finding and file that has it, of the
    version and the rules of each tool that were run last; imported results about files that nobody has are in it, too.
    ``risk_seen`` has a row per tool and file, with its findings and a state: scanned, not_scanned, or other, if it is
    no kind of file that the tool looks at: also one that nobody has, and that an imported result is about.

    Args:
        con: A connection to the study.
        every: Count all files that are kept, also those that loading does not execute.

    Returns:
        How many files count.
    """
    files = lay_out_files(con, every=every)
    con.execute(_FOUND)
    con.execute(_SEEN)
    return files


def lay_out_files(con: duckdb.DuckDBPyConnection, *, every: bool = False) -> int:
    """Make the temporary table ``risk_files`` only, for what need not know every single finding.

    Args:
        con: A connection to the study.
        every: As for :func:`lay_out`.

    Returns:
        How many files count.
    """
    define_files(con, every=every)
    con.execute(_FILES)
    ((files,),) = con.execute("SELECT count(*) FROM risk_files").fetchall()
    return int(files)


def define_files(con: duckdb.DuckDBPyConnection, *, every: bool = False) -> None:
    """Make the temporary views ``places``, ``model_places`` and ``files_that_count``: ``risk_files``, not yet joined.

    ``places(place, platform, repository, original, listed)`` has a row per repository; ``listed`` says whether a hub
    listed it, or only the code of others leads to it. ``model_places(model_id, place)`` has a row per model, and
    ``files_that_count(place, path, sha256)`` one per file that counts.

    Args:
        con: A connection to the study.
        every: As for :func:`lay_out`.
    """
    ((twice,),) = con.execute(_TWICE).fetchall()
    con.execute((_AGAIN if twice else _ONCE).format(more=_KEPT if every else ""))
