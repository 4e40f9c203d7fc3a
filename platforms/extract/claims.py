"""Claims of code: every rule of a package on every release of it that was read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from codebook.rows.claims import Claim
from platforms.evidence import Default, Evidence, Executed, Gate, Override, Passed, Rule, Setting
from platforms.extract.found import Found, as_claim
from platforms.extract.gates import gate
from platforms.extract.passed import passed
from platforms.extract.plain_rules import default, executed, override, setting
from platforms.extract.reading import Kept, Reading
from platforms.extract.skeletons import Skeletons

FINGERPRINT = sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).hexdigest()
"""Of the code in this room: what was remembered holds only for the same code."""


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
    about = ["claims", FINGERPRINT, repr(evidence.wanted), repr(evidence.rules), sorted(kept.files.items())]
    told = skeletons.recalled(about)
    if told is None:
        told = _told(Reading(kept, evidence, skeletons), evidence)
        skeletons.keep(about, told)
    made = [as_claim(_as_found(values), quote, kept) for values, quote in told]
    return list({claim.claim_id: claim for claim in made}.values())


def _told(reading: Reading, evidence: Evidence) -> list[tuple[dict[str, Any], str | None]]:
    """What the rules find and the lines that it quotes, as JSON can hold it."""
    every = [one for rule in evidence.rules for one in found(rule, reading)]
    return [(asdict(f), reading.quote(f.path, f.line) if f.path and f.line else None) for f in every]


def _as_found(values: Mapping[str, Any]) -> Found:
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Found(**plain)


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
        case Passed():
            return passed(rule, reading)
