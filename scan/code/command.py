"""The command ``scan code``."""

from pathlib import Path

import click

from codebook import ledger, visit
from codebook.command import say, with_study
from codebook.errors import DoesNotHold, Missing, StudyError
from codebook.ledger import Run
from codebook.rows import Model
from codebook.study import Study
from scan.code import records
from scan.code.batches import Tool
from scan.code.cluster import Cluster
from scan.code.derive import ROWS, Answers
from scan.code.pool import Pool
from scan.code.running import Running, tools
from scan.sarif import kept
from scan.tools import SCANNERS

COMMAND = "scan code"


@click.command()
@with_study
@click.option("--hub", "hubs", multiple=True, metavar="NAME", help="Only models of this [hubs.NAME]; repeatable.")
@click.option("--tool", "named", multiple=True, metavar="NAME", help="Only this tool; repeatable.")
@click.option("--all", "every", is_flag=True, help="Every content that is kept, also what loading does not execute.")
@click.option("--again", is_flag=True, help="Try also what a tool has failed on in an earlier run.")
@click.option("--scheduler", metavar="ADDRESS", help="Run the batches on the Dask cluster of this scheduler.")
@click.option("--from-raw", is_flag=True, help="Run no tool; rebuild the tables from the raw records.")
@click.option("--tables", type=click.Path(path_type=Path, file_okay=False), help="With --from-raw: write them here.")
def code(
    study: Study,
    *,
    hubs: tuple[str, ...],
    named: tuple[str, ...],
    every: bool,
    again: bool,
    scheduler: str | None,
    from_raw: bool,
    tables: Path | None,
) -> None:
    """Let scanners look at the code that loading the models executes, and store what each says of each file.

    Each distinct content is looked at once by each tool in one version and with one set of rules, as a copy under a
    name of ours, by processes that are bounded in time, memory, disk and output. Nothing of it is executed, and no
    configuration or comment in it turns a tool off. The table outcomes says of every content what each tool did with
    it: scanned, failed, timed_out or skipped, and why.

    A command that was stopped, by whatever, goes on where it was when it is run again. Where batches run, here or on a
    cluster, changes nothing of what is found. A cluster runs what it is sent: use one on a network that you trust.
    """
    if tables and not from_raw:
        raise StudyError("--tables needs --from-raw", hint="Add --from-raw, or leave --tables out.")
    if from_raw:
        _rebuild(study, tables)
        return
    visit.must_be_named("hubs", study.settings.hubs, hubs)
    found, missing = tools(study, named)
    _must_be_listed(study)
    for error in missing.values():
        say(str(error))
    if found:
        settings = [sorted(hubs), sorted(named), every, again]
        arguments = {"hub": list(hubs), "tool": list(named), "all": every, "again": again}
        with ledger.run(study, COMMAND, arguments, settings) as run:
            _scan(Running(run, hubs, every, again), found, missing, scheduler or study.settings.scan.scheduler)
    _must_all_be_here(missing, named or tuple(study.settings.scan.tools), found)


def _scan(running: Running, found: list[Tool], missing: dict[str, Missing], scheduler: str) -> None:
    run = running.run
    if run.resumed:
        say(f"going on with {run.id}, begun {run.began}")
    _must_have_raw(run.study)
    with Cluster(scheduler) if scheduler else Pool(run.study.settings.scan.processes) as executor:
        running.scan(found, executor)
    for name, counts in running.counts.items():
        stored = bool(records.store_of(run.study, name).segments())
        run.notes[f"{records.FOLDER}/{name}"] = {"stored": stored} | dict(counts)
    run.notes["missing"] = {name: error.what for name, error in missing.items()}
    answers = derive(run.study, run=run)
    say(f"{answers.outcomes} outcomes, {answers.findings} findings")


def derive(study: Study, *, run: Run | None = None, folder: Path | None = None) -> Answers:
    """Write the tables of :data:`scan.code.derive.ROWS` from the raw records.

    Args:
        study: The study folder.
        run: Notes the hashes of the tables, if given.
        folder: Where to write instead of ``tables/``.
    """
    with Answers(study) as answers:
        for row_type in ROWS:
            if run and folder is None:
                run.write(row_type, answers.rows(row_type))
            else:
                study.write(row_type, answers.rows(row_type), folder)
    for sentence in answers.damage:
        say(sentence)
    return answers


def rebuilt(study: Study, *, run: Run | None = None, folder: Path | None = None) -> Answers | None:
    """The tables anew, if any tool has left raw records.

    Raises:
        StudyError: Raw records that a run has stored are gone.
    """
    _must_have_raw(study)
    return derive(study, run=run, folder=folder) if records.tools_with_records(study) else None


def must_be_whole(study: Study, answers: Answers | None) -> None:
    """Refuse to call tables whole that lack what damaged records held.

    Raises:
        DoesNotHold: Some are damaged.
    """
    if answers and answers.lost:
        raise DoesNotHold(
            f"{answers.lost} raw records are damaged; the tables lack what they held",
            where=str(study.path / "raw" / "scan" / records.FOLDER),
            hint="Restore them from a backup, or run: scan code",
        )


def _rebuild(study: Study, folder: Path | None) -> None:
    if not records.tools_with_records(study):
        raise StudyError("no tool has looked at anything yet", where="raw/scan/code", hint="First run: scan code")
    if folder:
        answers = rebuilt(study, folder=folder)
    else:
        with ledger.run(study, "scan rebuild", {"code": True}) as run:
            answers = rebuilt(study, run=run)
    if answers:
        say(f"{answers.outcomes} outcomes, {answers.findings} findings")
    must_be_whole(study, answers)


def _must_have_raw(study: Study) -> None:
    names = {name for line in ledger.runs(study) if line["command"] == COMMAND for name in line["notes"]}
    visit.must_have_raw(study, "scan", COMMAND, names - {"missing"})
    visit.must_have_raw(study, "scan", "scan import", [kept.FOLDER])


def _must_be_listed(study: Study) -> None:
    if not study.settings.hubs:
        raise StudyError("study.toml names no hub", where=str(study.path), hint="Add a [hubs.NAME] section.")
    if next(study.read(Model), None) is None:
        raise StudyError("no models are listed, so there is nothing to look at", hint="First run: scan models")


def _must_all_be_here(missing: dict[str, Missing], named: tuple[str, ...], found: list[Tool]) -> None:
    """Raise what keeps a tool that was asked for from running, or all of them."""
    absent = [name for name in missing if name in named]
    if absent:
        raise Missing(f"{', '.join(absent)}: not run, because it is not here", hint=str(missing[absent[0]]))
    if not found:
        raise Missing(f"none of {', '.join(SCANNERS)} is here", hint="pip install 'qualdev[scan]'")
