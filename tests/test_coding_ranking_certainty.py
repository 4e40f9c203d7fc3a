"""When reading may stop: worked examples against scipy, and what has to hold for any verdicts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from coding.ranking.certainty import Certainty, Evidence, smallest_miss

GOALS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])


def after(candidates: int, taken: int, relevant: int, drawn: int) -> Certainty:
    """A model took some, of which some are relevant; then some were drawn, and none of them is relevant."""
    evidence = Evidence(candidates)
    evidence.take(relevant=True, times=relevant)
    evidence.take(relevant=False, times=taken - relevant)
    if drawn:
        evidence.draw(relevant=False, times=drawn)
    return evidence.certainty(0.95, 0.95)


@pytest.mark.parametrize(("candidates", "taken", "relevant"), [(1000, 200, 100), (17_000, 3000, 800), (500, 100, 19)])
def test_if_no_draw_is_relevant_it_stops_when_the_hypergeometric_test_for_one_look_would(
    candidates: int, taken: int, relevant: int
) -> None:
    """Looking again and again costs nothing here: the chance of so many draws without a relevant one is 5 %."""
    unread, missed = candidates - taken, smallest_miss(relevant, 0.95) - relevant
    needed = next(n for n in range(unread + 1) if hypergeom.pmf(0, unread, missed, n) <= 0.05)

    assert not after(candidates, taken, relevant, needed - 1).may_stop
    assert after(candidates, taken, relevant, needed).may_stop


def test_a_hundred_of_a_thousand_found_by_the_model_need_314_draws() -> None:
    """With 100 found, 106 would be too many (100 / 106 < 0.95), so 6 of 800 unread: 314 draws, as 313 give 0.0503."""
    sure = after(1000, 200, 100, 314)

    assert sure == Certainty(candidates=1000, read=514, found=100, drawn=314, at_most=105, likeliest=100, may_stop=True)
    assert (sure.recall, sure.recall_at_least) == (1.0, 100 / 105)
    assert after(1000, 200, 100, 313).at_most > 105
    assert hypergeom.pmf(0, 800, 6, 313) == pytest.approx(0.0503, abs=1e-4)


def test_the_likelihood_is_that_of_draws_without_replacement() -> None:
    """Two relevant ones of five unread: relevant, irrelevant, relevant has the chance 2/5 * 3/4 * 1/3."""
    evidence = Evidence(5)
    for relevant in (True, False, True):
        evidence.draw(relevant)

    assert math.exp(evidence._likelihood[2]) == pytest.approx(2 / 5 * 3 / 4 * 1 / 3)
    assert math.exp(evidence._likelihood[4]) == pytest.approx(4 / 5 * 1 / 4 * 3 / 3)
    assert np.isneginf(evidence._likelihood[[0, 1, 5]]).all()


@pytest.mark.parametrize(("found", "recall", "expected"), [(0, 0.95, 1), (19, 0.95, 21), (100, 0.95, 106), (3, 0.5, 7)])
def test_the_smallest_number_that_would_be_a_miss(found: int, recall: float, expected: int) -> None:
    assert smallest_miss(found, recall) == expected
    assert found < recall * expected


def test_several_draws_at_once_are_as_one_after_the_other() -> None:
    one, other = Evidence(50), Evidence(50)
    one.draw(relevant=False, times=7)
    for _ in range(7):
        other.draw(relevant=False)

    assert np.allclose(one._likelihood[:44], other._likelihood[:44])


WORLDS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)
"""Candidates as they are taken: relevant, and drawn at random."""


def read(world: list[tuple[bool, bool]], upto: int) -> Evidence:
    evidence = Evidence(len(world))
    for relevant, at_random in world[:upto]:
        (evidence.draw if at_random else evidence.take)(relevant)
    return evidence


@given(WORLDS, GOALS, GOALS)
def test_all_read_may_stop_and_nothing_drawn_may_not_while_one_more_would_be_a_miss(
    world: list[tuple[bool, bool]], recall: float, confidence: float
) -> None:
    whole = read(world, len(world)).certainty(recall, confidence)
    chosen = read([(relevant, False) for relevant, _ in world], len(world) // 2).certainty(recall, confidence)

    assert whole.may_stop
    assert chosen.may_stop == (smallest_miss(chosen.found, recall) > chosen.found + chosen.candidates - chosen.read)


@given(WORLDS, GOALS, st.data())
def test_whoever_asks_for_more_confidence_or_more_recall_never_stops_earlier(
    world: list[tuple[bool, bool]], recall: float, data: st.DataObject
) -> None:
    evidence = read(world, data.draw(st.integers(0, len(world))))
    by_confidence = [evidence.certainty(recall, confidence).may_stop for confidence in (0.5, 0.8, 0.9, 0.95, 0.99)]

    assert by_confidence == sorted(by_confidence, reverse=True)


@given(WORLDS, GOALS, st.data())
def test_the_bound_says_what_the_rule_says(world: list[tuple[bool, bool]], recall: float, data: st.DataObject) -> None:
    sure = read(world, data.draw(st.integers(0, len(world)))).certainty(recall, 0.9)

    assert 0.0 <= sure.recall_at_least <= 1.0
    assert sure.may_stop == (sure.at_most < smallest_miss(sure.found, recall))
    if sure.likeliest is not None:
        assert sure.found <= sure.likeliest <= sure.found + sure.candidates - sure.read


@settings(max_examples=40)
@given(st.integers(2, 6), st.data())
def test_over_all_orders_of_drawing_it_is_wrong_at_most_as_often_as_it_says(
    candidates: int, data: st.DataObject
) -> None:
    """The exact chance, not simulated: over every draw at every look, whatever the model takes in between."""
    relevant = data.draw(st.integers(1, candidates))
    takes = data.draw(st.lists(st.booleans(), min_size=candidates, max_size=candidates))
    recall, confidence = data.draw(GOALS), data.draw(st.sampled_from([0.5, 0.7, 0.9]))

    assert _wrong(candidates, relevant, takes, recall, confidence, []) <= 1 - confidence + 1e-9


def _wrong(
    candidates: int, relevant: int, takes: list[bool], recall: float, confidence: float, path: list[tuple[bool, bool]]
) -> float:
    """The chance to stop with less than the recall from here on; the model takes irrelevant ones first."""
    evidence = Evidence(candidates)
    for yes, at_random in path:
        (evidence.draw if at_random else evidence.take)(yes)
    if evidence.certainty(recall, confidence).may_stop:
        return float(evidence.found < recall * relevant - 1e-9)
    left, unread = relevant - evidence.found, evidence.unread
    if takes[len(path)]:
        return _wrong(candidates, relevant, takes, recall, confidence, [*path, (left == unread, False)])
    return sum(
        chance * _wrong(candidates, relevant, takes, recall, confidence, [*path, (yes, True)])
        for yes, chance in ((True, left / unread), (False, 1 - left / unread))
        if chance > 0
    )
