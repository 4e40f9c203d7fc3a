"""Claims of code: every rule of a package on every release of it that was read."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from codebook.rows.claims import Claim
from platforms.evidence import Default, Evidence, Executed, Gate, Override, Rule, Setting
from platforms.extract.found import Found, as_claim
from platforms.extract.gates import gate
from platforms.extract.plain_rules import default, executed, override, setting
from platforms.extract.reading import Kept, Reading
from platforms.extract.skeletons import Skeletons


def claims(releases: Iterable[Kept], evidence: Mapping[str, Evidence], memory: Path | None) -> Iterator[Claim]:
    """The claims of kept releases; a pure function of their contents.

    Args:
        releases: With their files; one that was not read gives no claims.
        evidence: Rules by package; a package without rules gives no claims.
        memory: Where skeletons of contents are remembered; None to make all anew.
    """
    with Skeletons(memory) as skeletons:
        for kept in releases:
            plug_in = evidence.get(kept.release.package)
            if plug_in is not None and kept.release.state != "not_read":
                yield from of_release(kept, plug_in, skeletons)


def of_release(kept: Kept, evidence: Evidence, skeletons: Skeletons) -> list[Claim]:
    """The claims of one release, each id once."""
    reading = Reading(kept, evidence, skeletons)
    made = [as_claim(f, reading, kept.release.platform) for rule in evidence.rules for f in found(rule, reading)]
    return list({claim.claim_id: claim for claim in made}.values())


def found(rule: Rule, reading: Reading) -> Iterator[Found]:
    """What one rule finds in one release."""
    match rule:
        case Gate():
            return gate(rule, reading)
        case Default():
            return default(rule, reading)
        case Override():
            return override(rule, reading)
        case Setting():
            return setting(rule, reading)
        case Executed():
            return executed(rule, reading)
