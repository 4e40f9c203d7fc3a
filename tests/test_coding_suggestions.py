"""Suggestions from arrays: what is learnt from what, what is said, and what odd input gives."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook.themes import Code
from coding.suggestions.material import Codes, Decided, Units, Wording, wording
from coding.suggestions.stacking import folds
from coding.suggestions.suggester import Suggested, chosen, suggest

ABOUT = ("slow loading", "broken cache", "unsafe code")


def about(at: int, number: int) -> np.ndarray:
    """A vector near the one of a subject, another for each number."""
    vector = np.random.default_rng(1000 * at + number).normal(size=8) * 0.1
    vector[at] += 1
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def corpus(count: int, *, topics: bool = False) -> Units:
    """Units on three subjects in turn, two to a thread, each with two sentences of which the second is the point."""
    return Units(
        texts=[f"{ABOUT[at % 3]} number{at}" for at in range(count)],
        groups=[f"t{at // 2}" for at in range(count)],
        vectors=np.array([about(at % 3, at) for at in range(count)]).reshape(count, 8),
        sentences=np.array([about(subject, 7 * at) for at in range(count) for subject in (5, at % 3)]).reshape(-1, 8),
        sentence_of=np.repeat(np.arange(count), 2),
        topics=np.arange(count) % 3 if topics else None,
    )


CODES = Codes(
    wordings=[Wording(text.split()[0], (text,), ("never this",) if at == 2 else ()) for at, text in enumerate(ABOUT)],
    vectors=np.array([about(0, 900), about(1, 900), about(2, 900), about(6, 900)]),
)


def decisions(count: int, **values: object) -> Decided:
    """Decisions on the first units: each has the code of its subject."""
    labels = (np.arange(count)[:, None] % 3 == np.arange(3)).astype(np.int8)
    common = {"units": np.arange(count), "labels": labels, "calibrates": np.ones(count, np.bool_)}
    return Decided(**common | values)  # type: ignore[arg-type]  # of several types


def suggested(units: Units, decided: Decided, codes: Codes = CODES, **values: object) -> Suggested:
    return suggest(units, codes, decided, **{"seed": 1, "error": 0.2, "at_most": 3} | values)  # type: ignore[arg-type]


def test_without_decisions_there_are_similarities_no_scores_and_nothing_is_said() -> None:
    found = suggested(corpus(60), Decided.none(3))

    assert sorted(found.raw) == ["combined", "similarity"]
    assert found.scores == {}
    assert not found.said.any()
    assert found.silent == ["no decisions"] * 3
    assert found.raw["combined"].argmax(axis=1).tolist() == [at % 3 for at in range(60)]
    assert [found.evidence[at, at % 3] for at in range(60)] == [2 * at + 1 for at in range(60)]


def test_with_decisions_codes_are_said_of_the_units_that_have_them() -> None:
    found = suggested(corpus(120, topics=True), decisions(60))

    assert sorted(found.raw) == sorted(found.scores) == ["combined", "learnt", "similarity", "topics"]
    assert found.silent == [""] * 3
    assert found.said[60:].tolist() == [[at % 3 == code for code in range(3)] for at in range(60, 120)]
    assert found.chosen.tolist() == [[at % 3 == code for code in range(3)] for at in range(120)]
    assert (found.scores["combined"][found.chosen] > 0.5).all()


def test_what_is_said_of_a_unit_are_its_likeliest_codes() -> None:
    every = decisions(60, labels=np.ones((60, 3), np.int8))
    found = suggested(corpus(120), every, at_most=1)

    assert found.said.sum(axis=1).max() == 1
    scores = found.scores["combined"]
    assert (scores[found.said] == scores.max(axis=1)[found.said.any(axis=1)]).all()


@pytest.mark.parametrize("method", ["learnt", "topics"])
def test_a_units_score_does_not_depend_on_the_decisions_of_its_thread(method: str) -> None:
    units, before = corpus(40, topics=True), decisions(20)
    turned = before.labels.copy()
    turned[6:8] = 1 - turned[6:8]  # both units of one thread
    after = replace(before, labels=turned)

    one, two = suggested(units, before), suggested(units, after)
    assert one.raw[method][6:8].tolist() == two.raw[method][6:8].tolist()
    assert one.scores["combined"][6:8].tolist() == two.scores["combined"][6:8].tolist()
    assert one.raw[method][30:].tolist() != two.raw[method][30:].tolist()


def test_an_undecided_post_of_a_decided_thread_is_scored_without_the_thread() -> None:
    units = corpus(40)
    half = decisions(10, units=np.arange(0, 20, 2), labels=decisions(20).labels[::2])
    turned = half.labels.copy()
    turned[3] = 1 - turned[3]  # unit 6, in the thread of unit 7

    one, two = suggested(units, half), suggested(units, replace(half, labels=turned))
    assert one.raw["learnt"][7].tolist() == two.raw["learnt"][7].tolist()


@given(st.lists(st.integers(0, 12), max_size=70), st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_a_thread_is_in_one_fold_and_no_fold_is_empty(threads: list[int], seed: int) -> None:
    found = folds([str(thread) for thread in threads], seed)

    by_thread = {thread: {int(f) for t, f in zip(threads, found, strict=True) if t == thread} for thread in threads}
    assert all(len(each) == 1 for each in by_thread.values())
    assert set(found.tolist()) in ({-1}, set()) or set(found.tolist()) == set(range(found.max() + 1))
    assert (len(set(threads)) < 2) == ({-1} == set(found.tolist()) or not threads)


def test_decisions_of_coders_who_saw_suggestions_are_learnt_from_and_not_calibrated_on() -> None:
    units, seen = corpus(120), decisions(60, calibrates=np.arange(60) < 30)
    turned = seen.labels.copy()
    turned[30:] = 1 - turned[30:]  # all who saw suggestions decided the contrary
    one, two = suggested(units, seen), suggested(units, replace(seen, labels=turned))

    assert one.raw["learnt"].tolist() != two.raw["learnt"].tolist()
    assert two.silent == [""] * 3
    right = [[at % 3 == code for code in range(3)] for at in range(60, 120)]
    assert (two.scores["combined"][60:] > 0.5).tolist() == right


def test_where_everybody_saw_suggestions_nothing_is_calibrated_or_said() -> None:
    found = suggested(corpus(120), decisions(60, calibrates=np.zeros(60, np.bool_)))

    assert found.scores == {}
    assert found.silent == ["decisions on two threads, read without suggestions, are needed"] * 3
    assert "learnt" in found.raw
    assert not found.said.any()


def test_a_code_that_nobody_could_give_is_neither_given_nor_not() -> None:
    labels = decisions(60).labels.copy()
    labels[:, 2] = -1
    found = suggested(corpus(120), decisions(60, labels=labels))

    assert found.silent[2] == "0 of 0 decided units have it; 5 are needed"
    assert found.scores["combined"][62, 2] > found.scores["combined"][61, 2]
    assert not found.said[:, 2].any()


def test_of_a_code_with_few_decided_units_nothing_is_said() -> None:
    found = suggested(corpus(60), decisions(12))

    assert found.silent == ["4 of 12 decided units have it; 5 are needed"] * 3


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_handful_of_units_is_enough(count: int) -> None:
    for decided in (Decided.none(3), decisions(1), decisions(count)):
        found = suggested(corpus(count), decided)

        assert all(np.isfinite(scores).all() for scores in (*found.raw.values(), *found.scores.values()))
        assert not found.said.any()


def test_one_code_and_decisions_for_only_one_code() -> None:
    only = Codes(wordings=CODES.wordings[:1], vectors=CODES.vectors[:1])
    alone = suggested(corpus(120), decisions(60, labels=decisions(60).labels[:, :1]), only)
    labels = decisions(60).labels.copy()
    labels[:, 1:] = 0
    among = suggested(corpus(120), decisions(60, labels=labels))

    assert alone.said[60:, 0].tolist() == [at % 3 == 0 for at in range(60, 120)]
    assert among.said[60:].tolist() == [[at % 3 == 0, False, False] for at in range(60, 120)]
    assert among.silent[1:] == ["0 of 60 decided units have it; 5 are needed"] * 2


def test_every_unit_decided_with_every_code_and_with_none() -> None:
    for value in (0, 1):
        found = suggested(corpus(30), decisions(30, labels=np.full((30, 3), value, np.int8)))

        assert np.isfinite(found.scores["combined"]).all()
        assert not found.said.any()


def test_texts_without_any_word_that_occurs_twice_and_in_any_script() -> None:
    texts = ["模型很慢", "загрузка", "تحميل", "読み込み", "\U0001f600", "", "न", "ดาวน์โหลด"]
    units = replace(corpus(8), texts=texts)

    assert np.isfinite(suggested(units, decisions(6)).scores["combined"]).all()


def test_the_same_input_gives_the_same_suggestions_whatever_the_seed_of_others() -> None:
    one, two = (suggested(corpus(60, topics=True), decisions(30)) for _ in range(2))

    assert {m: s.tolist() for m, s in one.scores.items()} == {m: s.tolist() for m, s in two.scores.items()}


def test_chosen_are_as_many_as_give_the_highest_expected_f1() -> None:
    # k = 1: 2 x .9 / (1 + 2) = .6; k = 2: 2 x 1.5 / (2 + 2) = .75; k = 3: 2 x 1.9 / (3 + 2) = .76; all: .67
    scores = np.array([[0.9], [0.6], [0.4], [0.1]])

    assert chosen(scores)[:, 0].tolist() == [True, True, True, False]


def test_what_a_codebook_says_of_a_code() -> None:
    code = Code(
        id="A", name="Slow", definition="It is slow.", include=("waits",), exclude=("hangs",), examples=("zzz",)
    )

    assert wording(code) == Wording("A", ("Slow. It is slow.", "waits", "zzz"), ("hangs",))
    made = Codes.of([code], lambda texts: np.eye(4)[: len(texts)])
    assert made.texts == ["Slow. It is slow.", "waits", "zzz", "hangs"]
    assert made.for_it.tolist() == [True, True, True, False]
