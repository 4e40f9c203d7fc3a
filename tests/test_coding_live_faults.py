"""A real Label Studio that is down, refuses, or has lost a project; and the server of a study's own."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads

from codebook.rows import Coding
from codebook.study import Study

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
CoderOf = Callable[[Study, str], LiveCoder]

BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n'


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study('[coders]\nnames = ["coder_a"]\n', codebook=BOOK)
    put_threads(made, {"t1": ["one"], "t2": ["two"]})
    return made


def contents(study: Study) -> dict[str, bytes]:
    kept = ("raw", "tables")
    return {str(p): p.read_bytes() for k in kept for p in (study.path / k).rglob("*") if p.is_file()}


def test_errors_of_the_server_are_one_line_each_and_lose_nothing(
    study: Study, live: LiveStudio, coder_of: CoderOf, run: Run
) -> None:
    assert run("coding", "push", "--study", study.path, **live.env).code == 0
    coder_of(study, "coder_a").annotate("t1", ["A"])
    assert run("coding", "pull", "--study", study.path, **live.env).code == 0
    before = contents(study)
    down = {"LABEL_STUDIO_URL": "http://127.0.0.1:9", "LABEL_STUDIO_API_KEY": live.token}
    no_token = {"LABEL_STUDIO_URL": live.url}
    wrong = {"LABEL_STUDIO_URL": live.url, "LABEL_STUDIO_API_KEY": "0" * 40}
    for command in ("push", "pull"):
        got = [run("coding", command, "--study", study.path, **env) for env in (down, no_token, wrong)]

        assert [one.code for one in got] == [4, 2, 2]
        assert [one.err.splitlines()[0] for one in got] == [
            "coding: http://127.0.0.1:9: no Label Studio answers ([Errno 111] Connection refused)",
            f"coding: {live.url}: LABEL_STUDIO_URL is set, LABEL_STUDIO_API_KEY is not",
            f"coding: {live.url}: Label Studio refuses the token in LABEL_STUDIO_API_KEY (HTTP 401)",
        ]
        assert all(len(one.err.splitlines()) == 2 for one in got)
        assert contents(study) == before


def test_a_deleted_project_stops_push_and_pull_until_a_new_one_is_asked_for(
    study: Study, live: LiveStudio, coder_of: CoderOf, run: Run
) -> None:
    assert run("coding", "push", "--study", study.path, **live.env).code == 0
    first = coder_of(study, "coder_a")
    first.annotate("t1", ["A"], memo="kept")
    assert run("coding", "pull", "--study", study.path, **live.env).code == 0
    before = contents(study)
    live.ask("DELETE", f"/api/projects/{first.project}")

    for command in ("push", "pull"):
        refused = run("coding", command, "--study", study.path, **live.env)
        assert refused.code == 2
        assert f"project {first.project} of coder_a is not on the server any more" in refused.err
        assert "coding push --anew" in refused.err
    assert contents(study) == before
    anew = run("coding", "push", "--anew", "--study", study.path, **live.env)
    second = coder_of(study, "coder_a")
    second.annotate("t2", ["A"])
    pulled = run("coding", "pull", "--study", study.path, **live.env)
    assert (anew.code, pulled.code) == (0, 0), pulled.err
    assert second.project != first.project
    assert [(c.unit_id, c.code, c.memo) for c in study.read(Coding)] == [("t1", "A", "kept"), ("t2", "A", None)]


def test_a_lost_password_file_is_named_and_a_pull_does_without(
    study: Study, live: LiveStudio, coder_of: CoderOf, run: Run
) -> None:
    assert run("coding", "push", "--study", study.path, **live.env).code == 0
    shown = run("coding", "coders", "--format", "json", "--study", study.path, **live.env)
    passwords = study.private / "coders.json"
    kept, mode = passwords.read_bytes(), passwords.stat().st_mode & 0o777
    passwords.unlink()
    refused = run("coding", "push", "--study", study.path, **live.env)
    pulled = run("coding", "pull", "--study", study.path, **live.env)
    passwords.write_bytes(kept)

    assert mode == 0o600
    work = f"{live.url}/projects/{coder_of(study, 'coder_a').project}/data?labeling=1"
    assert f'"url": "{work}"' in shown.out
    assert refused.code == 2
    assert "whose password is not in the study" in refused.err
    assert pulled.code == 0, "a pull needs no passwords"
    assert coder_of(study, "coder_a").ask("GET", "/api/current-user/whoami")["email"] in shown.out


def test_two_studies_on_one_server_do_not_meet(
    study: Study, make_study: MakeStudy, live: LiveStudio, coder_of: CoderOf, run: Run
) -> None:
    other = make_study('[coders]\nnames = ["coder_a"]\n', codebook=BOOK, name="other")
    put_threads(other, {"t1": ["one"]})
    for each in (study, other):
        assert run("coding", "push", "--study", each.path, **live.env).code == 0
    coder_of(study, "coder_a").annotate("t1", ["A"])
    for each in (study, other):
        assert run("coding", "pull", "--study", each.path, **live.env).code == 0

    assert len(list(study.read(Coding))) == 1
    assert list(other.read(Coding)) == []


def test_the_study_whose_server_it_is_needs_no_settings(live_server: tuple[Study, LiveStudio], run: Run) -> None:
    study, live = live_server
    shutil.rmtree(study.path / "tables", ignore_errors=True)
    (study.path / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    put_threads(study, {"t1": ["one"]})
    serving = run("coding", "serve", "--detach", "--study", study.path)
    named = run("coding", "serve", "--study", study.path, **live.env)
    pushed = run("coding", "push", "--study", study.path)
    pulled = run("coding", "pull", "--study", study.path)
    coders = run("coding", "coders", "--study", study.path)

    assert [ran.code for ran in (serving, named, pushed, pulled, coders)] == [0, 0, 0, 0, 0]
    assert serving.out.strip() == named.out.strip() == live.url
    assert "using the Label Studio that LABEL_STUDIO_URL names; none is started" in named.err
    assert f"coder_b: 1 new units, 0 there already ({live.url}/projects/" in pushed.err
    assert live.url in coders.out
    log = (study.private / "label-studio" / "server.log").read_text(errors="replace")
    assert "GET /health" in log
