"""Ratios of counts and agreement of orders, against SciPy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, spearmanr

from analysis.integration.comparing import Ratio, rank_agreement, ranks, rate_ratio


@pytest.mark.parametrize(("after", "before"), [(2, 1), (12, 3), (0, 4), (30, 30)])
def test_the_interval_of_a_rate_ratio_is_that_of_the_binomial_share(after: int, before: int) -> None:
    found = rate_ratio(after, before, alpha=0.1)
    share = binomtest(after, after + before).proportion_ci(0.9, method="exact")
    expected = (after / before, share.low / (1 - share.low), share.high / (1 - share.high))

    assert found.low is not None
    assert found.high is not None
    assert expected == pytest.approx((found.value, found.low, found.high))


def test_a_ratio_of_nothing_is_none_and_after_nothing_it_has_no_upper_end() -> None:
    assert rate_ratio(0, 0) == Ratio(None, None, None)
    only_after = rate_ratio(3, 0)

    assert (only_after.value, only_after.high) == (None, None)
    assert only_after.low == pytest.approx(0.025 ** (1 / 3) / (1 - 0.025 ** (1 / 3)))


def test_the_largest_is_first_and_ties_share_a_place() -> None:
    assert ranks([5.0, 9.0, 5.0, 1.0]) == [2.5, 1.0, 2.5, 4.0]


def test_the_permutation_test_counts_every_order() -> None:
    """Of the 120 orders of five, two are as far from none as a perfect one; with one swap of neighbours, ten."""
    perfect = rank_agreement([1, 2, 3, 4, 5], [10, 20, 30, 40, 50], 1, 99)
    swapped = rank_agreement([1, 2, 3, 4, 5], [20, 10, 30, 40, 50], 1, 99)

    assert perfect is not None
    assert swapped is not None
    assert perfect.exact
    assert (perfect.rho, perfect.p) == pytest.approx((1, 2 / 120))
    assert (swapped.rho, swapped.p) == pytest.approx((0.9, 10 / 120))


def test_of_many_pairs_orders_are_drawn_by_the_seed() -> None:
    one, other = list(range(12)), [*range(11, 5, -1), *range(6)]
    found = [rank_agreement(one, other, seed, 199) for seed in (1, 1, 2)]

    assert found[0] == found[1]
    assert found[0] is not None
    assert not found[0].exact
    assert 1 / 200 <= found[0].p <= 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=5))
def test_rho_is_scipys(pairs: list[tuple[int, int]]) -> None:
    one, other = ([float(value) for value in side] for side in zip(*pairs, strict=True))
    found = rank_agreement(one, other, 1, 99)
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert found is None
        return

    assert found is not None
    assert math.isclose(found.rho, float(spearmanr(one, other).statistic), abs_tol=1e-9)
    assert 0 < found.p <= 1


def test_two_pairs_have_no_correlation() -> None:
    assert rank_agreement([1, 2], [2, 1], 1, 99) is None
