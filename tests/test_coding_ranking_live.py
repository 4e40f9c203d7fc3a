"""An ordered screening through a real Label Studio: batches, verdicts, a kill, the stop."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads
from place_rig import part

from analysis.flow import flow
from codebook.rows import Ranked
from codebook.study import Study

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]

SETTINGS = """\
[coders]
names = ["coder_a", "coder_b"]
[screening]
recall = 0.3
confidence = 0.9
criteria = [{id = "usage", kind = "include", text = "Somebody fears remote code."}]
"""


def submit(coder: LiveCoder, threads: list[str]) -> None:
    """Judge threads; those whose id begins with r are relevant."""
    for thread in threads:
        verdict = "include" if thread.startswith("r") else "exclude"
        coder.submit(thread, [part("verdict", choices=[verdict])])


def test_batches_are_read_pulled_and_followed_by_others_until_the_rule_says_stop(
    make_study: MakeStudy, live: LiveStudio, coder_of: Callable[..., LiveCoder], run: Run
) -> None:
    study = make_study(SETTINGS)
    texts = {f"r{n}": [f"I fear remote code of strangers {n}"] for n in range(3)}
    put_threads(study, texts | {f"x{n}": [f"Numbers are tokenized wrongly {n}"] for n in range(9)})

    def coding(*arguments: str) -> Any:
        ran = run("coding", *arguments, "--study", study.path, **live.env)
        assert ran.code == 0, ran.err
        return ran

    first = coding("screen", "--order", "--batch", "4")
    people = [coder_of(study, name, "screening") for name in ("coder_a", "coder_b")]
    shown: list[list[str]] = [tasks(live, people[0])]
    read: list[str] = []
    while len(read) < len(shown[-1]):
        for one in people:
            submit(one, shown[-1][len(read) :])
        read = shown[-1]
        coding("pull")
        last = coding("screen", "--order", "--batch", "4")
        shown.append(tasks(live, people[0]))
    told = coding("screen", "--order", "--report", "--format", "csv").out.splitlines()

    assert "coder_b screening: 4 new units, 0 there already" in first.err
    assert all(shown[n + 1][: len(shown[n])] == shown[n] for n in range(len(shown) - 1))
    assert shown[-1] == [row.thread_id for row in sorted(study.read(Ranked), key=place) if row.state == "given"]
    assert [thread for thread in read if thread.startswith("r")]
    assert "stop here" in last.err
    assert len(read) == 8
    assert dict(zip(told[0].split(","), told[1].split(","), strict=False))["may_stop"] == "yes"
    steps = {str(row["step"]): row["threads"] for row in flow(study)}
    assert steps["unread after the stop"] == 12 - len(read)
    assert "not screened yet" not in steps
    before = study.table("ranking").read_bytes()
    coding("pull", "--from-raw")
    assert study.table("ranking").read_bytes() == before
    checked = run("codebook", "check", "--study", study.path).out.splitlines()
    assert [line.split()[-1] for line in checked if "tables/ranking.parquet" in line] == ["ok"] * 6


def place(row: Ranked) -> int:
    return row.rank or 0


def tasks(live: LiveStudio, coder: LiveCoder) -> list[str]:
    """The units of a rater's project, in the order in which they are read."""
    listed = live.ask("GET", f"/api/tasks?project={coder.project}&include=id,data&page_size=1000")["tasks"]
    return [task["data"]["unit_id"] for task in sorted(listed, key=lambda task: int(task["id"]))]


_KILLED = """
import os
from coding.cli import cli
from coding.screening import push
push.push = lambda *_, **__: os._exit(9)
cli()
"""
"""The command, killed between what it stores and what it sends."""


def test_a_batch_that_was_drawn_and_not_pushed_is_pushed_and_not_drawn_again(
    make_study: MakeStudy, live: LiveStudio, run: Run
) -> None:
    study, whole = make_study(SETTINGS), make_study(SETTINGS, name="whole")
    for one in (study, whole):
        put_threads(one, {f"x{n}": [f"text {n}"] for n in range(20)})
    order = ["screen", "--order", "--batch", "6", "--study"]
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, *order, str(study.path)], env=os.environ | live.env, check=False
    )
    done = [run("coding", *order, one.path, **live.env) for one in (study, whole)]

    assert killed.returncode == 9
    assert [(ran.code, "coder_a screening: 6 new units" in ran.err) for ran in done] == [(0, True)] * 2
    assert list(study.read(Ranked)) == list(whole.read(Ranked))
