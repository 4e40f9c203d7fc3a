"""``platforms disagreements``."""

from pathlib import Path

import click

from codebook.command import say, show, shows_a_table, with_study
from codebook.rows import Claim, Disagreement
from codebook.study import Study
from platforms.disagreements.rules import RULES
from platforms.held import same_name

_LEAN = ("platform", "rule", "parameter", "what", "says", "does")
_FULL = (
    "disagreement_id",
    "rule",
    "platform",
    "mechanism",
    "parameter",
    "what",
    "documented",
    "says",
    "in_code",
    "does",
)


@click.command()
@click.option("--platform", help="Only this platform.")
@click.option("--rule", type=click.Choice(list(RULES)), help="Only what this rule found.")
@shows_a_table
@with_study
def disagreements(study: Study, platform: str | None, rule: str | None, fmt: str, output: Path | None) -> None:
    """Where documentation and code disagree, each with the claim of both sides.

    Rules: silent-security (pages about security never name the switch on which the client decides), unwarned (code runs
    silently and no page warns), other-default and other-effect (a page states another default or effect than code has),
    forbidden-default (users are told never to do what a default does), revision-lost (documentation says to give a
    revision, the client does not hand it on everywhere). A page is set beside the release that was in force on its day.

    `says` is the quotation and where it stands, or which pages are silent; `does` is the line of code. JSON and CSV
    have the ids of both claims: platforms claims --explain ID.
    """
    claims = {claim.claim_id: claim for claim in study.read(Claim)}
    rows = [
        _row(each, claims)
        for each in study.read(Disagreement)
        if same_name(each.platform, platform) and rule in (None, each.rule)
    ]
    rows.sort(key=lambda row: tuple(str(row[name]) for name in ("platform", "rule", "parameter", "what")))
    if not rows:
        say("no disagreements are known" if claims else "no claims about platforms are in this study")
    if rows or fmt != "text":
        show(rows, _FULL if fmt in ("json", "csv") else _LEAN, fmt, output)


def _row(each: Disagreement, claims: dict[str, Claim]) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(each, name, None) for name in _FULL}
    return row | {"says": where(claims.get(each.documented or "")), "does": where(claims.get(each.in_code or ""))}


def where(claim: Claim | None) -> str:
    """What a claim rests on, in one line: the quotation and its place, or what was read."""
    if claim is None:
        return ""
    release = f"{claim.package} {claim.version} " if claim.version else ""
    place = release + f"{claim.path or claim.url or ''}{f':{claim.line}' if claim.line else ''}"
    if not claim.quote:
        return place.strip() or (claim.scope or "")
    return f"\u201c{claim.quote}\u201d" + (f" ({place})" if place else "")
