"""Push and pull of 600 and of 10,000 units, beside the SDK's way of one request per unit.

Run: ``python tests/bench/bench_push.py [UNITS ...]``. A real Label Studio is started. ``coding push`` and ``coding
pull`` are measured as processes, from start to end, tables and raw records included. Beside them, in a process that
runs already, ``tasks.create`` puts one unit at a time into an empty project, and ``tasks.get`` asks for one task at a
time, which brings what a pull brings: what was shown, and what was done on it. ``annotations.list``, which brings the
second alone, is measured too. Of more than 600 units the one-by-one way is extrapolated from its first 600 calls, and
that is printed; a growing project makes it no faster. Exit status 1 if the toolkit is not 20 times as fast at 10,000
units.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from label_studio_sdk import LabelStudio

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from live_studio import LiveStudio, put_threads

from codebook.rows import Coding, UnitOfCoding
from codebook.study import Study
from coding.projects.label import in_description, marker

SIZES = (600, 10_000)
CALLS = 600
"""Calls of the one-by-one way that are made; for more units their time is multiplied."""

TIMES = 20
"""As many times faster the toolkit must be with as many units as this or more:"""
FROM = 10_000

WORDS = "The model loads only with `trust_remote_code=True`, and nobody has read the code it runs.\n\n"
SETTINGS = '[study]\ntitle = "Bench"\nkeywords = ["trust_remote_code"]\n[coders]\nnames = ["ann"]\n'
BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n  - {id: B, name: B, definition: B.}\n'


@dataclass(frozen=True)
class Measured:
    """Seconds of wall time that something took, and in how many calls if it was not done whole."""

    seconds: float
    of_calls: int = 0

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s" + (f" (extrapolated from {self.of_calls} calls)" if self.of_calls else "")


def study_of(folder: Path, units: int) -> Study:
    """A study of one coder with so many threads of three posts, about 1,600 characters each."""
    folder.mkdir()
    (folder / "study.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    study = Study.open(folder)
    put_threads(study, {f"t{n:05d}": [WORDS * 6, f"Answer to {n}. " + WORDS * 6, WORDS * 6] for n in range(units)})
    return study


def coding(study: Study, live: LiveStudio, command: str) -> Measured:
    """Run a command of the toolkit as a process."""
    arguments = [sys.executable, "-m", "coding.cli", command, "--study", str(study.path)]
    began = time.perf_counter()
    done = subprocess.run(arguments, env=os.environ | live.env, check=False, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"coding {command}: {done.stderr}")
    return Measured(seconds)


def one_by_one(call: Callable[[Any], object], things: Sequence[Any]) -> Measured:
    """Make a call per thing; of many, of the first alone."""
    some = things[:CALLS]
    began = time.perf_counter()
    for thing in some:
        call(thing)
    seconds = time.perf_counter() - began
    return Measured(seconds * len(things) / len(some), len(some) if len(some) < len(things) else 0)


def project_of(study: Study, live: LiveStudio) -> int:
    """The number of the project that a study has."""
    listed = live.ask("GET", "/api/projects?page_size=1000")["results"]
    labels = {project["id"]: in_description(project["description"]) for project in listed}
    return next(number for number, label in labels.items() if label and label.study == marker(study))


def data_of(live: LiveStudio, project: int) -> list[dict[str, Any]]:
    """What the tasks of a project show."""
    answer = requests.get(
        f"{live.url}/api/projects/{project}/export?exportType=JSON&download_all_tasks=true",
        headers={"Authorization": f"Token {live.token}"},
        timeout=600,
    )
    return [task["data"] for task in answer.json()]


def annotated(study: Study, live: LiveStudio, data: Sequence[dict[str, Any]]) -> int:
    """Fill the project of a study with tasks that its coder has coded; the project's number."""
    coding(study, live, "push")
    project = project_of(study, live)
    people = {user["email"]: user["id"] for user in live.ask("GET", "/api/users/")}
    coder = next(number for email, number in people.items() if marker(study) in email and email.startswith("ann@"))
    result = [{"from_name": "codes", "to_name": "thread", "type": "taxonomy", "value": {"taxonomy": [["A"]]}}]
    done = {"result": result, "completed_by": coder, "lead_time": 5.0}
    for first in range(0, len(data), 1000):
        tasks = [{"data": each, "annotations": [done]} for each in data[first : first + 1000]]
        live.ask("POST", f"/api/projects/{project}/import", tasks)
    return project


def pushed(folder: Path, live: LiveStudio, client: Any, units: int) -> tuple[Measured, Measured, list[dict[str, Any]]]:
    """Push by the toolkit, and one by one; and the data of the tasks."""
    study = study_of(folder / f"push{units}", units)
    ours = coding(study, live, "push")
    data = data_of(live, project_of(study, live))
    assert len(data) == units == sum(1 for _ in study.read(UnitOfCoding))
    config = live.ask("GET", f"/api/projects/{project_of(study, live)}")["label_config"]
    empty = client.projects.create(title="one by one", label_config=config).id
    theirs = one_by_one(lambda each: client.tasks.create(project=empty, data=each), data)
    return ours, theirs, data


def pulled(
    folder: Path, live: LiveStudio, client: Any, units: int, data: Sequence[dict[str, Any]]
) -> tuple[Measured, Measured]:
    """Pull by the toolkit, and one by one."""
    study = study_of(folder / f"pull{units}", 1)
    project = annotated(study, live, data[1:])
    put_threads(study, {each["unit_id"]: [WORDS] for each in data})
    coding(study, live, "push")  # takes stock of what came there
    ours = coding(study, live, "pull")
    assert sum(1 for _ in study.read(Coding)) == units - 1
    tasks = [task.id for task in client.tasks.list(project=project, include="id", page_size=1000)]
    alone = one_by_one(lambda task: list(client.annotations.list(task)), tasks)
    print(f"annotations.list of {units} tasks, one by one, without what was shown: {alone}", flush=True)
    return ours, one_by_one(lambda task: client.tasks.get(str(task)), tasks)


def compared(what: str, units: int, ours: Measured, theirs: Measured) -> bool:
    """Print two measurements; whether the first is as much faster as it must be."""
    times = theirs.seconds / ours.seconds
    needed = units >= FROM
    said = f"; at least {TIMES} times: {'holds' if times >= TIMES else 'DOES NOT HOLD'}" if needed else ""
    print(f"{what} of {units} units: {ours}; one by one: {theirs}; {times:.0f} times as fast{said}", flush=True)
    return times >= TIMES or not needed


def main(sizes: Sequence[int]) -> int:
    """Start a server and measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Study.create(folder / "server", "The server of the bench")
        serve = [sys.executable, "-m", "coding.cli", "serve", "--study", str(server.path)]
        url = subprocess.run([*serve, "--detach"], check=True, capture_output=True, text=True).stdout.strip()
        try:
            admin = json.loads((server.private / "label-studio" / "admin.json").read_text(encoding="utf-8"))
            live = LiveStudio(url, admin["token"])
            client = LabelStudio(base_url=url, api_key=live.token)
            holds = True
            for units in sizes:
                ours, theirs, data = pushed(folder, live, client, units)
                holds &= compared("push", units, ours, theirs)
                holds &= compared("pull", units, *pulled(folder, live, client, units, data))
        finally:
            subprocess.run([*serve, "--stop"], check=True, capture_output=True)
    print(f"{os.cpu_count()} cores; load average {os.getloadavg()[0]:.1f} at the end")
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or SIZES))
