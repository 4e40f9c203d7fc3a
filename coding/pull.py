"""What the coders did, stored as raw records; nothing on the server is changed."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from codebook.errors import StoppedEarly, StudyError
from codebook.ledger import Run
from codebook.raw import Page
from codebook.study import Study
from codebook.themes import Codebook
from codebook.versions import recorded
from coding import records
from coding.audit import chain, page
from coding.label_studio import accounts
from coding.label_studio.studio import Project, Studio, TaskHead
from coding.projects.desk import check_there, find_projects
from coding.projects.label import Label, Place, Purpose
from coding.push import named_coders
from coding.records import Pull, Records
from coding.screening import page as screening

Tell = Callable[[str], None]

_RANGE, _HEADS = 250, 1000
"""Ids of tasks per export, and per list of tasks. The ranges are fixed, so that one changes only if a task of it does.

An export names its tasks in the address, which servers in between often limit to 8 KB: that is 400.
"""


def pull(study: Study, run: Run, studio: Studio, tell: Tell) -> None:
    """Store the annotations of every place of the study that is on the server, whoever still stands in study.toml.

    Raises:
        StudyError: Nothing was pushed, or a project or an account of somebody in study.toml is gone; nothing is stored.
        StoppedEarly: The server did not answer to the end; the pull before this one counts.
    """
    recorded.see(study, run.id, tell)
    projects = find_projects(study, studio)
    named = _named(study)
    known = {coder: records.read(records.store(study, coder)) for coder in {*named, *(one.coder for one in projects)}}
    for coder in named:
        check_there(known[coder], projects, studio)
    if not projects:
        named_coders(study)
        raise StudyError("no coder has a project yet", where=studio.address.url, hint="Run: coding push")
    users = studio.users()
    account = {place: _account(study, studio, place, users, known[place.coder]) for place in projects}
    codes = {purpose: _codes(study, purpose) for purpose in {place.purpose for place in projects}}
    for coder in study.settings.coders.names:
        if not any(place.coder == coder for place in projects):
            tell(f"{coder}: has no project yet; run: coding push")
    for place in sorted(projects):
        now = _Now(account[place], codes[place.purpose], {number: email for email, number in users.items()})
        tell(_pull_one(run, studio, projects[place], known[place.coder], now))


def _named(study: Study) -> list[str]:
    """Everybody whom ``study.toml`` names."""
    people = study.settings.coders
    return list(dict.fromkeys(filter(None, (*people.names, *study.settings.screening.raters, people.adjudicator))))


def _account(study: Study, studio: Studio, place: Place, users: Mapping[str, int], known: Records) -> int:
    """The account that works in a place; of somebody who has left, the one that it was."""
    account = users.get(accounts.email(study, place.coder))
    if account is not None:
        return account
    if place.coder in _named(study):
        raise StudyError(
            f"the account of {place.coder} is not on the server", where=studio.address.url, hint="Run: coding push"
        )
    return next((pull.account for pull in reversed(known.pulls) if pull.label.place == place), 0)


def states(codebook: Codebook) -> dict[str, str]:
    """What each code is to a coder; see :class:`Pull`."""
    leaves = {code.id for code in codebook.leaves()}
    return {
        code.id: "leaf" if code.id in leaves else "inner" if code.status == "active" else code.status
        for code in codebook.codes.values()
    }


def _codes(study: Study, purpose: Purpose) -> dict[str, str]:
    """What may be assigned in places of a purpose: codes, or what a screening has instead, criteria."""
    return screening.states(study) if purpose == "screening" else states(study.codebook)


@dataclass(frozen=True, slots=True)
class _Now:
    """What decides how a place is read: the account that works there, and the codes; and all accounts by id."""

    account: int
    codes: Mapping[str, str]
    emails: Mapping[int, str]


def _pull_one(run: Run, studio: Studio, found: tuple[Label, Project], known: Records, decides: _Now) -> str:
    label, project = found
    base = studio.address.url
    before = next((one for one in known.last_pulls() if one.label.uid == label.uid), None)
    if page.is_changed(label, project):
        page.record(known, label, project, run.id, base, put_right=False)
    tasks = sorted({task.id: task for task in studio.tasks(project.id, data=False)}.values(), key=lambda task: task.id)
    heads = [_keep(known, _heads(label, first, group, run.id, base)) for first, group in _ranges(tasks, _HEADS)]
    exports, annotated, people = [], 0, {task.touched_by for task in tasks if task.touched_by is not None}
    for first, group in _ranges([task for task in tasks if task.annotations], _RANGE):
        body = studio.export(project.id, [task.id for task in group])
        given = _tasks(body, project.id)
        annotated += len(given)
        people |= set(_accounts(given))
        exports.append(_keep(known, records.export_page(label, first, first + _RANGE - 1, body, run.id, base)))
    now = Pull(
        label=label,
        project=project.id,
        account=decides.account,
        codes=decides.codes,
        exports=tuple(exports),
        heads=tuple(heads),
        people={str(one): decides.emails[one] for one in sorted(people & decides.emails.keys())},
        chain=chain.link(known, label.uid),
    )
    known.add(records.pull_page(now, run.id, base))
    run.notes.setdefault(chain.NOTE, {}).setdefault(label.coder, []).append(chain.head(known, label.uid))
    return f"{label.place}: {annotated} annotated units" + (", nothing new" if before == now else "")


def _keep(known: Records, page: Page) -> str:
    """Store a record unless the same was stored before.

    Returns:
        The hash of its body.
    """
    page = known.store.erase(page)
    sha = hashlib.sha256(page.body).hexdigest()
    if sha not in known.places:
        known.add(page)
    return sha


def _ranges(tasks: Sequence[TaskHead], size: int) -> Iterator[tuple[int, list[TaskHead]]]:
    """Tasks in ranges of ids, with the first id of each range."""
    for number, group in groupby(tasks, key=lambda task: task.id // size):
        yield number * size, list(group)


def _heads(label: Label, first: int, tasks: Sequence[TaskHead], run_id: str, base: str) -> Page:
    rows = [(task.id, task.touched_at, task.touched_by) for task in tasks]
    return records.heads_page(label, first, first + _HEADS - 1, rows, run_id, base)


def _tasks(body: bytes, project: int) -> list[Any]:
    """The tasks of an export.

    Raises:
        StoppedEarly: It is not whole.
    """
    try:
        tasks = json.loads(body)
    except (ValueError, RecursionError):
        tasks = None
    if not isinstance(tasks, list):
        raise StoppedEarly(
            "the export is not a JSON list", where=f"project {project}", hint="Run the same command again."
        )
    return tasks


def _accounts(tasks: Sequence[Any]) -> Iterator[int]:
    """The ids of the accounts that made or saved annotations."""
    lists = (task.get("annotations") for task in tasks if isinstance(task, dict))
    annotations = (one for each in lists if isinstance(each, list) for one in each if isinstance(one, dict))
    given = (one.get(key) for one in annotations for key in ("completed_by", "updated_by"))
    return (one for one in given if isinstance(one, int))
