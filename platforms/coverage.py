"""``platforms coverage``: which mechanism has evidence where, and what is missing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from codebook.command import say, show, shows_a_table, with_study
from codebook.mechanisms import LEVELS
from codebook.rows import Claim, Document, Release
from codebook.study import Study
from platforms import reviews
from platforms.held import changed_since_quoted, held, of_code, same_name
from platforms.matrix.cells import Cell, cells, mechanisms, platforms

_COLUMNS = ("platform", "mechanism", "level", "code", "documentation", "reviewers", "missing")


@click.command()
@click.option("--platform", help="Only this platform.")
@click.option("--missing", "only", is_flag=True, help="Only what is missing.")
@shows_a_table
@with_study
def coverage(study: Study, platform: str | None, *, only: bool, fmt: str, output: Path | None) -> None:
    """Which mechanism has evidence where, and what is missing.

    Counts are of claims that hold now and give a level: `code` of the newest releases, `documentation` of pages,
    `reviewers` of people. `missing` says why there is no level: `no source` (neither releases nor pages were read),
    `no rule` (something was read, and no rule is about it), `unknown` (a rule is about it, and could not tell; the
    reason is in the claim), `not documented` (pages were read, and none mentions it; no code is about it).

    Releases and pages that could not be read, pages that have changed since they were quoted, and reviews of claims
    that are gone are told on standard error.
    """
    claims, documents, releases = list(study.read(Claim)), list(study.read(Document)), list(study.read(Release))
    table = cells(held(claims, documents))
    read = {each.platform for each in documents if not each.problem}
    read |= {each.platform for each in releases if each.state != "not_read"}
    known = [*(claim.platform for claim in claims), *read]
    rows = [
        row
        for name in platforms(study.settings.platforms.names, known)
        if same_name(name, platform)
        for mechanism in mechanisms(table)
        if (row := _row(table, mechanism, name, read)) and (row["missing"] or not only)
    ]
    told = _told(study, claims, documents, releases)
    show(rows, _COLUMNS, fmt, output)
    for line in told:
        say(line)


def _row(table: Mapping[tuple[str, str], Cell], mechanism: str, platform: str, read: set[str]) -> dict[str, object]:
    cell = table.get((mechanism, platform), Cell(mechanism, platform))
    told = [claim for claim in cell.claims if claim.level in LEVELS]
    by_people = sum(claim.evidence_kind == "reviewer" for claim in told)
    by_code = sum(of_code(claim) and claim.evidence_kind == "code" for claim in told)
    counts = {"code": by_code, "documentation": len(told) - by_code - by_people, "reviewers": by_people}
    return {
        "platform": platform,
        "mechanism": mechanism,
        "level": " / ".join(cell.levels),
        **counts,
        "missing": "" if told else _why(cell, was_read=platform in read),
    }


def _why(cell: Cell, *, was_read: bool) -> str:
    if cell.level == "not_documented":
        return "not documented"
    if cell.claims:
        return "unknown"
    return "no rule" if was_read else "no source"


def _told(
    study: Study, claims: Sequence[Claim], documents: Sequence[Document], releases: Sequence[Release]
) -> list[str]:
    unread = [each for each in documents if each.problem and each.current]
    told = [f"{each.url} could not be read: {each.problem}" for each in unread]
    by_package: dict[str, int] = {}
    for release in releases:
        if release.state == "not_read":
            by_package[release.package] = by_package.get(release.package, 0) + 1
    told += [f"{package}: {n} releases could not be read" for package, n in sorted(by_package.items())]
    gone = reviews.gone(claims, reviews.read(study))
    told += [f"{each.where}: claim {each.claim} is gone; the review is left out" for each in gone]
    return [*told, *changed_since_quoted(claims, documents)]
