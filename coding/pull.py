"""What the coders did, stored as raw records; nothing on the server is changed."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from codebook.errors import StoppedEarly, StudyError
from codebook.ledger import Run
from codebook.study import Study
from codebook.versions import recorded
from coding import accounts, records
from coding.desk import check_there, find_projects
from coding.label import Label, Place, Purpose
from coding.push import named_coders
from coding.records import Pull, Records
from coding.screening import page as screening
from coding.studio import Project, Studio

Tell = Callable[[str], None]

_RANGE = 100
"""Ids of tasks per export. The ranges are fixed, so that an export changes only if one of its tasks does."""


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
        now = _Now(account[place], codes[place.purpose])
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


def _codes(study: Study, purpose: Purpose) -> dict[str, str]:
    """What may be assigned in places of a purpose: codes, or what a screening has instead, criteria."""
    return screening.states(study) if purpose == "screening" else records.states(study.codebook)


@dataclass(frozen=True, slots=True)
class _Now:
    """What decides how a place is read: the account that works there, and the codes."""

    account: int
    codes: Mapping[str, str]


def _pull_one(run: Run, studio: Studio, found: tuple[Label, Project], known: Records, decides: _Now) -> str:
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
    now = Pull(label=label, project=project.id, account=decides.account, codes=decides.codes, exports=tuple(shas))
    before = [one for one in known.last_pulls() if one.label.uid == label.uid]
    if before != [now]:
        known.store.append(records.pull_page(now, run.id, base))
    return f"{label.place}: {annotated} annotated units" + ("" if before != [now] else ", nothing new")


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
