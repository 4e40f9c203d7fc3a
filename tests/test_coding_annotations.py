"""Label Studio's export, read: codings where they stand, quarantine with a reason where not."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codebook.rows import Coding, Quarantined
from coding.answers.annotations import REASONS, Reading, read
from coding.projects.label import Label, Shown
from coding.records import Pull, PushedUnit

BOOKS = (
    Shown(version="1.0.0", sha256="a", since="2026-01-01T00:00:00+00:00"),
    Shown(version="1.1.0", sha256="b", since="2026-01-03T00:00:00+00:00"),
)
LABEL = Label(study="s", uid="u1", coder="coder_a", codebooks=BOOKS)
CODES = {"SEC": "inner", "SEC.mal": "leaf", "SEC.old": "retired", "SEC.new": "proposed", "OTHER": "leaf"}
PULL = Pull(label=LABEL, project=3, account=7, codes=CODES, exports=())
UNITS = {"t1": PushedUnit(unit_id="t1", thread_id="t1", kind="thread", content_sha256="h")}


def part(name: str, kind: str, value: object) -> dict[str, Any]:
    return {"from_name": name, "to_name": "thread", "type": kind, "value": {kind: value}}


def annotation(*result: object, **values: Any) -> dict[str, Any]:
    common = {"id": 9, "completed_by": 7, "updated_by": 7, "was_cancelled": False, "lead_time": 12.5}
    return common | {"updated_at": "2026-01-02T03:04:05.678901Z", "result": list(result)} | values


def task(*annotations: object, unit: object = "t1") -> list[dict[str, Any]]:
    return [{"id": 5, "data": {"unit_id": unit, "html": "<p>"}, "annotations": list(annotations)}]


def entries(export: object) -> list[Reading | Quarantined]:
    return list(read(export, PULL, UNITS, "coding-pull-1"))


def codes(*paths: list[str]) -> dict[str, Any]:
    return part("codes", "taxonomy", list(paths))


def rows(export: object) -> tuple[list[Coding], list[tuple[str, object]]]:
    found = entries(export)
    stand = [row for entry in found if isinstance(entry, Reading) for row in entry.codings()]
    apart = [e for e in found if isinstance(e, Quarantined)]
    apart += [row for entry in found if isinstance(entry, Reading) for row in entry.apart()]
    return stand, [(row.reason, json.loads(row.value)) for row in apart]


EXPECTED = Coding(
    unit_id="t1",
    thread_id="t1",
    coder="coder_a",
    code="SEC.mal",
    start=None,
    end=None,
    quote=None,
    confidence="medium",
    memo="my memo\nline two",
    round=1,
    arm="plain",
    annotation_id="3/5/9",
    coded_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    lead_time=12.5,
    codebook_version="1.0.0",
    run_id="coding-pull-1",
)


def test_an_annotation_gives_one_row_per_code_with_confidence_and_memo() -> None:
    sent = annotation(
        codes(["SEC", "SEC.mal"], ["OTHER"], ["SEC", "SEC.mal"]),
        part("confidence", "choices", ["medium"]),
        part("memo", "text", ["my memo", "line two "]),
    )

    assert rows(task(sent)) == ([EXPECTED, replace(EXPECTED, code="OTHER")], [])


def test_an_empty_annotation_says_that_no_code_applies() -> None:
    stand, apart = rows(task(annotation()))

    assert stand == [replace(EXPECTED, code="", confidence=None, memo=None)]
    assert apart == []


def test_the_codebook_version_is_the_one_that_was_on_the_page() -> None:
    (later,), _ = rows(task(annotation(codes(["OTHER"]), updated_at="2026-01-03T00:00:00Z")))
    (unknown,), _ = rows(task(annotation(codes(["OTHER"]), updated_at="yesterday")))
    (early,), _ = rows(task(annotation(codes(["OTHER"]), updated_at="2025-01-03T00:00:00Z")))

    assert (later.codebook_version, unknown.codebook_version, early.codebook_version) == ("1.1.0", "1.1.0", "1.0.0")
    assert (unknown.coded_at, later.coded_at) == (None, datetime(2026, 1, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (["SEC", "SEC.gone"], "code not in the codebook"),
        (["Fear of malicious code"], "code not in the codebook"),
        (["SEC"], "code is not a leaf"),
        (["SEC", "SEC.old"], "code is retired"),
        (["SEC", "SEC.new"], "code is proposed"),
    ],
)
def test_an_illegal_code_is_kept_apart_and_the_legal_ones_stand(path: list[str], reason: str) -> None:
    stand, apart = rows(task(annotation(codes(path, ["OTHER"]))))
    alone = rows(task(annotation(codes(path))))

    assert [row.code for row in stand] == ["OTHER"]
    assert apart == [(reason, path)]
    assert alone == ([], [(reason, path)]), "no row with an empty code: the coder did give one"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"completed_by": 8}, "another account"),
        ({"updated_by": 8}, "another account"),
        ({"completed_by": None}, "another account"),
        ({"was_cancelled": True}, "skipped"),
        ({"result": None}, "malformed"),
        ({"result": {"codes": []}}, "malformed"),
    ],
)
def test_an_annotation_that_is_not_the_coders_coding_is_kept_apart_whole(changed: dict[str, Any], reason: str) -> None:
    sent = annotation(codes(["OTHER"])) | changed

    assert rows(task(sent)) == ([], [(reason, sent)])


def test_an_import_without_an_editor_counts_as_the_makers() -> None:
    stand, apart = rows(task(annotation(codes(["OTHER"]), updated_by=None)))

    assert ([row.code for row in stand], apart) == (["OTHER"], [])


@pytest.mark.parametrize("unit", ["t2", None, 5, ["t1"]])
def test_a_task_that_was_not_pushed_is_kept_apart(unit: object) -> None:
    sent = annotation(codes(["OTHER"]))

    assert rows(task(sent, unit=unit)) == ([], [("unknown unit", sent)])


@pytest.mark.parametrize(
    ("item", "reason", "codes_left"),
    [
        (part("confidence", "choices", ["very"]), "unknown confidence", ["OTHER"]),
        (part("confidence", "choices", ["low", "high"]), "unknown confidence", ["OTHER"]),
        (part("confidence", "choices", "low"), "malformed", ["OTHER"]),
        (part("memo", "text", [1]), "malformed", ["OTHER"]),
        (part("codes", "taxonomy", [["OTHER"], []]), "malformed", ["OTHER"]),
        (part("quotes", "hypertextlabels", ["x"]), "unknown part", ["OTHER"]),
        (part("proposals", "text", "a name"), "malformed", ["OTHER"]),
        (part("proposals", "text", ["x" * 201]), "proposal too long", ["OTHER"]),
        (part("memo", "text", ["x" * 100_001]), "memo too long", ["OTHER"]),
        ("text", "malformed", ["OTHER"]),
        ({"from_name": 3}, "malformed", ["OTHER"]),
    ],
)
def test_a_part_that_cannot_be_read_is_kept_apart_and_the_rest_stands(
    item: object, reason: str, codes_left: list[str]
) -> None:
    stand, apart = rows(task(annotation(codes(["OTHER"]), item)))

    assert [(row.code, row.confidence, row.memo) for row in stand] == [(code, None, None) for code in codes_left]
    assert [why for why, _ in apart] == [reason]


def test_unreadable_codes_are_not_no_codes_but_an_unreadable_memo_says_nothing_about_them() -> None:
    unreadable, _ = rows(task(annotation(part("codes", "taxonomy", "OTHER"))))
    only_memo, _ = rows(task(annotation(part("memo", "text", 5))))

    assert [row.code for row in unreadable] == []
    assert [row.code for row in only_memo] == [""]


@pytest.mark.parametrize("export", [None, "x", {}, [1], [{"annotations": 5}], [[]]])
def test_an_export_of_another_form_is_kept_apart(export: object) -> None:
    stand, apart = rows(export)

    assert stand == []
    assert [reason for reason, _ in apart] == ["malformed"]


@pytest.mark.parametrize("seconds", [None, True, "3", float("nan"), float("inf")])
def test_a_lead_time_that_is_no_number_is_empty(seconds: object) -> None:
    (row,), _ = rows(task(annotation(lead_time=seconds)))

    assert row.lead_time is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["t1", "OTHER"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(part, st.sampled_from(["codes", "passages", "proposals", "memo"]), st.just("text"), inner)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "data", "unit_id", "annotations", "result", "value", "from_name", "taxonomy", "choices"),
                    *("hypertextlabels", "globalOffsets", "start", "end", "text", "html"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON, st.lists(JSON, max_size=3))
def test_whatever_comes_is_a_coding_or_in_quarantine_and_never_fatal(export: Any, result: list[Any]) -> None:
    for found in (export, [export], task(export), task(annotation(*result))):
        stand, apart = rows(found)

        assert {row.code for row in stand} <= {"", "SEC.mal", "OTHER"}
        assert {reason for reason, _ in apart} <= set(REASONS)


@given(st.lists(st.sampled_from([["SEC", "SEC.mal"], ["OTHER"], ["SEC"], ["NOPE"], ["SEC", "SEC.old"]]), max_size=6))
def test_no_code_is_lost(paths: list[list[str]]) -> None:
    stand, apart = rows(task(annotation(codes(*paths))))

    given_codes = {path[-1] for path in paths} or {""}
    assert {row.code for row in stand} | {value[-1] for _, value in apart} == given_codes
