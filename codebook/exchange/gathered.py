"""What of a study goes into a project: the texts that coders were shown, and their codings."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from codebook import recoded
from codebook.exchange.project import Mark, Source, Value, Who
from codebook.rows import Coding, Quarantined, Recode, Thread, UnitOfCoding
from codebook.rows.shown import ShownText
from codebook.study import Study

Version = tuple[str, str]
"""A unit and the hash of what was shown."""


@dataclass
class Gathered:
    """The tables of a study, put together by unit; its texts stay on disk.

    Args:
        study: The study.
        threads: By id.
        thread_of: By unit, the thread that it belongs to and whether it is a thread or a post.
        marks: By unit and version of its text.
        users: Everybody who coded or was given something to code.
        without_text: Units whose text the study does not have, with how many codings they have.
        unknown: Codes that codings name and the codebook does not have, with how many do.
        replaced: Codings of readings that their coder has coded again since.
        waiting: Codings whose code was split, and that nobody has coded again.
        apart: Annotations that cannot stand as codings (table ``quarantine``).
    """

    study: Study
    threads: dict[str, Thread]
    thread_of: dict[Version, tuple[str, str]] = field(default_factory=dict)
    marks: dict[Version, list[Mark]] = field(default_factory=dict)
    users: set[Who] = field(default_factory=set)
    without_text: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    replaced: int = 0
    waiting: int = 0
    apart: int = 0

    @property
    def used(self) -> set[str]:
        """Ids of the codes that were given."""
        return {mark.code for marks in self.marks.values() for mark in marks} - {""}

    def by_thread(self) -> dict[str, list[Version]]:
        """The texts of each thread, all in order."""
        found: dict[str, list[Version]] = {}
        for version, (thread_id, _) in sorted(self.thread_of.items()):
            found.setdefault(thread_id, []).append(version)
        return dict(sorted(found.items()))

    def sources(self) -> Iterator[Source]:
        """The texts in order, read from disk one by one."""
        for row in self.study.read(ShownText):
            version = (row.unit_id, row.content_sha256)
            if version in self.thread_of:
                yield self._source(version, row.text)

    def _source(self, version: Version, text: str) -> Source:
        marks = (_within(mark, text) for mark in self.marks.get(version, ()))
        thread_id, kind = self.thread_of[version]
        thread = self.threads.get(thread_id)
        about: dict[str, Value] = {"unit_id": version[0], "thread_id": thread_id, "kind": kind}
        title = thread.title if thread else version[0]
        return Source(
            unit_id=version[0],
            thread_id=thread_id,
            content_sha256=version[1],
            name=title if kind == "thread" else f"{title} ({version[0].rpartition('/')[2]})",
            text=text,
            variables=about | {"content_sha256": version[1]} | variables(thread),
            marks=tuple({_what(mark): mark for mark in sorted(marks, key=_order)}.values()),
        )


def _within(mark: Mark, text: str) -> Mark:
    """A coding of the text; one of a passage that is not in it, as where words were erased, counts for the whole."""
    outside = mark.start is not None and not 0 <= mark.start < (mark.end or 0) <= len(text)
    return replace(mark, start=None, end=None) if outside else mark


def _what(mark: Mark) -> tuple[object, ...]:
    return (mark.who, mark.code, mark.start, mark.end)


def _order(mark: Mark) -> tuple[object, ...]:
    """Passages by where they stand, then whole texts."""
    return (mark.start is None, mark.start or 0, mark.end or 0, mark.who, mark.code, mark.memo or "")


def variables(thread: Thread | None) -> dict[str, Value]:
    """What analysts filter and compare by, of a thread; what is not known is not there."""
    if thread is None:
        return {}
    known: dict[str, Value | None] = {
        "source": thread.source,
        "item": thread.item,
        "url": thread.url,
        "title": thread.title,
        "state": thread.state,
        "created_at": thread.created_at,
        "year": thread.created_at.year if thread.created_at else None,
        "language": thread.language,
        "labels": ", ".join(thread.labels),
        "n_posts": thread.n_posts,
    }
    return {name: value for name, value in known.items() if value not in (None, "")}


def gather(study: Study) -> Gathered:
    """Put a study's tables together."""
    found = Gathered(study, {thread.thread_id: thread for thread in study.read(Thread)})
    there = {(row.unit_id, row.content_sha256) for row in study.read(ShownText)}
    seen: dict[tuple[str, Who], str] = {}
    for unit in study.read(UnitOfCoding):
        who = Who(unit.coder, unit.round, unit.arm)
        found.users.add(who)
        seen[unit.unit_id, who] = unit.content_sha256
        if (unit.unit_id, unit.content_sha256) in there:
            found.thread_of[unit.unit_id, unit.content_sha256] = (unit.thread_id, unit.kind)
        else:
            found.without_text[unit.unit_id] += 0
    replaced = recoded.replaced(study)
    found.waiting = sum((row.unit_id, row.coder, row.arm, row.round) not in replaced for row in study.read(Recode))
    found.apart = len({row.annotation_id for row in study.read(Quarantined)})
    for row in study.read(Coding):
        who = Who(row.coder, row.round, row.arm)
        found.users.add(who)
        if (row.unit_id, row.coder, row.arm, row.round) in replaced:
            found.replaced += 1
            continue
        version = (row.unit_id, seen.get((row.unit_id, who), ""))
        if version not in found.thread_of:
            found.without_text[row.unit_id] += 1
        elif row.code and row.code not in study.codebook.codes:
            found.unknown[row.code] += 1
        else:
            found.marks.setdefault(version, []).append(_mark(row, who))
    return found


def _mark(row: Coding, who: Who) -> Mark:
    return Mark(
        who=who,
        code=row.code,
        start=row.start,
        end=row.end,
        memo=row.memo,
        confidence=row.confidence,
        at=row.coded_at,
    )
