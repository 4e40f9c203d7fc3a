"""A project on the server while something is put into it: once, and whatever is there already stays as it is."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from codebook.errors import StoppedEarly, StudyError
from codebook.ledger import Run
from codebook.raw import RawStore
from codebook.rows import Post, Thread
from codebook.study import Study
from coding import records
from coding.arms.offers import Offers
from coding.audit import page
from coding.label_studio.studio import Project, Studio, gone
from coding.page.thread import ThreadPage, web_address
from coding.projects import sent
from coding.projects.label import Label, Place, in_description, marker
from coding.projects.stock import Stock, take_stock
from coding.records import Push, PushedUnit, Records

_BATCH_TASKS = 250
_BATCH_CHARACTERS = 20_000_000
_TITLE_LENGTH = 50
"""Label Studio's limit on titles of projects."""

Found = Mapping[Place, tuple[Label, Project]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What coders fill in.

    Args:
        config: The labelling page, Label Studio's XML.
        version: Of the codebook, or of the criteria, that is on it.
        sha256: Hash of the codebook, or of the criteria.
    """

    config: str
    version: str
    sha256: str


@dataclass
class Desk:
    """One coder's project while units are put into it.

    Args:
        label: Whose project it is.
        project: The project on the server.
        run: The run that pushes.
        studio: The server.
        store: The coder's raw records.
        present: Unit id and content hash of what is in the project.
        counts: ``new``, ``there``, ``foreign``: tasks that are not ours, ``twice``: tasks that were there once more.
        changed: Units whose text has changed since they came here, and the hash of the new one.
        was_changed: The same, as the push before this one found it.
        offers: What is suggested for its units, where any coder reads with suggestions.
    """

    label: Label
    project: Project
    run: Run
    studio: Studio
    store: RawStore
    present: dict[str, str]
    counts: Counter[str] = field(default_factory=Counter)
    changed: dict[str, str] = field(default_factory=dict)
    was_changed: Mapping[str, str] = field(default_factory=dict)
    offers: Offers | None = None
    _waiting: list[tuple[PushedUnit, dict[str, object]]] = field(default_factory=list)
    _size: int = 0

    def offer(self, unit: PushedUnit, data: Mapping[str, object]) -> None:
        """Put a unit into the project, unless it is there.

        Args:
            unit: The unit.
            data: What the page shows of it, see :func:`task_data`.
        """
        there = self.present.get(unit.unit_id)
        if there is not None:
            self.counts["there"] += 1
            if there != unit.content_sha256:
                self.changed[unit.unit_id] = unit.content_sha256
            self.counts["suggested"] += bool(self.offers and self.offers.changed(unit.unit_id))
            return
        self._waiting.append((unit, self.offers.task(unit.unit_id, data) if self.offers else {"data": dict(data)}))
        self._size += sum(len(value) for value in data.values() if isinstance(value, str))
        if len(self._waiting) >= _BATCH_TASKS or self._size >= _BATCH_CHARACTERS:
            self.send()

    def send(self) -> None:
        """Send what waits in one request, and record it."""
        if self._waiting:
            units = [unit for unit, _ in self._waiting]
            sent.note(self.run.study, self.label.uid, (unit.unit_id for unit in units))
            tasks = self._import([task for _, task in self._waiting])
            self._see_suggestions(units, tasks)
            self.record(units, tasks)
            sent.clear(self.run.study, self.label.uid)
            self.counts["new"] += len(units)
        self._waiting, self._size = [], 0

    def _import(self, tasks: Sequence[Mapping[str, object]]) -> Sequence[int]:
        try:
            return self.studio.import_tasks(self.project.id, tasks)
        except StoppedEarly:
            raise  # the server may have taken them
        except StudyError:
            sent.clear(self.run.study, self.label.uid)
            raise

    def _see_suggestions(self, units: Sequence[PushedUnit], tasks: Sequence[int]) -> None:
        """See that what is suggested is filled in; else the tasks go again."""
        expected = [self.offers is not None and self.offers.expects(unit.unit_id) for unit in units]
        if not any(expected):
            return
        bare = self.studio.unpredicted(self.project.id)
        dropped = (
            [task for task, wanted in zip(tasks, expected, strict=True) if wanted and task in bare] if tasks else []
        )
        if dropped:
            for task in tasks:
                self.studio.delete_task(self.project.id, task)
            sent.clear(self.run.study, self.label.uid)
            raise StudyError(
                f"Label Studio dropped the suggestions of {len(dropped)} units of {self.label.place}",
                where=self.studio.address.url,
                hint="These units are off the server again. Its log says why; then run the same command again.",
            )

    def finish(self) -> None:
        """Send what waits, and record which units have changed, if these are others than before."""
        self.send()
        if self.changed != self.was_changed:
            base = self.studio.address.url
            self.store.append(records.changed_page(self.label, self.changed, self.run.id, base))

    def record(self, units: Sequence[PushedUnit], tasks: Sequence[int]) -> None:
        """Enter units that are in the project in the raw records, with the numbers of their tasks where known."""
        numbered = dict(zip((unit.unit_id for unit in units), tasks, strict=True)) if tasks else {}
        push = Push(
            label=self.label,
            project=self.project.id,
            units=tuple(units),
            run_id=self.run.id,
            tasks=numbered,
            suggested=self.offers.of(unit.unit_id for unit in units) if self.offers else {},
        )
        self.store.append(records.push_page(push, self.studio.address.url))

    def said(self) -> str:
        """One line for people: what came, what was there."""
        counts = self.counts
        line = f"{self.label.place}: {counts['new']} new units, {len(self.present)} there already"
        if self.changed:
            line += f"; {len(self.changed)} changed since they were pushed, the coder keeps the old text"
        if counts["suggested"]:
            line += f"; {counts['suggested']} whose suggestions are others now, the coder keeps those that were shown"
        gone_since = len(self.present) - counts["there"]
        if gone_since:
            line += f"; {gone_since} are not included any more, or not planned, and stay there"
        if counts["page"]:
            line += "; its labelling page was changed by hand and is put right"
        if counts["twice"]:
            line += f"; {counts['twice']} were there twice, the ones that nobody had worked on are gone"
        if counts["foreign"]:
            line += f"; {counts['foreign']} tasks are not ours and stay as they are"
        return f"{line} ({self.studio.address.url}/projects/{self.project.id})"


def open_desk(
    study: Study, run: Run, studio: Studio, place: Place, sheet: Sheet, found: Found, offers: Offers | None = None
) -> Desk:
    """A coder's project, made or brought up to the page that it is to have, and what is in it.

    Args:
        study: The study.
        run: The run that pushes.
        studio: The server.
        place: Whose project, and what for.
        sheet: The page that it is to have.
        found: What :func:`find_projects` gave.
        offers: What is suggested for its units, where any coder reads with suggestions.
    """
    store = records.store(study, place.coder)
    label, project = found.get(place) or (Label.new(study, place), None)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    shown = label.showing(sheet.version, sheet.sha256, sheet.config, now)
    if project is None:
        title = f"{study.settings.study.title[: _TITLE_LENGTH - len(str(place)) - 3]} ({place})"[-_TITLE_LENGTH:]
        suggests = offers is not None and offers.shown
        label, project = shown, studio.create_project(title, shown.description(), sheet.config, suggests=suggests)
    known = records.read(store)
    changed = project.label_config != sheet.config and page.is_changed(label, project)
    if changed:
        page.record(known, label, project, run.id, studio.address.url, put_right=True)
    if changed or shown != label:
        studio.update_project(project.id, shown.description(), sheet.config)
    desk = Desk(shown, project, run, studio, store, {}, Counter(page=int(changed)), offers=offers)
    _take_stock(study, desk, known)
    return desk


def _take_stock(study: Study, desk: Desk, known: Records) -> None:
    """Find out what is in a project; record what came there in a push that was killed."""
    uid, project = desk.label.uid, desk.project.id
    units, seconds = sent.awaited(study, uid)
    stock = take_stock(desk.studio, project, known.units_by_task(uid), units, seconds)
    for task in stock.twice:
        desk.studio.delete_task(project, task)
    desk.counts.update(foreign=stock.foreign, twice=len(stock.twice))
    recorded, desk.was_changed = known.units(uid), known.changes.get(uid, {})
    unrecorded = {task: unit for task, unit in stock.units.items() if unit.unit_id not in recorded}
    _without_suggestions(desk, stock, unrecorded)
    desk.present |= {unit_id: unit.content_sha256 for unit_id, unit in stock.named().items()}
    if unrecorded or not recorded:
        desk.record(list(unrecorded.values()), list(unrecorded))
    sent.clear(study, uid)


def _without_suggestions(desk: Desk, stock: Stock, unrecorded: dict[int, PushedUnit]) -> None:
    """Of units that came in a push that was killed, learn what was suggested; what the server dropped goes again."""
    offers = desk.offers
    for task, unit in list(unrecorded.items()) if offers else []:
        if offers and not offers.found(unit.unit_id, stock.offered.get(task)) and task in stock.bare:
            desk.studio.delete_task(desk.project.id, task)
            del stock.units[task], unrecorded[task]


def find_projects(study: Study, studio: Studio) -> dict[Place, tuple[Label, Project]]:
    """The study's projects on the server, by place.

    Raises:
        StudyError: A place has two, as after a project was copied.
    """
    found: dict[Place, tuple[Label, Project]] = {}
    for project in studio.projects():
        label = in_description(project.description)
        if label is None or label.study != marker(study):
            continue
        if label.place in found:
            raise StudyError(
                f"{label.place} has two projects, {found[label.place][1].id} and {project.id}",
                where=studio.address.url,
                hint="Delete the one that is not to count, or the last line of its description.",
            )
        found[label.place] = (label, project)
    return found


def check_there(known: Records, found: Found, studio: Studio) -> None:
    """See that the projects in which a coder works are on the server.

    Raises:
        StudyError: One was pushed to once and is not there any more.
    """
    for place, last in known.newest_projects().items():
        if place not in found or found[place][0].uid != last.label.uid:
            raise gone(f"project {last.project} of {place}", studio.address.url)


def task_data(unit: PushedUnit, thread: Thread, page: ThreadPage) -> dict[str, object]:
    """What a task carries: what the page shows, and what tells the unit."""
    return {
        "title": thread.title,
        "source": thread.source,
        "unit_id": unit.unit_id,
        "thread_id": unit.thread_id,
        "url": web_address(thread),
        "content_sha256": unit.content_sha256,
        "html": page.html,
    }


def included(study: Study) -> Iterator[tuple[Thread, list[Post]]]:
    """The included threads with their posts, one at a time.

    Raises:
        StudyError: There are none.
    """
    groups = groupby(study.read(Post), key=lambda post: post.thread_id)
    thread_id = ""
    posts: Iterator[Post] = iter(())
    some = False
    for thread in study.read(Thread):
        while thread_id < thread.thread_id:
            thread_id, posts = next(groups, ("\U0010ffff", iter(())))
        if thread.included:
            some = True
            yield thread, list(posts) if thread_id == thread.thread_id else []
    if not some:
        raise StudyError(
            "there are no included threads", where=str(study.table("threads")), hint="Run: collect threads"
        )
