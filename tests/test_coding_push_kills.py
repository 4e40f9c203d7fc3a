"""Push and pull killed with SIGKILL at seeded moments, or let down by the server, and run again.

The end is as if nothing had happened: every unit is in its project once, and every annotation is there. Between them
and the real Label Studio stands a proxy that knows when a request has come in, is under way, or has been answered.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads
from live_studio import _log_in as log_in
from sites.server import LocalSite
from studio_proxy import Proxy, When

from codebook.rows import Coding, Planned, UnitOfCoding
from codebook.study import Study
from coding import records
from coding.label_studio import accounts
from coding.label_studio.studio import Address
from coding.projects.label import in_description, marker

pytestmark = pytest.mark.live

CODERS = ("ann", "ben", "cem")
SETTINGS = '[coders]\nnames = ["ann", "ben", "cem"]\noverlap = 0.5\nper_unit = 2\n'
BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n  - {id: B, name: B, definition: B.}\n'
THREADS = {f"t{n:02d}": [f"Opening of {n}.", "An answer."] for n in range(48)}
WHEN: tuple[When, ...] = ("before", "while", "after")


@dataclass
class Rig:
    """A study, and the server behind a proxy."""

    study: Study
    live: LiveStudio
    proxy: Proxy
    driver: subprocess.Popen[str]

    def run(self, *arguments: str) -> int:
        """Run a command; its exit status, negative for a signal."""
        assert self.driver.stdin is not None
        assert self.driver.stdout is not None
        self.proxy.expect()
        self.driver.stdin.write(json.dumps([*arguments, "--study", str(self.study.path)]) + "\n")
        self.driver.stdin.flush()
        self.proxy.client(int(self.driver.stdout.readline()))
        return int(self.driver.stdout.readline())

    def done(self, *arguments: str) -> None:
        """Run a command undisturbed; it is to succeed."""
        self.proxy.calm()
        assert self.run(*arguments) == 0

    def projects(self) -> dict[str, int]:
        """The number of each coder's project; one each."""
        listed = self.live.ask("GET", "/api/projects?page_size=1000")["results"]
        labels = {project["id"]: in_description(project["description"]) for project in listed}
        mine = [(label.coder, i) for i, label in labels.items() if label and label.study == marker(self.study)]
        assert len(mine) == len(dict(mine)), "a coder has two projects"
        return dict(mine)

    def tasks(self) -> dict[str, list[str]]:
        """The units of each coder's project, as often as they are there."""
        return {
            coder: sorted(task["data"]["unit_id"] for task in self.live.export(number))
            for coder, number in self.projects().items()
        }

    def planned(self) -> dict[str, list[str]]:
        rows = list(self.study.read(Planned))
        return {coder: sorted(row.unit_id for row in rows if row.coder == coder) for coder in CODERS}

    def coder(self, name: str) -> LiveCoder:
        known = accounts.known(self.study, Address(self.proxy.base_url, "", "", own=False))[name]
        token = log_in(self.live.url, known.email, known.password)
        return LiveCoder(self.live.url, token, self.projects()[name])


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
            yield made


def pushed_once(rig: Rig) -> None:
    """Everything that is planned is in the projects once, and was recorded once."""
    recorded = {
        coder: Counter(
            unit.unit_id for push in records.read(records.store(rig.study, coder)).pushes for unit in push.units
        )
        for coder in CODERS
    }
    table = [(row.coder, row.unit_id) for row in rig.study.read(UnitOfCoding)]

    assert rig.tasks() == rig.planned()
    assert recorded == {coder: Counter(units) for coder, units in rig.planned().items()}
    assert sorted(table) == [(coder, unit) for coder in CODERS for unit in rig.planned()[coder]]


def check(rig: Rig) -> set[str]:
    """What does not hold of the study, by ``codebook check``."""
    command = [sys.executable, "-m", "codebook.cli", "check", "--format", "json", "--study", str(rig.study.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {f"{row['check']}: {row['where']}" for row in json.loads(done.stdout) if row["result"] == "failed"}


def test_a_push_that_is_killed_again_and_again_ends_as_if_it_had_not_been(rig: Rig) -> None:
    chance, kills = random.Random(20260120), 0
    for number in range(10):
        rig.proxy.kill_at(chance.randint(4, 13), WHEN[number % 3])
        code = rig.run("push")
        assert code in (0, -signal.SIGKILL)
        kills += code != 0
    rig.done("push")

    assert kills >= 5
    pushed_once(rig)
    assert {row.run_id for row in rig.study.read(UnitOfCoding)} == {"coding-push-1"}
    assert not rig.study.private.joinpath("sent.json").read_text().strip("{}\n ")
    assert check(rig) <= {
        "every row's run exists: tables/threads.parquet",
        "every row's run exists: tables/posts.parquet",
    }


def test_a_push_whose_imports_are_killed_in_every_way_sends_none_twice(rig: Rig) -> None:
    """The kills fall on imports alone: before, during and after what the server does for each."""
    for number, when in enumerate(WHEN * 2):
        rig.proxy.kill_at(1 + number % 2, when, lambda asked: asked.path.endswith("/import"))
        assert rig.run("push") == -signal.SIGKILL
    rig.done("push")

    pushed_once(rig)


def test_a_server_that_answers_500_half_way_loses_and_doubles_nothing(rig: Rig) -> None:
    chance = random.Random(4)
    imports, codes = [(1, "after"), (1, "before"), (2, "after")], []
    for number, when in imports:
        rig.proxy.fail_at(number, cast("When", when), lambda asked: asked.path.endswith("/import"))
        codes.append(rig.run("push"))
    for when in WHEN:
        rig.proxy.fail_at(chance.randint(2, 10), when)
        codes.append(rig.run("push"))
    rig.done("push")

    assert codes[:3] == [3, 3, 3], "an import is asked for once, and the next command knows whether it arrived"
    assert set(codes) <= {0, 3}, "what may be asked for twice is asked for again at once"
    pushed_once(rig)


def test_a_pull_that_is_killed_again_and_again_brings_every_annotation(rig: Rig) -> None:
    rig.done("push")
    planned, chance, kills = rig.planned(), random.Random(7), 0
    people = {name: rig.coder(name) for name in CODERS}
    left = [(name, unit) for name in CODERS for unit in planned[name]]
    chance.shuffle(left)
    expected = set()

    def code_some(count: int) -> None:
        for name, unit in [left.pop() for _ in range(count)]:
            people[name].annotate(unit, ["A"] if unit < "t24" else ["B"])
            expected.add((name, unit, "A" if unit < "t24" else "B"))

    code_some(18)
    rig.done("pull")
    for number in range(9):
        code_some(2)
        rig.proxy.kill_at(chance.randint(2, 12), WHEN[number % 3])
        code = rig.run("pull")
        assert code in (0, -signal.SIGKILL)
        kills += code != 0
    rig.proxy.fail_at(6, "after")
    assert rig.run("pull") in (0, 3)
    rig.done("pull")
    before = {name: rig.study.table(name).read_bytes() for name in ("units", "codings", "quarantine")}
    rig.done("pull")

    assert kills >= 5
    assert {(row.coder, row.unit_id, row.code) for row in rig.study.read(Coding)} == expected
    assert len(list(rig.study.read(Coding))) == len(expected) == 36
    assert {name: rig.study.table(name).read_bytes() for name in before} == before
    assert check(rig) <= {
        "every row's run exists: tables/threads.parquet",
        "every row's run exists: tables/posts.parquet",
    }
