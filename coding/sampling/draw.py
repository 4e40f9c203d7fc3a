"""A stratified sample that can be made larger: what was drawn once stays drawn.

Every unit has a permanent random number (Ohlsson 1995, Coordination of samples using permanent random numbers): a hash
of the seed, the round and its id. Of each stratum those with the smallest are taken. So the draw depends neither on the
order of the frame nor on what else is in it, and a larger sample holds the smaller one.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from coding.sampling.frame import Candidate


def rank(seed: int, *words: object) -> bytes:
    """The permanent random number of something: 32 bytes, uniform."""
    return hashlib.sha256("\0".join(map(str, (seed, *words))).encode("utf-8", "replace")).digest()


def allocate(size: int, room: Mapping[str, int], least: Mapping[str, int]) -> dict[str, int]:
    """Divide a sample over strata in proportion, by the method of largest remainders.

    Args:
        size: How many units in all; from the sum of ``least`` to that of ``room``.
        room: How many each stratum has.
        least: How many each stratum gets at least; a stratum that is not named may get none.

    Returns:
        How many of each stratum; they sum to ``size``, and none is above its room or below its least.
    """
    given: dict[str, int] = {}
    while True:
        free = [name for name in sorted(room) if name not in given]
        left, total = size - sum(given.values()), sum(room[name] for name in free)
        low = [name for name in free if left * room[name] < least.get(name, 0) * total]
        if not low:
            break
        given |= {name: least[name] for name in low}
    shares = {name: divmod(left * room[name], total) for name in free if total}
    given |= {name: whole for name, (whole, _) in shares.items()}
    by_remainder = sorted(shares, key=lambda name: (-shares[name][1], -room[name], name))
    for name in by_remainder[: size - sum(given.values())]:
        given[name] += 1
    return {name: given.get(name, 0) for name in sorted(room)}


def targets(size: int, room: Mapping[str, int], have: Mapping[str, int]) -> dict[str, int]:
    """How many units of each stratum the sample is to have; at least one where ``size`` allows it.

    Args:
        size: How many units in all.
        room: How many there are.
        have: How many are drawn already; none of them is given back.
    """
    wanted = min(max(size, sum(have.values())), sum(room.values()))
    one_each = {name: max(1, have.get(name, 0)) for name in room if room[name]}
    return allocate(wanted, room, one_each if sum(one_each.values()) <= wanted else have)


def draw(
    frame: Iterable[Candidate], drawn: Mapping[str, str], size: int, seed: int, round_number: int
) -> list[Candidate]:
    """Draw what is missing to a sample of ``size`` units.

    Args:
        frame: What can be drawn.
        drawn: What is drawn already: unit and stratum.
        size: How many units in all; 0 for all.
        seed: Of the study.
        round_number: Every round draws anew.

    Returns:
        The units that come to it, by stratum and random number.
    """
    pools: defaultdict[str, list[Candidate]] = defaultdict(list)
    for unit in frame:
        if unit.unit_id not in drawn:
            pools[unit.stratum].append(unit)
    have = Counter(drawn.values())
    room = Counter({name: len(pool) for name, pool in pools.items()}) + have
    wanted = targets(size or room.total(), room, have)
    return [
        unit for name in sorted(pools) for unit in _first(pools[name], wanted[name] - have[name], seed, round_number)
    ]


def _first(pool: Sequence[Candidate], count: int, seed: int, round_number: int) -> list[Candidate]:
    return sorted(pool, key=lambda unit: rank(seed, "draw", round_number, unit.unit_id))[:count]
