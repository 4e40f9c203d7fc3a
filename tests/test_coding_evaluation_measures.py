"""Evaluation: each measure by hand, against scikit-learn, and its bounds."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import brier_score_loss, precision_recall_fscore_support

from coding.agreement.interval import Resamples
from coding.evaluation.estimated import Estimated, estimates
from coding.evaluation.judged import Offer, Truth, likeliest, usual_number
from coding.evaluation.measures import BINS, OVERALL, PER_CODE, summands

NAN = float("nan")
DRAWN = Resamples(200, 1)

SHARES = st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.3, 0.5, 0.75, 0.999, 1.0])


def truth(given_codes: list[list[int]], threads: list[str] | None = None, codes: str = "abc") -> Truth:
    labels = np.array(given_codes, dtype=np.int8)
    return Truth.of(tuple(codes[: labels.shape[1]]), labels, threads or [f"t{at}" for at in range(len(labels))])


def offer(scores: list[list[float]], chosen: list[list[int]]) -> Offer:
    given_scores = np.array(scores, dtype=np.float64)
    return Offer(scores=given_scores, chosen=np.array(chosen, dtype=bool), probable=given_scores)


def values(found: list[Estimated], code: str = "") -> dict[str, float | None]:
    return {one.measure: one.value for one in found if one.code == code}


FOUR = truth([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]])
OFFERED = offer(
    [[0.9, 0.2, 0.1], [0.6, 0.5, 0.1], [0.7, 0.4, 0.1], [0.8, 0.3, 0.1]],
    [[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 0]],
)


def test_every_measure_of_four_units_by_hand() -> None:
    """Code a is offered three times and right twice; b is decided twice and never offered; c is neither."""
    overall = values(estimates(OFFERED, FOUR, DRAWN))

    # Probabilities minus decisions, squared: .01+.04+.01, .16+.25+.01, .49+.16+.01, .64+.49+.01 over 12 cells.
    # Bins: [.1,.2) 4 x .1 stated, none given; [.2,.3) .2; [.3,.4) .3 of 1 given; [.4,.5) .4; [.5,.6) .5 of 1;
    # [.6,.7) .6 of 1; [.7,.8) .7; [.8,.9) .8; [.9,1] .9 of 1.
    apart = 0.4 + 0.2 + 0.7 + 0.4 + 0.5 + 0.4 + 0.7 + 0.8 + 0.1
    assert overall == pytest.approx(
        {
            "precision_micro": 2 / 3,
            "recall_micro": 2 / 4,
            "f1_micro": 4 / 7,
            "precision_macro": 2 / 3,
            "recall_macro": (1 + 0) / 2,
            "f1_macro": (4 / 5 + 0) / 2,
            "precision@1": 2 / 4,
            "precision@3": (1 + 2 + 0 + 1) / 3 / 4,
            "best@1": 3 / 4,
            "best@3": (1 + 2 + 0 + 1) / 3 / 4,
            "coverage": 3 / 4,
            "brier": (0.06 + 0.42 + 0.66 + 1.14) / 12,
            "ece": apart / 12,
        }
    )


def test_every_measure_of_each_code_by_hand() -> None:
    found = estimates(OFFERED, FOUR, DRAWN)

    assert values(found, "a") == pytest.approx(
        {"precision": 2 / 3, "recall": 1.0, "f1": 4 / 5, "precision@1": 2 / 4, "precision@3": 2 / 4}
    )
    assert values(found, "b") == {
        "precision": None,
        "recall": 0.0,
        "f1": 0.0,
        "precision@1": None,
        "precision@3": 0.5,
    }
    assert [(one.measure, one.value, one.undefined) for one in found if one.code == "c"] == [
        ("precision", None, "never offered"),
        ("recall", None, "never decided"),
        ("f1", None, "neither offered nor decided"),
        ("precision@1", None, "never among the first 1"),
        ("precision@3", 0.0, ""),
    ]


def test_what_nobody_could_give_counts_nowhere() -> None:
    """A code that came into the codebook after the unit was decided is neither right nor wrong there."""
    late = truth([[1, -1], [0, 1]])
    found = estimates(offer([[0.9, 0.95], [0.2, 0.8]], [[1, 1], [0, 1]]), late, DRAWN)

    assert (values(found)["precision_micro"], values(found)["precision@1"]) == (1.0, 1.0)
    assert values(found)["brier"] == pytest.approx((0.01 + 0.04 + 0.04) / 3)
    assert values(found, "b")["precision@3"] == 1.0


def test_a_method_without_probabilities_has_no_calibration_and_one_that_is_mute_no_precision() -> None:
    mute = Offer(scores=np.full((4, 3), NAN), chosen=np.zeros((4, 3), dtype=bool))
    found = {one.measure: (one.value, one.undefined) for one in estimates(mute, FOUR, DRAWN) if not one.code}

    assert found["brier"] == found["ece"] == (None, "no probabilities")
    assert found["precision_micro"] == found["precision_macro"] == (None, "nothing offered")
    assert (found["precision@1"], found["coverage"], found["f1_macro"]) == ((0.0, ""), (0.0, ""), (0.0, ""))


def test_equal_scores_are_ranked_by_the_codebook_and_nan_is_never_taken() -> None:
    scores = np.array([[0.5, 0.5, 0.5], [NAN, 0.1, 0.2], [NAN, NAN, NAN]])

    assert likeliest(scores, 2).tolist() == [[True, True, False], [False, True, True], [False, False, False]]
    assert [usual_number(np.array(g, dtype=bool)) for g in ([], [[0, 0]], [[1, 1], [1, 0]], [[1, 1], [1, 1]])] == [
        1,
        1,
        2,
        2,
    ]


def test_units_of_one_thread_have_no_interval_and_those_of_two_have() -> None:
    one = estimates(OFFERED, truth(FOUR.given.astype(int).tolist(), ["t"] * 4), DRAWN)
    more = estimates(OFFERED, FOUR, DRAWN)

    assert {each.no_interval for each in one if each.value is not None} == {"one thread"}
    coverage = next(each for each in more if each.measure == "coverage")
    assert coverage.low is not None
    assert coverage.high is not None
    assert 0 <= coverage.low <= 0.75 <= coverage.high <= 1


def test_without_units_nothing_is_estimated() -> None:
    nothing = Truth.of(("a",), np.zeros((0, 1), dtype=np.int8), [])
    with pytest.raises(ValueError, match="no units"):
        estimates(Offer(scores=np.zeros((0, 1)), chosen=np.zeros((0, 1), dtype=bool)), nothing, DRAWN)


@st.composite
def cases(draw: st.DrawFn, codes: int = 1) -> tuple[Offer, Truth]:
    shape = draw(st.tuples(st.integers(1, 12), st.integers(codes, 5)))
    scores = draw(arrays(np.float64, shape, elements=SHARES))
    chosen = draw(arrays(np.bool_, shape))
    given_codes = draw(arrays(np.bool_, shape))
    threads = draw(st.lists(st.sampled_from("uvwxyz"), min_size=shape[0], max_size=shape[0]))
    labels: npt.NDArray[np.int8] = given_codes.astype(np.int8)
    return Offer(scores=scores, chosen=chosen, probable=scores), Truth.of("abcde"[: shape[1]], labels, threads)


@settings(deadline=None)
@given(cases(codes=2))
def test_scikit_learn_says_the_same(case: tuple[Offer, Truth]) -> None:
    """Two codes at least: it takes a table of one column for another kind of question."""
    made, decided = case
    sums = {name: each.sum(axis=0, keepdims=True) for name, each in summands(made, decided).items()}
    for average in ("micro", "macro"):
        ours = [OVERALL[f"{name}_{average}"].of(sums)[0, 0] for name in ("precision", "recall", "f1")]
        theirs = precision_recall_fscore_support(decided.given, made.chosen, average=average, zero_division=np.nan)
        np.testing.assert_allclose(ours, theirs[:3])
    per_code = precision_recall_fscore_support(decided.given, made.chosen, average=None, zero_division=np.nan)
    for name, theirs_of_codes in zip(("precision", "recall", "f1"), per_code, strict=False):
        np.testing.assert_allclose(PER_CODE[name].of(sums)[0], theirs_of_codes)
    assert made.probable is not None
    brier = brier_score_loss(decided.given.ravel(), made.probable.ravel(), pos_label=1)
    assert OVERALL["brier"].of(sums)[0, 0] == pytest.approx(brier)


@settings(deadline=None)
@given(cases())
def test_every_measure_is_a_share_and_precision_never_beats_the_best_order(case: tuple[Offer, Truth]) -> None:
    made, decided = case
    found = estimates(made, decided, Resamples(20, 1))
    overall = values(found)

    assert all(one.value is None or -1e-12 <= one.value <= 1 + 1e-12 for one in found)
    assert all((one.value is None) == bool(one.undefined) for one in found)
    assert all((one.low is None) == bool(one.no_interval) for one in found)
    for many in (1, 3):
        ours, best = overall[f"precision@{many}"], overall[f"best@{many}"]
        assert ours is not None
        assert best is not None
        assert ours <= best + 1e-12


@settings(deadline=None)
@given(cases())
def test_to_say_what_was_decided_is_perfect_and_to_say_nothing_is_right_nowhere(case: tuple[Offer, Truth]) -> None:
    _, decided = case
    known = decided.given.astype(np.float64)
    overall = values(estimates(Offer(scores=known, chosen=decided.given, probable=known), decided, Resamples(20, 1)))
    nothing = values(estimates(Offer(scores=known, chosen=decided.given & False), decided, Resamples(20, 1)))

    wanted = 1.0 if decided.given.any() else None
    assert [overall[name] for name in ("precision_micro", "recall_macro", "f1_macro")] == [wanted] * 3
    assert [overall[name] for name in ("brier", "ece")] == [0.0, 0.0]
    assert overall["precision@3"] == overall["best@3"]
    assert (nothing["precision_micro"], nothing["coverage"]) == (None, 0.0)
    assert nothing["f1_macro"] == (0.0 if decided.given.any() else None)


def test_calibration_error_is_zero_where_each_bin_says_what_is_observed() -> None:
    """Ten units with the probability 0.3, of which three have the code, and ten with 0.8, of which eight have it."""
    stated = np.array([[0.3]] * 10 + [[0.8]] * 10)
    labels = np.array([[1]] * 3 + [[0]] * 7 + [[1]] * 8 + [[0]] * 2, dtype=np.int8)
    exact = Truth.of(("a",), labels, [f"t{at}" for at in range(20)])
    found = values(estimates(Offer(scores=stated, chosen=stated > 0.5, probable=stated), exact, DRAWN))

    assert BINS == 10
    assert found["ece"] == pytest.approx(0, abs=1e-12)
    assert found["brier"] == pytest.approx((3 * 0.49 + 7 * 0.09 + 8 * 0.04 + 2 * 0.64) / 20)
