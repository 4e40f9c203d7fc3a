"""What is in the frame, and what is said where the data say nothing."""

from datetime import datetime

import numpy as np
import pytest
from agreement_rig import FEW, book, of_sets, reading
from scipy.stats import bootstrap

from coding.agreement.codes import Codes
from coding.agreement.estimate import OF_CODES, OF_SETS, Estimate
from coding.agreement.frame import Frame, frame, levels
from coding.agreement.interval import Resamples, interval
from coding.agreement.measured import of_frame, parts
from coding.agreement.sets import Sets

YES = {"x"}


def said(found: Estimate) -> float | str:
    """The value, or the stated reason."""
    return found.undefined if found.value is None else round(found.value, 4)


def code(given: Frame) -> dict[str, float | str]:
    return {name: said(each) for name, each in Codes(given, FEW).each(0).items()}


def whole_sets(given: Frame) -> dict[str, float | str]:
    return {name: said(each) for name, each in Sets(given, FEW).estimates().items()}


def test_units_that_nobody_marked_are_in_the_frame() -> None:
    """Two units with the code, one on which they differ, six that both read and gave nothing."""
    given = of_sets([YES, YES, YES, *[set()] * 6], [YES, YES, set(), *[set()] * 6])

    assert given.read.all()
    assert code(given) == {
        "prevalence": 0.2778,
        "percent": 88.8889,
        "cohen": 0.7273,
        "fleiss": "fewer than three coders",
        "alpha": 0.7385,
        "ac1": 0.8144,
        "pabak": 0.7778,
        "positive": 0.8,
        "negative": 0.9231,
    }


def test_constant_data_are_undefined_and_what_can_be_said_is_said() -> None:
    expected = {
        "prevalence": 0.0,
        "percent": 100.0,
        "cohen": "constant",
        "fleiss": "fewer than three coders",
        "alpha": "constant",
        "ac1": "constant",
        "pabak": "constant",
        "positive": "never given",
        "negative": 1.0,
    }
    never = frame([reading(f"u{n}", coder) for n in range(5) for coder in ("a", "b")], book("x"))
    always = of_sets([YES] * 5, [YES] * 5)

    assert code(never) == expected
    assert code(always) == expected | {"prevalence": 1.0, "positive": 1.0, "negative": "always given"}
    constant = dict.fromkeys(("cohen", "alpha", "alpha_masi", "alpha_jaccard"), "constant")
    assert whole_sets(never) == {"percent": 100.0, "fleiss": "fewer than three coders"} | constant
    assert whole_sets(always) == whole_sets(never)


def test_no_overlap_is_said() -> None:
    given = of_sets([YES, set(), None, None], [None, None, YES, set()])

    assert code(given) == dict.fromkeys(OF_CODES, "no overlap") | {
        "prevalence": 0.5,
        "fleiss": "fewer than three coders",
    }
    assert whole_sets(given) == dict.fromkeys(OF_SETS, "no overlap") | {"fleiss": "fewer than three coders"}


def test_one_coder_is_said() -> None:
    given = of_sets([YES, set(), YES])

    assert code(given) == dict.fromkeys(OF_CODES, "one coder") | {"prevalence": 0.6667}
    assert whole_sets(given) == dict.fromkeys(OF_SETS, "one coder")


def test_missing_readings_are_left_out_and_not_taken_for_no() -> None:
    """Three coders, each unit read by two: Cohen is for two coders, Fleiss for units that all have read."""
    given = of_sets(
        [YES, YES, set(), None, set(), set()], [YES, None, set(), YES, YES, None], [None, YES, None, YES, None, set()]
    )
    found = Codes(given, FEW).each(0)

    assert {name: said(each) for name, each in found.items()} == {
        "prevalence": 0.5833,
        "percent": 83.3333,
        "cohen": "more than two coders",
        "fleiss": "no unit read by all coders",
        "alpha": 0.6857,
        "ac1": 0.6757,
        "pabak": 0.6667,
        "positive": 0.8571,
        "negative": 0.8,
    }
    assert {name: each.units for name, each in found.items() if name in ("alpha", "fleiss")} == {
        "alpha": 6,
        "fleiss": 0,
    }


def test_fleiss_is_over_the_units_that_all_have_read() -> None:
    rest = [set(), YES, set()]
    given = of_sets([YES, *rest, YES], [YES, *rest, None], [set(), *rest, None])
    complete = of_sets([YES, *rest], [YES, *rest], [set(), *rest])

    assert Codes(given, FEW).each(0)["fleiss"].units == 4
    assert code(given)["fleiss"] == code(complete)["fleiss"] == 0.6571


def test_a_pair_has_the_units_that_both_have_read() -> None:
    given = of_sets([YES, set(), YES, None], [YES, YES, None, set()], [None, None, YES, set()])
    found = {str(part["pair"]): frame.read.shape for part, frame in parts(given, ["pair"])}

    assert found == {"coder_a · coder_b": (2, 2), "coder_a · coder_c": (1, 2), "coder_b · coder_c": (1, 2)}


def test_a_pair_without_a_unit_that_both_have_read_has_no_overlap() -> None:
    given = of_sets([YES, set(), None], [None, YES, YES], [None, None, set()])
    apart = next(frame for part, frame in parts(given, ["pair"]) if part["pair"] == "coder_a · coder_c")
    nothing = {"fleiss": "fewer than three coders"}

    assert (apart.coders, apart.read.shape) == (("coder_a", "coder_c"), (0, 2))
    assert code(apart) == dict.fromkeys(OF_CODES, "no overlap") | nothing
    assert whole_sets(apart) == dict.fromkeys(OF_SETS, "no overlap") | nothing
    assert {said(each) for each in Codes(apart, FEW).pooled([0]).values()} == {"no overlap", *nothing.values()}


def test_parts_are_rounds_months_and_arms() -> None:
    late = datetime(2026, 5, 1)  # noqa: DTZ001 - the table's moments are UTC without a zone
    given = frame(
        [
            reading("u1", "a", "x"),
            reading("u1", "b", "x", arm="suggested", saved=late),
            reading("u1", "a", round=2, saved=None),
            reading("u2", "a", "x"),
        ],
        book("x"),
    )

    assert [(part, inside.read.shape) for part, inside in parts(given, ["round"])] == [
        ({"round": 1}, (2, 2)),
        ({"round": 2}, (1, 1)),
    ]
    assert [part["month"] for part, _ in parts(given, ["month"])] == ["2026-02", "2026-05", "undated"]
    assert [(part["arm"], inside.read.shape) for part, inside in parts(given, ["arm"])] == [
        ("plain", (3, 1)),
        ("suggested", (1, 1)),
        ("plain · suggested", (1, 2)),
    ]


def test_between_two_arms_a_unit_is_a_pair_of_readings_by_two_coders() -> None:
    """Of u1 three read, one of them with suggestions; u2 was read in one arm; a read u3 in both, b in one."""
    given = frame(
        [
            reading("u1", "a", "x"),
            reading("u1", "b"),
            reading("u1", "c", "x", arm="suggested"),
            reading("u2", "a", "x"),
            reading("u2", "b", "x"),
            reading("u3", "a", "x"),
            reading("u3", "a", arm="suggested"),
            reading("u3", "b", "x", arm="suggested"),
        ],
        book("x"),
        arms_apart=True,
    )
    between = {part["arm"]: inside for part, inside in parts(given, ["arm"])}["plain · suggested"]

    assert between.coders == ("plain", "suggested")
    assert between.gave[0].tolist() == [[True, True], [False, True], [True, True]]
    assert between.thread.tolist() == [0, 0, 1]
    assert code(between) == {
        "prevalence": 0.8333,
        "percent": 66.6667,
        "cohen": 0.0,
        "fleiss": "fewer than three coders",
        "alpha": 0.0,
        "ac1": 0.5385,
        "pabak": 0.3333,
        "positive": 0.8,
        "negative": 0.0,
    }


def test_of_a_unit_read_in_two_arms_the_first_reading_counts_unless_arms_are_told_apart() -> None:
    readings = [reading("u1", "a", "x"), reading("u1", "a", arm="suggested"), reading("u1", "b", "x")]

    together, apart = frame(readings, book("x")), frame(readings, book("x"), arms_apart=True)
    assert (together.read.shape, together.gave.sum()) == ((1, 2), 2)
    assert apart.read.tolist() == [[True, True], [True, False]]


def test_codes_roll_up_to_each_level_and_foreign_codes_stay() -> None:
    tree = book("A", "A.x", "A.x.1", "A.x.2", "B", "B.y")
    codes = frame([reading("u1", "a", "A.x.1", "OLD")], tree).codes

    assert codes == ("A.x.1", "A.x.2", "B.y", "OLD")
    assert list(levels(tree, codes)) == [
        (1, {"A": ["A.x.1", "A.x.2"], "B": ["B.y"], "OLD": ["OLD"]}),
        (2, {"A.x": ["A.x.1", "A.x.2"], "B.y": ["B.y"], "OLD": ["OLD"]}),
    ]


def test_a_theme_on_which_coders_agree_and_on_its_codes_not_diverges() -> None:
    """Both see the theme in every second unit, and each calls it by the other code."""
    tree = book("A", "A.x", "A.y")
    readings = []
    for number in range(40):
        mine, other = (("A.x",), ("A.y",)) if number % 2 else ((), ())
        readings += [reading(f"u{number}", "a", *mine), reading(f"u{number}", "b", *other)]
    lines = of_frame(frame(readings, tree), {}, tree, ["theme"], Resamples(200, 1))
    found = {line.measure: line.estimate for line in lines}

    assert (found["alpha"].value, round(found["alpha_of_codes"].value or 0, 2)) == (1.0, -0.32)
    difference = found["difference"]
    assert difference.low is not None
    assert 1.1 < difference.low < 1.4


def test_an_interval_that_the_data_cannot_give_is_none_with_the_reason() -> None:
    perfect = Codes(of_sets([YES, set()] * 10, [YES, set()] * 10), FEW).each(0)["alpha"]
    one_thread = frame([reading(f"u{n}", c, *"x" * (n % 2), thread="t") for n in range(4) for c in "ab"], book("x"))
    rare = Codes(of_sets([YES, *[set()] * 30], [YES, *[set()] * 30]), FEW).each(0)["alpha"]

    assert (perfect.value, perfect.low, perfect.no_interval) == (1.0, None, "no variation")
    assert Codes(one_thread, FEW).each(0)["alpha"].no_interval == "one thread"
    assert (rare.value, rare.no_interval) == (1.0, "undefined in many resamples")


def test_the_interval_is_scipys_bca() -> None:
    sample = np.random.default_rng(5).exponential(size=40)
    weights = np.concatenate([*Resamples(20_000, 3).weights(40)])
    ours = interval(float(sample.mean()), weights @ sample / 40, (sample.sum() - sample) / 39)
    theirs = bootstrap((sample,), np.mean, n_resamples=20_000, method="BCa", rng=4).confidence_interval

    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=0.02)


def test_resamples_draw_as_many_threads_as_there_are_and_the_same_for_the_same_seed() -> None:
    one, again, other = (np.concatenate([*Resamples(50, seed).weights(30)]) for seed in (1, 1, 2))

    assert (one.sum(1) == 30).all()
    assert (one == again).all()
    assert (one != other).any()
