"""The commands ``codebook diff`` and ``codebook migrate``."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from codebook import ledger
from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import DoesNotHold, StudyError
from codebook.rows import Coding
from codebook.study import Study
from codebook.themes import Codebook
from codebook.versions import recorded
from codebook.versions.differences import Difference, differences, proposed, unexplained
from codebook.versions.steps import number

_COLUMNS = ("code", "change", "before", "after", "explained_by")
_REBUILD = ("pull", "--from-raw")
"""How the stage that has codings rebuilds its tables; it is called as a command, so that this package imports none."""

_FORMS = """\b
Changes stand in codebook.yaml, each with the version that it leads to and, if you like, a date:
  changes:
    - {version: "1.1.0", add: ID}
    - {version: "1.1.0", rename: {from: OLD, to: NEW}}     or, of the name alone: rename: ID
    - {version: "1.1.0", move: {code: ID, under: ID}}      under: null makes it a theme
    - {version: "1.1.0", merge: {from: [ID, ID], into: ID}}
    - {version: "1.1.0", split: {from: ID, into: [ID, ID]}}
    - {version: "1.1.0", retire: ID}
    - {version: "1.1.0", reword: ID, date: 2026-03-01}
"""


@click.command()
@with_study
@click.argument("old", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--since", metavar="VERSION", help="The recorded version to compare with. Default: the newest.")
@shows_a_table
def diff(study: Study, *, old: Path | None, since: str | None, fmt: str, output: Path | None) -> None:
    """Show what changed in codebook.yaml since a recorded version, or since the file OLD, and what explains it.

    Versions are recorded by coding push, coding pull and codebook migrate. Exit status 1 if no typed change explains
    something; how these are written: codebook migrate --help.
    """
    if old and since:
        raise StudyError("OLD and --since exclude each other", hint="Give one of them.")
    before, now = Codebook.load(old) if old else _recorded(study, since), study.codebook
    found = differences(before, now)
    show([asdict(each) for each in found], _COLUMNS, fmt, output)
    if found and number(now.version) <= number(before.version):
        raise DoesNotHold(
            f"{len(found)} differences, and the version is still {now.version}",
            where="codebook.yaml",
            hint=f"Raise `version` above {before.version}; codebook diff then says which `changes:` are wanted.",
        )
    _must_be_explained(found, now.version)


def _recorded(study: Study, version: str | None) -> Codebook:
    known = recorded.chain(study)
    found = [book for book in known.books if version in (None, book.version)]
    if not found:
        versions = ", ".join(book.version for book in known.books)
        raise StudyError(
            f"version {version} of the codebook is not recorded" if versions else "no version is recorded yet",
            where=str(recorded.store(study).folder),
            hint=f"There are: {versions}." if versions else "Run: codebook migrate (or name a file to compare with).",
        )
    return found[-1]


def _must_be_explained(found: Sequence[Difference], version: str) -> None:
    """See that typed changes explain everything.

    Raises:
        DoesNotHold: They do not; what could be written was said.
    """
    lost = unexplained(found)
    if lost:
        say("under `changes:` could stand, unless it was a rename of the id, a merge or a split:")
        for line in dict.fromkeys(filter(None, map(proposed, lost))):
            say(f'  - {{version: "{version}", {line}}}')
        codes = sorted({each.code for each in lost})
        raise DoesNotHold(
            f"{len(lost)} of {len(found)} differences have no typed change: {', '.join(codes[:8])}",
            where="codebook.yaml",
            hint="Say what was done under `changes:`, with the version that it leads to.",
        )


@click.command(epilog=_FORMS)
@with_study
@click.option("--dry-run", is_flag=True, help="Show what would be done; record and change nothing.")
@shows_a_table
def migrate(study: Study, *, dry_run: bool, fmt: str, output: Path | None) -> None:
    """Record the new version of codebook.yaml and carry all codings over to it.

    The typed changes in it must explain every difference from the last recorded version (exit status 1 if not).
    Renamed and merged codes get their new id, codings of retired codes go to quarantine (who gave a unit no others has
    still read it: a coding with an empty code stays), those of split codes to the table recode: a person has to choose.
    Prints the differences and how many codings each code had.
    """
    found = recorded.check(study)
    counts = Counter(row.code for row in study.read(Coding))
    rows = [asdict(each) | {"codings": counts[_was(each)]} for each in found]
    show(rows, (*_COLUMNS, "codings"), fmt, output)
    _must_be_explained(found, study.codebook.version)
    if dry_run:
        say("nothing was recorded or changed")
        return
    with ledger.run(study, "codebook migrate", {"version": study.codebook.version}, study.codebook.version) as run:
        run.used(study.path / "codebook.yaml")
        new = recorded.record(study, run.id)
    say(f"codebook {study.codebook.version} {'is recorded' if new else 'was recorded before'}")
    _rebuild(study)


def _was(difference: Difference) -> str:
    """The id under which tables have the code so far."""
    return difference.before if difference.change == "new id" else difference.code


def _rebuild(study: Study) -> None:
    """Have the tables of codings rebuilt from their raw records, if there are any."""
    if not any((study.path / "raw" / "coding").glob("*/*.jsonl.gz")):
        return
    command = [sys.executable, "-P", "-m", "coding.cli", *_REBUILD, "--study", str(study.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    for line in done.stderr.splitlines():
        say(line)
    if done.returncode:
        raise StudyError(
            "the version is recorded, and the tables could not be rebuilt",
            where=str(study.path / "tables"),
            hint="Run: coding pull --from-raw",
        )
