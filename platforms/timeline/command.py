"""``platforms timeline``."""

from collections.abc import Sequence
from pathlib import Path

import click

from codebook.command import put, say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.mechanisms import CALL
from codebook.rows import Claim, InForce, Release
from codebook.study import Study
from codebook.tables import columns
from codebook.yaml_lines import nearest
from platforms.held import same_name
from platforms.timeline.picture import picture
from platforms.timeline.rows import Step, changes, steps

_LEAN = ("package", "symbol", "parameter", "version", "released", "default", "level", "after", "adjacent")
_FULL = (*(column.name for column in columns(Claim)), "after", "adjacent")


@click.command()
@click.argument("parameter", required=False)
@click.option("--package", help="Only this client package.")
@click.option("--platform", help="Only this platform.")
@click.option("--mechanism", help="Only this mechanism.")
@click.option("--changes", "only", is_flag=True, help="Only the first release of each gate, and those that changed it.")
@click.option("--calls", is_flag=True, help="Also single calls within a client that set a switch.")
@click.option("--picture", "drawn", type=click.Path(path_type=Path, dir_okay=False), help="Draw it: FILE.svg.")
@shows_a_table
@with_study
def timeline(
    study: Study,
    parameter: str | None,
    package: str | None,
    platform: str | None,
    mechanism: str | None,
    *,
    only: bool,
    calls: bool,
    drawn: Path | None,
    fmt: str,
    output: Path | None,
) -> None:
    """What each gate does in each release, gate by gate, oldest version first.

    PARAMETER is a switch, for example trust_remote_code. A change of level, default or trusted owners says after which
    version it came, and whether both are adjacent: no release lies between them that was not read. JSON and CSV have
    all columns of `claims`.

    --picture draws the level in force by date: of every package the highest version that was out.
    """
    if drawn and drawn.suffix.lower() != ".svg":
        raise StudyError("a picture is an SVG", where=str(drawn), hint="Let its name end with .svg.")
    wanted = (parameter, package, platform, mechanism)
    claims = [
        claim for claim in study.read(Claim) if _fits(claim, wanted) and (calls or CALL not in (claim.symbol or ""))
    ]
    releases = [release for release in study.read(Release) if same_name(release.package, package)]
    found = steps(claims, releases)
    if not found:
        _nothing(study, parameter)
    if drawn:
        _draw(study, wanted, releases, drawn, calls=calls)
    elif found or fmt != "text":
        shown = changes(found) if only else found
        show([_row(step) for step in shown], _FULL if fmt in ("json", "csv") else _LEAN, fmt, output)
    packages = {step.claim.package for step in found}
    unread = [release for release in releases if release.state == "not_read" and release.package in packages]
    if unread:
        say(f"releases that could not be read, and are not in it: {len(unread)} (see: platforms status)")


Wanted = tuple[str | None, str | None, str | None, str | None]


def _fits(row: Claim | InForce, wanted: Wanted) -> bool:
    parameter, package, platform, mechanism = wanted
    named = same_name(row.package, package) and same_name(row.platform, platform)
    return named and parameter in (None, row.parameter) and mechanism in (None, row.mechanism)


def _nothing(study: Study, parameter: str | None) -> None:
    known = {claim.parameter for claim in study.read(Claim) if claim.parameter and claim.version}
    if parameter and known and parameter not in known:
        hint = nearest(parameter, known) or f"There are: {', '.join(sorted(known)[:12])}."
        raise StudyError(f"no claim of code is about {parameter!r}", hint=hint)
    say("no claims of code are in this study" if not known else "no claim of code fits")


def _draw(study: Study, wanted: Wanted, releases: Sequence[Release], path: Path, *, calls: bool) -> None:
    rows = [row for row in study.read(InForce) if _fits(row, wanted) and (calls or CALL not in row.symbol)]
    dates = [release.released for release in releases if release.released]
    if rows and dates:
        put(picture(rows, max(dates)), path)


def _row(step: Step) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(step.claim, name, None) for name in _FULL}
    return row | {"after": step.after, "adjacent": step.adjacent}
