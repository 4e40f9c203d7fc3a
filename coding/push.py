"""Every coder gets the included threads, once: what is there already stays as it is."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from codebook.errors import StudyError
from codebook.ledger import Run
from codebook.progress import Progress
from codebook.raw import RawStore
from codebook.rows import Post, Thread
from codebook.study import Study
from coding import accounts, records
from coding.label import Label, in_description, marker
from coding.labelconfig import label_config
from coding.records import Push, PushedUnit, Records
from coding.studio import Project, Studio, gone
from coding.thread_page import ThreadPage, thread_page, web_address

Tell = Callable[[str], None]

_BATCH_TASKS = 250
_BATCH_CHARACTERS = 20_000_000
_TITLE_LENGTH = 50
"""Label Studio's limit on titles of projects."""


@dataclass
class Desk:
    """One coder's project while threads are put into it.

    Args:
        label: Whose project it is.
        project: The project on the server.
        run: The run that pushes.
        studio: The server.
        store: The coder's raw records.
        present: Unit id and content hash of what is in the project.
    """

    label: Label
    project: Project
    run: Run
    studio: Studio
    store: RawStore
    present: dict[str, str]
    counts: Counter[str] = field(default_factory=Counter)
    _waiting: list[tuple[PushedUnit, dict[str, object]]] = field(default_factory=list)
    _size: int = 0

    def offer(self, thread: Thread, page: ThreadPage) -> None:
        """Put a thread into the project, unless it is there."""
        there = self.present.get(thread.thread_id)
        if there is not None:
            self.counts["there" if there == page.sha256 else "changed"] += 1
            return
        unit = PushedUnit(
            unit_id=thread.thread_id, thread_id=thread.thread_id, kind="thread", content_sha256=page.sha256
        )
        data = {
            "title": thread.title,
            "source": thread.source,
            "unit_id": unit.unit_id,
            "thread_id": unit.thread_id,
            "url": web_address(thread),
            "content_sha256": unit.content_sha256,
            "html": page.html,
        }
        self._waiting.append((unit, {"data": data}))
        self._size += len(page.html)
        if len(self._waiting) >= _BATCH_TASKS or self._size >= _BATCH_CHARACTERS:
            self.send()

    def send(self) -> None:
        """Send what waits in one request, and record it."""
        if self._waiting:
            self.studio.import_tasks(self.project.id, [task for _, task in self._waiting])
            self.record([unit for unit, _ in self._waiting])
            self.counts["new"] += len(self._waiting)
        self._waiting, self._size = [], 0

    def record(self, units: Sequence[PushedUnit]) -> None:
        """Enter units that are in the project in the raw records."""
        push = Push(label=self.label, project=self.project.id, units=tuple(units), run_id=self.run.id)
        self.store.append(records.push_page(push, self.studio.address.url))


def push(study: Study, run: Run, studio: Studio, tell: Tell, *, anew: bool) -> None:
    """Push all included threads to all coders.

    Args:
        study: The study.
        run: The run that pays for it.
        studio: The server.
        tell: Gets a line per coder.
        anew: Give coders whose project is gone a new one.

    Raises:
        StudyError: There are no coders or no threads, a project is gone, or the server refuses.
    """
    coders = named_coders(study)
    projects = find_projects(study, studio)
    known = {coder: records.read(records.store(study, coder)) for coder in coders}
    if not anew:
        for coder in coders:
            check_there(coder, known[coder], projects, studio)
    made = accounts.ensure(study, studio, coders)
    if made:
        tell(f"made accounts for {', '.join(made)}; how they log in: coding coders")
    desks = [_desk(study, run, studio, coder, projects.get(coder), known[coder]) for coder in coders]
    with Progress("push", "threads") as progress:
        for thread, posts in included(study):
            page = thread_page(thread, posts)
            for desk in desks:
                desk.offer(thread, page)
            progress.add()
        for desk in desks:
            desk.send()
    for desk in desks:
        tell(_said(desk))


def named_coders(study: Study) -> list[str]:
    """The coders of ``study.toml``.

    Raises:
        StudyError: It names none.
    """
    if not study.settings.coders.names:
        raise StudyError(
            "study.toml names no coders",
            where=str(study.path),
            hint='Add [coders] with names = ["coder_a", "coder_b"].',
        )
    return study.settings.coders.names


def find_projects(study: Study, studio: Studio) -> dict[str, tuple[Label, Project]]:
    """The study's projects on the server, by coder.

    Raises:
        StudyError: A coder has two, as after a project was copied.
    """
    found: dict[str, tuple[Label, Project]] = {}
    for project in studio.projects():
        label = in_description(project.description)
        if label is None or label.study != marker(study):
            continue
        if label.coder in found:
            raise StudyError(
                f"{label.coder} has two projects, {found[label.coder][1].id} and {project.id}",
                where=studio.address.url,
                hint="Delete the one that is not to count, or the last line of its description.",
            )
        found[label.coder] = (label, project)
    return found


def check_there(coder: str, known: Records, projects: dict[str, tuple[Label, Project]], studio: Studio) -> None:
    """See that the project in which a coder works is on the server.

    Raises:
        StudyError: It was pushed to once and is not there any more.
    """
    last = known.newest_project()
    if last and (coder not in projects or projects[coder][0].uid != last.label.uid):
        raise gone(f"project {last.project} of {coder}", studio.address.url)


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


def _desk(
    study: Study, run: Run, studio: Studio, coder: str, found: tuple[Label, Project] | None, known: Records
) -> Desk:
    """A coder's project, made or brought up to the codebook, and what is in it."""
    codebook = study.codebook
    page = label_config(codebook)
    label, project = found or (Label.new(study, coder), None)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    shown = label.showing(codebook, hashlib.sha256(page.encode()).hexdigest(), now)
    if project is None:
        title = f"{study.settings.study.title[: _TITLE_LENGTH - len(coder) - 3]} ({coder})"
        project = studio.create_project(title, shown.description(), page)
    elif shown != label:
        studio.update_project(project.id, shown.description(), page)
    desk = Desk(shown, project, run, studio, records.store(study, coder), {})
    _take_stock(desk, set(known.units(label.uid)))
    return desk


def _take_stock(desk: Desk, recorded: set[str]) -> None:
    """Find out what is in a project; record what came there in a push that was killed."""
    unrecorded = []
    for task in desk.studio.tasks(desk.project.id, data=True):
        named = [task.data.get(key) for key in ("unit_id", "thread_id", "content_sha256")]
        if not all(isinstance(value, str) for value in named):
            desk.counts["foreign"] += 1
            continue
        unit_id, thread_id, sha256 = map(str, named)
        desk.present[unit_id] = sha256
        if unit_id not in recorded:
            unrecorded.append(PushedUnit(unit_id=unit_id, thread_id=thread_id, kind="thread", content_sha256=sha256))
    if unrecorded or not recorded:
        desk.record(unrecorded)


def _said(desk: Desk) -> str:
    counts = desk.counts
    line = f"{desk.label.coder}: {counts['new']} new units, {len(desk.present)} there already"
    if counts["changed"]:
        line += f"; {counts['changed']} threads changed since they were pushed, the coder keeps the old text"
    gone_since = len(desk.present) - counts["there"] - counts["changed"]
    if gone_since:
        line += f"; {gone_since} are not included any more and stay there"
    if counts["foreign"]:
        line += f"; {counts['foreign']} tasks are not ours and stay as they are"
    return f"{line} ({desk.studio.address.url}/projects/{desk.project.id})"
