"""The command ``scan models``."""

from pathlib import Path

import click

from codebook import ledger, visit
from codebook.command import say, with_study
from codebook.errors import DoesNotHold, StudyError
from codebook.study import Study
from scan import gather
from scan.code import command as code
from scan.fetch.records import CONTENTS


@click.command()
@with_study
@click.option("--hub", "only", multiple=True, metavar="NAME", help="Only this [hubs.NAME]; repeatable.")
@click.option("--max-wait", default=900.0, show_default=True, metavar="SECONDS", help="Stop if a hub asks for more.")
@click.option("--from-raw", is_flag=True, help="Ask no hub; rebuild the tables from the raw records.")
@click.option("--tables", type=click.Path(path_type=Path, file_okay=False), help="With --from-raw: write them here.")
def models(study: Study, *, only: tuple[str, ...], max_wait: float, from_raw: bool, tables: Path | None) -> None:
    """List the models of the hubs in study.toml, with the criteria that each meets.

    Every answer of a hub is stored in raw/ before it is read. A command that was stopped, by whatever, goes on where
    it was when it is run again. The tables shards, models and model_files are made from the raw records. Nothing of a
    model is executed or imported.
    """
    if tables and not from_raw:
        raise StudyError("--tables needs --from-raw", hint="Add --from-raw, or leave --tables out.")
    if from_raw:
        _rebuild(study, tables)
    else:
        _list(study, only, max_wait)


def _list(study: Study, only: tuple[str, ...], max_wait: float) -> None:
    chosen = gather.registries(study, only)
    if not chosen:
        raise StudyError("study.toml names no hub", where=str(study.path), hint="Add a [hubs.NAME] section.")
    with ledger.run(study, gather.COMMAND, {"hub": list(only)}, sorted(only)) as run:
        if run.resumed:
            say(f"going on with {run.id}, begun {run.began}")
        problems = gather.fetch(run, chosen, max_wait)
        _report(gather.derive(study, run=run, whole=not problems))
        visit.raise_last(problems, say)


def _rebuild(study: Study, folder: Path | None) -> None:
    visit.must_have_raw(study, "scan", gather.COMMAND, study.settings.hubs)
    visit.must_have_raw(study, "scan", gather.FETCH, [f"{name}/{CONTENTS}" for name in study.settings.hubs])
    if folder:
        derived, answers = gather.derive(study, folder=folder), code.rebuilt(study, folder=folder)
    else:
        with ledger.run(study, "scan rebuild", {}) as run:
            _report(derived := gather.derive(study, run=run))
            answers = code.rebuilt(study, run=run)
    code.must_be_whole(study, answers)
    if derived.lost:
        raise DoesNotHold(
            f"{derived.lost} raw records or contents are damaged; the tables lack what they held",
            where=str(study.path / "raw" / "scan"),
            hint="Restore them from a backup, or run: scan models",
        )


def _report(derived: gather.Derived) -> None:
    say(f"{derived.models} models, {derived.files} files")
    if derived.incomplete:
        say(f"{derived.incomplete} of {derived.shards} shards are not complete; the table shards says why")
