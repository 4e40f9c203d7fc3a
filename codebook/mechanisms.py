"""The mechanisms that platforms have against code that nobody checked, and the scale of their levels."""

from collections.abc import Iterable
from typing import get_args

from codebook.rows.claims import Claim, Level

LEVELS: tuple[str, ...] = ("none", "documented", "warn", "prompt", "opt-in", "block")
"""The scale, weakest first: an ordinal variable."""

NO_LEVELS: tuple[str, ...] = tuple(word for word in get_args(Level) if word not in LEVELS)
"""What is said where there is no level: ``unknown``, ``not_documented``."""

MECHANISMS: dict[str, str] = {
    "execution gate": "Code of a model runs only if a switch is set",
    "prompt": "The user is asked before code of a model runs",
    "pinning": "What is loaded can be held to one revision",
    "hash verification": "What was downloaded is compared with a hash",
    "allow-list": "Owners or repositories that are trusted without asking",
    "malware scan": "Files are looked through for known malware",
    "pickle scan": "Pickled files are looked through for what they import",
    "secrets scan": "Files are looked through for passwords and tokens",
    "third-party scan": "Somebody else's scanner looks through the files",
    "commit signing": "Who made a change is proved by a signature",
    "gated access": "Files are given only to those who asked for them",
    "verified publisher": "The platform has checked who publishes",
    "safe formats": "Weights come in a format that cannot carry code, or only weights are read",
    "sandbox": "Code of a model runs apart from the user's machine",
    "documentation warning": "Documentation says that code runs, or that it may do harm",
    "UI warning": "The site shows a warning or a badge beside a file or a model",
    "upload review": "Somebody looks at what is uploaded before others can load it",
    "reporting": "There is a place to report a model or a weakness, or a policy for it",
}
"""Every mechanism by its name in the tables, with what it means."""


CALL = " > "
"""What the symbol of a claim has that is about one call within a client, not about the client's default."""


def strongest(levels: Iterable[str]) -> str:
    """The strongest level; where there is none, ``not_documented`` before ``unknown``.

    Args:
        levels: Words of the column ``level`` of ``claims``; of nothing, it is unknown.
    """
    found = set(levels)
    known = [level for level in LEVELS if level in found]
    if known:
        return known[-1]
    return "not_documented" if "not_documented" in found else "unknown"


def standing(claims: Iterable[Claim]) -> list[Claim]:
    """The claims that count: those that a reviewer has put another one in place of are left out."""
    known = list(claims)
    corrected = {claim.corrects for claim in known if claim.corrects}
    return [claim for claim in known if claim.claim_id not in corrected]


STANDING = "SELECT * FROM claims WHERE claim_id NOT IN (SELECT corrects FROM claims WHERE corrects IS NOT NULL)"
"""The same as SQL over the table."""
