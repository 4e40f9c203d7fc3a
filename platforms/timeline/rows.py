"""The claims about each gate in the order of versions, and where its state changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from codebook.mechanisms import standing
from codebook.rows import Claim, Release
from platforms.held import number, of_code


@dataclass(frozen=True, slots=True)
class Step:
    """One gate in one release.

    Args:
        claim: What is claimed of it there.
        after: The version read before it with another state; None where nothing changed, or it is the first.
        adjacent: No release lies between those two that was not read; None where nothing changed.
    """

    claim: Claim
    after: str | None = None
    adjacent: bool | None = None
    is_first: bool = False


def gate(claim: Claim) -> tuple[str, ...]:
    """What tells gates apart, in the order in which they are shown."""
    about = (claim.mechanism, claim.parameter, claim.symbol, claim.surface)
    return (claim.platform, claim.package or "", *(part or "" for part in about))


def state(claim: Claim) -> tuple[object, ...]:
    """What counts as a change: level, default and who is trusted; where it stands in a file does not."""
    return (claim.level, claim.default, claim.allow_list)


def steps(claims: Iterable[Claim], releases: Iterable[Release]) -> list[Step]:
    """Every gate in every release that was read, gate by gate, oldest version first.

    All releases are in it by version, those of old lines, too; what was in force at a date is in ``in_force``.

    Args:
        claims: Those of code count.
        releases: Tell of versions that were not read.
    """
    unread: dict[str, list[str]] = {}
    for release in releases:
        if release.state == "not_read":
            unread.setdefault(release.package, []).append(release.version)
    by_gate: dict[tuple[str, ...], list[Claim]] = {}
    for claim in standing(claims):
        if of_code(claim):
            by_gate.setdefault(gate(claim), []).append(claim)
    found: list[Step] = []
    for _, own in sorted(by_gate.items()):
        found += _of_gate(
            sorted(own, key=lambda claim: number(claim.version or "")), unread.get(own[0].package or "", [])
        )
    return found


def _of_gate(own: Sequence[Claim], unread: Sequence[str]) -> list[Step]:
    made = [Step(own[0], is_first=True)]
    for before, claim in pairwise(own):
        if state(before) == state(claim):
            made.append(Step(claim))
            continue
        low, high = number(before.version or ""), number(claim.version or "")
        between = any(low < number(version) < high for version in unread)
        made.append(Step(claim, after=before.version, adjacent=not between))
    return made


def changes(found: Iterable[Step]) -> list[Step]:
    """The first release of every gate, and those that changed it."""
    return [step for step in found if step.is_first or step.after is not None]
