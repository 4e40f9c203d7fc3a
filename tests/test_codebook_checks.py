"""``codebook check`` finds what was planted: a number, a row without a run, a row twice, totals that cannot be."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hand_study
import pytest
from click.testing import CliRunner
from hand_study import BOOK, decision, put, row, thread

from codebook import ledger, tables
from codebook.checks import runs
from codebook.checks.mirrors import Twice, twice
from codebook.cli import cli
from codebook.rows import (
    Claim,
    Coding,
    Decision,
    Disagreement,
    Exclusion,
    Finding,
    InForce,
    Model,
    ModelFile,
    Outcome,
    Post,
    Row,
    Thread,
)
from codebook.study import Study, file_sha256, table_name

Make = Callable[..., Study]
THREADS = tuple(
    thread(each.thread_id, each.source, 2024, n_posts=n, included=each.included)
    for each, n in zip(hand_study.THREADS, (2, 1, 2, 1, 1, 0), strict=True)
)
OLD, NEW = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def study(make_study: Make) -> Study:
    """Every kind of table, as runs wrote them, without a fault."""
    study = hand_study.write(make_study(codebook=BOOK), decided=True)
    with ledger.run(study, "collect threads", {}) as run:
        put(run, Thread, THREADS)
    with ledger.run(study, "scan code", {}) as run:
        put(run, Model, [row(Model, model_id=each, run_id=run.id) for each in ("m1", "m2")])
        files = [("m1", "a.py", "aa"), ("m1", "b.py", "bb"), ("m2", "a.py", "aa")]
        put(run, ModelFile, [row(ModelFile, model_id=m, path=p, sha256=s, run_id=run.id) for m, p, s in files])
        put(run, Outcome, [outcome("aa", run.id), outcome("bb", run.id)])
        put(run, Finding, [finding("f1", "aa"), finding("f2", "bb")])
    with ledger.run(study, "platforms fetch", {}) as run:
        put(run, Claim, [row(Claim, claim_id="c1", run_id=run.id)])
        put(run, InForce, [in_force(OLD, NEW), in_force(NEW, None)])
        put(run, Disagreement, [row(Disagreement, disagreement_id="d1", in_code="c1", run_id=run.id)])
    return study


def outcome(sha256: str, run_id: str = "scan-code-1") -> Outcome:
    return row(Outcome, tool="bandit", sha256=sha256, status="scanned", current=True, run_id=run_id)


def finding(finding_id: str, sha256: str | None, **values: Any) -> Finding:
    common = {"tool": "bandit", "line": 3, "current": True, "run_id": "scan-code-1"}
    return row(Finding, finding_id=finding_id, sha256=sha256, **common | values)


def in_force(since: datetime, until: datetime | None, **values: Any) -> InForce:
    common = {"claim_id": "c1", "run_id": "platforms-fetch-1"}
    return row(InForce, since=since, until=until, **common | values)


def failed(study: Study) -> list[tuple[str, str, str]]:
    done = CliRunner().invoke(cli, ["check", "--format", "json", "--study", str(study.path)])
    rows = json.loads(done.stdout)
    wrong = [(each["check"], each["where"], each["what"]) for each in rows if each["result"] == "failed"]
    assert done.exit_code == bool(wrong)
    return wrong


def plant(study: Study, row_type: type[Row], rows: Sequence[Row], command: str = "scan code") -> None:
    """Write a table as a command would, so that only its content is wrong."""
    with ledger.run(study, command, {"again": True}) as run:
        run.write(row_type, rows)


def insert_again(study: Study, name: str, where: str) -> None:
    """Have a row stand twice, which no command of ours would write."""
    path = study.table(name)
    aside = path.with_suffix(".aside")
    with tables.connect(path.parent) as con:
        source = tables.parquet(path)
        twice_there = f"FROM {source} UNION ALL FROM {source} WHERE {where} ORDER BY ALL"
        con.execute(f"COPY ({twice_there}) TO {tables.literal(aside)} (FORMAT parquet)")
    aside.replace(path)
    with ledger.run(study, "by hand", {}) as run:
        run.outputs[f"tables/{name}.parquet"] = file_sha256(path)


def test_a_study_without_a_fault_has_none(study: Study) -> None:
    assert failed(study) == []


def test_a_number_planted_in_a_table_is_named(study: Study) -> None:
    planted = [thread("t1", "github", 2024, n_posts=7), *THREADS[1:]]
    study.write(Thread, planted)

    assert failed(study) == [
        ("as its last run wrote it", "tables/threads.parquet", "its hash differs"),
        ("n_posts counts the thread's posts", "tables/threads.parquet", "1 do not: t1: n_posts 7, posts 2"),
    ]


def test_a_row_without_a_run_is_named(study: Study) -> None:
    planted = [*hand_study.DECISIONS, decision("t6", "USE.err", run_id="")]
    plant(study, Decision, planted, "coding adjudicate")

    where = "tables/decisions.parquet"
    assert failed(study) == [
        ("every row's run exists", where, "rows of runs that runs.jsonl does not have: "),
        ("a unit that was decided was read by somebody", where, "1 do not: t6"),
    ]
    assert list(runs.unwritten(study)) == [
        "The table decisions is not as the runs of this study wrote it: rows of runs that runs.jsonl does not have: ."
    ]


def test_a_finding_that_stands_twice_is_named(study: Study) -> None:
    insert_again(study, "findings", "finding_id = 'f1'")

    assert failed(study) == [
        ("no two rows have one key", "tables/findings.parquet", "1 keys stand in several rows: f1")
    ]


@pytest.mark.parametrize(
    ("row_type", "rows", "expected"),
    [
        (
            Thread,
            [*THREADS[:4], thread("t5", "github", 2024, n_posts=1), THREADS[5]],
            ("included is false where there is an exclusion, and only there", "1 do not: t5"),
        ),
        (
            Finding,
            [finding("f1", "aa"), finding("f3", "cc"), finding("f4", None)],
            ("a finding's content was looked at by its tool", "1 do not: f3"),
        ),
        (
            Finding,
            [finding("f1", None, model_id="m9")],
            ("a finding about a repository is about a model", "1 do not: f1"),
        ),
        (Finding, [finding("f1", "aa", end_line=2)], ("a finding ends behind its beginning", "1 do not: f1")),
        (Finding, [finding("f1", "aa", line=0)], ("values can be", "line in 1 rows")),
        (
            Decision,
            [decision("t1", ""), decision("t1", "USE.err")],
            ("a decided set is empty or has codes", "1 do not: t1"),
        ),
        (
            Coding,
            [*hand_study.CODINGS, hand_study.coding("t4", "coder_a", "USE.err")],
            ("a unit without a code has no other row of that reading", "1 do not: t4, coder_a, round 1"),
        ),
        (
            Coding,
            [hand_study.coding(f"t{n}", "coder_a", "USE.err", start=9, end=7 + n) for n in (1, 2, 3)],
            ("a passage ends behind its beginning", "1 do not: t1, coder_a"),
        ),
        (
            Post,
            [*hand_study.POSTS[:6], hand_study.post("t5", 0, code_share=1.5)],
            ("values can be", "code_share in 1 rows"),
        ),
        (
            InForce,
            [in_force(NEW, OLD)],
            ("a level holds until after it began", "1 do not: x, x, since 2024-01-01"),
        ),
        (
            InForce,
            [in_force(OLD, None), in_force(NEW, None)],
            ("a gate has one level at a time", "1 do not: x, x, since 2023-01-01"),
        ),
        (InForce, [in_force(OLD, None, claim_id="c9")], ("a level in force has its claim", "1 do not: c9")),
        (
            Disagreement,
            [row(Disagreement, disagreement_id="d1", documented="c9", run_id="platforms-fetch-1")],
            ("a disagreement is between claims", "1 do not: d1"),
        ),
        (
            Exclusion,
            [],
            ("included is false where there is an exclusion, and only there", "1 do not: t5"),
        ),
    ],
)
def test_what_cannot_be_is_named(
    study: Study, row_type: type[Row], rows: Sequence[Row], expected: tuple[str, str]
) -> None:
    plant(study, row_type, rows)

    name = "threads" if row_type is Exclusion else table_name(row_type)
    assert failed(study) == [(expected[0], f"tables/{name}.parquet", expected[1])]


def test_a_table_that_cannot_be_read_is_named_once_and_the_others_are_looked_at(study: Study) -> None:
    study.table("posts").write_bytes(b"PAR1 and nothing else")

    assert [(check, where) for check, where, _ in failed(study)] == [
        ("rows fit the dictionary", "tables/posts.parquet")
    ]


def test_a_finding_in_a_mirror_counts_twice_and_that_is_said(study: Study) -> None:
    plant(
        study,
        Model,
        [
            row(Model, model_id="a:o/m@1", platform="a", owner="o", name="m", run_id="scan-code-1"),
            row(Model, model_id="b:o/m@1", platform="b", owner="o", name="m", mirror_of="a:o/m", run_id="scan-code-1"),
            row(Model, model_id="c:x/y@1", platform="c", owner="x", name="y", run_id="scan-code-1"),
            row(Model, model_id="d:x/z@1", platform="d", owner="x", name="z", run_id="scan-code-1"),
        ],
    )
    held = [("a:o/m@1", "a.py", "aa"), ("b:o/m@1", "b.py", "aa"), ("c:x/y@1", "y.py", "bb"), ("d:x/z@1", "y.py", "bb")]
    plant(study, ModelFile, [row(ModelFile, model_id=m, path=p, sha256=s, run_id="scan-code-1") for m, p, s in held])

    with study.connect() as con:
        counted = twice(con)

    assert counted == Twice(findings=2, in_models=4, in_copies=2, copies=2, said_so=1)
    assert str(counted) == (
        "2 distinct findings count 4 times in models; 2 of these in 2 models that are copies of others here "
        "(1 as the platform says, 1 by equal files)."
    )


def test_without_copies_nothing_is_said_of_them(make_study: Make) -> None:
    with make_study().connect() as con:
        assert str(twice(con)) == ""


def test_a_file_that_no_manifest_can_have_is_refused(study: Study, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (study.path / "manifest-sha256.txt").write_text(f"{'0' * 64}  ../secret\n")

    assert failed(study) == [("has the hash of the manifest", "manifest-sha256.txt", "1: is no line of a manifest")]
