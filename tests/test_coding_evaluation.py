"""Evaluation of suggestions: out of fold, on decisions from coders who saw no suggestions, and what it refuses."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from codebook.errors import StudyError
from codebook.themes import Code
from coding.agreement.interval import Resamples
from coding.evaluation.baselines import BASELINES, Task, majority, similarity, tfidf
from coding.evaluation.out_of_fold import Bounds, Evaluation, evaluate
from coding.suggestions.material import Codes, Decided, Units

BOUNDS = Bounds(error=0.2, at_most=3)
DRAWN = Resamples(100, 7)

WORDS = {"fire": ("flame", "smoke", "ash"), "water": ("wave", "tide", "rain"), "metal": ("iron", "tin", "zinc")}
KINDS = tuple(WORDS)


def embedded(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Texts by how often they have the words of each kind, and by their length: a model that sees the kinds."""
    counts = [[sum(text.count(word) for word in (kind, *WORDS[kind])) for kind in KINDS] for text in texts]
    made = np.array([[*each, 0.5] for each in counts], dtype=np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def planted(
    number: int = 24, per_thread: int = 1, suggested: Sequence[int] = (), decided_kinds: Sequence[str] = KINDS
) -> tuple[Units, Codes, Decided]:
    """Units whose words say which one code they have; their threads, and those read with suggestions."""
    kinds = [KINDS[at % 3] for at in range(number)]
    texts = [f"This is about {WORDS[kind][at % 2]} and {WORDS[kind][2]}, part {at}." for at, kind in enumerate(kinds)]
    leaves = [Code(id=kind, name=kind.title(), definition=f"Something with {kind}.") for kind in KINDS]
    labels = np.array([[one == kind and one in decided_kinds for one in KINDS] for kind in kinds], dtype=np.int8)
    units = Units(texts=texts, groups=[f"t{at // per_thread:02d}" for at in range(number)], vectors=embedded(texts))
    plain = np.array([at not in suggested for at in range(number)])
    decided = Decided(units=np.arange(number), labels=labels, calibrates=plain)
    return units, Codes.of(leaves, embedded), decided


def overall(found: Evaluation, measure: str) -> dict[tuple[str, str], float | None]:
    """One measure of all codes together, by method and what it offers."""
    return {
        (method.name, method.offers): one.value
        for method in found.methods
        for one in method.estimates
        if one.measure == measure and not one.code
    }


def test_what_is_planted_is_found_and_chance_is_chance() -> None:
    found = evaluate(*planted(), BOUNDS, DRAWN)

    assert (found.units, found.threads, list(found.decided)) == (24, 24, [8, 8, 8])
    assert 2 <= found.folds <= 24
    assert list(overall(found, "f1_micro")) == [
        ("suggestions", "said"),
        ("suggestions", "best F1"),
        ("suggestions", "likeliest"),
        ("majority", "likeliest"),
        ("TF-IDF + logistic regression", "likeliest"),
        ("TF-IDF + logistic regression, balanced", "likeliest"),
        ("similarity to definitions", "likeliest"),
        ("random", "likeliest"),
    ]
    first = overall(found, "precision@1")
    assert first["suggestions", "likeliest"] == first["similarity to definitions", "likeliest"] == 1.0
    assert first["TF-IDF + logistic regression", "likeliest"] == 1.0
    chance, most = first["random", "likeliest"], first["majority", "likeliest"]
    assert chance is not None
    assert most is not None
    assert max(chance, most) < 0.7


def test_units_read_with_suggestions_change_nothing_at_all() -> None:
    """Whatever was decided of them: they are neither learnt from nor evaluated on."""
    units, codes, decided = planted(30, suggested=range(24, 30))
    moved = decided.labels.copy()
    moved[24:] = 1 - moved[24:]
    other = Decided(units=decided.units, labels=moved, calibrates=decided.calibrates)

    assert evaluate(units, codes, decided, BOUNDS, DRAWN) == evaluate(units, codes, other, BOUNDS, DRAWN)
    assert evaluate(units, codes, decided, BOUNDS, DRAWN).units == 24


def test_nobody_learns_from_a_thread_that_is_asked_about() -> None:
    """Each thread has a word of its own, and a code that the word alone tells: out of fold it tells nothing."""
    number = 20
    random = np.random.default_rng(3)
    texts = [f"word{at // 2} word{at // 2} word{at // 2}" for at in range(number)]
    labels = np.repeat(random.random((number // 2, 1)) < 0.5, 2, axis=0).astype(np.int8)
    vectors = np.repeat(np.eye(number // 2, dtype=np.float32), 2, axis=0)
    units = Units(texts=texts, groups=[f"t{at // 2}" for at in range(number)], vectors=vectors)
    codes = Codes.of(
        [Code(id="a", name="A", definition="d")], lambda said: np.full((len(said), number // 2), 10**-0.5, np.float32)
    )
    decided = Decided(units=np.arange(number), labels=labels, calibrates=np.ones(number, dtype=bool))
    brier = overall(evaluate(units, codes, decided, BOUNDS, DRAWN), "brier")

    learnt = brier["TF-IDF + logistic regression", "likeliest"]
    assert learnt is not None
    assert learnt > 0.2  # a coin has 0.25, and a model that saw the thread's other unit next to nothing


def test_a_single_code_that_was_ever_decided_leaves_the_others_undefined() -> None:
    found = evaluate(*planted(decided_kinds=("fire",)), BOUNDS, DRAWN)
    ours = {(one.code, one.measure): one for one in found.methods[2].estimates}

    assert list(found.decided) == [8, 0, 0]
    assert ours["water", "recall"].undefined == "never decided"
    assert ours["fire", "recall"].value == 1.0


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"number": 0}, "too few decided units to evaluate on: 0 (threads: 0)"),
        ({"number": 9}, "too few decided units to evaluate on: 9 (threads: 9)"),
        ({"number": 24, "per_thread": 24}, "too few decided units to evaluate on: 24 (threads: 1)"),
        (
            {"number": 24, "suggested": range(24)},
            "too few decided units to evaluate on: 0 (threads: 0); read with suggestions, and so not counted: 24",
        ),
    ],
)
def test_too_little_to_evaluate_on_is_refused_with_the_numbers(made: dict[str, Any], message: str) -> None:
    units, codes, decided = planted(**{"number": 24} | made) if made["number"] else (*planted(24)[:2], Decided.none(3))
    with pytest.raises(StudyError) as refused:
        evaluate(units, codes, decided, BOUNDS, DRAWN)

    assert refused.value.args[0] == message


def task(given: Sequence[Sequence[int]], texts: Sequence[str], asked: Sequence[int]) -> Task:
    learnt = np.array([at for at in range(len(texts)) if at not in asked], dtype=np.int64)
    return Task(
        texts=texts,
        vectors=embedded(texts),
        definitions=embedded(KINDS),
        learnt=learnt,
        given=np.array(given, dtype=bool).reshape(len(learnt), 3),
        known=np.array(given).reshape(len(learnt), 3) >= 0,
        asked=np.array(asked, dtype=np.int64),
        seed=1,
    )


def test_baselines_by_hand() -> None:
    one = task([[1, 0, 0], [1, 0, 1], [0, 0, -1]], ["flame", "flame iron", "rain", "flame ash", "wave"], [3, 4])

    assert majority(one).tolist() == pytest.approx(np.array([[2 / 3, 0.0, 0.5]] * 2))
    assert similarity(one)[0].tolist() == pytest.approx(
        [(2 * 1 + 0.25) / (4.25 * 1.25) ** 0.5, 0.25 / (4.25 * 1.25) ** 0.5, 0.25 / (4.25 * 1.25) ** 0.5]
    )
    learnt = tfidf(one)
    assert learnt[0, 0] > learnt[1, 0]
    assert learnt[:, 1].tolist() == [0.0, 0.0]  # never decided: its share


@pytest.mark.parametrize("texts", [["", "", ""], ["a", "?", "\ud800 !"], ["```", "flame", ""]])
def test_baselines_bear_texts_without_words(texts: list[str]) -> None:
    one = task([[1, 0, 0], [0, 1, 0]], texts, [2])

    for method in BASELINES.values():
        scores = method.scores(one)
        assert scores.shape == (1, 3)
        assert np.isfinite(scores).all()
