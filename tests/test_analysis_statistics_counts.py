"""Statistics of tables of counts, against published examples, scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests

from analysis.statistics.corrected import benjamini_hochberg, holm
from analysis.statistics.counts import chi_square, enough, expected, residuals
from analysis.statistics.exact import MOST, fisher, fitting, simulated
from analysis.statistics.exchange import moments
from analysis.statistics.incidence import Floats, Records
from analysis.statistics.layered import common_odds
from analysis.statistics.strength import cramer, noncentrality
from analysis.statistics.trend import cochran_armitage

PARTY = np.array([[762.0, 327.0, 468.0], [484.0, 239.0, 477.0]])
"""Gender by party: A. Agresti, An Introduction to Categorical Data Analysis (2007), table 2.5; R's `chisq.test`."""

ADMISSIONS = np.array(
    [
        [[512, 313], [89, 19]],
        [[353, 207], [17, 8]],
        [[120, 205], [202, 391]],
        [[138, 279], [131, 244]],
        [[53, 138], [94, 299]],
        [[22, 351], [24, 317]],
    ],
    dtype=np.float64,
)
"""Department by gender by admission: R's `UCBAdmissions`."""

SMALL = np.array([[8.0, 2.0, 1.0], [1.0, 5.0, 3.0], [2.0, 2.0, 0.0]])

tables = st.integers(2, 5).flatmap(
    lambda rows: st.integers(2, 5).flatmap(lambda cols: arrays(np.float64, (rows, cols), elements=st.integers(0, 40)))
)


def margins(n: Floats) -> tuple[Floats, Floats, float]:
    return n.sum(1), n.sum(0), float(n.sum())


def test_adjusted_residuals_of_a_published_table() -> None:
    found = residuals(PARTY, *margins(PARTY))

    expected_residuals = [[4.5020535, 0.6994517, -5.3159455], [-4.5020535, -0.6994517, 5.3159455]]
    assert found == pytest.approx(np.array(expected_residuals), abs=1e-7)
    assert expected(*margins(PARTY)) == pytest.approx(stats.contingency.expected_freq(PARTY))


def test_chi_square_of_a_published_table() -> None:
    found = chi_square(PARTY)

    assert (round(found.statistic, 2), found.df) == (30.07, 2)
    assert found.p == pytest.approx(2.954e-07, rel=1e-3)


def test_a_cell_without_variance_has_no_residual() -> None:
    found = residuals(np.array([[3.0, 2.0], [0.0, 0.0]]), np.array([5.0, 0.0]), np.array([3.0, 2.0]), 5)

    assert np.isnan(found).all()


@given(tables)
@settings(max_examples=60, deadline=None)
def test_expected_counts_have_the_margins_and_residuals_weigh_out(n: Floats) -> None:
    rows, cols, total = margins(n)
    if not total:
        return
    awaited, found = expected(rows, cols, total), residuals(n, rows, cols, total)

    assert awaited.sum(0) == pytest.approx(cols)
    assert awaited.sum(1) == pytest.approx(rows)
    raw = np.nan_to_num(found) * np.sqrt(awaited * np.outer(1 - rows / total, 1 - cols / total))
    assert raw.sum(0) == pytest.approx(0, abs=1e-6)
    assert raw.sum(1) == pytest.approx(0, abs=1e-6)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_chi_square_is_scipys_on_the_table_without_empty_rows_and_columns(n: Floats) -> None:
    found, kept = chi_square(n), n[np.ix_(n.sum(1) > 0, n.sum(0) > 0)]
    if min(kept.shape) < 2:
        assert np.isnan(found.p)
        return

    assert (found.statistic, found.p) == pytest.approx(stats.chi2_contingency(kept, correction=False)[:2], abs=1e-9)


@given(arrays(np.float64, (2, 2), elements=st.integers(0, 60)))
@settings(max_examples=100, deadline=None)
def test_fishers_test_is_scipys(n: Floats) -> None:
    if not n.sum():
        return

    assert fisher(n).p == pytest.approx(stats.fisher_exact(n)[1], rel=1e-6)


def test_fishers_test_of_published_tables() -> None:
    tea, convictions = np.array([[3.0, 1.0], [1.0, 3.0]]), np.array([[2.0, 15.0], [10.0, 3.0]])

    assert fisher(tea).p == pytest.approx(0.4857, abs=5e-5)  # R's `fisher.test`
    assert fisher(convictions).p == pytest.approx(0.0005367, abs=5e-8)


def test_simulated_tables_agree_with_scipys_and_the_same_seed_draws_the_same() -> None:
    found = simulated(SMALL, 9999, 1)

    method = stats.MonteCarloMethod(rng=np.random.default_rng(5), n_resamples=20_000)
    other = stats.chi2_contingency(SMALL, correction=False, method=method)
    assert found.statistic == pytest.approx(other.statistic)
    assert found.p == pytest.approx(other.pvalue, abs=0.01)
    assert found == simulated(SMALL, 9999, 1)


def test_the_test_follows_the_cells() -> None:
    assert enough(np.array([[5.0, 5.0], [5.0, 5.0]]), 5)
    assert enough(np.array([[4.0, 5.0, 9.0, 9.0, 9.0]]), 5)
    assert not enough(np.array([[4.0, 4.0, 9.0, 9.0, 9.0]]), 5)
    assert not enough(np.array([[0.9, 9.0, 9.0, 9.0, 9.0, 9.0]]), 5)
    assert fitting(PARTY, 5, 999, 1).test == "chi-square"
    assert fitting(np.array([[3.0, 1.0], [1.0, 3.0]]), 5, 999, 1).test == "Fisher"
    assert fitting(np.array([[3.0, 1.0], [0.0, 0.0], [1.0, 3.0]]), 5, 999, 1).test == "Fisher"
    assert fitting(SMALL, 5, 999, 1).test == "Monte Carlo"
    assert fitting(SMALL, 5, MOST, 1).test == "none"
    assert fitting(np.array([[3.0, 1.0]]), 5, 999, 1).test == "none"


def test_cramers_v_is_corrected_for_bias_and_its_interval_inverts_the_noncentral_distribution() -> None:
    found = cramer(30.070149, (2, 3), 2757)

    plain = stats.contingency.association(PARTY.astype(int))
    assert plain == pytest.approx(0.10444, abs=1e-5)
    assert found.v == pytest.approx(np.sqrt((plain**2 - 2 / 2756) / (1 - 1 / 2756)), abs=1e-6)
    ends = [end**2 * 2757 for end in (found.low, found.high)]
    assert [stats.ncx2.cdf(30.070149, 2, end) for end in ends] == pytest.approx([0.975, 0.025])
    assert noncentrality(0.5, 4, 0.975) == 0.0
    assert cramer(0.5, (3, 3), 90).v == 0.0
    assert cramer(90.0, (2, 2), 90).v == pytest.approx(1.0)
    assert np.isnan(cramer(3.0, (1, 4), 90).v)


@pytest.mark.parametrize(("apart", "low", "high"), [(0.02, 0.93, 0.97), (0.075, 0.94, 0.99)])
def test_the_interval_of_v_holds_the_true_one_as_often_as_it_says(apart: float, low: float, high: float) -> None:
    """More often where the association is strong: the noncentral distribution is that of weak ones."""
    truth = 1 / 6 + apart * np.array([[1.0, 0.0, -1.0], [-1.0, 0.0, 1.0]])
    v = np.sqrt(((truth - 1 / 6) ** 2 * 6).sum())
    held = []
    for n in np.random.default_rng(3).multinomial(300, truth.ravel(), 1000).reshape(-1, 2, 3):
        found = cramer(chi_square(n.astype(np.float64)).statistic, (2, 3), 300)
        held.append(found.low <= v <= found.high)

    assert low <= np.mean(held) <= high


def test_corrections_of_the_example_of_benjamini_and_hochberg() -> None:
    p = np.array(
        [
            0.0001,
            0.0004,
            0.0019,
            0.0095,
            0.0201,
            0.0278,
            0.0298,
            0.0344,
            0.0459,
            0.324,
            0.4262,
            0.5719,
            0.6528,
            0.759,
            1,
        ]
    )

    assert int((benjamini_hochberg(p) <= 0.05).sum()) == 4  # their paper, section 4
    assert int((holm(p) <= 0.05).sum()) == 3


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_corrections_are_never_below_the_raw_p_and_holm_never_below_benjamini_hochberg(values: list[float]) -> None:
    p = np.array(values)

    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p), abs=1e-12)
    assert (holm(p) >= p).all()
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


def test_corrections_are_statsmodels() -> None:
    for p in np.random.default_rng(2).beta(0.3, 1.5, size=(3, 25)):
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
        assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_what_was_not_tested_does_not_count_in_corrections() -> None:
    p = np.array([0.01, np.nan, 0.04])

    assert holm(p) == pytest.approx(np.array([0.02, np.nan, 0.04]), nan_ok=True)
    assert benjamini_hochberg(p) == pytest.approx(np.array([0.02, np.nan, 0.04]), nan_ok=True)
    assert np.isnan(holm(np.array([np.nan]))).all()


def test_the_trend_of_a_published_example() -> None:
    smokers, patients = np.array([83.0, 90.0, 129.0, 70.0]), np.array([86.0, 93.0, 136.0, 82.0])
    found = cochran_armitage(smokers, patients)  # R's `prop.trend.test`

    assert found.statistic**2 == pytest.approx(8.2249, abs=5e-5)
    assert found.p == pytest.approx(0.004132, abs=5e-7)
    assert found.statistic < 0
    assert np.isnan(cochran_armitage(np.zeros(3), patients[:3]).p)


def test_the_odds_ratio_of_layers_of_a_published_example() -> None:
    odds = common_odds(ADMISSIONS)

    assert (odds.ratio, odds.low, odds.high) == pytest.approx((0.9046968, 0.7719074, 1.0603298), abs=5e-8)
    more = np.concatenate([ADMISSIONS, np.zeros((1, 2, 2)), [[[1.0, 0.0], [0.0, 0.0]]]])
    assert common_odds(more) == odds
    assert np.isnan(common_odds(np.zeros((2, 2, 2))).ratio)


def test_layers_are_exchanged_within_each_as_in_a_published_example() -> None:
    """R's `mantelhaen.test(UCBAdmissions, correct = FALSE)`."""
    layer, row, col = (np.repeat(place.ravel(), ADMISSIONS.ravel().astype(int)) for place in np.indices((6, 2, 2)))
    found = moments(Records((row == 0)[:, None], np.eye(2, dtype=bool)[col]), layer)
    statistic = found.statistics(found.apart[None])[0, 0]

    assert (round(statistic, 4), found.df[0]) == (1.5246, 1)
    other = StratifiedTable(list(ADMISSIONS)).test_null_odds(correction=False)
    assert statistic == pytest.approx(other.statistic)
