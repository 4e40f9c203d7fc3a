"""Open coding: codes that coders propose, from annotations to the table, and from there to the codebook."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from codebook.rows import Coding, Proposal, Quarantined
from codebook.study import Study
from codebook.themes import Codebook
from coding import derive, records
from coding.projects.label import Label, Shown
from coding.proposals.grouped import as_entries, grouped
from coding.records import Pull, Push, PushedUnit

MakeStudy = Callable[..., Study]
SHOWN = (Shown(version="1.0.0", sha256="x", since="2026-01-01T00:00:00+00:00"),)
BOOK = """\
version: "1.0.0"
codes:
  - {id: A, name: Trust, definition: d}
  - {id: proposed.no-licence, name: Known, definition: d, status: proposed}
"""
ENTRY = """\
  - id: proposed.vendor
    name: =Vendor
    definition: Proposed by coder_a for 2 units.
    status: proposed
"""


def proposing(number: int, *texts: str, memo: str = "") -> dict[str, Any]:
    """A task whose annotation proposes codes."""
    result: list[dict[str, Any]] = [{"from_name": "proposals", "value": {"text": list(texts)}}]
    result += [{"from_name": "memo", "value": {"text": [memo]}}] if memo else []
    annotation = {"id": number, "completed_by": 7, "updated_at": f"2026-02-01T00:00:0{number}Z", "result": result}
    return {"id": 10 + number, "data": {"unit_id": f"t{number}"}, "annotations": [annotation]}


def pulled(study: Study, coder: str, *tasks: dict[str, Any]) -> None:
    """Store a push and a pull, and rebuild the tables."""
    label = Label(study="s", uid=f"u-{coder}", coder=coder, codebooks=SHOWN)
    store = records.store(study, coder)
    units = tuple(PushedUnit(unit_id=f"t{n}", thread_id=f"t{n}", kind="thread", content_sha256="h") for n in range(9))
    store.append(records.push_page(Push(label=label, project=3, units=units, run_id="coding-push-1"), "http://x"))
    body = json.dumps(tasks).encode()
    store.append(records.export_page(label, 0, 99, body, "coding-pull-1", "http://x"))
    end = Pull(label=label, project=3, account=7, codes={"A": "leaf"}, exports=(sha256(body).hexdigest(),))
    store.append(records.pull_page(end, "coding-pull-1", "http://x"))
    store.close()
    derive.rebuild(study, print)


def proposal(name: str, unit: str = "t1", coder: str = "coder_a", memo: str | None = None) -> Proposal:
    common = {"round": 1, "arm": "plain", "annotation_id": "3/1/1", "codebook_version": "1.0.0", "run_id": "r"}
    return Proposal(unit_id=unit, thread_id=unit, coder=coder, name=name, memo=memo, **common)  # type: ignore[arg-type]  # a mapping of several types


@pytest.fixture
def book(tmp_path: Path) -> Codebook:
    (tmp_path / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    return Codebook.load(tmp_path / "codebook.yaml")


def test_each_line_is_a_proposal_and_the_unit_was_read_without_a_code(make_study: MakeStudy) -> None:
    study = make_study('[coders]\nnames = ["coder_a"]\n')
    pulled(study, "coder_a", proposing(1, "No licence\n\n Vendor lock-in ", "No licence", memo="Both are new"))
    expected = [
        Proposal(
            unit_id="t1",
            thread_id="t1",
            coder="coder_a",
            name=name,
            memo="Both are new",
            round=1,
            arm="plain",
            annotation_id="3/11/1",
            codebook_version="1.0.0",
            run_id="coding-pull-1",
        )
        for name in ("No licence", "Vendor lock-in")
    ]

    assert list(study.read(Proposal)) == expected
    assert [(row.code, row.memo) for row in study.read(Coding)] == [("", "Both are new")]


def test_hostile_names_are_one_valid_line_each_and_never_fatal(make_study: MakeStudy) -> None:
    study = make_study('[coders]\nnames = ["coder_a"]\n')
    names = ["\x1b[31mred", "\ud800", "\ud801", "a\x00b", "ab", "=1+1", "\u202eabc", "x" * 201, "y" * 2_000_000]
    pulled(study, "coder_a", proposing(1, *names, memo="\udfff\x07 ask ada@example.org"))

    rows = list(study.read(Proposal))
    assert sorted(row.name for row in rows) == sorted(["=1+1", "ab", "\ufffd", "\ufffd[31mred", "\ufffdabc"])
    assert "ada@" not in str({row.memo for row in rows})
    assert [(row.reason, len(row.value) < 2_000) for row in study.read(Quarantined)] == [
        ("proposal too long", True)
    ] * 2


def test_names_are_put_together_whatever_their_case_and_those_for_most_units_come_first(book: Codebook) -> None:
    given = [
        proposal("trust", "t1"),
        proposal("Vendor lock-in", "t1", memo="a\nb"),
        proposal("vendor lock-in", "t2", "coder_b", memo="c"),
        proposal("Vendor lock-in", "t2", memo="c"),
    ]
    expected = [
        {"name": "Vendor lock-in", "units": 2, "coders": 2, "in_codebook": "", "memos": "a b / c"},
        {"name": "trust", "units": 1, "coders": 1, "in_codebook": "A", "memos": ""},
    ]

    assert [one.row() for one in grouped(given, book)] == expected


def test_entries_stand_in_the_codebook_as_they_are(book: Codebook, tmp_path: Path) -> None:
    names = ["No licence", "no licence!", "Trust", 'Say: "# no" \ufffd', "未知", "x" * 200, "null"]
    entries = as_entries(grouped([proposal(n, memo="key: [value] # it's") for n in names], book), book.codes)
    (tmp_path / "codebook.yaml").write_text(BOOK + entries + "\n", encoding="utf-8")
    loaded = Codebook.load(tmp_path / "codebook.yaml")

    new = [code for code in loaded.codes.values() if code.id not in book.codes]
    assert sorted((code.id, code.name) for code in new) == [
        ("proposed.no-licence-2", "No licence"),
        ("proposed.no-licence-3", "no licence!"),
        ("proposed.null", "null"),
        ("proposed.say-no", 'Say: "# no" \ufffd'),
        ("proposed.unnamed", "未知"),
        ("proposed." + "x" * 39, "x" * 200),
    ]
    assert {code.status for code in new} == {"proposed"}
    assert {code.definition for code in new} == {"Proposed by coder_a for 1 unit. key: [value] # it's"}
    assert loaded.leaves() == book.leaves(), "nobody can assign them yet"


def test_the_command_prints_a_table_and_entries(make_study: MakeStudy, run: Callable[..., Any]) -> None:
    study = make_study('[coders]\nnames = ["coder_a"]\n', codebook=BOOK)
    empty = run("coding", "proposals", "--study", study.path)
    pulled(study, "coder_a", proposing(1, "=Vendor"), proposing(2, "=Vendor"))
    table = run("coding", "proposals", "--study", study.path, "--format", "csv")
    entries = run("coding", "proposals", "--study", study.path, "--yaml")

    assert (empty.code, empty.err) == (0, "no coder has proposed a code, by the last pull\n")
    assert (table.code, table.out) == (0, "name,units,coders,in_codebook,memos\n'=Vendor,2,1,,\n")
    assert (entries.code, entries.out) == (0, ENTRY)
