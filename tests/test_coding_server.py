"""The study's own server: started, found again, stopped; a small stand-in plays Label Studio."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codebook.errors import Missing, StudyError
from codebook.study import Study
from coding.label_studio import server
from coding.label_studio.server import Server

MakeStudy = Callable[..., Study]

STAND_IN = """\
#!{python}
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{{"status": "UP"}}')

value = lambda name: sys.argv[sys.argv.index(name) + 1]
with open(os.path.join(value("--data-dir"), "told.json"), "w") as out:
    json.dump({{"arguments": sys.argv[1:], "environment": dict(os.environ)}}, out)
print("hello from the stand-in", flush=True)
{instead}
HTTPServer(("127.0.0.1", int(value("--port"))), Handler).serve_forever()
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[[str], Path]:
    def make(instead: str = "") -> Path:
        path = tmp_path / "python"
        path.write_text(STAND_IN.format(python=sys.executable, instead=instead), encoding="utf-8")
        path.chmod(0o700)
        return path

    return make


@pytest.fixture
def own(make_study: MakeStudy) -> Iterator[Server]:
    made = Server(make_study())
    yield made
    made.stop()


def test_a_server_is_started_found_again_and_stopped(own: Server, stand_in: Callable[[str], Path]) -> None:
    assert (own.running(), own.address(), own.stop()) == (None, None, False)
    begun = own.start(stand_in(""))
    own.wait(begun, 30)

    seen_by_another_command = Server(Study.open(own.study.path))
    assert seen_by_another_command.running() == begun
    address = server.find(own.study)
    assert (address.url, address.own) == (f"http://127.0.0.1:{begun.port}", True)
    assert len(address.token) == 40
    with pytest.raises(StudyError, match="runs already"):
        own.start(stand_in(""))
    assert seen_by_another_command.stop()
    assert own.running() is None
    assert not server.healthy(begun.url)


def test_it_gets_its_own_settings_and_nothing_of_the_users(
    own: Server, stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DEBUG", "HOST", "SENTRY_DSN", "LABEL_STUDIO_PASSWORD", "PYTHONPATH", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "the user's")
    begun = own.start(stand_in(""))
    own.wait(begun, 30)
    told = json.loads((own.folder / "data" / "told.json").read_text())

    admin = own.admin()
    assert "the user's" not in told["environment"].values()
    assert told["environment"]["SENTRY_DSN"] == ""
    assert told["environment"]["COLLECT_ANALYTICS"] == told["environment"]["LATEST_VERSION_CHECK"] == "false"
    assert told["environment"]["LABEL_STUDIO_USER_TOKEN"] == admin["token"]
    assert told["arguments"][:5] == ["-m", "label_studio.server", "start", "--no-browser", "--internal-host"]
    assert told["arguments"][5] == "127.0.0.1"
    assert admin["password"] not in json.dumps(told["arguments"])
    private = [own.folder / "admin.json", own.folder / "server.json", own.folder / "server.lock"]
    assert {p.stat().st_mode & 0o777 for p in private} == {0o600}
    assert own.study.private.stat().st_mode & 0o777 == 0o700


def test_what_a_killed_server_left_behind_is_passed_over(own: Server, stand_in: Callable[[str], Path]) -> None:
    first = own.start(stand_in(""))
    own.wait(first, 30)
    token = own.admin()["token"]
    os.kill(first.pid, signal.SIGKILL)
    os.waitpid(first.pid, 0)

    assert own.running() is None
    second = own.start(stand_in(""))
    own.wait(second, 30)
    assert second.port == first.port, "bookmarks stay good"
    assert own.admin()["token"] == token


def test_a_process_number_that_was_given_away_again_is_not_taken_for_a_server(own: Server) -> None:
    own.folder.mkdir()
    (own.folder / "server.json").write_text(json.dumps({"pid": os.getpid(), "port": 8080}))

    assert own.running() is None
    assert not own.stop(), "this very test goes on"


def test_a_server_that_ends_at_once_is_reported_with_its_last_lines(
    own: Server, stand_in: Callable[[str], Path]
) -> None:
    begun = own.start(stand_in("sys.exit('no room for a database')"))

    with pytest.raises(Missing, match="ended while it was starting") as failure:
        own.wait(begun, 30)
    assert "hello from the stand-in\n    no room for a database" in str(failure.value)


def test_a_server_that_never_answers_is_ended(own: Server, stand_in: Callable[[str], Path]) -> None:
    begun = own.start(stand_in("time.sleep(600)"))

    with pytest.raises(Missing, match="did not answer in 1 s"):
        own.wait(begun, 1)
    assert own.running() is None


def test_a_server_that_ignores_the_first_signal_is_ended_all_the_same(
    own: Server, stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "STOP_SECONDS", 1)
    begun = own.start(stand_in("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    own.wait(begun, 30)

    assert own.stop()
    assert own.running() is None


def test_a_taken_port_is_an_error_if_it_was_asked_for_and_avoided_if_not(
    own: Server, stand_in: Callable[[str], Path]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StudyError, match=f"port {port} is taken"):
            own.start(stand_in(""), port)
        (own.folder / "server.json").write_text(json.dumps({"pid": 1, "port": port}))
        assert own.start(stand_in("")).port != port


def test_between_lock_and_state_file_a_server_is_just_being_started(
    own: Server, stand_in: Callable[[str], Path]
) -> None:
    begun = own.start(stand_in(""))
    own.wait(begun, 30)
    state = (own.folder / "server.json").read_bytes()
    (own.folder / "server.json").unlink()

    with pytest.raises(StudyError, match="just being started"):
        own.running()
    (own.folder / "server.json").write_bytes(state)


def test_old_downloads_are_cleared_away_at_the_start(own: Server, stand_in: Callable[[str], Path]) -> None:
    old = own.folder / "data" / "export" / "project-1.json"
    old.parent.mkdir(parents=True)
    old.write_text("[]")
    own.start(stand_in(""))

    assert not old.exists()


def test_the_environment_can_name_a_server(make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study('[label_studio]\nurl_env = "OUR_URL"\ntoken_env = "OUR_TOKEN"\n')
    with pytest.raises(Missing, match="no Label Studio runs for this study") as missing:
        server.find(study)
    monkeypatch.setenv("OUR_URL", "https://labels.example/")
    with pytest.raises(StudyError, match="OUR_URL is set, OUR_TOKEN is not") as unset:
        server.find(study)
    monkeypatch.setenv("OUR_TOKEN", "secret")
    found = server.find(study)
    monkeypatch.setenv("OUR_URL", "labels.example")

    assert (missing.value.exit_code, unset.value.exit_code) == (4, 2)
    assert "set OUR_URL" in str(missing.value)
    assert (found.url, found.token, found.token_from, found.own) == (
        "https://labels.example",
        "secret",
        "OUR_TOKEN",
        False,
    )
    with pytest.raises(StudyError, match="OUR_URL is not a web address"):
        server.find(study)


def test_a_server_outlives_the_command_that_started_it(own: Server, stand_in: Callable[[str], Path]) -> None:
    code = (
        "import sys; from coding.label_studio.server import *; "
        "Server(Study.open(Path(sys.argv[1]))).start(Path(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", code, str(own.study.path), str(stand_in(""))], check=True)
    running = own.running()

    assert running is not None
    own.wait(running, 30)
    assert server.healthy(running.url)
