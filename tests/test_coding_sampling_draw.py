"""The arithmetic of a sample: how strata share it, what is drawn, who codes it."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coding.sampling.draw import allocate, draw, targets
from coding.sampling.frame import Candidate
from coding.sampling.share import Assigned, share

CODERS = ("ann", "ben", "cem", "dee", "eve")


def units(strata: dict[str, int]) -> list[Candidate]:
    return [
        Candidate(unit_id=f"{name}{n}", thread_id=f"{name}{n}", kind="thread", stratum=name)
        for name, count in strata.items()
        for n in range(count)
    ]


def drawn(frame: Sequence[Candidate], size: int, have: Sequence[Candidate] = (), seed: int = 7) -> list[Candidate]:
    return draw(frame, {unit.unit_id: unit.stratum for unit in have}, size, seed, 1)


strata = st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 40), min_size=1)


def test_largest_remainders_worked_by_hand() -> None:
    # 21 seats of 100: quotas 10.71, 5.67, 4.62; 19 whole ones, the two left go to .71 and .67
    assert allocate(21, {"a": 51, "b": 27, "c": 22}, {}) == {"a": 11, "b": 6, "c": 4}


def test_a_bound_from_below_is_kept_and_the_rest_is_in_proportion() -> None:
    # c has three already; the other 7 are divided 51 : 27, quotas 4.58 and 2.42
    assert allocate(10, {"a": 51, "b": 27, "c": 22}, {"c": 3}) == {"a": 5, "b": 2, "c": 3}


def test_every_stratum_gets_one_if_the_size_allows_and_else_the_large_ones_do() -> None:
    room = {"a": 97, "b": 1, "c": 1, "d": 1}

    assert targets(5, room, {}) == {"a": 2, "b": 1, "c": 1, "d": 1}
    assert targets(3, room, {}) == {"a": 3, "b": 0, "c": 0, "d": 0}


@given(strata, st.integers(0, 300), st.data())
def test_an_allocation_sums_and_stays_within_its_bounds(room: dict[str, int], size: int, data: st.DataObject) -> None:
    have = {name: data.draw(st.integers(0, count)) for name, count in room.items()}
    wanted = targets(size, room, have)

    assert sum(wanted.values()) == min(max(size, sum(have.values())), sum(room.values()))
    assert all(have[name] <= wanted[name] <= room[name] for name in room)
    if sum(max(1, count) for count in have.values()) <= size:
        assert min(wanted.values()) >= 1


@given(strata, st.integers(1, 200))
def test_an_allocation_without_bounds_is_within_one_of_the_quota(room: dict[str, int], size: int) -> None:
    total = sum(room.values())
    size = min(size, total)

    assert all(abs(count - size * room[name] / total) < 1 for name, count in allocate(size, room, {}).items())


@given(strata, st.integers(1, 100), st.randoms())
def test_a_draw_depends_on_seed_and_ids_and_not_on_the_order_of_the_frame(
    room: dict[str, int], size: int, chance: object
) -> None:
    frame = units(room)
    shuffled = list(frame)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    assert drawn(shuffled, size) == drawn(frame, size)
    assert len({unit.unit_id for unit in drawn(frame, size)}) == min(size, len(frame))


@given(strata, st.integers(1, 100), st.integers(0, 100))
def test_a_larger_sample_holds_the_smaller_one_and_the_rest_is_what_it_would_have_drawn(
    room: dict[str, int], size: int, more: int
) -> None:
    frame = units(room)
    first = drawn(frame, size)
    later = drawn(frame, size + more, first)

    assert not {unit.unit_id for unit in first} & {unit.unit_id for unit in later}
    assert len(first) + len(later) == min(size + more, len(frame))
    assert drawn(frame, size, first) == []


def test_another_seed_or_round_draws_others() -> None:
    frame = units({"a": 1000})
    chosen = [{u.unit_id for u in draw(frame, {}, 500, seed, number)} for seed, number in ((1, 1), (2, 1), (1, 2))]

    assert all(200 < len(one & other) < 300 for one, other in combinations(chosen, 2))


def test_each_unit_of_a_stratum_is_drawn_about_as_often() -> None:
    frame = units({"a": 20, "b": 20})
    often = Counter(unit.unit_id for seed in range(2000) for unit in draw(frame, {}, 10, seed, 1))

    assert sum(often.values()) == 20_000
    assert all(400 < count < 600 for count in often.values()), "expected 500, five standard deviations are 97"


def given_out(
    room: dict[str, int], coders: Sequence[str], overlap: float, per_unit: int = 0, planned: Sequence[Assigned] = ()
) -> list[Assigned]:
    have = {one.unit.unit_id for one in planned}
    new = [unit for unit in drawn(units(room), 0) if unit.unit_id not in have]
    return share(planned, new, coders, overlap=overlap, per_unit=per_unit, seed=7)


def merged(*steps: Sequence[Assigned]) -> list[Assigned]:
    return list({one.unit.unit_id: one for step in steps for one in step}.values())


plans = st.tuples(strata, st.integers(1, 5), st.floats(0, 1), st.integers(0, 5))


@given(plans)
def test_the_overlap_is_within_one_unit_and_every_unit_has_as_many_coders_as_it_should(
    plan: tuple[dict[str, int], int, float, int],
) -> None:
    room, count, overlap, per_unit = plan
    several = min(per_unit or count, count)
    made = given_out(room, CODERS[:count], overlap, per_unit)
    shared = [one for one in made if one.shared]

    assert sorted(one.unit.unit_id for one in made) == sorted(unit.unit_id for unit in units(room))
    assert abs(len(shared) - (overlap * len(made) if several > 1 else 0)) <= 1
    assert all(len(set(one.coders)) == len(one.coders) == (several if one.shared else 1) for one in made)


@given(plans)
def test_coders_have_equally_many_units_and_equally_many_shared_ones_within_one(
    plan: tuple[dict[str, int], int, float, int],
) -> None:
    room, count, overlap, per_unit = plan
    made = given_out(room, CODERS[:count], overlap, per_unit)
    for kind in ([one for one in made if one.shared], made):
        loads = Counter(dict.fromkeys(CODERS[:count], 0))
        loads.update(coder for one in kind for coder in one.coders)

        assert max(loads.values()) - min(loads.values()) <= 1


@given(st.integers(1, 200), st.integers(2, 5), st.integers(0, 2**32))
@settings(max_examples=300)
def test_pairs_of_coders_meet_about_equally_often(shared: int, count: int, seed: int) -> None:
    made = share([], units({"a": shared}), CODERS[:count], overlap=1, per_unit=2, seed=seed)
    met = Counter({frozenset(pair): 0 for pair in combinations(CODERS[:count], 2)})
    met.update(frozenset(one.coders) for one in made)

    assert max(met.values()) - min(met.values()) <= (1 if count < 5 else 2)


@given(plans, strata, st.integers(0, 2), st.floats(0, 1))
def test_a_plan_that_grows_takes_no_unit_from_anybody(
    plan: tuple[dict[str, int], int, float, int], more: dict[str, int], newcomers: int, later_overlap: float
) -> None:
    room, count, overlap, per_unit = plan
    first = given_out(room, CODERS[:count], overlap, per_unit)
    grown = {name: room.get(name, 0) + more.get(name, 0) for name in {*room, *more}}
    coders = CODERS[: min(5, count + newcomers)]
    step = given_out(grown, coders, later_overlap, per_unit, first)
    both = {one.unit.unit_id: one for one in merged(first, step)}

    assert len(both) == sum(grown.values())
    for one in first:
        assert both[one.unit.unit_id].coders[: len(one.coders)] == one.coders
        assert both[one.unit.unit_id].shared >= one.shared
    assert given_out(grown, coders, later_overlap, per_unit, list(both.values())) == [], "twice gives nothing more"


def test_a_new_coder_gets_every_shared_unit_where_all_code_them_and_catches_up_with_the_rest() -> None:
    first = given_out({"a": 40}, CODERS[:2], 0.5)
    both = merged(first, given_out({"a": 100}, CODERS[:3], 0.5, planned=first))
    loads = Counter(coder for one in both for coder in one.coders)

    assert sum(one.shared for one in both) == 50
    assert {len(one.coders) for one in both if one.shared} == {3}
    assert sorted(loads.values()) == [66, 67, 67]


def test_who_comes_for_a_coder_that_left_gets_what_that_coder_has_not_coded() -> None:
    first = given_out({"a": 20}, ("ann", "ben"), 0.5)
    of_ann = {one.unit.unit_id for one in first if "ann" in one.coders}
    coded = {(unit_id, "ann") for unit_id in sorted(of_ann)[:4]}
    step = share(first, [], ("ben", "dan"), overlap=0.5, per_unit=2, seed=7, coded=coded)
    both = merged(first, step)

    assert len(of_ann) == 15
    assert {one.unit.unit_id for one in step} == of_ann - {unit_id for unit_id, _ in coded}
    assert {one.coders for one in step if one.shared} == {("ann", "ben", "dan"), ("ben", "ann", "dan")}
    assert {len(one.coders) for one in step if not one.shared} == {2}
    assert sum(one.shared for one in both) == sum(one.shared for one in first) == 10
    assert share(both, [], ("ben", "dan"), overlap=0.5, per_unit=2, seed=7, coded=coded) == []


@pytest.mark.parametrize("coders", [("ann",), CODERS])
def test_without_overlap_everybody_works_alone(coders: tuple[str, ...]) -> None:
    made = given_out({"a": 11, "b": 4}, coders, 0.0)

    assert {len(one.coders) for one in made} == {1}
    assert not any(one.shared for one in made)
