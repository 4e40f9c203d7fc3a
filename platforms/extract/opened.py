"""Each claim of code opened again at its file and line: whether it still shows what the claim says."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from codebook.errors import StudyError
from codebook.harmless import on_terminal
from codebook.rows.claims import Claim
from platforms.evidence import Evidence
from platforms.extract.reading import Kept, quoted, text_lines

_AROUND = 4
"""Lines before and behind the line of a claim that are shown."""

_MOST_SHOWN = 200
"""Characters of a line that are shown."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a claim's evidence was found to be; ``problem`` is None if it shows what the claim says."""

    claim: Claim
    problem: str | None


def checked(claims: Iterable[Claim], releases: Iterable[Kept]) -> Iterator[Opened]:
    """Open every claim of code that names a place.

    Args:
        claims: Claims; those of documentation and reviewers, and those without a place, are passed over.
        releases: The kept releases, in which the places are.
    """
    kept = {(k.release.package, k.release.version): k for k in releases}
    for claim in claims:
        if claim.evidence_kind == "code" and claim.path is not None:
            yield Opened(claim, _problem(claim, kept.get((claim.package or "", claim.version or ""))))


def _problem(claim: Claim, kept: Kept | None) -> str | None:
    if kept is None:
        return "the release is not kept"
    if claim.path is None or claim.path not in kept.files:
        return "the file is not among those that are kept of the release"
    try:
        content = kept.read(claim.path)
    except StudyError as error:
        return error.what
    if hashlib.sha256(content).hexdigest() != claim.sha256:
        return "the file has another hash"
    shown = quoted(text_lines(content), claim.line or 0)
    return None if shown and shown == claim.quote else "the line does not show the quote"


def explained(claim: Claim, kept: Kept | None, evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """A claim with all its columns, the lines around its place, and the rule that made it, as lines of text."""
    for name, value in asdict(claim).items():
        if value not in (None, (), ""):
            shown = "; ".join(value) if isinstance(value, tuple) else value
            yield f"{name + ':':14}{on_terminal(str(shown))}"
    if kept is not None and claim.path and claim.path in kept.files and claim.line:
        yield ""
        yield from around(text_lines(kept.read(claim.path)), claim.line)
    for rule in _rules(claim, evidence):
        yield ""
        yield f"the rule {rule['name']}:"
        yield from (
            f"  {key}: {on_terminal(json.dumps(value))}" for key, value in rule.items() if value and key != "name"
        )


def around(lines: list[str], line: int) -> Iterator[str]:
    """The lines around one, numbered, as harmless text; the line itself is marked."""
    for number in range(max(1, line - _AROUND), min(len(lines), line + _AROUND) + 1):
        mark = ">" if number == line else " "
        yield f"{mark}{number:6}  {on_terminal(lines[number - 1])[:_MOST_SHOWN]}"


def _rules(claim: Claim, evidence: Mapping[str, Evidence]) -> Iterator[dict[str, object]]:
    plug_in = evidence.get(claim.package or "")
    name = (claim.extractor or "").split("/")[0]
    for rule in plug_in.rules if plug_in else ():
        if rule.name == name:
            yield {"kind": type(rule).__name__, **asdict(rule)}
