"""Every coder gets the included threads, once."""

from collections.abc import Callable

from codebook.errors import StudyError
from codebook.ledger import Run
from codebook.progress import Progress
from codebook.rows import Thread
from codebook.study import Study
from codebook.versions import recorded
from coding import accounts, records
from coding.desk import Sheet, check_there, find_projects, included, open_desk, task_data
from coding.label import Place
from coding.labelconfig import label_config
from coding.records import PushedUnit
from coding.studio import Studio
from coding.thread_page import ThreadPage, thread_page

Tell = Callable[[str], None]


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
    recorded.see(study, run.id, tell)
    coders = named_coders(study)
    projects = find_projects(study, studio)
    if not anew:
        for coder in coders:
            check_there(records.read(records.store(study, coder)), projects, studio)
    made = accounts.ensure(study, studio, coders)
    if made:
        tell(f"made accounts for {', '.join(made)}; how they log in: coding coders")
    codebook = study.codebook
    sheet = Sheet(label_config(codebook), codebook.version, codebook.sha256)
    desks = [open_desk(study, run, studio, Place(coder), sheet, projects) for coder in coders]
    with Progress("push", "threads") as progress:
        for thread, posts in included(study):
            page = thread_page(thread, posts)
            unit = _unit(thread, page)
            for desk in desks:
                desk.offer(unit, task_data(unit, thread, page))
            progress.add()
        for desk in desks:
            desk.send()
    for desk in desks:
        tell(desk.said())


def _unit(thread: Thread, page: ThreadPage) -> PushedUnit:
    return PushedUnit(unit_id=thread.thread_id, thread_id=thread.thread_id, kind="thread", content_sha256=page.sha256)


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
