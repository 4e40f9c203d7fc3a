"""The chain of pulls: what is stored holds; what is changed, removed, reordered or cut off does not, and is named."""

import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from codebook import ledger
from codebook.raw import Page, compressed, record_sha256
from codebook.rows import Coding
from codebook.study import Study
from coding import derive, records
from coding.audit import chain
from coding.audit.chain import verify
from coding.projects.label import Label, Shown
from coding.records import Pull, Push, PushedUnit
from collect.forget import erase

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
SHOWN = (Shown(version="1.0.0", sha256="x", since="2026-01-01T00:00:00+00:00"),)
LABEL = Label(study="s", uid="u1", coder="coder_a", codebooks=SHOWN)


def pushed(study: Study) -> None:
    units = tuple(PushedUnit(unit_id=f"t{n}", thread_id=f"t{n}", kind="thread", content_sha256="h") for n in (1, 2))
    push = Push(label=LABEL, project=3, units=units, run_id="coding-push-1", tasks={"t1": 11, "t2": 12})
    store = records.store(study, "coder_a")
    store.append(records.push_page(push, "http://x"))
    store.close()


def pulled(study: Study, codes: dict[str, str], *, linked: bool = True) -> None:
    """What ``coding pull`` stores of two tasks with these codes, in a run of its own."""
    tasks = [
        {
            "id": 10 + n,
            "data": {"unit_id": f"t{n}", "thread_id": f"t{n}", "html": f"words of t{n}"},
            "annotations": [
                {
                    "id": n,
                    "completed_by": 7,
                    "updated_at": "2026-02-01T00:00:01Z",
                    "result": [{"from_name": "codes", "value": {"taxonomy": [[codes[f"t{n}"]]]}}],
                }
            ],
        }
        for n in (1, 2)
    ]
    with ledger.run(study, "coding pull", {}) as run:
        known = records.read(records.store(study, "coder_a"))
        heads = records.heads_page(LABEL, 0, 999, [[11, "", None], [12, "", None]], run.id, "http://x")
        export = known.store.erase(records.export_page(LABEL, 0, 249, json.dumps(tasks).encode(), run.id, "http://x"))
        for page in (heads, export):
            known.add(page)
        end = Pull(
            label=LABEL,
            project=3,
            account=7,
            codes={"A": "leaf", "B": "leaf"},
            exports=(sha256(export.body).hexdigest(),),
            heads=(sha256(heads.body).hexdigest(),) if linked else None,
            chain=chain.link(known, "u1") if linked else None,
        )
        known.add(records.pull_page(end, run.id, "http://x"))
        if linked:
            run.notes[chain.NOTE] = {"coder_a": [chain.head(known, "u1")]}
        known.store.close()


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    """One push and three pulls, each with the end of a pull as its last record."""
    made = make_study('[coders]\nnames = ["coder_a"]\n')
    pushed(made)
    for codes in ({"t1": "A", "t2": "A"}, {"t1": "A", "t2": "B"}, {"t1": "B", "t2": "B"}):
        pulled(made, codes)
    return made


def lines(study: Study) -> list[tuple[str, int, bytes]]:
    """All records: segment, number in it, line."""
    store = records.store(study, "coder_a")
    return [
        (path.name, number, line)
        for path in store.segments()
        for number, line in enumerate(gzip.decompress(path.read_bytes()).splitlines(keepends=True))
    ]


def put(study: Study, kept: list[tuple[str, int, bytes]]) -> None:
    """Write records in the place of all that are there."""
    store = records.store(study, "coder_a")
    for path in store.segments():
        members = [gzip.compress(line, 6, mtime=0) for segment, _, line in kept if segment == path.name]
        path.write_bytes(b"".join(members)) if members else path.unlink()


def broken(study: Study) -> list[tuple[str, str]]:
    return [(each.where, each.what) for each in verify(study)[1]]


def test_what_was_stored_holds_and_names_its_last_pull(study: Study) -> None:
    (found,), breaks = verify(study)
    line = lines(study)[-1][2]

    assert breaks == []
    assert [(c.project, c.linked, c.before) for c in found.chains.values()] == [("coder_a, project 3", 3, 0)]
    assert found.chains["u1"].ends[-1] == sha256(line).hexdigest(), "the hash of a record is that of its line"


@pytest.mark.parametrize("number", range(10))
def test_any_record_that_is_removed_is_missed(study: Study, number: int) -> None:
    kept = lines(study)
    assert len(kept) == 10
    del kept[number]
    put(study, kept)

    assert broken(study) != []


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("what", ["run", "fetched_at", "body"])
def test_any_record_that_is_changed_is_found(study: Study, number: int, what: str) -> None:
    kept = lines(study)
    segment, at, line = kept[number]
    values = json.loads(line)
    if what == "body":
        values["body"] = values["body"].replace("coder_a", "coder_x").replace("[11,", "[13,").replace('"A"', '"B"')
        values["body"] = (
            values["body"].replace('"B"', '"A"') if values["body"] == json.loads(line)["body"] else values["body"]
        )
        values["sha256"] = sha256(values["body"].encode()).hexdigest()
    else:
        values[what] = "2020-01-01T00:00:00+00:00"
    changed = (json.dumps(values, ensure_ascii=False) + "\n").encode()
    assert changed != line
    kept[number] = (segment, at, changed)
    put(study, kept)

    assert broken(study) != []


def test_a_changed_export_is_named_with_what_it_answered(study: Study) -> None:
    kept = lines(study)
    segment, at, line = kept[2]
    body = json.loads(line)["body"]
    forged = line.decode().replace(json.dumps(body, ensure_ascii=False), json.dumps(body.replace('"A"', '"B"')))
    forged = forged.replace(sha256(body.encode()).hexdigest(), sha256(body.replace('"A"', '"B"').encode()).hexdigest())
    kept[2] = (segment, at, forged.encode())
    put(study, kept)

    assert broken(study) == [
        (
            f"coder_a/{kept[3][0]} at byte {_start(study, 3)}",
            "a record before it was changed or removed: PULL /coder_a/u1/tasks?from=0&to=249",
        ),
        (
            f"coder_a/{segment} at byte {_start(study, 2)}",
            "a record that the pull behind it does not name: it was changed, or added later",
        ),
    ]


def _start(study: Study, number: int) -> int:
    return [place for place, _ in records.store(study, "coder_a").places()][number][1]


def test_records_in_another_order_are_found(study: Study) -> None:
    kept = lines(study)
    kept[1], kept[2] = (kept[1][0], 1, kept[2][2]), (kept[2][0], 2, kept[1][2])
    put(study, kept)
    assert [what for _, what in broken(study)] == [
        "the records before it are not in the order in which they were stored"
    ]


def test_a_chain_that_was_cut_off_or_made_anew_is_found_by_the_ledger(study: Study) -> None:
    kept = lines(study)
    put(study, [each for each in kept if each[0] < kept[-1][0]])
    assert broken(study) == [("raw/coding/coder_a", "the end of a pull is missing that coding-pull-3 stored")]
    for path in records.store(study, "coder_a").segments():
        path.unlink()
    assert [what for _, what in broken(study)] == [
        f"the end of a pull is missing that coding-pull-{n} stored" for n in (1, 2, 3)
    ]


def test_links_that_were_taken_out_are_found(study: Study) -> None:
    kept = lines(study)
    segment, at, line = kept[-1]
    values = json.loads(line)
    body = json.loads(values["body"])
    body["chain"] = None
    page = Page(values["request"], 200, values["headers"], json.dumps(body).encode(), values["run"], values["base"])
    kept[-1] = (segment, at, gzip.decompress(compressed(page)))
    put(study, kept)

    assert [what for _, what in broken(study)] == [
        "the end of a pull names no records, though those before it do",
        "the end of a pull is missing that coding-pull-3 stored",
    ]


def test_a_record_that_a_crash_cut_is_no_break_and_a_damaged_one_is(study: Study) -> None:
    store = records.store(study, "coder_a")
    left = store.folder / "000099.jsonl.gz"
    left.write_bytes(compressed(Page("PULL /coder_a/u1/tasks?from=0&to=249", 200, {}, b"[]", "r"))[:-10])
    assert broken(study) == []
    first = store.segments()[0]
    first.write_bytes(b"\x00" * 30 + first.read_bytes()[30:])
    assert ["000001.jsonl.gz: damaged at byte 0" in what for _, what in broken(study)] == [False, True]


def test_pulls_of_versions_without_a_chain_are_accepted_and_said_to_be_none(make_study: MakeStudy, run: Run) -> None:
    study = make_study('[coders]\nnames = ["coder_a"]\n')
    pushed(study)
    pulled(study, {"t1": "A", "t2": "A"}, linked=False)
    pulled(study, {"t1": "A", "t2": "B"})
    ran = run("coding", "audit", "--study", study.path)

    assert ran.code == 0
    assert "coder_a, project 3: 1 pulls chained, 1 older ones not chained; the last is " in ran.err
    derive.rebuild(study, print)
    assert [(c.unit_id, c.code) for c in study.read(Coding)] == [("t1", "A"), ("t2", "B")]


def test_forgetting_mends_the_chain_and_says_so_and_nobody_else_can(study: Study, run: Run) -> None:
    heads = chain.head(records.read(records.store(study, "coder_a")), "u1")
    forgotten = study.forgotten
    with ledger.run(study, "collect forget", {}) as forgetting:
        forgotten.add([forgotten.tombstone("thread", "t1", forgetting.id)])
        erase(study, forgotten, keep=True, run_id=forgetting.id)
    (found,), breaks = verify(study)

    assert breaks == []
    assert "words of t1" not in str(lines(study))
    assert heads not in found.chains["u1"].ends
    assert found.now(heads) == found.chains["u1"].ends[-1]
    assert [(run_id, count > 0) for run_id, _, count in found.rewritings] == [("collect-forget-1", True)]
    pulled(study, {"t1": "A", "t2": "A"})
    with ledger.run(study, "collect forget", {}) as forgetting:
        forgotten.add([forgotten.tombstone("thread", "t2", forgetting.id)])
        erase(study, forgotten, keep=True, run_id=forgetting.id)
    assert verify(study)[1] == []
    assert run("coding", "audit", "--study", study.path).code == 0
    kept = lines(study)
    number = max(n for n, (_, _, line) in enumerate(kept) if json.loads(line)["request"] == "REWRITE /moved")
    kept[number] = (*kept[number][:2], kept[number][2].replace(b"collect-forget-2", b"collect-forget-9"))
    put(study, kept)
    ran = run("coding", "audit", "--study", study.path)
    assert ran.code == 1
    assert "by a run that is no collect forget of runs.jsonl (collect-forget-9)" in ran.err
    assert "the raw records are not what they were when they came: 1 breaks" in ran.err


def test_the_hash_of_a_record_is_that_of_its_line(study: Study) -> None:
    pages = list(records.store(study, "coder_a").pages())

    assert [record_sha256(page) for page in pages] == [sha256(line).hexdigest() for *_, line in lines(study)]
