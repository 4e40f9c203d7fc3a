"""A real Label Studio in which somebody edits, deletes and impersonates between two pulls."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads

from codebook.rows import Audited, Coding, Quarantined
from codebook.study import Study
from coding.label_studio import accounts

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
CoderOf = Callable[[Study, str], LiveCoder]

BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n  - {id: B, name: B, definition: B.}\n'
THREADS = {f"t{n}": [f"Post {n}."] for n in range(1, 9)}


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study('[coders]\nnames = ["coder_a", "coder_b"]\n', codebook=BOOK)
    put_threads(made, THREADS)
    return made


@pytest.fixture
def coding(run: Run, live: LiveStudio, study: Study) -> Callable[..., Any]:
    """Run a ``coding`` command of the study against the live server."""

    def command(*arguments: str, code: int = 0) -> Any:
        ran = run("coding", *arguments, "--study", study.path, **live.env)
        assert ran.code == code, ran.err
        return ran

    return command


def events(study: Study) -> list[tuple[Any, ...]]:
    names = {accounts.email(study, coder): coder for coder in ("coder_a", "coder_b")}
    return sorted(
        (
            row.coder,
            row.unit_id or "",
            row.event,
            row.own,
            names.get(row.account or "", row.account),
            row.at is not None,
        )
        for row in study.read(Audited)
    )


def said(text: str | None) -> Any:
    return json.loads(text)["codes"][0]["taxonomy"] if text else None


def test_what_is_edited_deleted_or_made_by_another_account_is_told_by_name_and_time(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio
) -> None:
    coding("push")
    a, b = coder_of(study, "coder_a"), coder_of(study, "coder_b")
    made = {unit: a.annotate(unit, ["A"]) for unit in ("t1", "t2", "t3", "t4", "t5", "t6")}
    first = coding("pull")

    assert events(study) == []
    assert "audit:" not in first.err
    codes = [{"from_name": "codes", "to_name": "thread", "type": "taxonomy", "value": {"taxonomy": [["B"]]}}]
    mine = a.ask("GET", "/api/current-user/whoami")["id"]
    a.ask("PATCH", f"/api/annotations/{made['t1']['id']}/", {"result": codes})
    b.ask("PATCH", f"/api/annotations/{made['t2']['id']}/", {"result": codes})
    a.ask("DELETE", f"/api/annotations/{made['t3']['id']}/")
    b.ask("DELETE", f"/api/annotations/{made['t4']['id']}/")
    live.ask("DELETE", f"/api/tasks/{a.task('t6')}/")
    b.ask("POST", f"/api/tasks/{a.task('t7')}/annotations/", {"result": codes, "completed_by": mine})
    live.ask("DELETE", f"/api/tasks/{a.task('t8')}/")
    second = coding("pull")

    assert events(study) == [
        ("coder_a", "t1", "edited", True, "coder_a", True),
        ("coder_a", "t2", "edited", False, "coder_b", True),
        ("coder_a", "t3", "deleted", True, "coder_a", True),
        ("coder_a", "t4", "deleted", False, "coder_b", True),
        ("coder_a", "t6", "task deleted", None, None, False),
        ("coder_a", "t6", "task deleted", None, None, False),
        ("coder_a", "t7", "another account", False, "coder_b", True),
        ("coder_a", "t8", "task deleted", None, None, False),
    ]
    rows = {(row.unit_id, row.before is None): row for row in study.read(Audited)}
    assert [said(rows["t1", False].before), said(rows["t1", False].after)] == [[["A"]], [["B"]]]
    assert [said(rows["t4", False].before), rows["t4", False].after] == [[["A"]], None]
    assert said(rows["t6", False].before) == [["A"]]
    assert [rows["t7", True].before, said(rows["t7", True].after)] == [None, [["B"]]]
    for row in study.read(Audited):
        assert row.not_before is not None
        assert row.not_before <= row.found_at
        assert row.at is None or row.not_before.replace(microsecond=0) <= row.at
    lines = [line for line in second.err.splitlines() if line.startswith("audit: ")]
    stranger = accounts.email(study, "coder_b")
    assert len(lines) == 8
    assert sum(f" by {stranger} at 20" in line and "UTC, since 20" in line for line in lines) == 3
    assert "bear the account of coder_b. Do both log in with one account?" in second.err
    assert [(c.unit_id, c.code) for c in study.read(Coding)] == [("t1", "B"), ("t5", "A")]
    assert {(q.unit_id, q.reason) for q in study.read(Quarantined)} == {
        ("t2", "another account"),
        ("t7", "another account"),
    }
    before = study.table("audit").read_bytes()
    third = coding("pull")
    assert "audit:" not in third.err
    assert study.table("audit").read_bytes() == before
    audited = coding("audit", "--format", "json")
    assert len(json.loads(audited.out)) == 8
    assert ": 3 pulls chained; the last is " in audited.err
