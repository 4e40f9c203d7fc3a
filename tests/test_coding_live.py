"""The coding round trip through a real Label Studio: push, two coders work, pull."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads

from codebook.rows import Coding, Quarantined, UnitOfCoding
from codebook.study import Study

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
CoderOf = Callable[[Study, str], LiveCoder]

CODERS = '[coders]\nnames = ["coder_a", "coder_b"]\n'
BOOK = """\
version: "1.0.0"
codes:
  - {id: SEC, name: Security, definition: A risk is named.}
  - {id: SEC.mal, parent: SEC, name: Malicious code, definition: Harmful code is feared.}
  - {id: SEC.review, parent: SEC, name: Review, definition: Somebody wants to read it.}
  - {id: OTHER, name: Something else, definition: None of the others.}
"""
THREADS = {f"t{n:02d}": [f"Post one of thread {n}, `code` and **more**.", "An answer."] for n in range(1, 13)}


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study(CODERS, codebook=BOOK)
    put_threads(made, THREADS)
    return made


@pytest.fixture
def coding(run: Run, live: LiveStudio, study: Study) -> Callable[..., Any]:
    """Run a ``coding`` command of the study against the live server; it is to succeed."""

    def command(*arguments: str) -> Any:
        ran = run("coding", *arguments, "--study", study.path, **live.env)
        assert ran.code == 0, ran.err
        return ran

    return command


def bytes_of(study: Study) -> dict[str, bytes]:
    """Every table but those that the test wrote itself."""
    found = (study.path / "tables").glob("*.parquet")
    return {path.stem: path.read_bytes() for path in found if path.stem not in ("threads", "posts")}


def codings(study: Study) -> list[tuple[str, str, str, str | None, str | None]]:
    return [(c.unit_id, c.coder, c.code, c.confidence, c.memo) for c in study.read(Coding)]


def quarantine(study: Study) -> list[tuple[str | None, str | None, str]]:
    return sorted((q.unit_id, q.coder, q.reason) for q in study.read(Quarantined))


def test_what_two_coders_submit_comes_back_as_codings(
    study: Study, coding: Run, coder_of: CoderOf, run: Run, tmp_path: Path
) -> None:
    pushed = coding("push")
    a, b = coder_of(study, "coder_a"), coder_of(study, "coder_b")
    a.annotate("t01", ["SEC", "SEC.mal"], ["OTHER"], confidence="high", memo="Erste Zeile\nzweite Zeile ü 🐍")
    a.annotate("t02")
    b.annotate("t01", ["SEC", "SEC.review"], confidence="low")
    b.annotate("t03", ["OTHER"], memo="=1+1")
    pulled = coding("pull")

    assert codings(study) == [
        ("t01", "coder_a", "OTHER", "high", "Erste Zeile\nzweite Zeile ü 🐍"),
        ("t01", "coder_a", "SEC.mal", "high", "Erste Zeile\nzweite Zeile ü 🐍"),
        ("t01", "coder_b", "SEC.review", "low", None),
        ("t02", "coder_a", "", None, None),
        ("t03", "coder_b", "OTHER", None, "=1+1"),
    ]
    assert quarantine(study) == []
    assert {c.codebook_version for c in study.read(Coding)} == {"1.0.0"}
    assert {c.lead_time for c in study.read(Coding)} == {5.0}
    assert [(u.unit_id, u.coder) for u in study.read(UnitOfCoding)] == [
        (t, c) for t in THREADS for c in ("coder_a", "coder_b")
    ]
    assert "coder_a: 12 new units, 0 there already (http://127.0.0.1" in pushed.err
    assert "5 codings; 0 in quarantine" in pulled.err
    status = [line.split()[:6] for line in coding("status").out.splitlines()[2:]]
    assert status == [["coder_a", "12", "0", "2", "1", "2"], ["coder_b", "12", "0", "2", "0", "2"]]

    before = bytes_of(study)
    assert "nothing new" in coding("pull").err
    assert bytes_of(study) == before, "a second pull of the same gives the same bytes"
    shutil.rmtree(study.path / "tables")
    assert run("coding", "pull", "--from-raw", "--study", study.path).code == 0
    assert bytes_of(study) == before, "the raw records alone give the same bytes, with no server"
    run("coding", "pull", "--from-raw", "--tables", tmp_path / "t", "--study", study.path)
    assert {p.stem: p.read_bytes() for p in (tmp_path / "t").iterdir()} == before


def test_a_second_push_adds_only_what_is_new_and_overwrites_nothing(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio
) -> None:
    coding("push")
    project = coder_of(study, "coder_a").project
    first = live.export(project)
    again = coding("push")

    assert live.export(project) == first
    assert "coder_a: 0 new units, 12 there already" in again.err
    changed = THREADS | {"t01": ["Edited by its author."], "t13": ["New."]}
    del changed["t12"]
    put_threads(study, changed)
    third = coding("push")
    assert [(u.unit_id, u.coder) for u in study.read(UnitOfCoding) if u.changed] == [
        ("t01", "coder_a"),
        ("t01", "coder_b"),
    ]
    units = {u.unit_id: u.run_id for u in study.read(UnitOfCoding) if u.coder == "coder_a"}
    assert "coder_a: 1 new units, 12 there already; 1 changed since they were pushed, the coder keeps the" in third.err
    assert "; 1 are not included any more, or not planned, and stay there" in third.err
    assert {task["data"]["unit_id"]: task["data"]["html"] for task in first}.items() <= {
        task["data"]["unit_id"]: task["data"]["html"] for task in live.export(project)
    }.items()
    assert units == dict.fromkeys(THREADS, "coding-push-1") | {"t13": "coding-push-3"}


def test_units_that_a_killed_push_did_not_record_are_recorded_and_not_pushed_twice(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio
) -> None:
    coding("push")
    project = coder_of(study, "coder_a").project
    segment = study.raw("coding", "coder_a").segments()[-1]
    segment.write_bytes(segment.read_bytes()[:-10])
    again = coding("push")

    assert "coder_a: 0 new units, 12 there already" in again.err
    assert len(live.export(project)) == 12
    assert sum(u.coder == "coder_a" for u in study.read(UnitOfCoding)) == 12


def test_what_is_not_a_coding_is_in_quarantine(study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio) -> None:
    coding("push")
    a, b = coder_of(study, "coder_a"), coder_of(study, "coder_b")
    a.annotate("t01", ["SEC", "SEC.nope"], ["OTHER"])
    a.annotate("t02", ["SEC"])
    a.annotate("t03", was_cancelled=True)
    first = a.annotate("t04", ["OTHER"])
    a.annotate("t04", ["SEC", "SEC.mal"])
    b.ask("POST", f"/api/tasks/{a.task('t05')}/annotations/", {"result": []})
    edited = a.annotate("t06", ["OTHER"])
    b.ask("PATCH", f"/api/annotations/{edited['id']}/", {"result": []})
    a.annotate("t07", confidence="sure")
    foreign = [{"data": {"html": "<p>by hand</p>"}}, {"data": {"html": "<p>by hand</p>", "unit_id": "t99"}}]
    live.ask("POST", f"/api/projects/{a.project}/import", foreign)
    tasks = live.ask("GET", f"/api/tasks?project={a.project}&include=id&page_size=100")["tasks"]
    for task in tasks[-2:]:
        a.ask("POST", f"/api/tasks/{task['id']}/annotations/", {"result": []})
    pulled = coding("pull")

    assert codings(study) == [
        ("t01", "coder_a", "OTHER", None, None),
        ("t04", "coder_a", "SEC.mal", None, None),
        ("t07", "coder_a", "", None, None),
    ]
    assert (
        "9 in quarantine (2 another account, 1 code is not a leaf, 1 code not in the codebook, 1 skipped" in pulled.err
    )
    rows = {(q.unit_id, q.reason): q for q in study.read(Quarantined)}
    assert set(rows) == {
        ("t01", "code not in the codebook"),
        ("t02", "code is not a leaf"),
        ("t03", "skipped"),
        ("t04", "superseded"),
        ("t05", "another account"),
        ("t06", "another account"),
        ("t07", "unknown confidence"),
        (None, "unknown unit"),
        ("t99", "unknown unit"),
    }
    assert rows["t01", "code not in the codebook"].value == '["SEC", "SEC.nope"]'
    assert rows["t04", "superseded"].annotation_id.endswith(f"/{first['id']}")


def test_a_changed_codebook_changes_the_page_and_keeps_what_was_coded(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio
) -> None:
    coding("push")
    a = coder_of(study, "coder_a")
    a.annotate("t01", ["SEC", "SEC.mal"])
    a.annotate("t02", ["SEC", "SEC.review"])
    coding("pull")
    renamed = BOOK.replace('"1.0.0"', '"1.1.0"').replace("Malicious code", "Malice")
    retired = renamed.replace("wants to read it.}", "wants to read it., status: retired}")
    (study.path / "codebook.yaml").write_text(retired, encoding="utf-8")
    coding("push")
    a.annotate("t03", ["SEC", "SEC.mal"])
    config = live.ask("GET", f"/api/projects/{a.project}")["label_config"]
    coding("pull")

    assert 'value="Malice" alias="SEC.mal"' in config
    assert "SEC.review" not in config
    assert [(c.unit_id, c.code, c.codebook_version) for c in study.read(Coding)] == [
        ("t01", "SEC.mal", "1.0.0"),
        ("t02", "", "1.0.0"),
        ("t03", "SEC.mal", "1.1.0"),
    ]
    assert quarantine(study) == [("t02", "coder_a", "code is retired")]
