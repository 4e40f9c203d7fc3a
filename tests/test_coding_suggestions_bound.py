"""From which score on a code is said, and that the stated bound on error holds."""

import numpy as np
import pytest

from coding.suggestions.bound import Bound, bound, selection
from coding.suggestions.material import Codes, Decided, Units, Wording
from coding.suggestions.suggester import suggest


def test_the_threshold_is_the_lowest_at_which_the_estimated_share_of_wrong_ones_is_within_the_bound() -> None:
    # Nine decided, so n + 1 = 10; four undecided. At .8: 4 (1 + 0) / (10 x 2) = .2. At .6: 4 (1 + 1) / (10 x 3) = .27.
    scores = np.array([0.95, 0.9, 0.85, 0.8, 0.8, 0.7, 0.3, 0.2, 0.1])
    right = np.array([True, True, True, True, True, False, False, False, False])
    undecided = np.array([0.9, 0.8, 0.6, 0.1])

    assert bound(scores, right, undecided, 0.2) == Bound(0.8)
    assert bound(scores, right, undecided, 0.27) == Bound(0.6)


def test_a_unit_is_never_suggested_what_it_more_likely_does_not_have() -> None:
    scores, right = np.array([0.9] * 20 + [0.1] * 5), np.array([True] * 20 + [False] * 5)

    assert bound(scores, right, np.array([0.9, 0.9, 0.49, 0.3]), 0.9) == Bound(0.9)


def test_a_tie_counts_as_wrong() -> None:
    scores, right = np.array([0.8] * 5 + [0.8] + [0.1] * 3), np.array([True] * 5 + [False] * 4)

    assert np.isnan(selection(scores, right, np.array([0.8, 0.8, 0.1, 0.1]), 0.2))


@pytest.mark.parametrize(
    ("scores", "right", "undecided", "why"),
    [
        ([0.9, 0.8, 0.1], [True, True, False], [0.9], "2 of 3 decided units have it; 5 are needed"),
        ([0.9] * 9, [True] * 9, [], "every unit is decided"),
        ([0.5] * 10, [True] * 5 + [False] * 5, [0.5] * 9, "at no score are at most 20 % known to be wrong"),
        ([], [], [0.5], "0 of 0 decided units have it; 5 are needed"),
    ],
    ids=["few", "all decided", "useless scores", "none decided"],
)
def test_a_code_of_which_nothing_is_said_says_why(
    scores: list[float], right: list[bool], undecided: list[float], why: str
) -> None:
    found = bound(np.array(scores), np.array(right, np.bool_), np.array(undecided), 0.2)

    assert found.silent == why
    assert np.isnan(found.threshold)


@pytest.mark.parametrize("worth", [0.0, 1.5])
@pytest.mark.parametrize(("n", "m", "share"), [(40, 60, 0.3), (100, 20, 0.15), (200, 400, 0.5)])
def test_at_most_the_stated_share_is_wrong_in_expectation(n: int, m: int, share: float, worth: float) -> None:
    """2,000 simulated studies: scores worth nothing or something, decided and undecided units drawn alike."""
    random = np.random.default_rng(20260120)
    wrong = []
    for _ in range(2000):
        has = random.random(n + m) < share
        scores = random.normal(worth * has, 1)
        found = bound(scores[:n], has[:n], scores[n:], 0.2)
        said = scores[n:] >= found.threshold
        wrong.append((said & ~has[n:]).sum() / max(said.sum(), 1))

    assert np.mean(wrong) - 3 * np.std(wrong) / np.sqrt(len(wrong)) <= 0.2
    assert np.mean(wrong) > 0.001  # or nothing was tried


def _corpus(random: np.random.Generator, units: int, codes: int) -> tuple[Units, Codes, np.ndarray]:
    """Units that lie near the codes that they have, and words that now and then name these."""
    places = random.normal(size=(codes, 24))
    labels = random.random((units, codes)) < np.linspace(0.15, 0.4, codes)
    vectors = 0.5 * labels @ places + random.normal(size=(units, 24))
    words = [
        " ".join(["word", *(f"about{at}" for at in np.flatnonzero(row))][: random.integers(1, 4)]) for row in labels
    ]
    return (
        Units(
            texts=words,
            groups=[str(at // 2) for at in range(units)],
            vectors=(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32),
        ),
        Codes(
            wordings=[Wording(str(at), (f"about{at}",)) for at in range(codes)],
            vectors=(places / np.linalg.norm(places, axis=1, keepdims=True)).astype(np.float32),
        ),
        labels,
    )


def test_the_bound_holds_for_the_whole_method_with_scores_that_are_cross_fitted() -> None:
    """24 simulated studies of 50 decided and 100 undecided units, two to a thread, four codes."""
    wrong, said = [], 0
    for seed in range(24):
        random = np.random.default_rng(seed)
        units, codes, labels = _corpus(random, 150, 4)
        threads = random.permutation(75)[:25]
        decided = np.sort(np.concatenate([2 * threads, 2 * threads + 1])).astype(np.int64)
        known = Decided(
            units=decided, labels=labels[decided].astype(np.int8), calibrates=np.ones(len(decided), np.bool_)
        )
        found = suggest(units, codes, known, seed=seed, error=0.2, at_most=4)
        rest = np.setdiff1d(np.arange(150), decided)
        said += int(found.said[rest].sum())
        wrong += [(found.said[rest, c] & ~labels[rest, c]).sum() / max(found.said[rest, c].sum(), 1) for c in range(4)]

    assert np.mean(wrong) <= 0.2
    assert said > 500
