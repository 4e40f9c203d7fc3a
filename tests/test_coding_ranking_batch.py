"""Who is read next: features, model and batch over plain texts."""

import subprocess
import sys
from hashlib import sha256

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coding.ranking.batch import PATIENCE, Pick, choose, share_at_random
from coding.ranking.features import features, similarity
from coding.ranking.learning import scores

TEXTS = [f"remote code runs while the model {word} is loaded" for word in ("bert", "llama", "qwen", "gemma", "phi")]
OTHERS = [
    f"the tokenizer of {word} gives wrong words for numbers" for word in ("bert", "llama", "qwen", "gemma", "phi")
]
ALL = np.arange(10)


def numbers(count: int, salt: str = "") -> list[bytes]:
    return [sha256(f"{salt}{number}".encode()).digest() for number in range(count)]


def learnt(texts: list[str], verdicts: dict[int, bool]) -> list[float] | None:
    read, relevant = np.array(list(verdicts), dtype=np.intp), np.array(list(verdicts.values()), dtype=np.bool_)
    found = scores(features(texts), relevant, read, np.arange(len(texts)))
    return None if found is None else [float(score) for score in found]


def test_what_is_like_the_relevant_ones_scores_higher() -> None:
    found = learnt(TEXTS + OTHERS, {0: True, 5: False})

    assert found is not None
    assert min(found[:5]) > max(found[5:])


def test_verdicts_that_are_all_the_same_teach_nothing() -> None:
    assert learnt(TEXTS, {}) is None
    assert learnt(TEXTS, {0: True, 1: True}) is None
    assert learnt(TEXTS, {0: False}) is None


def test_empty_texts_and_texts_without_words_score_and_none_fails() -> None:
    found = learnt(["", "   ", "!!! ???", "remote code", "words"], {0: False, 3: True})
    nothing = learnt(["", "", "."], {0: False, 1: True})

    assert found is not None
    assert found[3] == max(found)
    assert nothing is not None
    assert nothing == [nothing[0]] * 3
    assert similarity(["", "."], ["remote code"]).tolist() == [0.0, 0.0]
    assert similarity(["remote code"], []).tolist() == [0.0]


def test_one_candidate_is_chosen_and_none_gives_none() -> None:
    one = choose(np.zeros(1), np.array([7]), numbers(1), 50, share=0.5, by="similar")

    assert [pick.position for pick in one] == [7]
    assert choose(np.zeros(0), np.zeros(0, dtype=np.intp), [], 50, share=0.5, by="similar") == []


def test_the_best_come_first_and_the_others_are_drawn_from_all_that_are_left() -> None:
    picks = choose(np.linspace(0, 1, 10), ALL, numbers(10), 4, share=0.5, by="model")

    by_number = sorted(range(8), key=lambda at: numbers(10)[at])
    expected = [(9, "model"), (8, "model"), (by_number[0], "random"), (by_number[1], "random")]
    assert expected == [(pick.position, pick.how) for pick in picks]


@given(st.integers(0, 30), st.integers(1, 40), st.floats(0, 1))
def test_nobody_is_chosen_twice_and_a_batch_is_as_large_as_asked_for(count: int, size: int, share: float) -> None:
    picks = choose(np.zeros(count), np.arange(count), numbers(count), size, share=share, by="model")

    assert len({pick.position for pick in picks}) == len(picks) == min(count, size)
    assert abs(sum(pick.how == "random" for pick in picks) - share * len(picks)) <= 1


def test_among_equals_every_one_is_drawn_equally_often_whatever_the_model_took() -> None:
    """Ties are broken by other bytes than draws are: else a drawn one would be one that lost a tie."""
    drawn = [0] * 6
    for salt in range(3000):
        liked = np.array([0.0, 0.0, 0.0, 0.0, -1.0, -1.0])
        picks = choose(liked, np.arange(6), numbers(6, f"{salt}/"), 3, share=1 / 3, by="model")
        drawn[next(pick.position for pick in picks if pick.how == "random")] += 1

    # two of the four equals are taken, so each is left with 1/2, and one of the four that are left is drawn
    expected = [3000 / 8] * 4 + [3000 / 4] * 2
    assert all(abs(count - mean) < 5 * mean**0.5 for count, mean in zip(drawn, expected, strict=True)), drawn


def test_most_are_drawn_at_random_once_the_model_finds_nothing_more() -> None:
    nothing = [False] * PATIENCE

    assert share_at_random(nothing[1:]) == 0.0
    assert share_at_random([True, *nothing]) == 0.9
    assert share_at_random([True, *nothing, True]) == 0.0
    assert share_at_random([True, *nothing[1:]]) == 0.0


_ORDER = """
import numpy as np
from coding.ranking.batch import choose
from coding.ranking.features import features
from coding.ranking.learning import scores
texts = [f"remote code {n % 7} is run by model {n % 5} and word {n}" for n in range(200)]
read = np.arange(0, 40)
liked = scores(features(texts), read % 7 == 3, read, np.arange(40, 200))
numbers = [bytes([n % 251, n % 13]) * 16 for n in range(160)]
picks = choose(liked, np.arange(40, 200), numbers, 60, share=0.5, by="model")
print([(pick.position, pick.how, pick.score) for pick in picks])
"""


def test_two_processes_give_the_same_order() -> None:
    ran = [
        subprocess.run(
            [sys.executable, "-c", _ORDER], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    ]

    assert ran[0] == ran[1]
    assert ran[0].count("random") == 30


def test_a_pick_says_where_and_why() -> None:
    assert choose(np.array([0.25]), np.array([3]), numbers(1), 1, share=0.0, by="similar") == [
        Pick(position=3, how="similar", score=0.25)
    ]
