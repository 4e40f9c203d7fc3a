"""Published worked examples, to four decimals.

The attributions are the literature's usual ones. Where an example has a measure that is not offered (ordinal alpha,
weighted kappa, …), the packages that do the arithmetic are held to it.
"""

import krippendorff
import numpy as np
import pytest
from agreement_rig import FEW, numbers, of_sets, of_table, of_values
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from coding.agreement import nominal
from coding.agreement.codes import Codes
from coding.agreement.estimate import Estimates
from coding.agreement.frame import Frame
from coding.agreement.sets import Sets

FOUR = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
THREE = (".....34121133.3", "1.213343.......", "..21344.21133.4")

PATIENTS = """
    444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445
    333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
"""
"""Fleiss 1971 (Psychological Bulletin 76, 378-382): the six diagnoses of each of thirty patients."""


def of_sets_of(given: Frame) -> dict[str, float]:
    return rounded(Sets(given, FEW).estimates())


def of_first(given: Frame) -> dict[str, float]:
    """The measures of the first code: the first of two values, given or not."""
    return rounded(Codes(given, FEW).each(0))


def rounded(estimates: Estimates) -> dict[str, float]:
    return {name: round(each.value, 4) for name, each in estimates.items() if each.value is not None}


def test_krippendorff_2011_four_observers_with_missing_values() -> None:
    given = of_values(*FOUR)
    readings = numbers(given)

    assert of_sets_of(given)["alpha"] == 0.7434
    assert round(nominal.ac1(readings, 5), 5) == 0.77544
    assert round(nominal.pabak(readings, 5), 5) == 0.77273


@pytest.mark.parametrize(
    ("level", "expected"), [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)]
)
def test_krippendorff_2011_on_every_level_by_the_package(level: str, expected: float) -> None:
    rows = [[np.nan if value == "." else float(value) for value in coder] for coder in FOUR]

    assert round(krippendorff.alpha(rows, level_of_measurement=level), 4) == expected


def test_alpha_takes_any_distance_krippendorff_2011_interval_and_ratio() -> None:
    readings = numbers(of_values(*FOUR))
    values = np.arange(1.0, 6.0)
    apart, together = values[:, None] - values, values[:, None] + values

    assert round(nominal.alpha(readings, apart**2), 4) == 0.8491
    assert round(nominal.alpha(readings, (apart / together) ** 2), 4) == 0.7974


def test_krippendorff_2011_two_observers() -> None:
    binary = of_values("0100000010", "1110010000")
    letters = of_values("aabbdcccedda", "babbbccceddd")

    assert of_first(binary)["alpha"] == 0.0952
    assert of_sets_of(letters)["alpha"] == 0.692


def test_the_example_of_wikipedia_and_of_the_package() -> None:
    given = of_values(*THREE)
    values = np.arange(1.0, 5.0)

    assert of_sets_of(given)["alpha"] == 0.6914
    assert round(nominal.alpha(numbers(given), (values[:, None] - values) ** 2), 4) == 0.8108


def test_fleiss_1971() -> None:
    given = of_values(*("".join(each) for each in zip(*PATIENTS.split(), strict=True)))
    codes = Codes(given, FEW)

    assert [int(each.sum()) for each in given.gave] == [26, 26, 30, 55, 43]
    assert of_sets_of(given)["fleiss"] == 0.4302
    per_category = [round(codes.each(number)["fleiss"].value or 0, 3) for number in range(5)]
    assert per_category == [0.245, 0.245, 0.520, 0.471, 0.566]


def test_ten_subjects_and_fourteen_raters() -> None:
    """Wikipedia, Fleiss' kappa; Randolph's free-marginal kappa is Brennan and Prediger's."""
    counts = (
        (0, 0, 0, 0, 14),
        (0, 2, 6, 4, 2),
        (0, 0, 3, 5, 6),
        (0, 3, 9, 2, 0),
        (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0),
        (3, 2, 6, 3, 0),
        (2, 5, 3, 2, 2),
        (6, 5, 2, 1, 0),
        (0, 2, 2, 3, 7),
    )
    subjects = ["".join(value * count for value, count in zip("abcde", row, strict=True)) for row in counts]
    given = of_values(*("".join(each) for each in zip(*subjects, strict=True)))

    assert of_sets_of(given)["fleiss"] == 0.2099
    assert round(nominal.pabak(numbers(given), 5), 4) == 0.2225


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (((20, 5), (10, 15)), 0.4000),
        (((45, 15), (25, 15)), 0.1304),
        (((25, 35), (5, 35)), 0.2593),
    ],
)
def test_cohens_kappa_of_two_by_two(table: tuple[tuple[int, int], ...], expected: float) -> None:
    assert of_first(of_table(*table))["cohen"] == expected
    assert of_sets_of(of_table(*table))["cohen"] == expected


def test_cohen_1968() -> None:
    """Psychological Bulletin 70, 213-220; with its weights of disagreement by hand."""
    table = np.array([[88, 10, 2], [14, 40, 6], [18, 10, 12]])
    given = of_sets_of(of_table(*table.tolist()))
    weights = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]])

    assert (given["percent"], given["cohen"]) == (70.0, 0.4915)
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    assert round(1 - (weights * table).sum() / (weights * expected).sum(), 3) == 0.348


def test_fleiss_cohen_and_everitt_1969() -> None:
    """Psychological Bulletin 72, 323-327; standard error and weighted kappa by the package."""
    table = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    weights = np.array([[1, 0, 0.4444], [0, 1, 0.6667], [0.4444, 0.6667, 1]])
    by_package = cohens_kappa(table)

    assert of_sets_of(of_table(*table.tolist()))["cohen"] == 0.4286
    assert (round(by_package.kappa, 4), round(by_package.std_kappa, 5)) == (0.4286, 0.05371)
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    observed, chance = (weights * table).sum() / 200, (weights * expected).sum() / 200
    assert round((observed - chance) / (1 - chance), 4) == 0.5071


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (((40, 9), (6, 45)), {"percent": 85.0, "cohen": 0.6995, "ac1": 0.7007}),
        (((80, 10), (5, 5)), {"percent": 85.0, "cohen": 0.3182, "ac1": 0.8080}),
        (((118, 5), (2, 0)), {"percent": 94.4, "cohen": -0.0234, "ac1": 0.9408, "pabak": 0.8880}),
    ],
)
def test_the_paradoxes_of_kappa(table: tuple[tuple[int, int], ...], expected: dict[str, float]) -> None:
    """Feinstein and Cicchetti 1990 (Journal of Clinical Epidemiology 43, 543-549); the last one Gwet 2002."""
    found = of_first(of_table(*table))

    assert {name: found[name] for name in expected} == expected


def test_gwet_2002_scotts_pi_is_what_fleiss_kappa_of_two_would_be() -> None:
    counts = [[2, 0]] * 118 + [[1, 1]] * 7

    assert round(fleiss_kappa(np.array(counts)), 4) == -0.0288


def test_sets_of_codes() -> None:
    given = of_sets([{"x"}, {"x", "y"}, {"y"}, {"x", "y", "z"}, {"z"}], [{"x"}, {"x"}, {"y"}, {"y", "z"}, {"x"}])
    found = of_sets_of(given)

    assert (found["alpha_masi"], found["alpha_jaccard"]) == (0.3836, 0.4407)
