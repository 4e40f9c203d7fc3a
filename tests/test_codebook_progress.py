"""Progress as a user sees it: a bar per site on a terminal, a line a minute in a log."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from four_sites import TOKEN, FourSites, four_sites
from sites.server import Asked, Reply, as_json
from sites.world import world
from world_study import WorldStudy

from codebook.progress import Progress
from collect.cli import cli

SITES = ("github", "huggingface", "pytorch_forum", "stackoverflow")


def busy(number: int, _asked: Asked) -> Reply | None:
    """The third request meets a limit of six seconds."""
    return as_json({"message": "slow down"}, 429, **{"Retry-After": "6"}) if number == 3 else None


@contextmanager
def sites_with_a_wait() -> Iterator[FourSites]:
    with four_sites(world(200).threads) as sites:
        sites.local["huggingface"].fault = busy
        yield sites


def on_a_terminal(study: WorldStudy, columns: int) -> str:
    """What ``collect threads`` writes to a terminal of 40 lines."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(study.command(), env=os.environ | TOKEN, stderr=terminal, stdout=subprocess.DEVNULL)
    os.close(terminal)
    written = b""
    with os.fdopen(main, "rb", buffering=0) as screen:
        while True:
            try:
                written += screen.read(65536)
            except OSError:  # how a terminal says that nobody writes to it any more
                break
    assert process.wait() == 0, written.decode()
    return written.decode()


def test_on_a_terminal_each_site_has_a_bar_with_threads_requests_waiting_time_and_its_reason(tmp_path: Path) -> None:
    with sites_with_a_wait() as sites:
        shown = on_a_terminal(WorldStudy.at(tmp_path / "study", sites), columns=80)
    paintings = {site: re.findall(rf"\r({site}: [^\r\n]*)", shown) for site in SITES}
    bar = r"{}: \d+ threads(, \d+ requests, \d+ s waited(; waiting .*)?)?( \[\d\d:\d\d\])?"

    assert all(paintings.values())
    assert all(len(line.rstrip()) <= 80 for lines in paintings.values() for line in lines)
    for site, lines in paintings.items():
        assert [line for line in lines if not re.fullmatch(bar.format(site), line.rstrip())] == []
    waiting = [line for line in paintings["huggingface"] if "; waiting 6 s: HTTP 429" in line]
    assert {re.search(r"(\d+) s waited", line)[1] for line in waiting} >= {"1", "3", "5"}, "the seconds are counted"
    assert not any("waiting" in line for site in SITES if site != "huggingface" for line in paintings[site])
    counts = [int(re.search(r": (\d+) threads", line)[1]) for line in paintings["github"]]
    assert counts == sorted(counts)


def test_on_a_terminal_every_site_ends_with_one_line_of_what_it_cost(tmp_path: Path) -> None:
    with sites_with_a_wait() as sites:
        study = WorldStudy.at(tmp_path / "study", sites)
        shown = on_a_terminal(study, columns=120)
        asked = {name: len(local.seen) for name, local in sites.local.items()}
    lines = re.findall(r"(\w+): (\d+) threads, (\d+) requests, (\d+) s waited\r\n", shown)

    assert {name: int(requests) for name, _, requests, _ in lines} == asked
    assert len(lines) == 4
    assert sum(int(threads) for _, threads, _, _ in lines) == len(study.threads)
    assert {name: int(waited) >= 6 for name, _, _, waited in lines}["huggingface"]


def test_in_a_log_there_is_a_line_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The minute is made two seconds here: a wait of six has three of them."""
    monkeypatch.setattr(Progress, "every", 2.0)
    with sites_with_a_wait() as sites:
        study = WorldStudy.at(tmp_path / "study", sites)
        asked = ["threads", "--study", str(study.folder), "--site", "huggingface"]
        done = CliRunner().invoke(cli, asked, env=dict(TOKEN), catch_exceptions=False)
    line = r"huggingface: \d+ threads, \d+ requests, \d+ s waited so far; waiting 6 s: HTTP 429\n"

    assert done.exit_code == 0
    assert 2 <= len(re.findall(line, done.stderr)) <= 4
    assert "\r" not in done.stderr
    assert "\x1b" not in done.stderr


def test_in_a_log_a_quick_site_is_one_line(tmp_path: Path) -> None:
    with four_sites(world(50).threads) as sites:
        ran = WorldStudy.at(tmp_path / "study", sites).collect()
    said = [line for line in ran.err.splitlines() if re.match(r"\w+: \d+ threads", line)]

    assert [line.split(":")[0] for line in said] == ["github", "huggingface", "pytorch_forum", "stackoverflow"]


def test_the_minute_is_a_minute() -> None:
    assert Progress.every == 60.0


def test_what_a_site_says_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("hostile", "threads") as progress:
        progress.every = 0.0  # type: ignore[misc] # an own minute for this one
        progress.show(1, 0.0, "waiting 60 s: \x1b[2J\x1b]0;owned\x07 \u202egnp\nsecond line")
    said = capsys.readouterr().err

    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said.splitlines()) == 2


def test_where_the_total_is_known_a_log_has_the_rate_the_time_left_and_the_remark(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("codebook.progress.time.monotonic", lambda: now[0])
    with Progress("scan code", "outcomes", 1000) as progress:
        now[0] += 120
        progress.remark("3 failed")
        progress.add(400)

    assert capsys.readouterr().err == (
        "scan code: 400 outcomes, 3 failed so far of 1000, 3.33 a second, about 3 min left\n"
        "scan code: 400 outcomes, 3 failed\n"
    )
