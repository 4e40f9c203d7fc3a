"""From the study's settings to raw pages and tables: the core of ``scan models``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from codebook import ledger, visit
from codebook.blobs import FOLDER, Blobs
from codebook.command import say
from codebook.errors import StudyError
from codebook.ledger import Run
from codebook.raw import RawStore
from codebook.study import Study
from codebook.visit import Visit
from codebook.wire import Wire
from scan import HUBS
from scan.derive import ROWS, Corpus, Gathered
from scan.derive.closures import Closures
from scan.derive.index import Index
from scan.fetch import records
from scan.hub import Earlier, Hub, Known, Registry

COMMAND = "scan models"

FETCH = "scan fetch"

RESERVED = (FOLDER, "code")
"""Folders of ``raw/scan`` that are no hub's: contents of files, and what tools said about them."""


def registries(study: Study, only: tuple[str, ...] = ()) -> list[tuple[Hub, Registry]]:
    """The hubs of ``study.toml``.

    Args:
        study: The study folder.
        only: Names of hubs; empty for all.

    Raises:
        StudyError: An unknown kind of hub, an unknown name, or a key that the kind does not know.
    """
    visit.must_be_named("hubs", study.settings.hubs, only)
    return [_registry(study, name) for name in study.settings.hubs if not only or name in only]


def _registry(study: Study, name: str) -> tuple[Hub, Registry]:
    section, origin = study.settings.hubs[name], study.source_origin("hubs", name)
    visit.must_be_served(study, "hubs", name, section, HUBS)
    if name in RESERVED:
        raise StudyError(
            f"a hub cannot be named {name!r}",
            where=f"study.toml:{origin.line(('hubs', name))}",
            hint="What is no hub lies in raw/scan under this name. Choose another one.",
        )
    hub = HUBS[section.kind]
    return hub, Registry(
        name=name,
        kind=section.kind,
        base_url=section.base_url,
        folder=study.path,
        token=visit.token_of(section),
        token_env=section.token_env,
        options=section.options_as(hub.Options, origin),
    )


def fetch(run: Run, chosen: list[tuple[Hub, Registry]], max_wait: float) -> list[StudyError]:
    """Bring the pages of every chosen hub into the raw store; one that fails does not keep the others from being asked.

    Returns:
        What went wrong, at most one error a hub.
    """
    problems = []
    for hub, registry in chosen:
        made = Visit(
            stage="scan",
            name=registry.name,
            base_url=registry.base_url,
            token=registry.token,
            dialect=hub.dialect(registry),
            unit="models",
        )
        problems.append(made.make(run, max_wait, partial(_ask, run, hub, registry)))
    return [problem for problem in problems if problem]


def _ask(run: Run, hub: Hub, registry: Registry, wire: Wire) -> Iterator[str]:
    earlier = Earlier(lambda: _past(run, hub, registry))
    return hub.fetch(registry, wire, earlier)


def _past(run: Run, hub: Hub, registry: Registry) -> Mapping[str, Known]:
    """What runs that were finished before ``run`` began have got: a run that goes on sees what it saw at first."""
    lines = (line for line in ledger.runs(run.study) if line["status"] == "done" and line["command"] == COMMAND)
    finished = frozenset(line["run_id"] for line in lines if line["at"] <= run.began)
    store = run.study.raw("scan", registry.name)
    return Index.of(hub, registry, store, finished, only_finished=True).known(store.at) if finished else {}


@dataclass(frozen=True, slots=True)
class Derived:
    """What the tables hold.

    Args:
        models: Rows of ``models``.
        files: Rows of ``model_files``.
        shards: Rows of ``shards``.
        incomplete: Those of them that are not complete.
        lost: Raw records and contents that are damaged; the tables lack what they held.
    """

    models: int
    files: int
    shards: int
    incomplete: int
    lost: int


def gathered(study: Study) -> Iterator[Gathered]:
    """Every hub of ``study.toml``, with its raw records."""
    for hub, registry in registries(study):
        at = study.raw("scan", registry.name), study.raw("scan", records.folder(registry))
        yield Gathered(hub, registry, *at)
    folder = study.path / "raw" / "scan"
    for left in sorted(folder.iterdir() if folder.exists() else ()):
        if left.name not in study.settings.hubs and RawStore(left).segments():
            say(f"raw/scan/{left.name} is left aside: study.toml has no [hubs.{left.name}]")


def derive(study: Study, *, run: Run | None = None, whole: bool = False, folder: Path | None = None) -> Derived:
    """Write the tables of ``scan.derive.ROWS`` from the raw records.

    Args:
        study: The study folder.
        run: Notes the hashes of the tables, if given.
        whole: The run has asked for everything and is about to be finished.
        folder: Where to write instead of ``tables/``.
    """
    finished = {line["run_id"] for line in ledger.runs(study) if line["status"] == "done"}
    if run and whole:
        finished.add(run.id)
    # Only a run that asks trusts what earlier ones have worked out: a rebuild is to show that it can be had again.
    memory = study.private / "closures.sqlite" if run and run.command in (COMMAND, FETCH) else None
    with Closures(Blobs.of(study), memory) as closures:
        corpus = Corpus(list(gathered(study)), frozenset(finished), closures)
        for row_type in ROWS:
            if run and folder is None:
                run.write(row_type, corpus.rows(row_type))
            else:
                study.write(row_type, corpus.rows(row_type), folder)
    for sentence in (*corpus.damage, *closures.damaged.values()):
        say(sentence)
    lost = corpus.lost + len(closures.damaged)
    return Derived(corpus.models, corpus.files, corpus.shards, corpus.incomplete, lost)
