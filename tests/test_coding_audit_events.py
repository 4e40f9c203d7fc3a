"""What two pulls show of what happened between them, from raw records without a server."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook.rows import Audited
from codebook.study import Study
from coding import derive, records
from coding.audit.changes import compare
from coding.projects.label import Label, Shown
from coding.records import Pull, Push, PushedUnit, Records

MakeStudy = Callable[..., Study]
SHOWN = (Shown(version="1.0.0", sha256="x", since="2026-01-01T00:00:00+00:00"),)
LABEL = Label(study="s", uid="u1", coder="coder_a", codebooks=SHOWN)
OWN, STRANGER = 7, 8
PEOPLE = {"7": "a@example.org", "8": "b@example.org"}


def saved(code: str, *, at: str = "01", by: int = OWN, made_by: int = OWN, **values: Any) -> dict[str, Any]:
    """What an annotation says."""
    result = [{"from_name": "codes", "value": {"taxonomy": [[code]]}}]
    moment = f"2026-02-01T00:00:{at}Z"
    return {"completed_by": made_by, "updated_by": by, "updated_at": moment, "result": result} | values


def push(known: Records, *units: str, label: Label = LABEL) -> None:
    made = tuple(PushedUnit(unit_id=u, thread_id=u, kind="thread", content_sha256="h") for u in units)
    tasks = {unit: 10 + number for number, unit in enumerate(units, 1)}
    known.add(
        records.push_page(Push(label=label, project=3, units=made, run_id="coding-push-1", tasks=tasks), "http://x")
    )


def pull(
    known: Records,
    number: int,
    annotations: Mapping[int, Mapping[int, Mapping[str, Any]]],
    heads: Mapping[int, tuple[str, int | None]] | None = None,
    *,
    size: int = 250,
    **changed: Any,
) -> Pull:
    """Store a pull of annotations by task and id, with the heads of all tasks."""
    run, shas = f"coding-pull-{number}", []
    for first in range(0, 250, size):
        tasks = [
            {
                "id": task,
                "data": {"unit_id": f"t{task - 10}"},
                "annotations": [{"id": n} | dict(v) for n, v in each.items()],
            }
            for task, each in annotations.items()
            if each and first <= task < first + size
        ]
        page = records.export_page(LABEL, first, first + size - 1, json.dumps(tasks).encode(), run, "http://x")
        shas.append(sha256(page.body).hexdigest())
        known.add(replace(page, fetched_at=f"2026-03-0{number}T00:00:00+00:00"))
    given = dict.fromkeys(annotations, ("", None)) if heads is None else heads
    listed = records.heads_page(LABEL, 0, 999, [[task, *head] for task, head in given.items()], run, "http://x")
    known.add(listed)
    end = Pull(
        label=LABEL,
        project=3,
        account=OWN,
        codes={"A": "leaf", "B": "leaf"},
        exports=tuple(shas),
        heads=(sha256(listed.body).hexdigest(),),
        people=PEOPLE,
    )
    known.add(
        replace(
            records.pull_page(replace(end, **changed), run, "http://x"), fetched_at=f"2026-03-0{number}T00:00:00+00:00"
        )
    )
    return known.pulls[-1]


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    return make_study('[coders]\nnames = ["coder_a"]\n')


@pytest.fixture
def known(study: Study) -> Records:
    made = records.read(records.store(study, "coder_a"))
    push(made, "t1", "t2")
    return made


def told(study: Study) -> list[tuple[Any, ...]]:
    """Event, annotation, unit, whether it was the coder, account, day on which and run by which it was found."""
    derive.rebuild(study, print)
    return [
        (r.event, r.annotation_id, r.unit_id, r.own, r.account, r.found_at.day, r.run_id) for r in study.read(Audited)
    ]


def test_saving_again_what_was_said_is_no_event_and_new_codings_are_none(study: Study, known: Records) -> None:
    pull(known, 1, {11: {1: saved("A")}, 12: {}})
    pull(known, 2, {11: {1: saved("A", at="05", lead_time=9.0)}, 12: {2: saved("B")}})

    assert told(study) == []


def test_an_edit_by_the_coder_is_told_apart_from_one_by_another_account(study: Study, known: Records) -> None:
    pull(known, 1, {11: {1: saved("A")}, 12: {2: saved("A")}})
    pull(known, 2, {11: {1: saved("B", at="05")}, 12: {2: saved("B", at="06", by=STRANGER)}})
    pull(known, 3, {11: {1: saved("B", at="07", by=STRANGER)}, 12: {2: saved("B", at="06", by=STRANGER)}})

    assert told(study) == [
        ("edited", "3/11/1", "t1", True, "a@example.org", 2, "coding-pull-2"),
        ("edited", "3/12/2", "t2", False, "b@example.org", 2, "coding-pull-2"),
        ("another account", "3/11/1", "t1", False, "b@example.org", 3, "coding-pull-3"),
    ]
    first = next(study.read(Audited))
    assert (first.not_before and first.not_before.day, first.at and first.at.second) == (1, 5)
    assert [first.before, first.after] == ['{"codes": [{"taxonomy": [["A"]]}]}', '{"codes": [{"taxonomy": [["B"]]}]}']


def test_a_first_pull_tells_what_another_account_had_made_by_then(study: Study, known: Records) -> None:
    pull(known, 1, {11: {1: saved("A", by=STRANGER)}, 12: {2: saved("A", made_by=9, by=9)}})

    assert told(study) == [
        ("another account", "3/11/1", "t1", False, "b@example.org", 1, "coding-pull-1"),
        ("another account", "3/12/2", "t2", False, "account 9", 1, "coding-pull-1"),
    ]
    assert {row.not_before for row in study.read(Audited)} == {None}


def test_who_deleted_is_told_only_if_nothing_else_was_done_with_the_task(study: Study, known: Records) -> None:
    both = {11: {1: saved("A")}, 12: {2: saved("A"), 3: saved("B")}}
    then, later = "2026-02-01T00:00:01+00:00", "2026-02-02T00:00:00+00:00"
    pull(known, 1, both, {11: (then, OWN), 12: (then, OWN)})
    left = {11: {}, 12: {3: saved("A", at="09")}}
    pull(known, 2, left, {11: (later, STRANGER), 12: (later, STRANGER)})

    assert told(study)[:2] == [
        ("deleted", "3/11/1", "t1", False, "b@example.org", 2, "coding-pull-2"),
        ("deleted", "3/12/2", "t2", None, None, 2, "coding-pull-2"),
    ]


def test_a_deleted_task_is_told_with_all_that_it_had_and_once(study: Study, known: Records) -> None:
    pull(known, 1, {11: {1: saved("A")}, 12: {}})
    pull(known, 2, {}, {})
    pull(known, 3, {}, {})

    assert [row[:3] for row in told(study)] == [
        ("task deleted", "3/11", "t1"),
        ("task deleted", "3/11/1", "t1"),
        ("task deleted", "3/12", "t2"),
    ]


def test_records_of_versions_that_listed_no_tasks_tell_a_deletion_as_one(study: Study, known: Records) -> None:
    pull(known, 1, {11: {1: saved("A")}, 12: {}})
    end = known.pulls[-1]
    known.add(records.pull_page(replace(end, exports=(), heads=None), "coding-pull-2", "http://x"))

    assert [row[:4] for row in told(study)] == [("deleted", "3/11/1", "t1", None)]


def test_other_ranges_of_the_same_tasks_are_no_event(study: Study, known: Records) -> None:
    tasks = {11: {1: saved("A")}, 12: {2: saved("B")}}
    pull(known, 1, tasks, size=250)
    pull(known, 2, tasks, size=10)

    assert told(study) == []


def test_a_codebook_that_was_edited_without_a_new_version_is_told_once(study: Study, known: Records) -> None:
    pull(known, 1, {11: {}, 12: {}})
    edited = Shown(version="1.0.0", sha256="y", since="2026-02-05T10:00:00+00:00")
    newer = Shown(version="1.1.0", sha256="z", since="2026-02-06T10:00:00+00:00")
    for number in (2, 3):
        pull(known, number, {11: {}, 12: {}}, label=replace(LABEL, codebooks=(*SHOWN, edited, newer)))

    assert [row[:2] for row in told(study)] == [("codebook edited", "3")]
    (row,) = study.read(Audited)
    assert (row.at and row.at.day, row.before) == (5, '{"sha256": "x", "version": "1.0.0"}')


def test_of_a_forgotten_thread_nothing_is_told(study: Study, known: Records) -> None:
    pull(known, 1, {11: {1: saved("A")}, 12: {2: saved("A")}})
    pull(known, 2, {11: {1: saved("B", at="05")}, 12: {2: saved("B", at="05")}})
    forgotten = study.forgotten
    forgotten.add([forgotten.tombstone("thread", "t1", "collect-forget-1")])

    assert [row[2] for row in told(study)] == ["t2"]


@pytest.mark.parametrize(
    "odd",
    [
        {"result": None},
        {"result": "text"},
        {"result": {"a": [1]}},
        {"result": [None, 3, [], {"from_name": 5, "value": []}]},
        {"result": [{"from_name": "memo", "value": {"text": ["x" * 200_000]}}] * 40},
        {"result": [], "completed_by": {"id": 7}, "updated_by": True, "updated_at": 5, "id": "no"},
        {"result": [], "updated_at": "yesterday"},
    ],
)
def test_odd_annotations_are_told_short(study: Study, known: Records, odd: dict[str, Any]) -> None:
    pull(known, 1, {11: {1: saved("A")}, 12: {}})
    pull(known, 2, {11: {1: saved("A", by=STRANGER) | odd}, 12: {}})

    assert len(told(study)) >= 1
    for row in study.read(Audited):
        assert len(row.after or "") < 2500
        assert row.after is None or isinstance(json.loads(row.after), dict)


SAID = st.dictionaries(
    st.integers(11, 14),
    st.dictionaries(st.integers(1, 3), st.tuples(st.sampled_from("AB"), st.sampled_from([OWN, STRANGER]))),
)


@settings(max_examples=30, deadline=None)
@given(SAID, SAID, st.sampled_from([7, 250]))
def test_every_difference_between_two_pulls_is_found_and_nothing_else(
    before: dict[int, dict[int, tuple[str, int]]], after: dict[int, dict[int, tuple[str, int]]], size: int
) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "study.toml").write_text('[study]\ntitle = "x"\nkeywords = ["k"]\nsince = 2019-01-01\n')
        known = records.read(records.store(Study.open(Path(folder)), "coder_a"))
        given_ = [
            {task: {task * 10 + n: saved(code, by=by) for n, (code, by) in each.items()} for task, each in said.items()}
            for said in (before, after)
        ]
        one, two = pull(known, 1, given_[0]), pull(known, 2, given_[1], size=size)
        compared = compare(known, one, two)
        known.store.close()
    old, new = ({(task, n): v for task, each in said.items() for n, v in each.items()} for said in given_)

    assert {(a.task, a.number) for a in compared.came} == new.keys() - old.keys()
    assert {(a.task, a.number) for _, a in compared.changed} == {k for k in old.keys() & new.keys() if old[k] != new[k]}
    lost = {(a.task, a.number) for a, _ in compared.deleted} | {
        (a.task, a.number) for t in compared.tasks.values() for a in t
    }
    assert lost == old.keys() - new.keys()
    assert set(compared.tasks) == before.keys() - after.keys()
