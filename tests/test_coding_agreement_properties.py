"""Agreement held against the packages, and against code that shares nothing with it."""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import krippendorff
import numpy as np
import numpy.typing as npt
import pytest
from agreement_rig import FEW, numbers, of_sets
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nltk.metrics import jaccard_distance, masi_distance
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from coding.agreement import nominal
from coding.agreement.codes import Codes
from coding.agreement.estimate import OF_CODES, OF_SETS
from coding.agreement.frame import Frame
from coding.agreement.interval import Resamples
from coding.agreement.sets import Sets, distances

CODES = "xyz"
sets_of_codes = st.sets(st.sampled_from(CODES))


def frames(coders: int, *, missing: bool = True) -> st.SearchStrategy[Frame]:
    """Frames of one to twelve units in threads of one to three units; all three codes are known."""
    cell = st.one_of(st.none(), sets_of_codes) if missing else sets_of_codes
    rows = st.lists(st.tuples(*[cell] * coders).filter(any_read), min_size=2, max_size=12)
    return st.builds(threaded, rows, st.integers(1, 3))


def any_read(row: tuple[set[str] | None, ...]) -> bool:
    return any(each is not None for each in row)


def threaded(rows: list[tuple[set[str] | None, ...]], size: int) -> Frame:
    marked = [(set(CODES),) * len(rows[0]), *rows]  # one unit that has every code from everybody
    made = of_sets(*zip(*marked, strict=True))
    thread = np.arange(len(made.read)) // size
    return replace(made, thread=thread)


def pairs(readings: npt.NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Every ordered pair of readings of one unit, with the number of its readings."""
    found = []
    for unit in readings.tolist():
        known = [value for value in unit if value >= 0]
        found += [(a, b, len(known)) for a, b in permutations(known, 2)]
    return found


def slow_alpha(readings: npt.NDArray[np.int64]) -> float | None:
    """Krippendorff's alpha, nominal, in exact fractions, pair by pair."""
    every = [(a, b, Fraction(1, m - 1)) for a, b, m in pairs(readings)]
    total = sum(weight for *_, weight in every)
    of_value: dict[int, Fraction] = {}
    for a, _, weight in every:
        of_value[a] = of_value.get(a, Fraction(0)) + weight
    expected = total * total - sum(share * share for share in of_value.values())
    observed = sum((weight for a, b, weight in every if a != b), Fraction(0))
    return float(1 - (total - 1) * observed / expected) if expected else None


def slow_ac1(readings: npt.NDArray[np.int64], categories: int) -> float | None:
    """Gwet's AC1 in exact fractions, unit by unit."""
    agree, shares = [], []
    for unit in readings.tolist():
        known = [value for value in unit if value >= 0]
        shares.append([Fraction(known.count(value), len(known)) for value in range(categories)])
        if len(known) > 1:
            equal = sum(a == b for a, b in permutations(known, 2))
            agree.append(Fraction(equal, len(known) * (len(known) - 1)))
    if not agree:
        return None
    observed = sum(agree) / len(agree)
    mean = [sum(column) / len(shares) for column in zip(*shares, strict=True)]
    chance = sum((p * (1 - p) for p in mean), Fraction(0)) / (categories - 1)
    return float((observed - chance) / (1 - chance))


def binary(frame: Frame, code: int) -> npt.NDArray[np.int64]:
    return np.where(frame.read, frame.gave[code], -1).astype(np.int64)


@given(st.one_of(frames(2), frames(3), frames(4)))
@settings(max_examples=150, deadline=None)
def test_alpha_and_ac1_of_a_code_equal_code_that_shares_nothing_with_them(frame: Frame) -> None:
    found = Codes(frame, FEW).each(0)
    readings = binary(frame, 0)
    pairable = readings[(readings >= 0).sum(1) > 1]
    assume(len(pairable))
    constant = len({value for value in pairable.ravel().tolist() if value >= 0}) == 1

    assert found["alpha"].value == pytest.approx(slow_alpha(readings))
    assert found["ac1"].value == (None if constant else pytest.approx(slow_ac1(readings, 2)))


@given(st.one_of(frames(2), frames(3)))
@settings(max_examples=80, deadline=None)
def test_alpha_and_ac1_of_many_values_equal_that_code_too(frame: Frame) -> None:
    readings = Sets(frame, FEW)._set
    size = int(readings.max()) + 1
    assume(size > 1)
    expected = slow_alpha(readings)

    assert Sets(frame, FEW).estimates()["alpha"].value == (None if expected is None else pytest.approx(expected))
    assert nominal.ac1(readings, size) == pytest.approx(slow_ac1(readings, size) or 0, nan_ok=True)
    generic = nominal.alpha(readings, 1.0 - np.eye(size))
    assert generic == pytest.approx(np.nan if expected is None else expected, nan_ok=True)


@given(st.one_of(frames(2), frames(3)))
@settings(max_examples=80, deadline=None)
def test_every_measure_stays_in_its_bounds(frame: Frame) -> None:
    for estimates in (*(Codes(frame, FEW).each(code) for code in range(3)), Sets(frame, FEW).estimates()):
        for name, found in estimates.items():
            if found.value is None:
                assert found.undefined
                continue
            low, high = (0, 100) if name == "percent" else (-1, 1)
            low = {"prevalence": 0, "positive": 0, "negative": 0}.get(name, low)
            if not name.startswith("alpha"):  # alpha of few readings may be below -1 with no bound of its own
                assert low - 1e-9 <= found.value
            assert found.value <= high + 1e-9


@given(frames(3))
@settings(max_examples=60, deadline=None)
def test_no_measure_depends_on_who_is_which_coder(frame: Frame) -> None:
    order = [2, 0, 1]
    swapped = replace(frame, read=frame.read[:, order], gave=frame.gave[:, :, order], arm=frame.arm[:, order])

    codes = (Codes(frame, FEW).each(1), Codes(swapped, FEW).each(1))
    sets = (Sets(frame, FEW).estimates(), Sets(swapped, FEW).estimates())
    for one, other in (codes, sets):
        for name, found in one.items():
            value = other[name].value
            assert found.value == (None if value is None else pytest.approx(value))
            assert found.undefined == other[name].undefined


@given(st.one_of(frames(2), frames(3)))
@settings(max_examples=60, deadline=None)
def test_a_code_pooled_alone_is_the_code(frame: Frame) -> None:
    """The one comes from sums of threads, the other from the packages."""
    codes = Codes(frame, FEW)

    for name, found in codes.each(1).items():
        alone = codes.pooled([1])[name]
        assert alone.value == (None if found.value is None else pytest.approx(found.value))
        assert (alone.undefined, alone.low, alone.units) == (found.undefined, found.low, found.units)


def repeated(frame: Frame, weights: npt.NDArray[np.float64]) -> Frame:
    """The frame with each thread as often as it was drawn."""
    units = np.repeat(np.arange(len(frame.read)), weights[frame.thread].astype(int))
    return replace(
        frame,
        read=frame.read[units],
        gave=frame.gave[:, units],
        thread=np.arange(len(units)),
        round=frame.round[units],
        month=frame.month[units],
        arm=frame.arm[units],
    )


def by_packages(frame: Frame) -> dict[str, float]:
    """Cohen, Fleiss and alpha of the first code by the packages; nan where they refuse."""
    readings = binary(frame, 0)
    m = (readings >= 0).sum(1)
    counts = np.stack([(readings == 0).sum(1), (readings == 1).sum(1)], axis=1)
    found = dict.fromkeys(("cohen", "fleiss", "alpha"), np.nan)
    whole = counts[m == len(frame.coders)]
    if len(np.unique(readings[m > 1][readings[m > 1] >= 0])) > 1:
        found["alpha"] = krippendorff.alpha(value_counts=counts[m > 1], level_of_measurement="nominal")
    if len(whole) and whole.any(0).all():
        if len(frame.coders) == 2:
            found["cohen"] = cohen_kappa_score(*readings[m == 2].T)
        found["fleiss"] = fleiss_kappa(whole)
    return found


@given(st.one_of(frames(2), frames(3)))
@settings(max_examples=25, deadline=None)
def test_resamples_equal_the_packages_on_the_repeated_units(frame: Frame) -> None:
    few = Resamples(5, 7)
    codes = Codes(frame, few)
    (weights,) = few.weights(frame.threads)
    expected = [by_packages(repeated(frame, each)) for each in weights]

    for measure in {"alpha", "cohen" if len(frame.coders) == 2 else "fleiss"}:
        if codes.numbers.why_not(measure):
            continue
        found = codes.spread(measure, [0])[0]
        assert found == pytest.approx([each[measure] for each in expected], nan_ok=True)


@given(st.one_of(frames(2), frames(3)))
@settings(max_examples=40, deadline=None)
def test_resamples_and_threads_left_out_equal_measuring_anew(frame: Frame) -> None:
    few = Resamples(5, 7)
    (weights,) = few.weights(frame.threads)
    without = np.ones((frame.threads, frame.threads)) - np.eye(frame.threads)
    sets, codes = Sets(frame, few), Codes(frame, few)

    for drawn, place in ((weights, 0), (without, 1)):
        anew = [repeated(frame, each) for each in drawn if each.any()]
        if len(anew) < len(drawn):
            continue
        for measure in (name for name in OF_SETS if not sets.numbers.why_not(name)):
            again = [Sets(each, few)._measured.get(measure, (np.nan,))[0] for each in anew]
            assert sets._measured[measure][1 + place] == pytest.approx(again, nan_ok=True, abs=1e-5)
        for measure in (name for name in OF_CODES if not codes.numbers.why_not(name)):
            again = [Codes(each, few).pooled_one(measure, [0, 1, 2]).value for each in anew]
            scale = 100 if measure == "percent" else 1
            for one, other in zip(codes.spread(measure, [0, 1, 2])[place], again, strict=True):
                assert other is None or scale * one == pytest.approx(other)


@given(sets_of_codes, sets_of_codes)
def test_distances_of_sets_equal_nltks_and_two_empty_sets_are_equal(one: set[str], other: set[str]) -> None:
    members = [np.array([code in each for code in CODES]) for each in (one, other)]
    found = distances(*members)

    expected = (masi_distance(one, other), jaccard_distance(one, other)) if one | other else (0, 0)
    assert (found["alpha_masi"], found["alpha_jaccard"]) == pytest.approx(expected)


@given(st.one_of(frames(2), frames(3)))
@settings(max_examples=60, deadline=None)
def test_alpha_of_sets_equals_nltks(frame: Frame) -> None:
    pairable = frame.readers > 1
    data = [
        (coder, str(unit), frozenset(np.array(list(CODES))[frame.gave[:, unit, number]].tolist()))
        for unit in np.flatnonzero(pairable)
        for number, coder in enumerate(frame.coders)
        if frame.read[unit, number]
    ]
    assume(len({labels for *_, labels in data}) > 1)
    found = Sets(frame, FEW).estimates()

    for name, distance in (("alpha_masi", masi_distance), ("alpha_jaccard", jaccard_distance)):
        task = AnnotationTask(data, distance=lambda a, b, d=distance: d(a, b) if a | b else 0.0)
        assert found[name].value == pytest.approx(task.alpha())


def test_numbers_of_the_rig_are_the_values() -> None:
    frame = of_sets([{"a"}, {"b"}, None], [{"b"}, {"b"}, {"a"}])

    assert numbers(frame).tolist() == [[0, 1], [1, 1], [-1, 0]]
