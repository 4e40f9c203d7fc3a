"""The chain of a project's pulls: each end of a pull names, by hash, the end before it and every record between.

So it covers all that was stored of the project: a record that was changed, removed or put elsewhere no longer is what
the next end names. The hash of a record is that of its whole line (``zcat *.jsonl.gz | head -1 | sha256sum``). What the
chain cannot show, a chain that was cut off or made anew, the run ledger shows: every run of ``coding pull`` has the
hashes of the last ends in its line. Nobody but a copy of ``runs.jsonl``, as in version control, tells whether both were
replaced.

``collect forget`` changes records on purpose. It mends the chain and leaves a record that names every hash it replaced
and the run that did it; the audit says so. What those records said before, nobody can verify any more. Whoever can
write into the study's folder could forge such a record, too; the audit lists every one, with its run and its time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from codebook import ledger
from codebook.raw import Page, RawStore, record_sha256
from codebook.rewriting import MOVED
from codebook.study import Study
from coding import records
from coding.records import Records, uid_of

NOTE = "last_ends"
"""Where a run of ``coding pull`` has the hash of the last end per project, in the ledger."""

_FORGETS = "collect forget"
"""The only command that may rewrite records."""


def link(known: Records, uid: str) -> dict[str, Any]:
    """What the next end of a pull is to say of the records before it.

    Returns:
        ``previous``, the hash of the last end or None, and ``records``, hash and request of every record behind it.
    """
    pages = [known.store.at(place) for place in known.tails.get(uid, ())]
    previous = record_sha256(pages.pop(0)) if pages and _is_end(pages[0]) else None
    return {"previous": previous, "records": [[record_sha256(page), page.request] for page in pages]}


def head(known: Records, uid: str) -> str:
    """The hash of a project's last end."""
    return record_sha256(known.store.at(known.tails[uid][0]))


@dataclass(frozen=True, slots=True)
class Break:
    """A place at which a chain does not hold, one sentence."""

    where: str
    what: str


@dataclass
class Chain:
    """What the records of one project show.

    Args:
        uid: The project's own id.
        project: Whose it is, and its number on the server.
        linked: Pulls that are links.
        before: Pulls of versions that made no links.
        ends: Hashes of all ends.
        waiting: Hashes of the records behind the last end, and where each lies.
        breaks: Where it does not hold.
    """

    uid: str
    project: str = ""
    linked: int = 0
    before: int = 0
    ends: list[str] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)

    def take(self, page: Page, where: str) -> None:
        """Follow the chain to its next record."""
        sha = record_sha256(page)
        if not _is_end(page):
            self.waiting.append((sha, where))
            return
        values = page.json()
        self.project = f"{values['label']['coder']}, project {values['project']}"
        chain = values.get("chain")
        if chain is None:
            self._unlinked(where)
        else:
            self._linked(chain, where)
        self.ends.append(sha)
        self.waiting = []

    def _unlinked(self, where: str) -> None:
        self.before += 1
        if self.linked:
            self.breaks.append(Break(where, "the end of a pull names no records, though those before it do"))

    def _linked(self, chain: Mapping[str, Any], where: str) -> None:
        self.linked += 1
        previous = self.ends[-1] if self.ends else None
        if chain["previous"] != previous:
            self.breaks.append(
                Break(where, "the pull before this one was changed or removed, or does not stand in its place")
            )
        self.breaks += _compared(chain["records"], self.waiting, where)


def _compared(named: list[list[str]], found: list[tuple[str, str]], where: str) -> Iterator[Break]:
    """What is wrong with the records between two ends."""
    there = [sha for sha, _ in found]
    expected = [sha for sha, _ in named]
    for sha, request in named:
        if sha not in there:
            yield Break(where, f"a record before it was changed or removed: {request}")
    for sha, at in found:
        if sha not in expected:
            yield Break(at, "a record that the pull behind it does not name: it was changed, or added later")
    if expected != there and sorted(expected) == sorted(there):
        yield Break(where, "the records before it are not in the order in which they were stored")


@dataclass
class Verified:
    """The chains of one coder's raw store.

    Args:
        coder: Whose.
        chains: By project.
        moved: Old and new hashes, from every rewriting.
        rewritings: The run of every rewriting, when, and how many hashes it replaced.
        damage: Places that cannot be read; not what a crash cut while it was written.
    """

    coder: str
    chains: dict[str, Chain] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    rewritings: list[tuple[str, str, int]] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)

    def now(self, sha: str) -> str:
        """The hash that a record has today which once had this one."""
        for _ in self.rewritings:
            sha = self.moved.get(sha, sha)
        return sha


def follow(coder: str, store: RawStore) -> Verified:
    """Follow the chains of one raw store."""
    verified = Verified(coder)
    for (segment, start), page in store.places():
        if page.request == MOVED:
            moved = page.json()
            verified.moved |= moved
            verified.rewritings.append((page.run_id, page.fetched_at, len(moved)))
        elif uid := uid_of(page):
            verified.chains.setdefault(uid, Chain(uid)).take(page, f"{coder}/{segment} at byte {start}")
    verified.damage = [sentence for sentence in store.damage if ": damaged at" in sentence]
    return verified


def verify(study: Study) -> tuple[list[Verified], list[Break]]:
    """Verify all chains of a study against its raw records and its ledger.

    Returns:
        What was found by coder, and every place where something does not hold; none if all is as it came.
    """
    found = [follow(coder, store) for coder, store in records.stores(study).items()]
    breaks = [each for one in found for chain in one.chains.values() for each in chain.breaks]
    breaks += [Break(f"raw/coding/{one.coder}", damage) for one in found for damage in one.damage]
    return found, [*breaks, *_not_in_the_ledger(study, found), *_not_in_raw(study, found)]


def _not_in_the_ledger(study: Study, found: list[Verified]) -> Iterator[Break]:
    known = (*ledger.runs(study), *ledger.open_runs(study))
    runs = {line["run_id"] for line in known if line["command"] == _FORGETS}
    for one in found:
        for run_id, at, _ in one.rewritings:
            if run_id not in runs:
                where = f"raw/coding/{one.coder}"
                what = f"records were rewritten at {at} by a run that is no {_FORGETS} of runs.jsonl ({run_id})"
                yield Break(where, what)


def _not_in_raw(study: Study, found: list[Verified]) -> Iterator[Break]:
    ends = {one.coder: {sha for chain in one.chains.values() for sha in chain.ends} for one in found}
    today = {one.coder: one for one in found}
    for line in ledger.runs(study):
        for coder, named in line.get("notes", {}).get(NOTE, {}).items():
            for sha in named:
                if coder not in today or today[coder].now(sha) not in ends[coder]:
                    yield Break(f"raw/coding/{coder}", f"the end of a pull is missing that {line['run_id']} stored")


def _is_end(page: Page) -> bool:
    return page.request.startswith("PULL ") and page.path.endswith("/end")
