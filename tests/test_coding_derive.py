"""Tables of the coding stage from raw records alone."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from codebook.rows import Coding, Quarantined, UnitOfCoding
from codebook.study import Study
from coding import derive, records
from coding.projects.label import Label, Shown
from coding.records import Pull, Push, PushedUnit

MakeStudy = Callable[..., Study]
CODES = {"A": "leaf", "B": "leaf"}
SHOWN = (Shown(version="1.0.0", sha256="x", since="2026-01-01T00:00:00+00:00"),)


@dataclass
class Desk:
    """One coder's raw store, filled as push and pull fill it."""

    study: Study
    coder: str = "coder_a"
    uid: str = "u1"
    project: int = 3

    @property
    def label(self) -> Label:
        return Label(study="s", uid=self.uid, coder=self.coder, codebooks=SHOWN)

    def push(self, *units: str, run: str = "coding-push-1") -> None:
        made = tuple(PushedUnit(unit_id=u, thread_id=u, kind="thread", content_sha256=f"h-{u}") for u in units)
        push = Push(label=self.label, project=self.project, units=made, run_id=run)
        self._append(records.push_page(push, "http://x"))

    def export(self, *annotations: tuple[int, str, str, str], run: str = "coding-pull-1") -> str:
        """Annotations as (id, unit, code, second saved); the hash of the stored export."""
        tasks = [
            {
                "id": 10 + number,
                "data": {"unit_id": unit},
                "annotations": [
                    {
                        "id": number,
                        "completed_by": 7,
                        "updated_at": f"2026-02-01T00:00:{second}Z",
                        "result": [{"from_name": "codes", "value": {"taxonomy": [[code]]}}] if code else [],
                    }
                ],
            }
            for number, unit, code, second in annotations
        ]
        body = json.dumps(tasks).encode()
        self._append(records.export_page(self.label, 0, 99, body, run, "http://x"))
        return sha256(body).hexdigest()

    def end(self, exports: Sequence[str], run: str = "coding-pull-1", **changed: Any) -> None:
        pull = Pull(label=self.label, project=self.project, account=7, codes=CODES, exports=tuple(exports))
        self._append(records.pull_page(replace(pull, **changed), run, "http://x"))

    def _append(self, page: Any) -> None:
        store = records.store(self.study, self.coder)
        store.append(page)
        store.close()


def built(study: Study) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]], list[str]]:
    """Codings (coder, unit, code, run), quarantine (annotation, reason), and what was told."""
    told: list[str] = []
    derive.rebuild(study, told.append)
    stand = [(row.coder, row.unit_id, row.code, row.run_id) for row in study.read(Coding)]
    return stand, [(row.annotation_id, row.reason) for row in study.read(Quarantined)], told


def test_codings_come_from_the_last_complete_pull_and_name_the_run_that_fetched_the_page(
    make_study: MakeStudy,
) -> None:
    desk = Desk(make_study())
    desk.push("t1", "t2")
    first = desk.export((1, "t1", "A", "01"))
    desk.end([first])
    second = desk.export((1, "t1", "A", "01"), (2, "t2", "", "02"), run="coding-pull-2")
    desk.end([second], run="coding-pull-2")

    stand, apart, told = built(desk.study)
    assert stand == [("coder_a", "t1", "A", "coding-pull-2"), ("coder_a", "t2", "", "coding-pull-2")]
    assert (apart, told) == ([], [])


def test_a_pull_that_was_stopped_is_none(make_study: MakeStudy) -> None:
    desk = Desk(make_study())
    desk.push("t1")
    desk.end([desk.export((1, "t1", "A", "01"))])
    desk.export((1, "t1", "B", "02"), run="coding-pull-2")

    assert built(desk.study)[0] == [("coder_a", "t1", "A", "coding-pull-1")]


def test_a_pull_whose_record_is_damaged_gives_way_to_the_one_before(make_study: MakeStudy) -> None:
    desk = Desk(make_study())
    desk.push("t1")
    desk.end([desk.export((1, "t1", "A", "01"))])
    second = desk.export((1, "t1", "B", "02"), run="coding-pull-2")
    desk.end([second], run="coding-pull-2")
    broken = records.store(desk.study, "coder_a").segments()[3]
    broken.write_bytes(broken.read_bytes()[:-20])

    stand, _, told = built(desk.study)
    assert stand == [("coder_a", "t1", "A", "coding-pull-1")]
    assert [line.split(" at byte")[0] for line in told] == ["coder_a: 000004.jsonl.gz: cut"]


def test_the_codes_of_the_pull_decide_and_not_todays_codebook(make_study: MakeStudy) -> None:
    desk = Desk(make_study())
    desk.push("t1")
    export = desk.export((1, "t1", "A", "01"))
    desk.end([export])
    before = built(desk.study)
    (desk.study.path / "codebook.yaml").write_text("not even YAML: [", encoding="utf-8")

    assert built(desk.study) == before
    desk.end([export], run="coding-pull-2", codes={"A": "retired"})
    assert built(desk.study)[:2] == ([], [("3/11/1", "code is retired")])


def test_the_annotation_saved_last_counts_also_across_projects(make_study: MakeStudy) -> None:
    old = Desk(make_study())
    old.push("t1", "t2")
    old.end([old.export((1, "t1", "A", "01"), (2, "t2", "A", "09"), (3, "t1", "B", "00"))])
    new = Desk(old.study, uid="u2", project=8)
    new.push("t1", "t2", run="coding-push-2")
    new.end([new.export((1, "t1", "B", "05"), (2, "t2", "B", "05"), run="coding-pull-2")], run="coding-pull-2")

    stand, apart, _ = built(old.study)
    assert stand == [("coder_a", "t1", "B", "coding-pull-2"), ("coder_a", "t2", "A", "coding-pull-1")]
    assert apart == [("3/11/1", "superseded"), ("3/13/3", "superseded"), ("8/12/2", "superseded")]


def test_a_unit_of_another_project_is_unknown(make_study: MakeStudy) -> None:
    desk = Desk(make_study())
    desk.push("t1")
    desk.end([desk.export((1, "t1", "A", "01"), (2, "t9", "A", "01"))])

    assert built(desk.study)[1] == [("3/12/2", "unknown unit")]


def test_units_say_who_was_given_what(make_study: MakeStudy) -> None:
    one = Desk(make_study())
    two = Desk(one.study, coder="coder_b", uid="u2", project=4)
    one.push("t1")
    two.push("t1")
    one.push("t2", run="coding-push-2")
    derive.rebuild(one.study, print)

    rows = [
        (r.unit_id, r.coder, r.kind, r.round, r.arm, r.content_sha256, r.run_id) for r in one.study.read(UnitOfCoding)
    ]
    assert rows == [
        ("t1", "coder_a", "thread", 1, "plain", "h-t1", "coding-push-1"),
        ("t1", "coder_b", "thread", 1, "plain", "h-t1", "coding-push-1"),
        ("t2", "coder_a", "thread", 1, "plain", "h-t2", "coding-push-2"),
    ]


def test_before_the_first_pull_there_is_no_table_of_codings(make_study: MakeStudy) -> None:
    desk = Desk(make_study())

    assert derive.rebuild(desk.study, print) == {}
    desk.push("t1")
    assert derive.rebuild(desk.study, print) == {"UnitOfCoding": 1}
    assert not desk.study.table("codings").exists()


def test_a_rebuild_gives_the_same_bytes_in_any_folder(make_study: MakeStudy, tmp_path: Path) -> None:
    desk = Desk(make_study())
    desk.push("t1", "t2")
    desk.end([desk.export((1, "t1", "A", "01"), (2, "t2", "C", "02"))])
    derive.rebuild(desk.study, print)
    derive.rebuild(desk.study, print, folder=tmp_path / "other")

    names = [
        "audit.parquet",
        "codings.parquet",
        "proposals.parquet",
        "quarantine.parquet",
        "shown.parquet",
        "units.parquet",
    ]
    assert sorted(p.name for p in (tmp_path / "other").iterdir()) == names
    for name in names:
        assert (tmp_path / "other" / name).read_bytes() == (desk.study.path / "tables" / name).read_bytes()
