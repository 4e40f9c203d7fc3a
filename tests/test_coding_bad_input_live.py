"""Bad input from a real Label Studio: pages and tasks that somebody changed, failures half-way, shared accounts."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from live_studio import LiveCoder, LiveStudio, put_threads
from sites.server import Asked, LocalSite, Reply, as_json

from codebook.rows import Audited, Coding, Quarantined, UnitOfCoding
from codebook.study import Study

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
CoderOf = Callable[[Study, str], LiveCoder]

BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n  - {id: B, name: B, definition: B.}\n'
CODERS = '[coders]\nnames = ["coder_a", "coder_b"]\n'


class Through:
    """A site that hands every request on to a Label Studio."""

    base_url = ""

    def __init__(self, url: str) -> None:
        self.url = url

    def answer(self, asked: Asked) -> Reply:
        headers = {name: value for name, value in asked.headers.items() if name in ("authorization", "content-type")}
        url = f"{self.url}{asked.path}?{urlencode(asked.query)}"
        got = requests.request(asked.method, url, data=asked.body, headers=headers, timeout=60)
        return Reply(got.status_code, got.content, {"Content-Type": got.headers.get("Content-Type", "")})


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study(CODERS, codebook=BOOK)
    put_threads(made, {"t1": ["one"], "t2": ["two"], "t3": ["three"]})
    return made


@pytest.fixture
def coding(run: Run, live: LiveStudio, study: Study) -> Callable[..., Any]:
    """Run a ``coding`` command of the study against the live server."""

    def command(*arguments: str, code: int = 0) -> Any:
        ran = run("coding", *arguments, "--study", study.path, **live.env)
        assert ran.code == code, ran.err
        return ran

    return command


def events(study: Study) -> list[tuple[str, str, str | None]]:
    return [(row.coder, row.event, row.unit_id) for row in study.read(Audited)]


def test_a_page_that_was_changed_by_hand_is_told_and_put_right_by_the_next_push(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio
) -> None:
    coding("push")
    project = f"/api/projects/{coder_of(study, 'coder_a').project}"
    ours = live.ask("GET", project)["label_config"]
    theirs = ours.replace('value="B"', 'value="Something else"')
    live.ask("PATCH", project, {"label_config": theirs})
    told, again = coding("pull"), coding("pull")

    assert ours != theirs
    assert "audit: coder_a: " in told.err
    assert " page changed (found 20" in told.err
    assert "page changed" not in again.err
    assert events(study) == [("coder_a", "page changed", None)]
    pushed = coding("push")
    said = [
        line for line in pushed.err.splitlines() if "; its labelling page was changed by hand and is put right" in line
    ]
    assert [line.partition(":")[0] for line in said] == ["coder_a"]
    assert live.ask("GET", project)["label_config"] == ours
    assert "changed by hand" not in coding("push").err
    live.ask("PATCH", project, {"label_config": theirs})
    assert "changed by hand and is put right" in coding("push").err
    assert live.ask("GET", project)["label_config"] == ours
    assert events(study) == [("coder_a", "page changed", None)] * 2
    assert len({row.found_at for row in study.read(Audited)} | {row.run_id for row in study.read(Audited)}) > 2
    assert "page changed" not in coding("pull").err
    assert coding("audit").code == 0


def test_a_task_that_was_deleted_is_told_and_given_again_by_the_next_push(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio
) -> None:
    coding("push")
    a = coder_of(study, "coder_a")
    a.annotate("t1", ["A"])
    a.annotate("t2", ["A"])
    coding("pull")
    for unit in ("t1", "t3"):
        live.ask("DELETE", f"/api/tasks/{a.task(unit)}/")
    coding("pull")

    assert [(c.unit_id, c.code) for c in study.read(Coding)] == [("t2", "A")]
    assert sorted(events(study), key=str) == [("coder_a", "task deleted", unit) for unit in ("t1", "t1", "t3")]
    pushed = coding("push")
    assert "coder_a: 2 new units, 1 there already" in pushed.err
    back = coder_of(study, "coder_a")
    back.annotate("t1", ["B"])
    assert "task deleted" not in coding("pull").err
    assert [(c.unit_id, c.code) for c in study.read(Coding)] == [("t1", "B"), ("t2", "A")]
    assert len(events(study)) == 3
    assert sum(unit.coder == "coder_a" for unit in study.read(UnitOfCoding)) == 3
    assert json.loads(coding("status", "--format", "json").out)[1]["units"] == 3, "who left units out is no error"


def test_a_server_that_fails_half_way_through_a_pull_leaves_the_pull_before(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio, run: Run
) -> None:
    put_threads(study, {f"t{n}": ["words"] for n in range(300)})
    coding("push")
    a = coder_of(study, "coder_a")
    a.annotate("t0", ["A"])
    coding("pull")
    before = {name: study.table(name).read_bytes() for name in ("units", "codings", "quarantine", "audit")}
    for unit in ("t0", "t99", "t50"):
        a.annotate(unit, ["B"])
    exports = 0

    def fails(_number: int, asked: Asked) -> Reply | None:
        nonlocal exports
        exports += asked.path.endswith("/export")
        return as_json({"detail": "database is locked"}, 500) if exports > 1 else None

    with LocalSite(Through(live.url), fault=fails) as site:
        through = live.env | {"LABEL_STUDIO_URL": site.base_url}
        stopped = run("coding", "pull", "--study", study.path, **through)
    assert stopped.code == 3
    assert stopped.err.splitlines()[-2].endswith("Label Studio failed: HTTP 500, database is locked")
    rebuilt = run("coding", "pull", "--from-raw", "--study", study.path)
    assert rebuilt.code == 0
    assert {name: study.table(name).read_bytes() for name in before} == before
    coding("pull")
    assert [(c.unit_id, c.code) for c in study.read(Coding)] == [("t0", "B"), ("t50", "B"), ("t99", "B")]
    assert coding("audit").code == 0


def test_an_annotation_larger_than_a_megabyte_lies_whole_in_raw_and_its_codes_stand(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio
) -> None:
    coding("push")
    memo = "Ü🐍 " * 300_000
    a = coder_of(study, "coder_a")
    made = a.annotate("t1", ["A"], memo=memo)
    coding("pull")
    live.ask("DELETE", f"/api/annotations/{made['id']}/")

    stored = b"".join(page.body for page in study.raw("coding", "coder_a").pages())
    assert [c.code for c in study.read(Coding)] == ["A"]
    assert [(q.unit_id, q.reason) for q in study.read(Quarantined)] == [("t1", "memo too long")]
    assert memo.encode() in stored or json.dumps(memo).encode() in stored
    coding("pull")
    (row,) = study.read(Audited)
    assert (row.event, row.own, len(row.before or "") < 3000) == ("deleted", False, True)
    assert list(study.read(Coding)) == []


def test_two_coders_with_one_account_are_told(study: Study, coding: Run, coder_of: CoderOf) -> None:
    coding("push")
    a, b = coder_of(study, "coder_a"), coder_of(study, "coder_b")
    a.ask("POST", f"/api/tasks/{b.task('t1')}/annotations/", {"result": []})
    told = coding("pull")

    assert (
        "1 annotations of coder_b bear the account of coder_a. Do both log in with one account?"
        " Each has their own: coding coders" in told.err
    )
    assert [(q.unit_id, q.coder, q.reason) for q in study.read(Quarantined)] == [("t1", "coder_b", "another account")]
    passwords = study.private / "coders.json"
    values = json.loads(passwords.read_text())
    for of_server in values.values():
        of_server["coder_b"] = of_server["coder_a"]
    passwords.write_text(json.dumps(values))
    for command in ("push", "coders"):
        refused = coding(command, code=2)
        assert (
            refused.err.splitlines()[-1] == "  What they code could not be told apart. Restore that file from a copy."
        )
        assert f"{passwords}: coder_a and coder_b have the same account, coder_a@" in refused.err


def test_who_has_left_study_toml_is_pulled_still(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio
) -> None:
    coding("push")
    coder_of(study, "coder_b").annotate("t1", ["A"])
    settings = study.path / "study.toml"
    settings.write_text(settings.read_text().replace(', "coder_b"', ""), encoding="utf-8")
    told = coding("pull")

    assert "coder_b: 1 annotated units" in told.err
    assert [(c.coder, c.unit_id, c.code) for c in study.read(Coding)] == [("coder_b", "t1", "A")]
    live.ask("DELETE", f"/api/projects/{coder_of(study, 'coder_b').project}")
    assert "coder_b" not in coding("pull").err
    assert [(c.coder, c.unit_id, c.code) for c in study.read(Coding)] == [("coder_b", "t1", "A")]
