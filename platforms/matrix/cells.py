"""The cells of the matrix: what is claimed of one mechanism on one platform."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from codebook.mechanisms import CALL, LEVELS, MECHANISMS, strongest
from codebook.rows import Claim
from platforms.held import of_code

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "upload verification": (
        *("upload review", "malware scan", "pickle scan", "secrets scan", "third-party scan", "commit signing"),
    ),
    "trust model": ("execution gate", "allow-list", "verified publisher", "gated access", "upload review"),
    "malware scanning": ("malware scan", "pickle scan", "secrets scan", "third-party scan"),
    "warning systems": ("UI warning", "prompt", "execution gate", "verified publisher"),
    "user protection": (
        *("documentation warning", "safe formats", "execution gate", "sandbox", "pinning", "hash verification"),
        *("reporting", "UI warning"),
    ),
}
"""The five columns of the published comparison, with the mechanisms that speak to each."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one mechanism on one platform.

    Args:
        mechanism: Its name.
        platform: The platform's name.
        claims: Those that hold, the strongest first.
    """

    mechanism: str
    platform: str
    claims: tuple[Claim, ...] = ()

    @property
    def defaults(self) -> tuple[Claim, ...]:
        """The claims about what happens by default: single calls within a client are left out."""
        return tuple(claim for claim in self.claims if CALL not in (claim.symbol or ""))

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels, weakest first; where none is known, ``not_documented`` or ``unknown``."""
        found = {claim.level for claim in self.defaults}
        return tuple(level for level in LEVELS if level in found) or (self.level,)

    @property
    def level(self) -> str:
        """The strongest level; else ``unknown`` if a rule of code could not tell it, or ``not_documented``."""
        level = strongest(claim.level for claim in self.defaults)
        return "unknown" if level == "not_documented" and any(map(of_code, self.defaults)) else level

    @property
    def best(self) -> Claim | None:
        """The claim that shows it: the strongest one, of code before documentation."""
        return next((claim for claim in self.defaults if claim.level == self.level), None)


def cells(claims: Iterable[Claim]) -> dict[tuple[str, str], Cell]:
    """The cells by mechanism and platform; a cell of which nothing is claimed is not there.

    A gate that asks the user is a prompt, too.

    Args:
        claims: Those that hold.
    """
    found: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        found.setdefault((claim.mechanism, claim.platform), []).append(claim)
        if claim.mechanism == "execution gate" and claim.level == "prompt":
            found.setdefault(("prompt", claim.platform), []).append(claim)
    return {key: Cell(*key, tuple(sorted(own, key=_strength))) for key, own in found.items()}


def _strength(claim: Claim) -> tuple[int, bool, bool, str, int, str]:
    level = LEVELS.index(claim.level) if claim.level in LEVELS else -1
    advised = "advised" in (claim.on_default or "")
    return (-level, not of_code(claim), advised, claim.path or claim.scope or "", claim.line or 0, claim.claim_id)


def mechanisms(known: Iterable[tuple[str, str]]) -> list[str]:
    """All mechanisms in the order of the vocabulary, then those that are in claims only."""
    return [*MECHANISMS, *sorted({mechanism for mechanism, _ in known} - set(MECHANISMS))]


def platforms(named: Sequence[str], known: Iterable[str]) -> list[str]:
    """The platforms of the study in its order, then those that are in claims only."""
    return list(dict.fromkeys([*named, *sorted(set(known))]))


def column(table: Mapping[tuple[str, str], Cell], name: str, platform: str) -> str:
    """A cell of a published column, derived: each mechanism that has evidence, with its levels; then what is silent."""
    own = [table.get((m, platform), Cell(m, platform)) for m in COLUMNS[name]]
    said = [f"{cell.mechanism}: {' / '.join(cell.levels)}" for cell in own if cell.level in LEVELS]
    silent = [cell.mechanism for cell in own if cell.level == "not_documented"]
    if silent:
        said.append(f"not documented: {', '.join(silent)}")
    unknown = [cell.mechanism for cell in own if cell.level == "unknown"]
    if unknown:
        said.append(f"unknown: {', '.join(unknown)}")
    return "; ".join(said)
