"""The command ``scan fetch``."""

from collections.abc import Iterator
from functools import partial

import click

from codebook import ledger, visit
from codebook.blobs import Blobs
from codebook.command import say, with_study
from codebook.errors import StudyError
from codebook.ledger import Run
from codebook.study import Study
from codebook.visit import Visit
from codebook.wire import Wire
from scan import gather
from scan.derive.closures import Closures
from scan.derive.index import Index
from scan.derive.merge import models
from scan.fetch import records
from scan.fetch.errand import Errand, wanted
from scan.fetch.keep import Keeper
from scan.fetch.records import Contents
from scan.hub import Hub, Registry


@click.command()
@with_study
@click.option("--hub", "only", multiple=True, metavar="NAME", help="Only this [hubs.NAME]; repeatable.")
@click.option("--all", "every", is_flag=True, help="Of every model, also where nothing hints at code.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Of at most N models of a hub, in its order.")
@click.option("--max-wait", default=900.0, show_default=True, metavar="SECONDS", help="Stop if a hub asks for more.")
def fetch(study: Study, *, only: tuple[str, ...], every: bool, limit: int | None, max_wait: float) -> None:
    """Get code and configuration of the listed models, each at the commit that was listed; never weights.

    Of models that meet a published criterion, or whose loader executes code of theirs, or of which that is not known.
    What is wanted is told by names of files; largest_file, largest_model and most_files of [hubs.NAME] bound it. Each
    distinct content is kept once, by its hash, in raw/scan/blobs. Code that a model takes from another repository is
    followed there. The table model_files says of every file that could not be had why. Nothing is executed.

    A command that was stopped, by whatever, goes on where it was when it is run again.
    """
    chosen = gather.registries(study, only)
    _must_be_listed(study, chosen)
    settings = [sorted(only), every, limit]
    with ledger.run(study, gather.FETCH, {"hub": list(only), "all": every, "limit": limit}, settings) as run:
        if run.resumed:
            say(f"going on with {run.id}, begun {run.began}")
        problems = [each for each in (_visited(run, *one, max_wait, every, limit) for one in chosen) if each]
        derived = gather.derive(study, run=run, whole=not problems)
        say(f"{derived.models} models, {derived.files} files")
        visit.raise_last(problems, say)


def _must_be_listed(study: Study, chosen: list[tuple[Hub, Registry]]) -> None:
    if not chosen:
        raise StudyError("study.toml names no hub", where=str(study.path), hint="Add a [hubs.NAME] section.")
    for _, registry in chosen:
        if not study.raw("scan", registry.name).segments():
            raise StudyError(
                "no models are listed, so there is nothing to get",
                where=f"raw/scan/{registry.name}",
                hint="First run: scan models",
            )


def _visited(
    run: Run, hub: Hub, registry: Registry, max_wait: float, every: bool, limit: int | None
) -> StudyError | None:
    """Get what one hub has; what went wrong, if anything did."""
    if registry.kind == "folder":
        say(f"{registry.name}: contents were kept when it was listed")
        return None
    made = Visit(
        stage="scan",
        name=records.folder(registry),
        base_url=registry.base_url,
        token=registry.token,
        dialect=hub.dialect(registry),
        unit="models",
    )
    return made.make(run, max_wait, partial(_ask, run.study, hub, registry, every=every, limit=limit))


def _ask(study: Study, hub: Hub, registry: Registry, wire: Wire, *, every: bool, limit: int | None) -> Iterator[str]:
    store, blobs = study.raw("scan", registry.name), Blobs.of(study)
    finished = frozenset(line["run_id"] for line in ledger.runs(study) if line["status"] == "done")
    index = Index.of(hub, registry, store, finished)
    listed = models(hub, registry, store.pages(), index)
    keeper = Keeper(registry, wire, blobs, Contents.of(hub, registry, wire.store))
    with Closures(blobs, None) as closures:
        yield from Errand(hub, registry, wire, keeper, closures).run(wanted(registry, listed, every=every, limit=limit))
