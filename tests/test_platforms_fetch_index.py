"""Where the package index is, what it may say, and that it is never stored or said; kills in the middle of it all."""

import base64
import gzip
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from platform_study import PlatformStudy, sources, wheel
from sites.package_index import Archive, PackageIndexSite
from sites.server import Asked, LocalSite, Reply

from codebook.study import file_sha256
from platforms.fetch.index import index_of

CODE = b"trust_remote_code = None\n"
LARGE = wheel({"client/a.py": CODE, "client/x.bin": bytes(600_000), "client/b.py": b"weights_only = 1\n"}, stored=True)
WHEELS = {
    "client": [
        Archive("client-1.0-py3-none-any.whl", LARGE),
        Archive("client-1.1.tar.gz", sources({"client/a.py": CODE}, "client-1.1")),
        Archive("client-2.0-py3-none-any.whl", LARGE),
    ],
    "other": [Archive("other-0.1-py3-none-any.whl", wheel({"other/a.py": CODE}))],
}


def raw(folder: Path) -> bytes:
    """All that is stored but contents, unpacked."""
    records = [gzip.decompress(path.read_bytes()) for path in sorted(folder.glob("raw/platforms/*/*.jsonl.gz"))]
    return b"".join([*records, (folder / "runs.jsonl").read_bytes() if (folder / "runs.jsonl").exists() else b""])


def test_nothing_that_is_stored_or_said_names_the_index(tmp_path: Path) -> None:
    with LocalSite(PackageIndexSite(WHEELS)) as local:
        study = PlatformStudy.at(tmp_path, local, packages=("client", "other"))
        ran = study.fetch()

    assert ran.exit_code == 0, ran.stderr
    assert b"127.0.0.1" not in raw(tmp_path)
    assert "127.0.0.1" not in ran.stderr
    assert {page.base for page in study.study.raw("platforms", "client").pages()} == {""}


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        ("drop", 3, "no usable answer"),
        (Reply(503, b"busy"), 3, "the site says: HTTP 503"),
        (Reply(404, b"no"), 2, "the package index has no package 'client'"),
        (Reply(401, b"who"), 2, "the package index refuses: HTTP 401"),
        (Reply(200, b"<html>sign in</html>", {"Content-Type": "text/html"}), 4, "gives no list of files"),
        (Reply(200, b"[1]", {"Content-Type": "application/json"}), 4, "gives no list of files"),
        (Reply(200, b'{"meta": {"api-version": "9.0"}, "name": "c", "files": []}'), 4, "gives no list of files"),
        (Reply(302, b"", {"Location": "nowhere://x"}), 2, "the package index refuses: HTTP 302"),
        (Reply(501, b"never"), 2, "the package index refuses: HTTP 501"),
    ],
    ids=["gone", "busy", "no package", "refusal", "login", "other json", "other version", "redirect", "never"],
)
def test_an_index_that_does_not_answer_as_one_is_told_without_its_name(
    reply: Reply | str, code: int, said: str, tmp_path: Path
) -> None:
    with LocalSite(PackageIndexSite(WHEELS), fault=lambda _number, _asked: reply) as local:
        study = PlatformStudy.at(tmp_path, local)
        stopped = study.fetch()
        stored = b"LISTING" in raw(tmp_path)
        local.fault = None
        mended = study.fetch()

    assert stopped.exit_code == code, stopped.stderr
    assert said in stopped.stderr
    assert "127.0.0.1" not in stopped.stderr
    assert not stored
    assert (mended.exit_code, study.runs) == (0, ["platforms-fetch-1"])


def test_a_package_without_files_has_no_releases(tmp_path: Path) -> None:
    with LocalSite(PackageIndexSite({"client": []})) as local:
        study = PlatformStudy.at(tmp_path, local)
        ran = study.fetch()

    assert (ran.exit_code, study.releases) == (0, {})


def test_the_index_is_what_pip_is_set_to_use_and_its_password_stays_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = f"Basic {base64.b64encode(b'me:s3cret-word').decode()}"
    with LocalSite(PackageIndexSite(WHEELS, user=user)) as local:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", local.base_url.replace("//", "//me:s3cret-word@") + "/simple/")
        study = PlatformStudy.at(tmp_path, None, 'packages = ["client"]\n')
        ran = study.fetch()

    assert ran.exit_code == 0, ran.stderr
    assert [row.state for row in study.releases.values()] == ["read"] * 3
    assert b"s3cret-word" not in raw(tmp_path)
    assert user.encode() not in raw(tmp_path)


def test_an_index_of_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platforms.fetch.index._pip_settings", lambda: {"index-url": "file:///somewhere"})
    with pytest.raises(Exception, match="cannot be asked over HTTP"):
        index_of("")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('packages = ["blobs"]', "'blobs' cannot be a package here"),
        ('packages = ["../x"]', "'../x' cannot be a package here"),
        ('packages = ["unheard-of"]', "it is not known which platform 'unheard-of' is a client of"),
        ("packages = []", "study.toml names nothing to get"),
        ('[platforms.pages]\nopencsg = ["file:///etc/passwd"]', "cannot be asked for"),
        ('[platforms.pages]\nopencsg = ["https://a:b@docs.invalid/"]', "cannot be asked for"),
    ],
)
def test_settings_that_cannot_be_followed_are_refused(keys: str, said: str, tmp_path: Path) -> None:
    ran = PlatformStudy.at(tmp_path, None, keys + "\n").fetch()

    assert ran.exit_code == 2
    assert said in ran.stderr


def test_an_unknown_package_of_an_option_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    ran = PlatformStudy.at(tmp_path, None, 'packages = ["torch", "Huggingface_Hub"]\n').fetch("--package", "tensor")

    assert ran.exit_code == 2
    assert "There are: torch, huggingface-hub." in ran.stderr


def test_killed_at_any_request_and_run_again_it_gives_the_same_table(tmp_path: Path) -> None:
    """Killed at the list, between two parts of an archive, in an archive of sources, and at the second package."""
    with LocalSite(PackageIndexSite(WHEELS)) as local:
        whole = PlatformStudy.at(tmp_path / "whole", local, packages=("client", "other"))
        whole.fetch()
        requests = len(local.seen)
        study = PlatformStudy.at(tmp_path / "killed", local, packages=("client", "other"))
        began = len(local.seen)
        for kill_at in (1, 3, 5, requests - 1):
            assert _killed(study, local, kill_at)
        last = study.fetch()
        asked = len(local.seen) - began

    assert last.exit_code == 0, last.stderr
    assert "going on with platforms-fetch-1" in last.stderr
    assert file_sha256(tmp_path / "killed/tables/releases.parquet") == file_sha256(
        tmp_path / "whole/tables/releases.parquet"
    )
    assert study.runs == ["platforms-fetch-1"]
    assert asked <= requests + 10, "what had come before a kill was not asked for again"


def _killed(study: PlatformStudy, local: LocalSite, kill_at: int) -> bool:
    """Kill a run at this request of a run that never stops, counted over all that was asked for until now."""
    process: list[subprocess.Popen[str]] = []
    paths = _order(local)

    def fault(_number: int, asked: Asked) -> str | None:
        if (asked.path, asked.headers.get("range")) == paths[kill_at - 1]:
            process[0].send_signal(signal.SIGKILL)
            return "drop"
        return None

    local.fault = fault
    process.append(study.start())
    process[0].communicate(timeout=120)
    local.fault = None
    return process[0].returncode == -signal.SIGKILL


def _order(local: LocalSite) -> list[tuple[str, str | None]]:
    """The requests of a whole run, in their order."""
    seen: dict[tuple[str, str | None], None] = {}
    for each in local.seen:
        seen.setdefault((each.path, each.headers.get("range")))
    return list(seen)


def test_the_ledger_says_what_was_asked_for(tmp_path: Path) -> None:
    with LocalSite(PackageIndexSite(WHEELS)) as local:
        study = PlatformStudy.at(tmp_path, local)
        study.fetch("--limit", "2")
    (line,) = [json.loads(each) for each in (tmp_path / "runs.jsonl").read_text(encoding="utf-8").splitlines()]

    assert line["arguments"] == {"package": [], "since": None, "limit": 2}
    assert line["notes"]["client"]["requests"] == 3
