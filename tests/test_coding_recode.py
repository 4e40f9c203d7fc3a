"""A codebook that changes after coding: the tables before and after, and what is to be coded again."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from live_studio import put_threads

from codebook.rows import Coding, Quarantined, Recode
from codebook.study import Study
from codebook.versions import recorded
from coding import derive, records
from coding.agreement.frame import load
from coding.projects.label import Label, Place, Shown
from coding.recode import recode_units
from coding.records import Pull, Push, PushedUnit

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]

FIRST = """\
version: "1.0.0"
codes:
  - {id: SEC, name: Security, definition: A risk is named.}
  - {id: SEC.mal, parent: SEC, name: Malice, definition: Harmful code is feared.}
  - {id: SEC.trust, parent: SEC, name: Trust, definition: Who is trusted?}
  - {id: USE, name: Use, definition: Hard to use.}
  - {id: USE.msg, parent: USE, name: Messages, definition: They mislead.}
  - {id: USE.log, parent: USE, name: Logs, definition: They are silent.}
  - {id: USE.flag, parent: USE, name: Flag, definition: Where does it go?}
  - {id: OTHER, name: Other, definition: All else.}
"""
SECOND = """\
version: "2.0.0"
changes:
  - {version: "2.0.0", rename: {from: SEC.mal, to: SEC.malicious}}
  - {version: "2.0.0", merge: {from: [USE.msg, USE.log], into: USE.err}}
  - {version: "2.0.0", split: {from: SEC.trust, into: [SEC.code, SEC.owner]}}
  - {version: "2.0.0", move: {code: USE.flag, under: SEC}}
  - {version: "2.0.0", retire: OTHER}
codes:
  - {id: SEC, name: Security, definition: A risk is named.}
  - {id: SEC.malicious, parent: SEC, name: Malice, definition: Harmful code is feared.}
  - {id: SEC.code, parent: SEC, name: Trust in code, definition: Is the code trusted?}
  - {id: SEC.owner, parent: SEC, name: Trust in owners, definition: Is the owner trusted?}
  - {id: USE.flag, parent: SEC, name: Flag, definition: Where does it go?}
  - {id: USE, name: Use, definition: Hard to use.}
  - {id: USE.err, parent: USE, name: Errors, definition: Messages or logs.}
  - {id: OTHER, name: Other, definition: All else., status: retired}
"""
STATES = {
    **dict.fromkeys(("SEC.mal", "SEC.trust", "USE.msg", "USE.log", "USE.flag", "OTHER"), "leaf"),
    "SEC": "inner",
    "USE": "inner",
}
GIVEN = {
    "t1": (["SEC", "SEC.mal"], ["USE", "USE.flag"]),
    "t2": (["USE", "USE.msg"], ["USE", "USE.log"]),
    "t3": (["USE", "USE.log"], ["SEC", "SEC.trust"]),
    "t4": (["OTHER"],),
    "t5": (),
    "t6": (["SEC"], ["NOPE"]),
}
MEMO = "note"


def annotation(number: int, paths: tuple[list[str], ...], saved: str) -> dict[str, Any]:
    result: list[dict[str, Any]] = [{"from_name": "memo", "value": {"text": [MEMO]}}]
    if paths:
        result.append({"from_name": "codes", "value": {"taxonomy": list(paths)}})
    return {"id": number, "completed_by": 7, "updated_at": saved, "result": result}


def coded(study: Study, given: dict[str, tuple[list[str], ...]], *shown: Shown, saved: str) -> None:
    """One push and one pull of one coder."""
    label = Label(study="s", uid="u1", coder="coder_a", codebooks=shown)
    store = records.store(study, "coder_a")
    units = tuple(PushedUnit(unit_id=t, thread_id=t, kind="thread", content_sha256="h") for t in given)
    store.append(records.push_page(Push(label=label, project=3, units=units, run_id="coding-push-1"), "http://x"))
    tasks = [
        {"id": number, "data": {"unit_id": unit}, "annotations": [annotation(number, paths, saved)]}
        for number, (unit, paths) in enumerate(given.items(), 1)
    ]
    body = json.dumps(tasks).encode()
    store.append(records.export_page(label, 0, 99, body, "coding-pull-1", "http://x"))
    pull = Pull(label=label, project=3, account=7, codes=STATES, exports=(sha256(body).hexdigest(),))
    store.append(records.pull_page(pull, "coding-pull-1", "http://x"))
    store.close()


@pytest.fixture
def study(make_study: MakeStudy, run: Run) -> Study:
    """Coded under 1.0.0, which is recorded."""
    made = make_study('[coders]\nnames = ["coder_a"]\n', codebook=FIRST)
    put_threads(made, {thread: ["A post."] for thread in GIVEN})
    assert run("codebook", "migrate", "--study", made.path).code == 0
    assert made.key, "push makes it"
    shown = Shown(version="1.0.0", sha256="x", since="2026-01-01T00:00:00+00:00")
    coded(made, GIVEN, shown, saved="2026-02-01T00:00:00Z")
    derive.rebuild(made, print)
    return made


def codings(study: Study) -> list[tuple[str, str, str | None, str]]:
    return [(row.unit_id, row.code, row.code_as_given, row.codebook_version) for row in study.read(Coding)]


def quarantine(study: Study) -> list[tuple[str | None, str, str]]:
    return sorted((row.unit_id, row.reason, row.value) for row in study.read(Quarantined))


def recode(study: Study) -> list[tuple[str, str, str, tuple[str, ...], int, str, str]]:
    return [(r.unit_id, r.coder, r.code, r.choices, r.round, r.annotation_id, r.run_id) for r in study.read(Recode)]


def put(study: Study, text: str) -> None:
    (study.path / "codebook.yaml").write_text(text, encoding="utf-8")


BEFORE = [
    ("t1", "SEC.mal", None, "1.0.0"),
    ("t1", "USE.flag", None, "1.0.0"),
    ("t2", "USE.log", None, "1.0.0"),
    ("t2", "USE.msg", None, "1.0.0"),
    ("t3", "SEC.trust", None, "1.0.0"),
    ("t3", "USE.log", None, "1.0.0"),
    ("t4", "OTHER", None, "1.0.0"),
    ("t5", "", None, "1.0.0"),
]
APART_BEFORE = [("t6", "code is not a leaf", '["SEC"]'), ("t6", "code not in the codebook", '["NOPE"]')]


def test_rename_merge_split_move_and_retire_after_coding(study: Study, run: Run) -> None:
    before = codings(study), quarantine(study), recode(study)
    put(study, SECOND)
    migrated = run("codebook", "migrate", "--study", study.path, "--format", "csv")

    assert before == (BEFORE, APART_BEFORE, [])
    assert migrated.code == 0, migrated.err
    assert codings(study) == [
        ("t1", "SEC.malicious", "SEC.mal", "1.0.0"),
        ("t1", "USE.flag", None, "1.0.0"),
        ("t2", "USE.err", "USE.log, USE.msg", "1.0.0"),
        ("t3", "USE.err", "USE.log", "1.0.0"),
        ("t4", "", "OTHER", "1.0.0"),
        ("t5", "", None, "1.0.0"),
    ]
    assert quarantine(study) == [
        ("t4", "code is retired", '{"code": "OTHER", "codebook_version": "1.0.0", "memo": "note"}'),
        *APART_BEFORE,
    ]
    assert recode(study) == [
        ("t3", "coder_a", "SEC.trust", ("SEC.code", "SEC.owner"), 1, "3/3/3", "coding-pull-1"),
    ]
    assert recode_units(study) == {Place("coder_a", "coding", 2, "plain"): ["t3"]}
    leaves = {leaf.id for leaf in Study.open(study.path).codebook.leaves()}
    assert {code for _, code, _, _ in codings(study)} <= {"", *leaves}, "no coding points to a dead code"
    assert migrated.out.splitlines() == [
        "code,change,before,after,explained_by,codings",
        "SEC.malicious,new id,SEC.mal,SEC.malicious,rename SEC.mal to SEC.malicious,1",
        'SEC.code,added,,Trust in code,"split SEC.trust into SEC.code, SEC.owner",0',
        'SEC.owner,added,,Trust in owners,"split SEC.trust into SEC.code, SEC.owner",0',
        "USE.flag,moved,USE,SEC,move USE.flag under SEC,1",
        'USE.err,added,,Errors,"merge USE.msg, USE.log into USE.err",0',
        "OTHER,status,active,retired,retire OTHER,1",
        'SEC.trust,gone,Trust,,"split SEC.trust into SEC.code, SEC.owner",1',
        'USE.msg,gone,Messages,,"merge USE.msg, USE.log into USE.err",1',
        'USE.log,gone,Logs,,"merge USE.msg, USE.log into USE.err",2',
    ]
    assert "codebook 2.0.0 is recorded" in migrated.err
    assert "6 codings; 3 in quarantine" in migrated.err
    assert "1 codings of split codes are to be coded again (table recode)" in migrated.err


def test_a_dry_run_and_a_second_migration_change_nothing(study: Study, run: Run) -> None:
    put(study, SECOND)
    dry = run("codebook", "migrate", "--dry-run", "--study", study.path)

    assert (dry.code, codings(study)) == (0, BEFORE)
    assert "nothing was recorded or changed" in dry.err
    assert run("codebook", "migrate", "--study", study.path).code == 0
    files = {path.name: path.read_bytes() for path in (study.path / "tables").iterdir()}
    again = run("codebook", "migrate", "--study", study.path)
    assert again.code == 0
    assert "codebook 2.0.0 was recorded before" in again.err
    assert {path.name: path.read_bytes() for path in (study.path / "tables").iterdir()} == files


def test_the_check_holds_after_a_migration_and_the_raw_records_alone_give_the_tables(
    study: Study, run: Run, tmp_path: Path
) -> None:
    put(study, SECOND)
    run("codebook", "migrate", "--study", study.path)
    put(study, "not even YAML: [")
    derive.rebuild(study, print, folder=tmp_path / "again")

    names = sorted(path.name for path in (tmp_path / "again").iterdir())
    assert {"codings.parquet", "quarantine.parquet", "recode.parquet", "units.parquet"} <= set(names)
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (study.path / "tables" / name).read_bytes()
    put(study, SECOND)
    checked = json.loads(run("codebook", "check", "--study", study.path, "--format", "json").out)
    assert [c for c in checked if c["result"] == "failed" and c["check"] != "every row's run exists"] == []


def test_what_no_typed_change_explains_stops_the_migration(study: Study, run: Run) -> None:
    put(study, SECOND.replace('  - {version: "2.0.0", retire: OTHER}\n', ""))
    for command in ("diff", "migrate"):
        stopped = run("codebook", command, "--study", study.path)

        assert stopped.code == 1
        assert "1 of 9 differences have no typed change: OTHER" in stopped.err
        assert '  - {version: "2.0.0", retire: OTHER}\n' in stopped.err
    assert codings(study) == BEFORE


def test_a_codebook_edited_without_a_version_is_an_error(study: Study, run: Run) -> None:
    put(study, FIRST.replace("name: Malice", "name: Harm"))
    migrated = run("codebook", "migrate", "--study", study.path)
    different = run("codebook", "diff", "--study", study.path, "--format", "csv")

    assert migrated.code == 2
    assert "edited without a new version: codes of 1.0.0 differ: SEC.mal" in migrated.err
    assert "Raise `version` above 1.0.0 and say under `changes:`" in migrated.err
    assert (different.code, different.out.splitlines()[1:]) == (1, ["SEC.mal,renamed,Malice,Harm,"])
    put(study, "# only a comment\n" + FIRST.replace(", name", ",   name"))
    assert run("codebook", "migrate", "--study", study.path).code == 0
    assert run("codebook", "diff", "--study", study.path).code == 0


def test_the_check_names_a_codebook_that_was_edited_without_a_version(study: Study, run: Run) -> None:
    def checked() -> list[tuple[str, str]]:
        rows = json.loads(run("codebook", "check", "--study", study.path, "--format", "json").out)
        return [(row["result"], row["what"]) for row in rows if row["check"] == "codebook has a version for every edit"]

    whole = checked()
    put(study, FIRST.replace("name: Malice", "name: Harm"))

    assert whole == [("ok", "")]
    assert checked() == [("failed", "the codebook was edited without a new version: codes of 1.0.0 differ: SEC.mal")]


def test_a_migration_that_was_killed_before_the_tables_is_finished_by_the_next(study: Study, run: Run) -> None:
    put(study, SECOND)
    recorded.record(Study.open(study.path), "codebook-migrate-2")
    before = codings(study)
    run("codebook", "migrate", "--study", study.path)

    assert before == BEFORE
    assert [code for _, code, _, _ in codings(study)] == ["SEC.malicious", "USE.flag", "USE.err", "USE.err", "", ""]
    assert [page.path for page in recorded.store(study).pages()] == ["/versions/1.0.0", "/versions/2.0.0"]


def test_versions_are_compared_by_number_and_with_files(study: Study, run: Run, tmp_path: Path) -> None:
    put(study, SECOND)
    run("codebook", "migrate", "--study", study.path)
    old = tmp_path / "old.yaml"
    old.write_text(FIRST, encoding="utf-8")
    since = run("codebook", "diff", "--since", "1.0.0", "--study", study.path)
    of_file = run("codebook", "diff", old, "--study", study.path)
    nothing = run("codebook", "diff", "--study", study.path)
    unknown = run("codebook", "diff", "--since", "1.5.0", "--study", study.path)

    assert (since.code, of_file.code, nothing.code) == (0, 0, 0)
    assert since.out == of_file.out
    assert len(since.out.splitlines()) == 11
    assert len(nothing.out.splitlines()) == 2
    assert (unknown.code, "There are: 1.0.0, 2.0.0." in unknown.err) == (2, True)


def test_an_annotation_saved_again_under_the_new_page_still_has_its_old_codes(make_study: MakeStudy, run: Run) -> None:
    study = make_study(codebook=FIRST)
    run("codebook", "migrate", "--study", study.path)
    put(study, SECOND)
    run("codebook", "migrate", "--study", study.path)
    shown = [
        Shown(version=version, sha256=version, since=f"2026-0{month}-01T00:00:00+00:00")
        for version, month in (("1.0.0", 1), ("2.0.0", 3))
    ]
    coded(
        study, {"t1": (["SEC", "SEC.mal"], ["SEC", "SEC.trust"], ["SEC", "SEC.code"])}, *shown, saved="2026-04-01T00Z"
    )
    derive.rebuild(study, print)

    assert codings(study) == [("t1", "SEC.code", None, "2.0.0"), ("t1", "SEC.malicious", "SEC.mal", "2.0.0")]
    assert [(row.code, row.choices) for row in study.read(Recode)] == [("SEC.trust", ("SEC.code", "SEC.owner"))]


def test_a_reading_with_a_split_code_is_not_in_the_frame_of_agreement(study: Study, run: Run) -> None:
    put(study, SECOND)
    run("codebook", "migrate", "--study", study.path)
    found = load(Study.open(study.path))

    assert found.read.tolist() == [[True], [True], [True], [True]], "t1, t2, t4 and t5, without t3"
    assert found.gave.any(axis=(1, 2)).tolist() == [
        code in ("SEC.malicious", "USE.flag", "USE.err") for code in found.codes
    ]
