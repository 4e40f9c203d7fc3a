"""The command ``coding`` as users run it, as far as it needs no real Label Studio."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_studio import put_threads

from codebook.study import Study
from coding.label_studio import environment
from coding.label_studio.server import Server, healthy

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
CODERS = '[coders]\nnames = ["coder_a", "coder_b"]\n'
BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n'

STAND_IN = """\
#!{python}
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{{"status": "UP"}}')

HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which a stand-in is where Label Studio's Python would be."""
    monkeypatch.setenv("QUALDEV_CACHE", str(tmp_path / "cache"))
    python = environment.folder() / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(STAND_IN.format(python=sys.executable))
    python.chmod(0o700)
    return tmp_path / "cache"


def test_serve_detached_prints_the_address_says_when_it_runs_and_stops(
    make_study: MakeStudy, run: Run, cache: Path
) -> None:
    study = make_study()
    first = run("coding", "serve", "--detach", "--study", study.path)
    again = run("coding", "serve", "--detach", "--study", study.path)
    stopped = run("coding", "serve", "--stop", "--study", study.path)
    nothing = run("coding", "serve", "--stop", "--study", study.path)

    url = first.out.strip()
    assert (first.code, again.code, stopped.code, nothing.code) == (0, 0, 0, 0), first.err
    assert url.startswith("http://127.0.0.1:")
    assert again.out.strip() == url
    assert "runs already" in again.err
    assert (stopped.err, nothing.err) == ("stopped\n", "no Label Studio of this study is running\n")
    assert not healthy(url)
    assert cache.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_in_the_foreground_ends_its_server_when_it_is_interrupted(
    make_study: MakeStudy, cache: Path, number: int
) -> None:
    study = make_study()
    command = [sys.executable, "-m", "coding.cli", "serve", "--study", str(study.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        assert serving.stderr is not None
        url = serving.stdout.readline().strip()
        while "Ctrl-C" not in serving.stderr.readline():
            assert healthy(url)
        time.sleep(0.3)
        serving.send_signal(number)
        assert serving.wait(30) == 0
        assert serving.stderr.read().endswith("stopped\n")

    assert not healthy(url)
    assert Server(study).running() is None
    assert cache.exists()


def test_serve_notices_that_its_server_has_ended(make_study: MakeStudy, cache: Path) -> None:
    study = make_study()
    command = [sys.executable, "-m", "coding.cli", "serve", "--study", str(study.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        assert serving.stdout.readline().startswith("http://127.0.0.1:")
        running = Server(study).running()
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        _, said = serving.communicate(timeout=30)

    assert serving.returncode == 4
    assert "Label Studio has ended" in said
    assert cache.exists()


def test_serve_uses_the_server_that_the_environment_names(make_study: MakeStudy, run: Run) -> None:
    study = make_study()
    down = run("coding", "serve", "--study", study.path, LABEL_STUDIO_URL="http://127.0.0.1:9/")

    assert (down.code, down.out) == (4, "")
    assert "http://127.0.0.1:9: LABEL_STUDIO_URL names a Label Studio that does not answer" in down.err
    assert not (study.path / ".private" / "label-studio").exists()


@pytest.mark.parametrize("command", ["push", "pull", "coders"])
def test_a_command_that_needs_a_server_says_how_to_start_one(make_study: MakeStudy, run: Run, command: str) -> None:
    study = make_study(CODERS, codebook=BOOK)
    put_threads(study, {"t1": ["a"]})
    before = sorted(p for p in study.path.rglob("*") if p.is_file())
    ran = run("coding", command, "--study", study.path)

    assert ran.code == 4
    assert ran.err.splitlines()[0] == f"coding: {study.path}: no Label Studio runs for this study"
    assert "coding serve --detach" in ran.err
    assert sorted(p for p in study.path.rglob("*") if p.is_file()) == before


def test_tables_needs_from_raw(make_study: MakeStudy, run: Run) -> None:
    ran = run("coding", "pull", "--tables", "x", "--study", make_study().path)

    assert (ran.code, ran.err.splitlines()[0]) == (2, "coding: --tables needs --from-raw")


def test_a_rebuild_without_raw_records_makes_no_table(make_study: MakeStudy, run: Run, tmp_path: Path) -> None:
    study = make_study()
    elsewhere = run("coding", "pull", "--from-raw", "--tables", tmp_path / "out", "--study", study.path)
    here = run("coding", "pull", "--from-raw", "--study", study.path)

    assert (elsewhere.code, elsewhere.err, here.code) == (0, "", 0)
    assert here.err == "0 codings; 0 in quarantine\n"
    assert not (study.path / "tables").exists() or not list((study.path / "tables").glob("*.parquet"))
    assert '"coding rebuild"' in (study.path / "runs.jsonl").read_text()


def test_status_of_a_study_without_codings_is_an_empty_table(make_study: MakeStudy, run: Run) -> None:
    ran = run("coding", "status", "--format", "json", "--study", make_study().path)

    assert (ran.code, ran.out.strip()) == (0, "[]")


@pytest.mark.parametrize("command", ["push", "pull"])
def test_a_missing_extra_is_one_line(make_study: MakeStudy, run: Run, tmp_path: Path, command: str) -> None:
    study = make_study(CODERS, codebook=BOOK)
    absent = tmp_path / "absent" / "label_studio_sdk.py"
    absent.parent.mkdir()
    absent.write_text("raise ModuleNotFoundError(name='label_studio_sdk')")
    server = {"LABEL_STUDIO_URL": "http://127.0.0.1:9", "LABEL_STUDIO_API_KEY": "x", "PYTHONPATH": str(absent.parent)}
    ran = run("coding", command, "--study", study.path, **server)

    assert ran.code == 4
    assert ran.err == (
        "coding: this needs the package 'label_studio_sdk', which comes with an extra: "
        "pip install 'qualdev[labelstudio]'\n"
    )
