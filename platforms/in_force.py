"""What held when: intervals of each gate, from the claims of code and the dates of releases.

At any moment the release in force is the highest version that had come out by then, as an installer would have taken
it: a maintenance release of an old line (4.29.3 after 4.30.0) changes nothing. Pre-releases and withdrawn releases do
not count where a package has any other. Releases without a date are in no interval, and those that could not be read
change nothing; the row says whether one lies at a change.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from codebook.mechanisms import LEVELS, standing
from codebook.rows import Claim, InForce, Release

Gate = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class _Head:
    """A release that was in force for a time."""

    release: Release
    number: Version


def intervals(claims: Iterable[Claim], releases: Iterable[Release]) -> Iterator[InForce]:
    """The intervals of every gate of every package, each from one release on until another one changed it.

    A gate is a mechanism, a surface, a switch and a symbol of one package. Its state is level and default. Where a
    release has no claim about it, it is not in force.

    Args:
        claims: Those of code count, with a reviewer's corrections.
        releases: Those of the packages, read or not.
    """
    by_package: dict[str, list[Release]] = {}
    for release in releases:
        by_package.setdefault(release.package, []).append(release)
    states: dict[str, dict[str, dict[Gate, Claim]]] = {}
    for claim in standing(claims):
        if claim.package is not None and claim.version is not None and claim.component == "sdk":
            of_release = states.setdefault(claim.package, {}).setdefault(claim.version, {})
            of_release[_gate(claim)] = _weaker(claim, of_release.get(_gate(claim)))
    for package, own in sorted(by_package.items()):
        numbered = sorted(
            ((number, release) for release in own if (number := _number(release.version))), key=lambda each: each[0]
        )
        if package in states:
            yield from _of_package(numbered, states[package])


def _of_package(
    numbered: Sequence[tuple[Version, Release]], states: Mapping[str, Mapping[Gate, Claim]]
) -> Iterator[InForce]:
    heads = [head for head in _heads(numbered) if head.release.state != "not_read"]
    unread = [number for number, release in _counted(numbered) if release.state == "not_read"]
    for gate in sorted({gate for head in heads for gate in states.get(head.release.version, {})}):
        found = [states.get(head.release.version, {}).get(gate) for head in heads]
        yield from _of_gate(gate, heads, found, unread)


def _of_gate(
    gate: Gate, heads: Sequence[_Head], found: Sequence[Claim | None], unread: Sequence[Version]
) -> Iterator[InForce]:
    first = 0
    while first < len(heads):
        after = first + 1
        while after < len(heads) and _state(found[after]) == _state(found[first]):
            after += 1
        claim = found[first]
        if claim is not None:
            yield _row(gate, claim, heads, (first, after), unread)
        first = after


def _row(gate: Gate, claim: Claim, heads: Sequence[_Head], span: tuple[int, int], unread: Sequence[Version]) -> InForce:
    (mechanism, surface, parameter, symbol), (first, after) = gate, span
    begun, last = heads[first], heads[after - 1]
    before = heads[first - 1] if first else None
    since = begun.release.released
    assert since is not None  # noqa: S101 - heads have dates
    return InForce(
        platform=claim.platform,
        package=begun.release.package,
        mechanism=mechanism,
        surface=surface,
        parameter=parameter,
        symbol=symbol,
        level=claim.level,
        default=claim.default,
        since=since,
        until=heads[after].release.released if after < len(heads) else None,
        first_version=begun.release.version,
        last_version=last.release.version,
        before_version=before.release.version if before else None,
        adjacent=not any((before is None or before.number < each) and each < begun.number for each in unread),
        claim_id=claim.claim_id,
        run_id=claim.run_id,
    )


def _heads(numbered: Sequence[tuple[Version, Release]]) -> list[_Head]:
    """The releases that were each the highest one when they came out, by date."""
    dated = [(release.released, number, release) for number, release in _counted(numbered) if release.released]
    heads: list[_Head] = []
    for released, number, release in sorted(dated, key=lambda each: each[:2]):
        if heads and number <= heads[-1].number:
            continue
        if heads and heads[-1].release.released == released:
            heads.pop()  # two at one moment: only the higher one was ever in force
        heads.append(_Head(release, number))
    return heads


def _counted(numbered: Sequence[tuple[Version, Release]]) -> Sequence[tuple[Version, Release]]:
    """Those that an installer takes by itself; all, if there are no others."""
    plain = [(n, release) for n, release in numbered if not n.is_prerelease and not release.yanked]
    return plain or numbered


def _number(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


def _gate(claim: Claim) -> Gate:
    return (claim.mechanism, claim.surface or "", claim.parameter or "", claim.symbol or "")


def _state(claim: Claim | None) -> tuple[str, str | None] | None:
    return None if claim is None else (claim.level, claim.default)


def _weaker(one: Claim, other: Claim | None) -> Claim:
    """Of two claims about one gate of one release, the one with less protection; a level before none known."""
    if other is None:
        return one
    order = (*LEVELS, "not_documented", "unknown")
    return min(one, other, key=lambda claim: (order.index(claim.level), claim.claim_id))
