"""Pushes with suggestions that are killed, or let down by the server: in the end what was shown is what is recorded."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from live_studio import LiveStudio, put_threads
from sites.server import Asked, LocalSite
from studio_proxy import Proxy, When
from suggested_study import suggest, with_evidence
from test_coding_push_kills import Rig

from codebook.rows import Offered, Planned, UnitOfCoding
from codebook.study import Study
from coding.projects.label import Place, in_description, marker

pytestmark = pytest.mark.live

SETTINGS = '[coders]\nnames = ["ann", "ben"]\n[suggestions]\nshare = 0.5\n'
BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n  - {id: B, name: B, definition: B.}\n'
THREADS = {f"t{n:02d}": [f"Opening of {n}.", "An answer."] for n in range(24)}
WHEN: tuple[When, ...] = ("before", "while", "after")


@pytest.fixture
def rig(make_study: Callable[..., Study], live: LiveStudio) -> Iterator[Rig]:
    study = make_study(SETTINGS, codebook=BOOK)
    put_threads(study, THREADS)
    proxy = Proxy(live.url)
    with LocalSite(proxy):
        env = os.environ | {"LABEL_STUDIO_URL": proxy.base_url, "LABEL_STUDIO_API_KEY": live.token}
        command = [sys.executable, str(Path(__file__).with_name("forked_coding.py"))]
        with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
            made = Rig(study, live, proxy, driver)
            made.done("sample")
            suggest(study, [with_evidence(study, unit, "A", "Opening") for unit in THREADS if unit != "t05"])
            yield made


def on_the_server(rig: Rig) -> dict[Place, dict[str, list[Any]]]:
    """Per place and unit, the codes that are filled in; once for every task."""
    found: dict[Place, dict[str, list[Any]]] = {}
    for project in rig.live.ask("GET", "/api/projects?page_size=1000")["results"]:
        label = in_description(project["description"])
        if label and label.study == marker(rig.study):
            for task in rig.live.ask("GET", f"/api/tasks?project={project['id']}&fields=all&page_size=500")["tasks"]:
                filled = [[part["type"] for part in each["result"]] for each in task["predictions"]]
                found.setdefault(label.place, {}).setdefault(task["data"]["unit_id"], []).append(filled)
    return found


def as_if_never_stopped(rig: Rig) -> None:
    whole = [["hypertextlabels"]]
    expected: dict[Place, dict[str, list[Any]]] = {}
    for row in rig.study.read(Planned):
        shown = row.arm == "suggested" and row.unit_id != "t05"
        expected.setdefault(Place(row.coder, arm=row.arm), {})[row.unit_id] = [whole if shown else []]
    offered = {(row.coder, row.unit_id, row.code, row.start is not None) for row in rig.study.read(Offered)}
    planned = {(row.coder, row.unit_id, row.arm) for row in rig.study.read(Planned)}

    assert on_the_server(rig) == expected
    assert offered == {(c, u, "A", True) for c, u, arm in planned if arm == "suggested" and u != "t05"}
    assert sorted((row.coder, row.unit_id, row.arm) for row in rig.study.read(UnitOfCoding)) == sorted(planned)
    assert not rig.study.private.joinpath("sent.json").read_text().strip("{}\n ")


def test_a_push_with_suggestions_that_is_killed_in_every_way_ends_as_if_it_had_not_been(rig: Rig) -> None:
    def imports(asked: Asked) -> bool:
        return asked.path.endswith("/import")

    for number, when in enumerate(WHEN):
        rig.proxy.kill_at(1 + number % 2, when, imports)
        assert rig.run("push") == -signal.SIGKILL
    for number, when in enumerate(WHEN):
        rig.proxy.kill_at(5 + 2 * number, when)
        assert rig.run("push") in (0, -signal.SIGKILL)
    rig.done("push")

    as_if_never_stopped(rig)


def test_a_server_that_drops_suggestions_is_told_of_and_nothing_of_it_stays(rig: Rig) -> None:
    rig.proxy.calm()
    rig.proxy.passes = _without_predictions
    refused = rig.run("push")
    left = on_the_server(rig)
    rig.proxy.passes = lambda body: body
    rig.done("push")

    assert refused == 2
    assert [units for place, units in left.items() if place.arm == "suggested"] == []
    as_if_never_stopped(rig)


def _without_predictions(body: bytes) -> bytes:
    try:
        tasks = json.loads(body)
    except ValueError:
        return body
    if isinstance(tasks, list):
        body = json.dumps(
            [{key: value for key, value in task.items() if key != "predictions"} for task in tasks]
        ).encode()
    return body
