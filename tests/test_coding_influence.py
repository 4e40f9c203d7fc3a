"""How suggestions moved coders: counted by hand, found where a pull was planted, and not found where there is none."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bench.bench_influence import Design, expected, study
from hand_study import row

from codebook.rows import Coding, Decision, Offered, Withheld
from codebook.study import Study
from coding.agreement.interval import Resamples
from coding.agreement.readings import Reading
from coding.influence.judged import judged
from coding.influence.measured import accepted, lead_time, shifted

FEW = Resamples(200, 1)
BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n  - {id: B, name: B, definition: B.}\n'
SHOWN, PLAIN = "suggested", "plain"


def read(unit: str, coder: str, arm: str, *codes: str) -> Reading:
    return Reading(unit, unit, 1, coder, arm, None, codes)


def each(readings: list[Reading], *codes: str) -> dict[tuple[str, str, str, int], set[str]]:
    return {reading.key: set(codes) for reading in readings}


def test_within_a_unit_everybody_is_judged_by_colleagues_who_read_plainly_and_never_by_themselves() -> None:
    """u1: a saw A and gave it, b and c did not. u2: b saw it and gave it, a gave it, c did not."""
    readings = [read("u1", "a", SHOWN, "A"), read("u1", "b", PLAIN), read("u1", "c", PLAIN)]
    readings += [read("u2", "b", SHOWN, "A"), read("u2", "a", PLAIN, "A"), read("u2", "c", PLAIN)]
    found = judged(readings, each(readings, "A"), None)
    who = {
        (found.coders[coder], bool(shown)): (gave, wrong, weight) for coder, shown, gave, wrong, weight in _rows(found)
    }

    assert who == {
        ("a", True): (1.0, 1.0, 1.0),
        ("b", False): (0.0, 1.0, 0.5),
        ("c", False): (0.0, 0.0, 0.5),
        ("b", True): (1.0, 0.5, 1.0),
        ("a", False): (1.0, 1.0, 0.5),
    } | {("c", False): who["c", False]}
    every = np.ones(len(found.code), dtype=bool)
    wrong = shifted(found, every, "within", "wrong", FEW)
    # a: 1 with, 1 without (u2, judged by c); b: 1 with, 0 without (u1, judged by c); a weighs 1 and b 1/2
    assert wrong.value == pytest.approx((1 * (1 - 1) + 0.5 * (1 - 0)) / 1.5)
    assert accepted(found, every, "wrong", FEW).value == 1.0
    assert (wrong.shown, wrong.compared) == (2, 3)


def _rows(found: Any) -> Any:
    return zip(found.coder, found.shown, found.gave, found.wrong, found.weight, strict=True)


def test_with_one_plain_reader_units_that_nobody_saw_suggestions_on_are_compared() -> None:
    readings = [read("u1", "a", SHOWN, "A"), read("u1", "b", PLAIN), read("u2", "a", PLAIN), read("u2", "b", PLAIN)]
    readings += [read("u3", "a", PLAIN, "A"), read("u3", "b", PLAIN)]
    found = judged(readings, each(readings, "A"), None)
    every = np.ones(len(found.code), dtype=bool)

    assert shifted(found, every, "between", "wrong", FEW).value == pytest.approx(1 - (0 + 1) / 2)
    assert shifted(found, every, "within", "wrong", FEW).why == "no such suggestion that can be judged"


def test_what_nobody_read_plainly_is_not_judged() -> None:
    readings = [read("u1", "a", SHOWN, "A"), read("u1", "b", SHOWN, "A"), read("u2", "a", SHOWN)]
    found = judged(readings, each(readings, "A", "B"), None)
    every = np.ones(len(found.code), dtype=bool)

    assert found.kind.tolist() == [3] * 6
    assert accepted(found, every, "wrong", FEW).value is None


def test_decisions_judge_pairs_within_a_unit_and_not_what_only_those_who_saw_it_decided() -> None:
    readings = [read("u1", "a", SHOWN, "A"), read("u1", "b", PLAIN), read("u2", "a", PLAIN), read("u2", "b", SHOWN)]
    readings += [read("u3", "a", SHOWN, "A"), read("u3", "b", SHOWN, "A")]
    decided: dict[str, frozenset[str]] = {"u1": frozenset(), "u2": frozenset(), "u3": frozenset("A")}
    found = judged(readings, each(readings, "A"), decided)
    every = np.ones(len(found.code), dtype=bool)
    wrong = shifted(found, every, "within", "wrong", FEW)

    assert wrong.value == pytest.approx(0.5)
    assert (wrong.shown, wrong.compared) == (2, 2)
    assert accepted(found, every, "right", FEW).value is None


def test_how_long_readings_take_is_a_ratio_of_geometric_means_of_each_coder() -> None:
    readings = [read(f"u{n}", coder, arm) for n, coder, arm in ((1, "a", SHOWN), (2, "a", PLAIN), (3, "a", SHOWN))]
    readings += [read("u1", "b", PLAIN), read("u4", "c", SHOWN)]
    seconds = dict(zip((reading.key for reading in readings), (20.0, 10.0, 5.0, 900.0, 1.0), strict=True))

    assert lead_time(readings, seconds, FEW).value == pytest.approx(math.sqrt(20 * 5) / 10)


@pytest.mark.parametrize(("coders", "share", "comparison", "decided"), [
    (4, 1.0, "within", False),
    (2, 0.5, "between", False),
    (2, 1.0, "within", True),
])  # fmt: skip
def test_a_planted_pull_is_found_and_none_where_there_is_none(
    coders: int, share: float, comparison: str, decided: bool
) -> None:
    """In a few large studies; ``bench_influence`` has a thousand, and how often the intervals hold."""
    for pull in (0.0, 0.25):
        design = Design(coders, share, comparison, decided, pull, threads=300)
        for side in ("wrong", "right"):
            found = [measure(design, side, seed) for seed in range(4)]
            assert abs(np.mean([one.value for one in found]) - expected(design, side)) < 0.05
            if side == "wrong":
                assert sum(one.low > 0 for one in found) in ((3, 4) if pull else (0, 1))


def measure(design: Design, side: str, seed: int) -> Any:
    readings, suggested, decisions = study(design, seed, stream=1)
    found = judged(readings, suggested, decisions if design.decided else None)
    every = np.ones(len(found.code), dtype=bool)
    return shifted(found, every, design.comparison, side, Resamples(200, 1))


@pytest.fixture
def written(make_study: Callable[..., Study]) -> Study:
    """Ten units of two coders, in every second of which a saw A; b reads plainly, and in u4 both saw it."""
    made = make_study('[coders]\nnames = ["a", "b"]\nadjudicator = "judge"\n', codebook=BOOK)
    codings, shown, kept = [], [], []
    for n in range(10):
        for coder in ("a", "b"):
            arm = SHOWN if (coder == "a" and n % 2 == 0) or n == 4 else PLAIN
            key = {"unit_id": f"u{n}", "thread_id": f"u{n}", "coder": coder, "round": 1, "arm": arm}
            code = "A" if arm == SHOWN or n in (1, 2) else ""
            common = {"annotation_id": f"1/{n}/{coder}", "codebook_version": "1.0.0", "lead_time": 10.0 + n}
            codings.append(row(Coding, code=code, **key, **common))
            (shown if arm == SHOWN else kept).append({**key, "code": "A", "suggested_by": "coding-suggest-1"})
    made.write(Coding, codings)
    made.write(Offered, [row(Offered, **values) for values in shown])
    made.write(Withheld, [row(Withheld, **values) for values in kept])
    return made


def lines(run: Callable[..., Any], study: Study, *more: str) -> dict[tuple[str | None, str, str | None], Any]:
    done = run("coding", "influence", "--format", "json", "--resamples", "200", "--study", study.path, *more)
    assert done.code == 0, done.err
    return {(each["code"], each["measure"], each["comparison"]): each for each in json.loads(done.out)}


def test_the_command_says_how_many_cannot_be_judged_and_what_is_compared(
    written: Study, run: Callable[..., Any]
) -> None:
    found = lines(run, written)

    assert found[None, "unjudged", None]["estimate"] == 2
    assert found[None, "accepted_wrong", None]["estimate"] == 1.0
    assert found[None, "accepted_wrong", None]["why"] == "no variation"
    assert found[None, "shift_wrong", "between"]["estimate"] == pytest.approx(1.0)
    assert found["A", "shift_wrong", "between"]["compared"] == 8
    assert found[None, "shift_wrong", "within"]["why"] == "no such suggestion that can be judged"
    assert found[None, "lead_time", None]["estimate"] == pytest.approx(0.92, abs=0.1)


def test_decisions_count_that_several_made(written: Study, run: Callable[..., Any]) -> None:
    common = {"codebook_version": "1.0.0", "codings_changed": False}
    ruled = [row(Decision, unit_id=f"u{n}", thread_id=f"u{n}", code="", by="judge", **common) for n in (0, 6)]
    ruled += [row(Decision, unit_id="u2", thread_id="u2", code="A", by="agreement", **common)]
    ruled += [row(Decision, unit_id="u8", thread_id="u8", code="A", by="a", **common)]
    written.write(Decision, ruled)
    found = lines(run, written, "--truth", "decisions")

    assert found[None, "shift_wrong", "within"]["estimate"] is None
    assert found[None, "shift_wrong", "within"]["why"] == "no coder has read both ways"
    assert found[None, "accepted_wrong", None]["suggested"] == 2
    assert found[None, "accepted_right", None]["suggested"] == 1
    assert found[None, "unjudged", None]["estimate"] == 3


def test_without_suggestions_the_next_step_is_named(make_study: Callable[..., Study], run: Callable[..., Any]) -> None:
    made = make_study('[coders]\nnames = ["a"]\n', codebook=BOOK)
    key = {"unit_id": "u1", "thread_id": "u1", "coder": "a", "round": 1, "arm": PLAIN, "annotation_id": "1/1/1"}
    made.write(Coding, [row(Coding, code="A", codebook_version="1.0.0", **key)])
    done = run("coding", "influence", "--study", made.path)

    assert done.code == 2
    assert "nobody has read anything with suggestions yet" in done.err
    assert "coding suggest" in done.err
