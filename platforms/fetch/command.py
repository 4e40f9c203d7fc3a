"""The command ``platforms fetch``."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from codebook import ledger, visit
from codebook.blobs import Blobs
from codebook.command import say, with_study
from codebook.errors import DoesNotHold, StudyError
from codebook.ledger import Run
from codebook.rows import Document, Release
from codebook.study import Study
from codebook.visit import Visit
from codebook.wire import Dialect, Wire
from platforms import packages
from platforms.derive import Derived, derive
from platforms.fetch import folders, pages
from platforms.fetch.errand import Asked, Errand
from platforms.fetch.index import Index, index_of
from platforms.fetch.records import DOCUMENTS, PAGES
from platforms.packages import Client

COMMAND = "platforms fetch"
_DIALECT = Dialect(json_only=False)


@click.command()
@with_study
@click.option("--package", "only", multiple=True, metavar="NAME", help="Only this one, and no documents; repeatable.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only releases of this day or later.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the newest N releases of a package.")
@click.option("--max-wait", default=900.0, show_default=True, metavar="SECONDS", help="Stop if a site asks for more.")
@click.option("--from-raw", is_flag=True, help="Ask nobody; rebuild the tables from the raw records.")
@click.option("--tables", type=click.Path(path_type=Path, file_okay=False), help="With --from-raw: write them here.")
def fetch(
    study: Study,
    *,
    only: tuple[str, ...],
    since: datetime | None,
    limit: int | None,
    max_wait: float,
    from_raw: bool,
    tables: Path | None,
) -> None:
    """Get the releases of the client packages in [platforms], and the documentation.

    Of every release, in the order of its versions, only the members of one archive are read that an extractor wants:
    of a wheel by requests for parts of it, else of the archive of sources. Nothing is installed, imported or executed,
    and no member is ever a file of its own name. Pages of [platforms.pages] and folders of [platforms].documents are
    kept with their hashes; one that has changed is a new document.

    A command that was stopped, by whatever, goes on where it was when it is run again. What was read before is not
    asked for again.
    """
    if tables and not from_raw:
        raise StudyError("--tables needs --from-raw", hint="Add --from-raw, or leave --tables out.")
    if from_raw:
        _rebuild(study, tables)
    else:
        _fetch(study, only, Asked(since.date() if since else None, limit), max_wait)


def _fetch(study: Study, only: tuple[str, ...], asked: Asked, max_wait: float) -> None:
    chosen, settings = packages.chosen(study, only), study.settings.platforms
    addresses = [] if only else pages.addresses(study)
    shelves = [] if only else settings.documents
    if not chosen and not addresses and not shelves:
        hint = "Add [platforms] with packages, pages or documents."
        raise StudyError("study.toml names nothing to get", where=str(study.path), hint=hint)
    since = asked.since.isoformat() if asked.since else None
    arguments = {"package": list(only), "since": since, "limit": asked.limit}
    with ledger.run(study, COMMAND, arguments, [sorted(only), since, asked.limit]) as run:
        if run.resumed:
            say(f"going on with {run.id}, begun {run.began}")
        problems = [*_packages(run, chosen, asked, max_wait)]
        problems += _documents(run, addresses, shelves, max_wait)
        _report(derive(study, run=run))
        visit.raise_last(problems, say)


def _packages(run: Run, chosen: dict[str, Client], asked: Asked, max_wait: float) -> Iterator[StudyError]:
    if not chosen:
        return
    index = index_of(run.study.settings.platforms.index)
    for name, client in chosen.items():
        problem = _visit(name, "releases", index.password).make(run, max_wait, _errand(run, name, client, index, asked))
        if problem:
            yield problem


def _errand(run: Run, name: str, client: Client, index: Index, asked: Asked) -> "partial[Iterator[str]]":
    return partial(Errand.run, Errand(name, client, index, Blobs.of(run.study, "platforms"), asked))


def _documents(run: Run, addresses: list[tuple[str, str]], shelves: list[str], max_wait: float) -> list[StudyError]:
    blobs, problems = Blobs.of(run.study, "platforms"), list[StudyError | None]()
    if addresses:
        made = _visit(PAGES, "pages", None)
        problems.append(made.make(run, max_wait, lambda wire: pages.fetch(wire, blobs, addresses)))
    if shelves:
        made = _visit(DOCUMENTS, "folders", None)
        problems.append(made.make(run, max_wait, lambda wire: _shelves(run.study, wire, blobs, shelves)))
    return [each for each in problems if each]


def _shelves(study: Study, wire: Wire, blobs: Blobs, shelves: list[str]) -> Iterator[str]:
    for name in shelves:
        folders.note(wire, name, folders.read(study.path / name, blobs))
        yield name


def _visit(name: str, unit: str, secret: str | None) -> Visit:
    return Visit(stage="platforms", name=name, base_url="", token=secret, dialect=_DIALECT, unit=unit)


def _rebuild(study: Study, folder: Path | None) -> None:
    visit.must_have_raw(study, "platforms", COMMAND, [*packages.chosen(study), PAGES, DOCUMENTS])
    if folder:
        derived = derive(study, folder=folder, again=True)
    else:
        with ledger.run(study, "platforms rebuild", {}) as run:
            _report(derived := derive(study, run=run, again=True))
    if derived.lost:
        raise DoesNotHold(
            f"{derived.lost} raw records are damaged; the tables lack what they held",
            where=str(study.path / "raw" / "platforms"),
            hint="Restore them from a backup, or run: platforms fetch",
        )


def _report(derived: Derived) -> None:
    say(f"{derived.rows[Release]} releases, {derived.rows[Document]} documents")
