"""``scan fetch`` against hostile hubs and sudden death: nothing hangs, nothing leaves the store, nothing is lost."""

import gzip
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from scan_study import ScanStudy
from sites.hub_code import CodeModel, HubCodeSite
from sites.server import Asked, LocalSite, Reply, as_json
from test_scan_fetch import TWIN, asked_for, fetched, files, hub, scan

from codebook.harmless import valid_text
from codebook.rows import ModelFile


def why(rows: dict[str, ModelFile]) -> dict[str, str | None]:
    """Why contents could not be had, without what follows from it for other files."""
    said = {path: (row.problem or "").partition("not known, because")[0].rstrip("; ") for path, row in rows.items()}
    return {path: problem or None for path, problem in said.items()}


class Endless(BaseHTTPRequestHandler):
    """Answers with a body that does not end, and notes what was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[str | None]

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Authorization"))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endless() -> Iterator[tuple[str, list[str | None]]]:
    """Where it is, and the tokens that it is sent."""
    asked: list[str | None] = []
    handler = type("Handler", (Endless,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_an_endless_body_is_cut_and_a_token_stays_with_its_host(
    tmp_path: Path, endless: tuple[str, list[str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_TOKEN", "hf_secret_token")
    large = CodeModel("o/large", TWIN.files | {"tokenizer.json": b"{}"})
    where, tokens = endless
    with LocalSite(HubCodeSite([large], cdn=where)) as local:
        rows = files(fetched(tmp_path, local, token_env="HUB_TOKEN", largest_file=100_000), "large")

    assert why(rows)["tokenizer.json"] == "not kept: it is larger, and largest_file is 100000"
    assert tokens == [None]
    assert {each.headers.get("authorization") for each in local.seen} == {"Bearer hf_secret_token"}
    assert b"hf_secret" not in b"".join(gzip.decompress(p.read_bytes()) for p in tmp_path.rglob("*.jsonl.gz"))


def test_a_gzip_bomb_counts_by_what_it_stands_for(tmp_path: Path) -> None:
    bomb = Reply(200, gzip.compress(b"\0" * 50_000_000), {"Content-Encoding": "gzip"})
    honest = Reply(200, gzip.compress(b"y = 1\n"), {"Content-Encoding": "gzip"})
    site = HubCodeSite([TWIN], replies={"modeling_x.py": bomb, "other.py": honest})
    with LocalSite(site) as local:
        rows = files(fetched(tmp_path, local), "twin")

    assert why(rows)["modeling_x.py"] == "not kept: it is larger, and largest_file is 5000000"
    assert (why(rows)["other.py"], rows["other.py"].bytes) == (None, 6)


def test_hostile_paths_are_rows_and_never_paths_on_disk(tmp_path: Path) -> None:
    hostile = ["../../x.py", "/etc/x.py", "a/../../x.py", "a\nb.py", "a\0.py", "-rf.py", "./x.py", "é/%2e%2e/?#.py"]
    hostile += ["n" * 5000 + ".py", "CON.py", "a\\..\\b.py", "\ud800.py"]
    model = CodeModel("o/hostile", dict.fromkeys(hostile, b"x = 1\n"), tags=("custom_code",))
    before = {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents}
    with LocalSite(HubCodeSite([model])) as local:
        rows = files(fetched(tmp_path, local), "hostile")

    elsewhere = "not asked for: its path leads elsewhere"
    assert len(rows) == len(hostile)
    assert {path[:20]: row.problem for path, row in rows.items() if row.problem} == {
        "../../x.py": elsewhere,
        "/etc/x.py": elsewhere,
        "a/../../x.py": elsewhere,
        valid_text("a\0.py"): elsewhere,
        "./x.py": elsewhere,
        "n" * 20: "not asked for: no file can have its path",
        valid_text("\ud800.py"): "not asked for: no file can have its path",
    }
    assert len(asked_for(local)) == 5
    assert {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents} == before
    assert [path.name for path in (tmp_path / "raw/scan/blobs").rglob("*") if path.is_file()] == [rows["CON.py"].sha256]


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ({"sha": "../../../api/whoami"}, "not asked for: the model's revision is no commit"),
        ({"sha": "main"}, "not asked for: the model's revision is no commit"),
        ({"sha": None}, "not asked for: the model's revision is not known"),
        ({"id": "../twin"}, "not asked for: the model's name leads elsewhere"),
    ],
)
def test_a_list_that_would_lead_elsewhere_is_not_followed(tmp_path: Path, says: dict[str, Any], problem: str) -> None:
    item = TWIN.info(blobs=False) | says

    def fault(_: int, asked: Asked) -> Reply | None:
        return as_json([item]) if asked.path == "/api/models" else None

    with LocalSite(HubCodeSite([TWIN]), fault) as local:
        rows = files(fetched(tmp_path, local), "twin")

    assert len(local.seen) == 1
    assert set(why(rows).values()) == {problem}


def test_a_file_that_never_comes_whole_is_given_up_and_the_others_come(tmp_path: Path) -> None:
    broken: dict[str, Reply | str] = {"modeling_x.py": "cut", "config.json": Reply(500, b"oops")}

    def fault(_: int, asked: Asked) -> Reply | str | None:
        return broken.get(asked.path.rpartition("/")[2]) if "resolve" in asked.path else None

    with LocalSite(HubCodeSite([TWIN]), fault) as local:
        rows = files(fetched(tmp_path, local, "--max-wait", "60"), "twin")

    assert why(rows) == {
        "config.json": "asked for 3 times, and it never came whole: HTTP 500",
        "modeling_x.py": "asked for 3 times, and it never came whole: no answer: ProtocolError",
        "other.py": None,
    }


def test_redirects_that_go_round_in_circles_or_nowhere_are_rows(tmp_path: Path) -> None:
    replies = {
        "other.py": Reply(302, b"", {"Location": "other.py"}),
        "config.json": Reply(302, b"", {"Location": "http://[x"}),
    }
    with LocalSite(HubCodeSite([TWIN], replies=replies)) as local:
        rows = files(fetched(tmp_path, local), "twin")

    assert why(rows)["other.py"] == "the hub does not give it: HTTP 508 redirected too often"
    assert why(rows)["config.json"] == "the hub does not give it: HTTP 508 it leads to what is no address"


def world() -> HubCodeSite:
    """Twelve models, six of which take code from two others."""
    reference = json.dumps({"auto_map": {"AutoModel": "lab/base0--m.C", "AutoConfig": "lab/base1--m.C"}}).encode()
    models = [
        CodeModel(f"o/m{n}", {"config.json": reference if n % 2 else b"{}", "m.py": b"x = %d\n" % n}, ("custom_code",))
        for n in range(12)
    ]
    bases = [CodeModel(f"lab/base{n}", {"m.py": b"b = %d\n" % n}, listed=False) for n in range(2)]
    return HubCodeSite([*models, *bases])


def test_killed_at_any_moment_and_run_again_gives_the_same_tables(tmp_path: Path) -> None:
    """At most one request is asked again per kill."""
    drawn = random.Random(20261121)
    with LocalSite(world()) as local:
        whole = fetched(tmp_path / "whole", local)
        needed = len(local.seen)
        local.seen.clear()
        study = ScanStudy.at(tmp_path / "killed", hub(local))
        assert scan(study, "models").exit_code == 0
        kills = 0
        for target in sorted(drawn.sample(range(2, needed), 4)):
            process = study.start(command="fetch")
            while len(local.seen) < target and process.poll() is None:
                time.sleep(0.002)
            kills += process.poll() is None
            os.kill(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
        assert scan(study, "fetch").exit_code == 0

    assert kills >= 2
    assert len(local.seen) <= needed + 2 * kills, "a file is a request and its redirect"
    assert study.hashes == whole.hashes
    assert study.runs == whole.runs == ["scan-models-1", "scan-fetch-1"]


def test_a_hub_that_dies_is_gone_on_with_where_it_was(tmp_path: Path) -> None:
    with LocalSite(world()) as local:
        whole = fetched(tmp_path / "whole", local)
        study = ScanStudy.at(tmp_path / "died", hub(local))
        assert scan(study, "models").exit_code == 0
        local.dies_after = len(local.seen) + 9
        stopped = scan(study, "fetch")
        local.dies_after = None
        assert scan(study, "fetch").exit_code == 0

    assert stopped.exit_code == 3
    assert "What was got is safe" in stopped.stderr
    assert study.hashes == whole.hashes
