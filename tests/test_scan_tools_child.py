"""Tools run bounded: whatever they do, the run ends, says why, and leaves no process behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from scan.tools.child import Bounds, Child, run

PYTHON = (sys.executable, "-I", "-S", "-c")


def test_a_tool_that_ends_by_itself_is_reported_with_what_it_printed(tmp_path: Path) -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"

    ended = run([*PYTHON, script], tmp_path, Bounds(seconds=30))

    assert (ended.code, ended.cause, ended.reason) == (3, None, "")
    assert (ended.stdout, ended.stderr) == (b"out\n", b"err\n")


def test_a_tool_finds_an_empty_folder_a_home_in_scratch_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    script = "import os, json, sys; print(json.dumps([os.getcwd(), os.listdir(), dict(os.environ), sys.stdin.read()]))"

    ended = run([*PYTHON, script], tmp_path, Bounds(seconds=30), {"MORE": "1"})
    folder, listed, env, given = json.loads(ended.stdout)

    assert (listed, given, env["MORE"]) == ([], "", "1")
    assert folder.startswith(str(tmp_path))
    assert all(env[name].startswith(str(tmp_path)) for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"))
    assert not {"SOME_TOKEN", "PYTHONPATH"} & set(env)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "bounds", "cause", "reason"),
    [
        ("import time; time.sleep(60)", Bounds(seconds=0.5), "time", "it ran for more than 0.5 seconds"),
        (
            "import time; print(1, flush=True); time.sleep(60)",
            Bounds(seconds=60, silence=0.5),
            "time",
            "it took more than 0.5 seconds",
        ),
        (
            "import time; b = bytearray(300 << 20); time.sleep(60)",
            Bounds(seconds=60, megabytes=200),
            "memory",
            "it took more than 200 MB of memory",
        ),
        (
            "import sys\nwhile True: sys.stdout.write('x' * 65536)",
            Bounds(seconds=60, output=1_000_000),
            "output",
            "it printed more than 1000000 bytes",
        ),
        (
            "import time\nfor n in range(99): open(f'{n}', 'wb').write(b'x' * 100_000)\ntime.sleep(60)",
            Bounds(seconds=60, disk=5_000_000),
            "disk",
            "it wrote more than 5000000 bytes",
        ),
        ("import os; os.kill(os.getpid(), 11)", Bounds(seconds=60), "signal", "it crashed: Segmentation fault"),
        ("import os; os.kill(os.getpid(), 9)", Bounds(seconds=60), "signal", "it crashed: Killed"),
    ],
    ids=["time", "silence", "memory", "output", "disk", "crash", "killed"],
)
def test_a_tool_that_passes_a_bound_or_crashes_is_reported_with_the_reason(
    tmp_path: Path, script: str, bounds: Bounds, cause: str, reason: str
) -> None:
    ended = run([*PYTHON, script], tmp_path, bounds)

    assert (ended.code, ended.cause, ended.reason) == (None, cause, reason)
    assert list(tmp_path.iterdir()) == []


def test_a_single_file_above_the_bound_is_refused_by_the_kernel(tmp_path: Path) -> None:
    script = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); open('f', 'wb').write(b'x' * 3_000_000)"

    ended = run([*PYTHON, script], tmp_path, Bounds(seconds=30, disk=1_000_000))

    assert (ended.cause, ended.reason) == ("disk", "it wrote more than 1000000 bytes")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the data of a process")
def test_with_the_kernels_bound_a_process_never_gets_the_memory(tmp_path: Path) -> None:
    script = "try: b = bytearray(900 << 20)\nexcept MemoryError: print('refused')"

    ended = run([*PYTHON, script], tmp_path, Bounds(seconds=30, megabytes=300, kernel=True))

    assert (ended.code, ended.stdout) == (0, b"refused\n")


def test_a_tool_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    ended = run(["/nowhere/tool"], tmp_path, Bounds(seconds=30))

    assert ended.cause == "start"
    assert ended.reason == "it could not be started: /nowhere/tool: No such file or directory"


@pytest.mark.parametrize("session", ["False", "True"], ids=["in its group", "in a session of its own"])
def test_what_a_tool_leaves_running_is_killed(tmp_path: Path, session: str) -> None:
    script = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen(['sleep', '300'], start_new_session={session})\n"
        "print(p.pid, flush=True)\ntime.sleep(60)"
    )

    with Child([*PYTHON, script], tmp_path, Bounds(seconds=60)) as child:
        pid = int(next(child.lines()))

    assert _ends(pid)


def test_a_tool_that_ends_and_leaves_a_holder_of_its_output_does_not_hang_us(tmp_path: Path) -> None:
    script = "import subprocess; print(subprocess.Popen(['sleep', '300']).pid)"

    ended = run([*PYTHON, script], tmp_path, Bounds(seconds=60))

    assert ended.code == 0
    assert ended.seconds < 30
    assert _ends(int(ended.stdout))


def test_when_we_are_killed_the_tool_and_its_children_go_too(tmp_path: Path) -> None:
    tool = (
        "import os, subprocess, time\n"
        "print(os.getpid(), subprocess.Popen(['sleep', '300']).pid, flush=True)\ntime.sleep(300)"
    )
    ours = (
        "import sys; from pathlib import Path; from scan.tools.child import Bounds, Child\n"
        f"with Child([sys.executable, '-c', {tool!r}], Path({str(tmp_path)!r}), Bounds(seconds=300)) as child:\n"
        "    for line in child.lines(): print(line.decode(), flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", ours], stdout=subprocess.PIPE) as process:
        assert process.stdout
        pids = [int(part) for part in process.stdout.readline().split()]
        os.kill(process.pid, signal.SIGKILL)

    assert [_ends(pid) for pid in pids] == [True, True]


def test_lines_come_whole_and_as_they_are_printed(tmp_path: Path) -> None:
    script = "import time; print('a' * 200_000 + '\\n\\nb', flush=True); time.sleep(.2); print('c', end='')"

    with Child([*PYTHON, script], tmp_path, Bounds(seconds=60)) as child:
        lines = list(child.lines())

    assert lines == [b"a" * 200_000, b"", b"b", b"c"]
    assert child.ended.code == 0


def _ends(pid: int) -> bool:
    """Whether a process that was killed goes, once the system gets to it; by itself it would stay five minutes."""
    until = time.monotonic() + 30
    while _is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
