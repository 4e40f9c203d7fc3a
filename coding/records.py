"""The raw records of this stage: what was pushed to each coder, and what each pull brought.

One raw store per coder, ``raw/coding/<coder>/``, with these kinds of records:

``PUSH /<coder>/<uid>/units``
    Units that are in the project from this record on.
``CHANGED /<coder>/<uid>/units``
    Units in the project whose text has changed since, by the last push: all of them, with the hash of the new text.
``PULL /<coder>/<uid>/tasks?from=N&to=M``
    Label Studio's own export of the annotated tasks with ids N to M, byte for byte. One that is the same
    as one before is not stored again.
``PULL /<coder>/<uid>/heads?from=N&to=M``
    All tasks of the project with ids N to M: number, when and by whose account it was touched last. Stored as exports.
``PULL /<coder>/<uid>/end``
    The end of a pull: by hash, the exports and heads that together are the project at that moment, and everything that
    decides how they are read (the coder's account, the codes of the codebook). A pull that was stopped has no such
    record, and so is none. It is a link of a chain, see ``coding.audit.chain``.
``FOUND /<coder>/<uid>/page``
    A labelling page that is not the one that the toolkit gave the project.
``LEFT /<coder>``: what the coder does no more, see :mod:`coding.projects.left`.

The last pull whose exports are all there is the one that counts. Tables come from these records alone: neither a server
nor ``codebook.yaml`` is asked, so a codebook that changed since the pull changes nothing until the next pull.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from codebook.raw import Page, RawStore
from codebook.study import Study
from coding.arms.offer import Suggested, by_unit, of_record
from coding.projects.label import Label, Place

_STAGE = "coding"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedUnit:
    """A unit that a coder was given; the hash is that of the text shown."""

    unit_id: str
    thread_id: str
    kind: str
    content_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Units that came into a project by one run, and the numbers of their tasks on the server, where known.

    What was ``suggested`` for units was shown to the coder, or withheld if the project's arm is plain.
    """

    label: Label
    project: int
    units: tuple[PushedUnit, ...]
    run_id: str
    tasks: Mapping[str, int] = field(default_factory=dict)
    suggested: Suggested = field(default_factory=dict)
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A project at one moment.

    Args:
        label: Whose it is.
        project: Its number on the server.
        account: Id of the coder's account.
        codes: Every code of the codebook at that moment: ``leaf``, ``inner``, ``retired``, ``proposed``.
        exports: Hashes of the exports, in the order of the tasks.
        heads: Hashes of the lists of tasks; None in records of earlier versions.
        people: E-mail addresses of the accounts that did something in the project, by id.
        chain: What makes it a link, see :func:`coding.audit.chain.link`; None in records of earlier versions.
        pushes: How many pushes were recorded before it, of all the coder's projects.
        run_id: The run that pulled.
        at: When the pull ended (ISO 8601, UTC).
    """

    label: Label
    project: int
    account: int
    codes: Mapping[str, str]
    exports: tuple[str, ...]
    heads: tuple[str, ...] | None = None
    people: Mapping[str, str] = field(default_factory=dict, compare=False)
    chain: Mapping[str, Any] | None = field(default=None, compare=False)
    pushes: int = field(default=0, compare=False)
    run_id: str = field(default="", compare=False)
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """A labelling page that somebody changed by hand.

    Args:
        label: Whose project it is.
        project: Its number on the server.
        config: The page that was found.
        put_right: Whether the toolkit's own page took its place at once.
        run_id: The run that found it.
        at: When (ISO 8601, UTC).
    """

    label: Label
    project: int
    config: str
    put_right: bool
    run_id: str = ""
    at: str = ""


@dataclass
class Records:
    """Everything that one coder's raw store says."""

    store: RawStore
    pushes: list[Push] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    pages: list[FoundPage] = field(default_factory=list)
    left: Sequence[str] = ()
    changes: dict[str, dict[str, str]] = field(default_factory=dict)
    """By project, the units whose text has changed since they were pushed, and the hash of the new text."""
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    tails: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    """Per project, where its last end of a pull lies, and all records behind that."""

    def add(self, page: Page) -> None:
        """Store a record, and know it."""
        page = self.store.erase(page)
        self.know(self.store.append(page), page)

    def know(self, place: tuple[str, int], page: Page) -> None:
        """Take in a record that lies at a place."""
        ends = page.request.startswith("PULL ") and page.path.endswith("/end")
        if page.request.startswith("PUSH "):
            self.pushes.append(_push(page))
        elif ends:
            self.pulls.append(replace(_pull(page), pushes=len(self.pushes)))
        elif page.request.startswith("FOUND "):
            self.pages.append(_found_page(page))
        elif page.request.startswith("LEFT "):
            self.left = page.json()["left"]
        elif page.request.startswith("CHANGED "):
            body = page.json()
            self.changes[body["label"]["uid"]] = {unit["unit_id"]: unit["content_sha256"] for unit in body["units"]}
        else:
            self.places.setdefault(hashlib.sha256(page.body).hexdigest(), place)
        tail = self.tails.setdefault(uid_of(page), [])
        if ends:
            tail.clear()
        tail.append(place)

    def units(self, uid: str) -> dict[str, PushedUnit]:
        """The units of a project by id."""
        return {unit.unit_id: unit for push in self.pushes if push.label.uid == uid for unit in push.units}

    def tasks(self, pull: Pull) -> dict[int, PushedUnit]:
        """The units that were pushed to a pull's project before it, by the numbers of their tasks."""
        pushes = [push for push in self.pushes[: pull.pushes] if push.label.uid == pull.label.uid]
        return {push.tasks[u.unit_id]: u for push in pushes for u in push.units if u.unit_id in push.tasks}

    def whole_pulls(self) -> list[Pull]:
        """The pulls whose exports can all be read, oldest first."""
        return [pull for pull in self.pulls if all(sha in self.places for sha in pull.exports)]

    def units_by_task(self, uid: str) -> dict[int, PushedUnit]:
        """The units of a project by the number of their task, where it is known."""
        found: dict[int, PushedUnit] = {}
        for push in (push for push in self.pushes if push.label.uid == uid):
            units = {unit.unit_id: unit for unit in push.units}
            found |= {task: units[unit_id] for unit_id, task in push.tasks.items() if unit_id in units}
        return found

    def last_pulls(self) -> list[Pull]:
        """Per project, the last pull whose exports can all be read."""
        return list({pull.label.uid: pull for pull in self.whole_pulls()}.values())

    def exports(self, pull: Pull) -> Iterator[Page]:
        """The exports of a pull."""
        return (self.store.at(self.places[sha]) for sha in pull.exports)

    def newest_projects(self) -> dict[Place, Push]:
        """Per place, what was last pushed there, which says in which project the coder works."""
        return {push.label.place: push for push in self.pushes}


def stores(study: Study) -> dict[str, RawStore]:
    """The raw stores of all coders that ever were, by coder."""
    folder = study.path / "raw" / _STAGE
    return {path.name: study.raw(_STAGE, path.name) for path in sorted(folder.glob("*")) if path.is_dir()}


def store(study: Study, coder: str) -> RawStore:
    """The raw store of one coder."""
    return study.raw(_STAGE, coder)


def read(raw: RawStore) -> Records:
    """Read a coder's raw store; exports stay on disk, only their places are kept."""
    records = Records(raw)
    for place, page in raw.places():
        records.know(place, page)
    return records


def uid_of(page: Page) -> str:
    """The project that a record is about, by its own id; empty if it is about none."""
    parts = page.path.split("/")
    return parts[2] if len(parts) > len(("", "coder", "uid")) else ""


def push_page(push: Push, base: str) -> Page:
    """The record of a push."""
    label = push.label
    units = [asdict(unit) for unit in push.units]
    body = {"label": label.values(), "project": push.project, "units": units, "tasks": {**push.tasks}}
    body |= by_unit(push.suggested, {unit.unit_id: unit.thread_id for unit in push.units})
    return _page(f"PUSH /{label.coder}/{label.uid}/units", _json(body), push.run_id, base)


def changed_page(label: Label, changed: Mapping[str, str], run_id: str, base: str) -> Page:
    """The record of units whose text has changed, with the hash of the new one."""
    units = [{"unit_id": unit_id, "content_sha256": sha256} for unit_id, sha256 in sorted(changed.items())]
    body = {"label": label.values(), "units": units}
    return _page(f"CHANGED /{label.coder}/{label.uid}/units", _json(body), run_id, base)


def export_page(label: Label, first: int, last: int, body: bytes, run_id: str, base: str) -> Page:
    """The record of an export of the tasks with ids ``first`` to ``last``."""
    return _page(f"PULL /{label.coder}/{label.uid}/tasks?from={first}&to={last}", body, run_id, base)


def heads_page(label: Label, first: int, last: int, heads: Sequence[Sequence[object]], run_id: str, base: str) -> Page:
    """The record of the tasks with ids ``first`` to ``last``: rows of id, touched at, touched by."""
    request = f"PULL /{label.coder}/{label.uid}/heads?from={first}&to={last}"
    return _page(request, json.dumps(heads, separators=(",", ":")).encode(), run_id, base)


def found_page(found: FoundPage, base: str) -> Page:
    """The record of a page that somebody changed."""
    label = found.label
    body = {"label": label.values(), "project": found.project, "config": found.config, "put_right": found.put_right}
    return _page(f"FOUND /{label.coder}/{label.uid}/page", _json(body), found.run_id, base)


def pull_page(pull: Pull, run_id: str, base: str) -> Page:
    """The record of the end of a pull."""
    body: dict[str, object] = {"label": pull.label.values(), "project": pull.project, "account": pull.account}
    body |= {"codes": dict(pull.codes), "exports": list(pull.exports)}
    body |= {"heads": pull.heads, "people": dict(pull.people), "chain": pull.chain}
    return _page(f"PULL /{pull.label.coder}/{pull.label.uid}/end", _json(body), run_id, base)


def _page(request: str, body: bytes, run_id: str, base: str) -> Page:
    return Page(request, 200, {"content-type": "application/json"}, body, run_id, base)


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()


def _push(page: Page) -> Push:
    body = page.json()
    return Push(
        label=Label.of(body["label"]),
        project=body["project"],
        units=tuple(PushedUnit(**unit) for unit in body["units"]),
        run_id=page.run_id,
        tasks=body.get("tasks", {}),
        suggested=of_record(body),
        at=page.fetched_at,
    )


def _pull(page: Page) -> Pull:
    body = page.json()
    return Pull(
        label=Label.of(body["label"]),
        project=body["project"],
        account=body["account"],
        codes=body["codes"],
        exports=tuple(body["exports"]),
        heads=None if body.get("heads") is None else tuple(body["heads"]),
        people=body.get("people", {}),
        chain=body.get("chain"),
        run_id=page.run_id,
        at=page.fetched_at,
    )


def _found_page(page: Page) -> FoundPage:
    body = page.json()
    label = Label.of(body.pop("label"))
    return FoundPage(label=label, **body, run_id=page.run_id, at=page.fetched_at)
