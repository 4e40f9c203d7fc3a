"""What a rule found in one release, and the claim that it is."""

import json
from dataclasses import dataclass
from hashlib import sha256

from codebook.rows.claims import Claim, Level
from platforms.evidence import Surface
from platforms.extract.reading import Kept, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One statement of one rule about one release; the columns of :class:`~codebook.rows.claims.Claim`."""

    rule: str
    mechanism: str
    surface: Surface
    parameter: str | None
    symbol: str
    level: Level
    on_default: str
    default: str | None = None
    path: str | None = None
    line: int | None = None
    scope: str | None = None
    bypasses: tuple[str, ...] = ()
    pinning: str | None = None
    allow_list: tuple[str, ...] = ()


def as_claim(found: Found, quote: str | None, kept: Kept) -> Claim:
    """The row of what was found; its id is the hash of what is claimed and of its evidence."""
    release = kept.release
    digest = kept.files[found.path] if found.path else None
    about = [release.package, release.version, found.rule, found.symbol, found.level, found.default, found.line, digest]
    return Claim(
        claim_id=sha256(json.dumps(about).encode()).hexdigest()[:16],
        platform=release.platform,
        component="sdk",
        package=release.package,
        version=release.version,
        released=release.released,
        mechanism=found.mechanism,
        surface=found.surface,
        parameter=found.parameter,
        default=found.default,
        on_default=found.on_default,
        level=found.level,
        scope=found.scope,
        bypasses=found.bypasses,
        pinning=found.pinning,
        allow_list=found.allow_list,
        evidence_kind="code",
        path=found.path,
        line=found.line,
        symbol=found.symbol,
        quote=quote,
        sha256=digest,
        extractor=found.rule,
        run_id=release.run_id,
    )


def unknown(rule: str, mechanism: str, surface: Surface, parameter: str | None, symbol: str, why: str) -> Found:
    """A gate of which this release tells nothing, with the reason."""
    return Found(
        rule=rule,
        mechanism=mechanism,
        surface=surface,
        parameter=parameter,
        symbol=symbol,
        level="unknown",
        on_default=why,
    )


def why_not_found(reading: Reading, symbol: str) -> str:
    """Why a function could not be found: it is nowhere, or a file that may hold it cannot be parsed."""
    problems = sorted(reading.problems.items())
    if problems:
        path, problem = problems[0]
        return f"{symbol} was not found, and {path} could not be read: {problem}"
    return f"{symbol} was not found in the files that are kept"
