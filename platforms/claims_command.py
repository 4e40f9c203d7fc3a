"""The command ``platforms claims``."""

from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path

import click

from codebook.command import put, say, show, shows_a_table, with_study
from codebook.errors import DoesNotHold, StudyError
from codebook.rows.claims import Claim
from codebook.study import Study
from platforms import EVIDENCE
from platforms.extract.opened import checked, explained
from platforms.held import same_name
from platforms.kept import KeptRelease, releases

COLUMNS = (
    "claim_id",
    "platform",
    "package",
    "version",
    "mechanism",
    "parameter",
    "symbol",
    "default",
    "level",
    "on_default",
    "path",
    "line",
)
"""What is shown of a claim; ``--format json`` and ``csv`` have all columns."""

_SHOWN_PROBLEMS = 20


@click.command()
@click.option("--platform", help="Only of this platform.")
@click.option("--package", help="Only of this client package.")
@click.option("--mechanism", help="Only of this mechanism.")
@click.option("--version", help="Only of this release.")
@click.option("--explain", metavar="ID", help="One claim: its evidence, the lines around it, and the rule.")
@click.option("--check", is_flag=True, help="Open each claim of code at its line; exit 1 if one does not hold.")
@shows_a_table
@with_study
def claims(
    study: Study,
    platform: str | None,
    package: str | None,
    mechanism: str | None,
    version: str | None,
    explain: str | None,
    fmt: str,
    output: Path | None,
    *,
    check: bool,
) -> None:
    """What platforms do, claim by claim, each with the file and line that shows it.

    A claim holds for one release or one page. Level "unknown" means that no rule could tell, and on_default says why.
    """
    asked = {"platform": platform, "package": package, "mechanism": mechanism, "version": version}
    found = [c for c in study.read(Claim) if all(same_name(getattr(c, k), v) for k, v in asked.items())]
    if explain is not None:
        put("\n".join(_explained(study, found, explain)), output)
        return
    if check:
        _check(study, found)
        return
    if not found:
        say("there are no such claims; platforms fetch gets what they are made of")
    names = COLUMNS if fmt in ("text", "md", "latex") else tuple(f.name for f in fields(Claim))
    if found or fmt != "text":
        show([asdict(claim) for claim in found], names, fmt, output)


def _kept(study: Study) -> list[KeptRelease]:
    return list(releases(study))


def _explained(study: Study, found: list[Claim], start: str) -> list[str]:
    matching = list(islice((c for c in found if c.claim_id.startswith(start)), 2))
    if len(matching) != 1:
        what = "no claim has" if not matching else "several claims have"
        hint = "See the ids with: platforms claims"
        raise StudyError(f"{what} an id that begins with {start!r}", where="--explain", hint=hint)
    claim = matching[0]
    kept = {(k.release.package, k.release.version): k for k in _kept(study)}
    return list(explained(claim, kept.get((claim.package or "", claim.version or "")), EVIDENCE))


def _check(study: Study, found: list[Claim]) -> None:
    if not found:
        hint = "Correct the options; platforms fetch gets what claims are made of."
        raise StudyError("there are no such claims to check", where="--check", hint=hint)
    opened = list(checked(found, _kept(study)))
    wrong = [one for one in opened if one.problem]
    for one in wrong[:_SHOWN_PROBLEMS]:
        claim = one.claim
        say(f"{claim.claim_id}: {claim.package} {claim.version} {claim.path}:{claim.line}: {one.problem}")
    without = sum(1 for c in found if c.evidence_kind == "code" and c.path is None)
    say(f"{len(opened)} claims of code opened at their lines, {len(opened) - len(wrong)} show what they say")
    if without:
        say(f"{without} more say that something is unknown, and have no line to open")
    if wrong:
        raise DoesNotHold(
            f"{len(wrong)} claims do not show what they say",
            where="tables/claims.parquet",
            hint="Make the tables anew with: platforms fetch --from-raw",
        )
