"""What the coders did, stored as raw records; nothing on the server is changed."""

import hashlib
import json
from collections.abc import Callable, Iterator
from itertools import groupby

from codebook.errors import StoppedEarly, StudyError
from codebook.ledger import Run
from codebook.study import Study
from coding import accounts, records
from coding.desk import check_there, find_projects
from coding.label import Label, Place
from coding.push import named_coders
from coding.records import Pull, Records
from coding.studio import Project, Studio

Tell = Callable[[str], None]

_RANGE = 100
"""Ids of tasks per export. The ranges are fixed, so that an export changes only if one of its tasks does."""


def pull(study: Study, run: Run, studio: Studio, tell: Tell) -> None:
    """Store the annotations of all coders' projects.

    Raises:
        StudyError: Nothing was pushed, or a project is gone; nothing is stored then.
        StoppedEarly: The server did not answer to the end; the pull before this one counts.
    """
    coders = named_coders(study)
    projects = find_projects(study, studio)
    known = {coder: records.read(records.store(study, coder)) for coder in coders}
    for coder in coders:
        check_there(known[coder], projects, studio)
    if not any(Place(coder) in projects for coder in coders):
        raise StudyError("no coder has a project yet", where=studio.address.url, hint="Run: coding push")
    users = studio.users()
    for coder in coders:
        if Place(coder) not in projects:
            tell(f"{coder}: has no project yet; run: coding push")
            continue
        account = users.get(accounts.email(study, coder))
        if account is None:
            raise StudyError(
                f"the account of {coder} is not on the server", where=studio.address.url, hint="Run: coding push"
            )
        tell(_pull_one(study, run, studio, projects[Place(coder)], known[coder], account))


def _pull_one(
    study: Study, run: Run, studio: Studio, found: tuple[Label, Project], known: Records, account: int
) -> str:
    label, project = found
    base = studio.address.url
    shas, annotated = [], 0
    for first, tasks in _ranges(studio, project.id):
        body = studio.export(project.id, tasks)
        annotated += _count(body, project.id)
        page = known.store.erase(records.export_page(label, first, first + _RANGE - 1, body, run.id, base))
        sha = hashlib.sha256(page.body).hexdigest()
        if sha not in known.places:
            known.places[sha] = known.store.append(page)
        shas.append(sha)
    codes = records.states(study.codebook)
    now = Pull(label=label, project=project.id, account=account, codes=codes, exports=tuple(shas))
    before = [one for one in known.last_pulls() if one.label.uid == label.uid]
    if before != [now]:
        known.store.append(records.pull_page(now, run.id, base))
    return f"{label.coder}: {annotated} annotated units" + ("" if before != [now] else ", nothing new")


def _ranges(studio: Studio, project: int) -> Iterator[tuple[int, list[int]]]:
    """The annotated tasks of a project, in ranges of ids."""
    annotated = sorted(task.id for task in studio.tasks(project, data=False) if task.annotations)
    for number, group in groupby(annotated, key=lambda task: task // _RANGE):
        yield number * _RANGE, list(group)


def _count(body: bytes, project: int) -> int:
    """The number of tasks in an export.

    Raises:
        StoppedEarly: It is not whole.
    """
    try:
        tasks = json.loads(body)
    except ValueError:
        tasks = None
    if not isinstance(tasks, list):
        raise StoppedEarly(
            "the export is not a JSON list", where=f"project {project}", hint="Run the same command again."
        )
    return len(tasks)
