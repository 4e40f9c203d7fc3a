"""What was sent to the server and may still be on its way, so that a push after a kill does not send it again.

A server goes on with an import whose client is gone. Therefore a push notes what it is about to send, and takes the
note back when it has stored that it arrived. A push that finds a note waits until the tasks are there, or the server
has had time enough.
"""

import time
from collections.abc import Iterable
from pathlib import Path

from codebook.study import Study
from coding.label_studio import private_file

GRACE = 15.0
"""Seconds after which an import that has not arrived is taken for one that never was."""


def note(study: Study, uid: str, units: Iterable[str]) -> None:
    """Note the units that are about to be sent to a project."""
    notes = private_file.load(_file(study))
    private_file.save(_file(study), notes | {uid: {"units": list(units), "at": time.time()}})


def clear(study: Study, uid: str) -> None:
    """Take the note of a project back."""
    notes = private_file.load(_file(study))
    if notes.pop(uid, None):
        private_file.save(_file(study), notes)


def noted(study: Study) -> set[str]:
    """The units that may be on their way to any project."""
    return {unit for note in private_file.load(_file(study)).values() for unit in note["units"]}


def awaited(study: Study, uid: str) -> tuple[set[str], float]:
    """The units that may be on their way to a project, and for how many seconds more; none without a note."""
    found = private_file.load(_file(study)).get(uid, {"units": [], "at": 0.0})
    return set(found["units"]), min(GRACE, found["at"] + GRACE - time.time())


def _file(study: Study) -> Path:
    return study.private / "sent.json"
