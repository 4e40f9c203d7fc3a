"""The command ``scan``."""

from pathlib import Path

from codebook.blobs import Blobs
from codebook.command import say, show, shows_a_table, stage, with_study
from codebook.study import Study
from scan.fetch.command import fetch
from scan.models import models

COLUMNS = (
    "tool",
    "tool_version",
    "rules_hash",
    "files",
    "scanned",
    "clean",
    "with_findings",
    "failed",
    "timed_out",
    "skipped",
    "no_outcome",
)

_STATUS = """
WITH known AS (
    SELECT DISTINCT sha256 FROM model_files WHERE sha256 IS NOT NULL UNION SELECT sha256 FROM outcomes
), hit AS (
    SELECT DISTINCT tool, sha256, true AS found FROM findings
), done AS (
    SELECT tool, tool_version, rules_hash, count(*) AS outcomes, count(*) FILTER (status = 'scanned') AS scanned,
           count(*) FILTER (status = 'scanned' AND found IS NULL) AS clean,
           count(*) FILTER (status = 'failed') AS failed, count(*) FILTER (status = 'timed_out') AS timed_out,
           count(*) FILTER (status = 'skipped') AS skipped
    FROM outcomes LEFT JOIN hit USING (tool, sha256) GROUP BY tool, tool_version, rules_hash
)
SELECT tool, tool_version, rules_hash, files, scanned, clean, scanned - clean AS with_findings, failed, timed_out,
       skipped, files - outcomes AS no_outcome
FROM done, (SELECT count(*) AS files FROM known) ORDER BY tool, tool_version, rules_hash
"""

_FILES = """
SELECT count(DISTINCT model_id), count(DISTINCT sha256), count(*) FILTER (sha256 IS NULL AND problem IS NOT NULL),
       count(*) FILTER (sha256 IS NULL AND problem IS NULL)
FROM model_files
"""


@stage
def cli(*, debug: bool) -> None:
    """Models of several platforms, and what scanners did with their code.

    Running scanners is not in this version yet; status shows the outcomes that are in the tables of the study.
    """


@cli.command()
@shows_a_table
@with_study
def status(study: Study, fmt: str, output: Path | None) -> None:
    """Files by tool and outcome: scanned, failed, timed out, skipped, or not looked at.

    Files are distinct contents (SHA-256). A file is clean only if the tool scanned it and found nothing; a file that
    the tool has not scanned is never clean.
    """
    with study.connect() as con:
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in con.execute(_STATUS).fetchall()]
        ((models, files, unread, unasked),) = con.execute(_FILES).fetchall()
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
    if rows or fmt != "text":
        show(rows, COLUMNS, fmt, output)


cli.add_command(models)
cli.add_command(fetch)


if __name__ == "__main__":
    cli(prog_name="scan")
