"""The table ``audit``: what happened to codings in Label Studio between two pulls, from raw records alone.

Every pull is compared with the one before of the same project. What Label Studio's community edition does not keep
nobody can tell: of what happened several times between two pulls only the last is seen, and a deletion is told of the
task. It names an account where nothing else was done with the task since; else it cannot be told whose it was, and a
deletion by a stranger looks like one by the coder. A deletion counts: the coding leaves ``codings`` and stays here with
what it said, and whole in the raw records.

What an account that is not the coder's made or saved does not count either; it is in ``quarantine`` with its content.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any

from codebook.rows import Audited
from codebook.rows.audit import AuditEvent
from codebook.study import Study
from coding.audit.changes import Annotation, Compared, Touched, compare
from coding.kept import Kept, Tables
from coding.projects.label import Label
from coding.records import FoundPage, Pull, PushedUnit, Records


def tables(_study: Study, found: list[Records], kept: Kept) -> Tables:
    """The rows of ``audit``; see :data:`coding.derive.DERIVED`."""
    if not any(each.pulls for each in found):
        return []
    keyed: dict[tuple[object, ...], Audited] = {}
    for each in found:
        threads = {unit.unit_id: unit.thread_id for push in each.pushes for unit in push.units}
        for row in (*_of_pulls(each), *_of_pages(each), *_of_codebooks(each)):
            if kept.thread(row.unit_id) and kept.thread(threads.get(row.unit_id or "")):
                said = replace(row, before=kept.text(row.before), after=kept.text(row.after))
                keyed[tuple(getattr(row, name) for name in Audited.KEY)] = said
    return [(Audited, list(keyed.values()))]


@dataclass(frozen=True, slots=True)
class _Found:
    """Who found something, where and when; the rest of its row is what happened."""

    label: Label
    project: int
    run_id: str
    at: str
    not_before: str | None = None

    def row(self, event: AuditEvent, *, where: Iterable[int] = (), **values: Any) -> Audited:
        """A row; what is not given is null."""
        empty = dict.fromkeys(("own", "unit_id", "account", "at", "before", "after"))
        values = empty | values | {"at": _moment(values.get("at"))}
        place = self.label.place
        return Audited(
            event=event,
            project=self.project,
            coder=place.coder,
            purpose=place.purpose,
            round=place.round,
            arm=place.arm,
            annotation_id="/".join(map(str, (self.project, *where))),
            not_before=_moment(self.not_before),
            found_at=_moment(self.at) or datetime.min.replace(tzinfo=UTC),
            run_id=self.run_id,
            **values,
        )


def _of_pulls(known: Records) -> Iterator[Audited]:
    last: dict[str, Pull] = {}
    for pull in known.whole_pulls():
        before = last.get(pull.label.uid)
        yield from _Pulled(pull, before, known.tasks(pull)).rows(compare(known, before, pull))
        last[pull.label.uid] = pull


@dataclass(frozen=True, slots=True)
class _Pulled:
    """A pull, the one before, and the units that were pushed by the numbers of their tasks."""

    now: Pull
    before: Pull | None
    tasks: Mapping[int, PushedUnit]

    def rows(self, compared: Compared) -> Iterator[Audited]:
        """A row per thing that happened."""
        yield from (self._made(one) for one in compared.came if one.not_of(self.now.account) is not None)
        yield from (self._changed(old, one) for old, one in compared.changed)
        yield from (self._deleted(one, touched) for one, touched in compared.deleted)
        for task, lost in compared.tasks.items():
            unit = self.tasks.get(task)
            yield self._found.row("task deleted", where=(task,), unit_id=unit.unit_id if unit else None)
            for one in lost:
                where = (task, one.number)
                yield self._found.row("task deleted", where=where, unit_id=one.unit_id, before=one.brief())

    @property
    def _found(self) -> _Found:
        now, before = self.now, self.before
        return _Found(now.label, now.project, now.run_id, now.at, before.at if before else None)

    def _made(self, one: Annotation) -> Audited:
        return self._by("another account", one, after=one.brief())

    def _changed(self, old: Annotation, one: Annotation) -> Audited:
        same = (old.result, old.skipped) == (one.result, one.skipped)
        event: AuditEvent = "another account" if same and one.not_of(self.now.account) is not None else "edited"
        return self._by(event, one, before=old.brief(), after=one.brief())

    def _by(self, event: AuditEvent, one: Annotation, **values: str) -> Audited:
        stranger = one.not_of(self.now.account)
        account = self._email(self.now.account if stranger is None else stranger)
        who = {"own": stranger is None, "account": account, "at": one.saved_at}
        return self._found.row(event, where=(one.task, one.number), unit_id=one.unit_id, **who, **values)

    def _deleted(self, one: Annotation, touched: Touched | None) -> Audited:
        who: dict[str, Any] = {}
        if touched and touched.by is not None:
            own = touched.by == self.now.account
            who = {"own": own, "account": self._email(touched.by), "at": touched.at}
        where = (one.task, one.number)
        return self._found.row("deleted", where=where, unit_id=one.unit_id, before=one.brief(), **who)

    def _email(self, account: int) -> str:
        """Its address; its number where the server had it no more."""
        earlier = self.before.people if self.before else {}
        return self.now.people.get(str(account)) or earlier.get(str(account)) or f"account {account}"


def _of_pages(known: Records) -> Iterator[Audited]:
    """Pages that were changed by hand; one that was told and is still there is not told again."""
    last: dict[str, FoundPage] = {}
    for page in known.pages:
        before = last.get(page.label.uid)
        if before is None or before.put_right or before.config != page.config:
            pulls = [pull.at for pull in known.pulls if pull.label.uid == page.label.uid and pull.at < page.at]
            found = _Found(page.label, page.project, page.run_id, page.at, max(pulls, default=None))
            ours, theirs = page.label.page_sha256, sha256(page.config.encode()).hexdigest()
            yield found.row("page changed", before=_json(page_sha256=ours), after=_json(page_sha256=theirs))
        last[page.label.uid] = page


def _of_codebooks(known: Records) -> Iterator[Audited]:
    """Codebooks that were on a page as one version and were not the same."""
    told: set[tuple[str, str]] = set()
    seen = [(push.label, push.project, push.run_id, push.at) for push in known.pushes]
    seen += [(pull.label, pull.project, pull.run_id, pull.at) for pull in known.pulls]
    for label, project, run_id, at in sorted(seen, key=lambda one: one[3]):
        for one, other in pairwise(label.codebooks):
            edited = one.version == other.version and label.purpose != "screening"
            if edited and (label.uid, other.since) not in told:
                told.add((label.uid, other.since))
                values = [_json(version=each.version, sha256=each.sha256) for each in (one, other)]
                found = _Found(label, project, run_id, at, one.since)
                yield found.row("codebook edited", where=(), at=other.since, before=values[0], after=values[1])


def _json(**values: str) -> str:
    return json.dumps(values, sort_keys=True)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment and moment.tzinfo else None
