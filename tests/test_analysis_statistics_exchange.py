"""Tests of units with several rows: against scipy and statsmodels where a unit has one, and by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from null_studies import World, layered, outcome_alone, readings
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, cochrans_q

from analysis.statistics import designed, draws, exchange
from analysis.statistics.corrected import holm
from analysis.statistics.counts import chi_square
from analysis.statistics.designed import Design
from analysis.statistics.incidence import Bools, Incidence, Ints, Records


def one_block(records: Records) -> Ints:
    return np.zeros(len(records), dtype=np.int64)


def none_rare(records: Records) -> Bools:
    return np.zeros(records.rows.shape[1], dtype=np.bool_)


def outcome(records: Records, block: Ints | None = None, resamples: int = 499) -> exchange.RowTests:
    return exchange.tested(records, one_block(records) if block is None else block, none_rare(records), resamples, 1)


def fourfold(records: Records, row: int) -> np.typing.NDArray[np.float64]:
    has = records.rows[:, row]
    return np.stack([records.cols[has].sum(0), records.cols[~has].sum(0)]).astype(np.float64)


def test_a_row_has_pearsons_chi_square_of_having_it_by_column() -> None:
    records, _ = World().study(1)
    found = outcome(records)

    size = len(records)
    pearson = [chi_square(fourfold(records, row)).statistic * (size - 1) / size for row in range(16)]
    assert found.statistic == pytest.approx(pearson)
    assert found.df.tolist() == [4.0] * 16
    assert found.p == pytest.approx(stats.chi2.sf(pearson, 4))
    assert found.p_drawn == pytest.approx(found.p, abs=0.08)


def test_layers_give_the_cochran_mantel_haenszel_test_of_two_columns() -> None:
    records, year = layered(3)
    two = records.of(records.cols[:, :2].any(1))
    two, year = Records(two.rows, two.cols[:, :2]), year[records.cols[:, :2].any(1)]
    found = outcome(two, year)

    for row in (0, 7, 11):
        n = [fourfold(two.of(year == each), row) for each in range(3)]
        other = StratifiedTable(n).test_null_odds(correction=False)
        assert (found.statistic[row], found.p[row]) == pytest.approx((other.statistic, other.pvalue))


def test_coders_of_the_same_threads_give_cochrans_q_and_of_two_coders_mcnemars_test() -> None:
    random = np.random.default_rng(4)
    gave = random.random((150, 3)) < np.array([0.3, 0.4, 0.5])
    records = Records(gave.reshape(-1, 1), np.tile(np.eye(3, dtype=bool), (150, 1)))
    found = outcome(records, np.repeat(np.arange(150), 3))

    other = cochrans_q(gave.astype(int))
    assert (found.statistic[0], found.p[0]) == pytest.approx((other.statistic, other.pvalue))
    pair = Records(gave[:, :2].reshape(-1, 1), np.tile(np.eye(2, dtype=bool), (150, 1)))
    only_a, only_b = (gave[:, 0] & ~gave[:, 1]).sum(), (gave[:, 1] & ~gave[:, 0]).sum()
    mcnemar = (only_a - only_b) ** 2 / (only_a + only_b)
    assert outcome(pair, np.repeat(np.arange(150), 2)).statistic[0] == pytest.approx(mcnemar)


def test_what_is_exchanged_are_whole_units() -> None:
    """Two codes that always go together are one: their sum has the p of each, and the largest is not corrected."""
    random = np.random.default_rng(5)
    has = random.random(60) < 0.4
    cols = np.eye(3, dtype=bool)[random.integers(0, 3, 60)]
    found = outcome(Records(np.stack([has, has], 1), cols))

    assert found.p_drawn[0] == found.p_drawn[1] == found.overall.p == found.p_max[0]


def test_small_units_are_exact() -> None:
    """Of four units in two columns there are six exchanges, and four have the largest sum."""
    rows = np.array([[True, False], [True, True], [False, True], [False, False]])[[1, 2, 0, 3]]
    cols = np.array([[True, False], [True, False], [False, True], [False, True]])
    found = outcome(Records(rows, cols), resamples=9999)

    assert found.overall.p == pytest.approx(2 / 3, abs=0.02)


@given(st.permutations(range(40)), st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_the_order_of_units_changes_no_statistic(order: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    records = Records(random.random((40, 4)) < 0.3, np.eye(3, dtype=bool)[random.integers(0, 3, 40)])
    block = random.integers(0, 3, 40)
    found, other = (
        exchange.moments(each, blocks)
        for each, blocks in ((records, block), (records.of(np.array(order)), block[order]))
    )

    assert other.apart == pytest.approx(found.apart)
    assert other.statistics(other.apart[None]) == pytest.approx(found.statistics(found.apart[None]))


@given(st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_p_values_are_probabilities_and_corrected_ones_are_no_smaller(seed: int) -> None:
    random = np.random.default_rng(seed)
    records = Records(random.random((30, 5)) < 0.2, np.eye(3, dtype=bool)[random.integers(0, 3, 30)])
    found = outcome(records, resamples=199)

    varies = ~np.isnan(found.p)
    for p in (found.p[varies], found.p_drawn[varies], found.p_max[varies]):
        assert ((p > 0) & (p <= 1)).all()
    assert (found.p_max[varies] >= found.p_drawn[varies]).all()
    assert (varies == (records.rows.any(0) & ~records.rows.all(0))).all()


def test_the_normal_form_says_what_exchanging_says(monkeypatch: pytest.MonkeyPatch) -> None:
    records, _ = World(threads=1500, effect=0.2, planted=(8,)).study(2)
    drawn = outcome(records, resamples=1999)
    monkeypatch.setattr(draws, "MOST_RECORDS", 0)
    normal = outcome(records, resamples=9999)

    assert (drawn.overall.test, normal.overall.test) == ("exchange of units", "normal form of the exchange of units")
    assert normal.overall.p == pytest.approx(drawn.overall.p, abs=0.03)
    assert normal.p_max == pytest.approx(drawn.p_max, abs=0.05)


def test_the_same_seed_draws_the_same() -> None:
    records, _ = World().study(6)

    assert outcome(records).overall == outcome(records).overall
    assert outcome(records).p_drawn.tolist() == outcome(records).p_drawn.tolist()


def test_several_columns_of_a_unit_are_exchanged_together() -> None:
    random = np.random.default_rng(8)
    cols = random.random((200, 3)) < 0.4
    rows = np.stack([cols[:, 0] ^ (random.random(200) < 0.1), random.random(200) < 0.3], 1)
    found = outcome(Records(rows, cols))

    assert found.p_max[0] == 1 / 500
    assert found.p_max[1] > 0.05


def test_in_simulated_studies_nothing_is_called_something_as_often_as_the_level_says() -> None:
    """tests/bench/bench_multilabel.py does the same with 2,000 larger studies."""
    world = World(threads=150, codes=8)
    found = [outcome_alone(world.study(seed)[0], 199, seed) for seed in range(200)]
    overall = np.mean([each.overall.p <= 0.05 for each in found])
    largest = np.mean([np.nanmin(each.p_max) <= 0.05 for each in found])
    by_holm = np.mean([np.nanmin(holm(np.array([t.p for t in each.tests]))) <= 0.05 for each in found])

    assert 0.02 <= overall <= 0.08
    assert 0.02 <= largest <= 0.08
    assert by_holm <= 0.07


def test_a_planted_effect_is_found() -> None:
    world = World(effect=1.0, planted=(6,))
    found = [outcome_alone(world.study(seed)[0], 199, seed) for seed in range(10)]

    assert np.mean([each.tests[6].p <= 0.05 / 16 for each in found]) >= 0.95
    assert np.mean([each.overall.p <= 0.05 for each in found]) >= 0.8


def test_coders_who_do_not_differ_are_seldom_said_to() -> None:
    found = [outcome(*readings(seed, threads=80, codes=6), resamples=199).overall.p for seed in range(120)]

    assert 0.01 <= np.mean(np.array(found) <= 0.05) <= 0.1


def test_without_weights_and_clusters_rao_scott_is_nearly_pearson() -> None:
    records, _ = World(threads=3000).study(1)
    size = len(records)
    found = designed.tested(records, Design(np.ones(size), np.arange(size), np.zeros(size, dtype=np.int64)))

    assert found is not None
    pearson = np.array([chi_square(fourfold(records, row)).p for row in range(16)])
    assert found.p[8:] == pytest.approx(pearson[8:], abs=0.05)
    assert found.overall.test == "Rao-Scott"


def test_every_unit_twice_in_one_cluster_says_no_more_than_once() -> None:
    records, _ = World(threads=400).study(2)
    size = len(records)
    once = designed.tested(records, Design(np.ones(size), np.arange(size), np.zeros(size, dtype=np.int64)))
    twice = Records(np.repeat(records.rows, 2, 0), np.repeat(records.cols, 2, 0))
    again = designed.tested(twice, Design(np.ones(2 * size), np.arange(2 * size) // 2, np.zeros(2 * size, dtype=int)))

    assert once is not None
    assert again is not None
    assert again.p == pytest.approx(once.p)
    assert again.overall.p == pytest.approx(once.overall.p)


def test_weights_matter_and_only_their_ratios_do() -> None:
    records, design = World(threads=900, kept=(0.8, 0.3)).study(3)
    found, scaled = (
        designed.tested(records, Design(times * design.weight, design.cluster, design.stratum)) for times in (1, 9)
    )

    assert found is not None
    assert scaled is not None
    assert found.p == pytest.approx(scaled.p)
    flat = designed.tested(records, Design(np.ones(len(records)), design.cluster, design.stratum))
    assert flat is not None
    assert flat.p != pytest.approx(found.p, abs=0.01)


def test_posts_of_a_thread_are_not_taken_for_independent() -> None:
    world = World(threads=150, codes=8, posts=5)
    alarms, instead = [], []
    for seed in range(150):
        records, design = world.study(seed)
        found = designed.tested(records, design)
        alarms.append(found is not None and found.overall.p <= 0.05)
        plain = exchange.moments(records, one_block(records))
        p = stats.chi2.sf(plain.statistics(plain.apart[None])[0], plain.df)
        instead.append(holm(p).min() <= 0.05)

    assert np.mean(alarms) <= 0.08
    assert np.mean(instead) >= 0.15


def test_records_come_from_pairs() -> None:
    pairs = Incidence(
        units=3, rows=2, cols=2, unit=np.array([0, 0, 1, 2]), row=np.array([0, 1, -1, 0]), col=np.array([1, 1, 0, 1])
    )
    records = pairs.records()

    assert records.rows.tolist() == [[True, True], [False, False], [True, False]]
    assert records.cols.tolist() == [[False, True], [True, False], [False, True]]
    assert records.counts.tolist() == [[0.0, 2.0], [0.0, 1.0]]
    assert pairs.is_product
    apart = Incidence(units=1, rows=2, cols=2, unit=np.array([0, 0]), row=np.array([0, 1]), col=np.array([0, 1]))
    assert not apart.is_product
    read, unit = apart.readings()
    assert read.rows.tolist() == [[True, False], [False, True]]
    assert unit.tolist() == [0, 0]
