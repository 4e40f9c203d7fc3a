"""The tables of what platforms do, made from raw records and contents alone: pure, and without any network."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from codebook.command import say
from codebook.ledger import Run
from codebook.raw import RawStore
from codebook.rows import Claim, Disagreement, Document, InForce, Release, Row
from codebook.study import Study
from platforms import EVIDENCE, disagreements, documentation, in_force, packages, reviews
from platforms.documents import KeptDocument, documents
from platforms.extract.claims import claims as code_claims
from platforms.fetch.records import DOCUMENTS, PAGES, RESERVED, Package
from platforms.kept import KeptRelease, of_package


@dataclass
class Sources:
    """What tables are made of.

    Args:
        study: The study folder.
        memory: Where an extractor may remember what it has read of a content; None in a rebuild, which is to show
            that everything can be had again.
    """

    study: Study
    memory: Path | None = None

    def __post_init__(self) -> None:
        self.damage: dict[str, None] = {}
        """What could not be read, one sentence per place."""
        self.lost = 0
        """How many raw records are damaged."""

    @cached_property
    def releases(self) -> tuple[KeptRelease, ...]:
        """All releases: by package, oldest version first, also those that were not read."""
        found = list[KeptRelease]()
        for name, client in packages.chosen(self.study).items():
            store = self.study.raw("platforms", name)
            package = Package.of(name, store.pages())
            self._note(store)
            found += of_package(self.study, client, package)
        return tuple(found)

    @cached_property
    def documents(self) -> tuple[KeptDocument, ...]:
        """All documents, by their ids."""
        for name in (PAGES, DOCUMENTS):
            store = self.study.raw("platforms", name)
            for _ in store.pages():
                pass
            self._note(store)
        return tuple(documents(self.study))

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """What code and documentation claim, with what reviewers said of it."""
        remembered = self.memory and self.memory / "skeletons.sqlite"
        found = [*code_claims(self.releases, EVIDENCE, remembered), *documentation.claims(self.documents)]
        known = reviews.read(self.study) if self.newest_run else []
        return tuple(reviews.applied(found, known, self.newest_run or ""))

    @property
    def newest_run(self) -> str | None:
        """The run that the newest of these rows is of; None if there are none."""
        runs = {row.release.run_id for row in self.releases} | {row.document.run_id for row in self.documents}
        return max(runs, key=lambda run: (int(run.rpartition("-")[2]), run), default=None)

    def _note(self, store: RawStore) -> None:
        self.damage |= dict.fromkeys(f"{store.folder.name}: {line}" for line in store.damage)
        self.lost += store.lost


def _releases(sources: Sources) -> Iterator[Row]:
    return (each.release for each in sources.releases)


def _documents(sources: Sources) -> Iterator[Row]:
    return (each.document for each in sources.documents)


def _claims(sources: Sources) -> Iterable[Row]:
    return sources.claims


def _in_force(sources: Sources) -> Iterator[Row]:
    return in_force.intervals(sources.claims, [each.release for each in sources.releases])


def _disagreements(sources: Sources) -> Iterator[Row]:
    return disagreements.found(sources.claims)


MADE: dict[type[Row], Callable[[Sources], Iterable[Row]]] = {
    Release: _releases,
    Document: _documents,
    Claim: _claims,
    InForce: _in_force,
    Disagreement: _disagreements,
}
"""The tables that are made here, in the order of the work."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What the tables hold.

    Args:
        rows: How many, by the row class of their table.
        lost: Raw records that are damaged; the tables lack what they held.
    """

    rows: dict[type[Row], int]
    lost: int


def derive(study: Study, *, run: Run | None = None, folder: Path | None = None, again: bool = False) -> Derived:
    """Write every table of :data:`MADE`.

    Args:
        study: The study folder.
        run: Notes the hashes of the tables, if given.
        folder: Where to write instead of ``tables/``.
        again: Remember nothing; the tables are to show that they can be had from the raw records alone.
    """
    sources = Sources(study, None if again else study.private)
    _say_what_is_left_aside(study)
    counts = dict[type[Row], int]()
    for row_type, make in MADE.items():
        rows = list(make(sources))
        counts[row_type] = len(rows)
        if run and folder is None:
            run.write(row_type, rows)
        else:
            study.write(row_type, rows, folder)
    for sentence in sources.damage:
        say(sentence)
    return Derived(counts, sources.lost)


def _say_what_is_left_aside(study: Study) -> None:
    folder, named = study.path / "raw" / "platforms", packages.chosen(study)
    for left in sorted(folder.iterdir() if folder.exists() else ()):
        if left.name not in named and left.name not in RESERVED and RawStore(left).segments():
            say(f"raw/platforms/{left.name} is left aside: [platforms].packages does not name it")
