"""The command ``scan status``: files by tool and outcome; a file that was not scanned is never clean."""

from pathlib import Path

import click
import duckdb

from codebook import ledger
from codebook.blobs import Blobs
from codebook.command import say, show, shows_a_table, with_study
from codebook.study import Study

COLUMNS = (
    "tool",
    "tool_version",
    "rules_hash",
    "current",
    "files",
    "scanned",
    "clean",
    "with_findings",
    "failed",
    "timed_out",
    "skipped",
    "not_applicable",
    "no_outcome",
)

_STATUS = """
WITH known AS (
    SELECT DISTINCT sha256 FROM model_files WHERE sha256 IS NOT NULL AND relevant IS DISTINCT FROM false
    UNION SELECT sha256 FROM outcomes
), hit AS (
    SELECT DISTINCT tool, tool_version, rules_hash, sha256, true AS found FROM findings
), done AS (
    SELECT tool, tool_version, rules_hash, bool_or("current") AS newest, count(*) AS outcomes,
           count(*) FILTER (status = 'scanned') AS scanned,
           count(*) FILTER (status = 'scanned' AND found IS NULL) AS clean,
           count(*) FILTER (status = 'failed') AS failed, count(*) FILTER (status = 'timed_out') AS timed_out,
           count(*) FILTER (status = 'skipped' AND applies) AS skipped,
           count(*) FILTER (status = 'skipped' AND NOT applies) AS not_applicable
    FROM outcomes LEFT JOIN hit USING (tool, tool_version, rules_hash, sha256) GROUP BY tool, tool_version, rules_hash
)
SELECT tool, tool_version, rules_hash, newest, files, scanned, clean, scanned - clean AS with_findings, failed,
       timed_out, skipped, not_applicable, files - outcomes AS no_outcome
FROM done, (SELECT count(*) AS files FROM known) ORDER BY tool, newest DESC, tool_version, rules_hash
"""

_FILES = """
SELECT count(DISTINCT model_id), count(DISTINCT sha256), count(*) FILTER (sha256 IS NULL AND problem IS NOT NULL),
       count(*) FILTER (sha256 IS NULL AND problem IS NULL)
FROM model_files
"""

_BROKEN = """
SELECT tool, path, rules, problem FROM rule_files
SEMI JOIN (SELECT DISTINCT tool, rules_hash FROM outcomes WHERE "current") USING (tool, rules_hash)
WHERE problem IS NOT NULL ORDER BY tool, path
"""

_REASONS = """
SELECT tool, status, reason, count(*) AS files FROM outcomes
WHERE "current" AND applies AND status <> 'scanned'
GROUP BY tool, status, reason ORDER BY files DESC, tool, status, reason LIMIT 10
"""


@click.command()
@shows_a_table
@with_study
def status(study: Study, fmt: str, output: Path | None) -> None:
    """Files by tool and outcome: scanned, failed, timed out, skipped, or not looked at.

    Files are distinct contents (SHA-256): those that loading executes or may execute, and all that a tool was given. A
    file is clean only if the tool scanned it and found nothing; a file that the tool has not scanned is never clean.
    not_applicable are files of a kind that the tool does not look at. current says which version and rules of a tool
    were run last; other tables count these.
    """
    with study.connect() as con:
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in con.execute(_STATUS).fetchall()]
        ((models, files, unread, unasked),) = con.execute(_FILES).fetchall()
        told = list(_told(con))
    if not rows and not files:
        say("nothing has been scanned into this study")
    elif not rows:
        say(f"{files} files of {models} models, none of them scanned yet")
    if kept := Blobs.of(study).count():
        say(f"{kept} contents are kept")
    if unasked:
        say(f"{unasked} files were not asked for: weights, and what scan fetch has not got yet")
    if unread:
        unseen = "so no tool has seen them; model_files says what went wrong"
        say(f"{unread} files of which nobody has the content, {unseen}")
    for line in (*told, *_missing(study)):
        say(line)
    if rows or fmt != "text":
        show(rows, COLUMNS, fmt, output)


def _told(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Rules that are not in use, and why files were not scanned."""
    broken = [
        f"{tool}: {path}: {rules} rules of it are in use, others not or not as they stand: {problem}"
        for tool, path, rules, problem in con.execute(_BROKEN).fetchall()
    ]
    reasons = [
        f"{tool}: {files} files {word.replace('_', ' ')}: {reason or 'no reason given'}"
        for tool, word, reason, files in con.execute(_REASONS).fetchall()
    ]
    return broken + reasons


def _missing(study: Study) -> list[str]:
    """The tools that the last run did not find."""
    runs = [line for line in ledger.runs(study) if line["command"] == "scan code"]
    missing = runs[-1]["notes"].get("missing", {}) if runs else {}
    return [f"{name} did not run in {runs[-1]['run_id']}: {why}" for name, why in sorted(missing.items())]
