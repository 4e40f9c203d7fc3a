"""``platforms diff``: what changed between two dates, or between two releases of a package."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import StudyError
from codebook.mechanisms import CALL, standing
from codebook.rows import Claim, Document
from codebook.study import Study
from codebook.yaml_lines import nearest
from platforms.held import held, of_code, same_name, was_out
from platforms.timeline.rows import gate, state

_COLUMNS = (
    *("change", "platform", "package", "mechanism", "parameter", "symbol", "level_before", "level", "default_before"),
    *("default", "version_before", "version", "claim_before", "claim"),
)
_LEAN = (
    *("change", "platform", "package", "mechanism", "symbol", "parameter"),
    *("level_before", "level", "version_before", "version"),
)


@click.command("diff")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Compare the end of this day (UTC) with now.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="With --since: compare with the end of this day.")
@click.option("--package", help="Only this client package; needed for --between.")
@click.option("--between", nargs=2, metavar="A B", help="Compare two releases of the package.")
@click.option("--calls", is_flag=True, help="Also single calls within a client that set a switch.")
@shows_a_table
@with_study
def diff(
    study: Study,
    since: datetime | None,
    until: datetime | None,
    package: str | None,
    between: tuple[str, str] | None,
    *,
    calls: bool,
    fmt: str,
    output: Path | None,
) -> None:
    """What changed: gates of client packages, what documentation states, and pages.

    A row is a gate or a mechanism that was added, removed, or has another level, default or list of trusted owners;
    for --since also a page that is new, changed or gone. Versions are those that were in force on either day. What
    pages state is first known from the day on that the page is known from: it may have been true before.
    """
    if bool(since) == bool(between) or (between and not package) or (until and not since):
        raise StudyError("what is to be compared?", hint="Give --since DATE, or --package NAME --between A B.")
    if since and until and until < since:
        raise StudyError("--until lies before --since", where="--until", hint="Give the earlier day as --since.")
    every = study.read(Claim)
    claims = [c for c in every if same_name(c.package, package) and (calls or CALL not in (c.symbol or ""))]
    rows: list[dict[str, object]] = []
    if between:
        before, after = (_of_release(claims, package or "", version) for version in between)
        rows += gates(before, after)
    elif since:
        days = tuple(day and day.replace(hour=23, minute=59, second=59, tzinfo=UTC) for day in (since, until))
        documents = list(study.read(Document))
        then, now = (held(claims, documents, day) for day in days)
        rows += [*gates(then, now), *stated(then, now), *([] if package else pages(documents, days))]
    if not rows:
        say("nothing changed" if claims else "no claims about platforms are in this study")
    if rows or fmt != "text":
        show(rows, _COLUMNS if fmt in ("json", "csv") else _LEAN, fmt, output)


def _of_release(claims: Sequence[Claim], package: str, version: str) -> list[Claim]:
    found = [claim for claim in standing(claims) if same_name(claim.package, package) and claim.version == version]
    if not found:
        known = [claim.version for claim in claims if claim.version]
        hint = nearest(version, set(known)) or "See: platforms timeline --package NAME."
        raise StudyError(f"no claims about {package} {version}", hint=hint)
    return found


def gates(before: Iterable[Claim], after: Iterable[Claim]) -> Iterator[dict[str, object]]:
    """Gates of code that are not the same, in their order."""
    old, new = ({gate(claim): claim for claim in claims if of_code(claim)} for claims in (before, after))
    for key in sorted({*old, *new}):
        one, other = old.get(key), new.get(key)
        if one is None or other is None or state(one) != state(other):
            yield _row(one, other)


def stated(before: Iterable[Claim], after: Iterable[Claim]) -> Iterator[dict[str, object]]:
    """Mechanisms of which documentation or a reviewer says something else: the strongest level of each is compared."""
    old, new = (_strongest(claim for claim in claims if not of_code(claim)) for claims in (before, after))
    for key in sorted({*old, *new}):
        one, other = old.get(key), new.get(key)
        if one is None or other is None or one.level != other.level:
            yield _row(one, other)


def _strongest(claims: Iterable[Claim]) -> dict[tuple[str, str], Claim]:
    order = ("unknown", "not_documented", "none", "documented", "warn", "prompt", "opt-in", "block")
    found: dict[tuple[str, str], Claim] = {}
    for claim in sorted(claims, key=lambda each: (order.index(each.level), each.claim_id)):
        found[claim.platform, claim.mechanism] = claim
    return found


def _row(before: Claim | None, after: Claim | None) -> dict[str, object]:
    either = after or before
    first = "added" if either and of_code(either) else "first known"
    change = first if before is None else "removed" if after is None else "changed"
    row: dict[str, object] = {name: getattr(either, name, None) for name in _COLUMNS}
    row |= {"change": change, "level": after and after.level, "default": after and after.default}
    row |= {"level_before": before and before.level, "default_before": before and before.default}
    row |= {"version": after and after.version, "version_before": before and before.version}
    return row | {"claim": after and after.claim_id, "claim_before": before and before.claim_id}


def pages(documents: Iterable[Document], days: tuple[datetime | None, ...]) -> Iterator[dict[str, object]]:
    """Pages that are new, have another hash, or are gone."""
    then, now = (_newest(documents, day) for day in days)
    for key in sorted({*then, *now}):
        before, after = then.get(key), now.get(key)
        if (before and before.sha256) != (after and after.sha256):
            change = "new page" if before is None else "page is gone" if after is None else "page changed"
            row: dict[str, object] = dict.fromkeys(_COLUMNS)
            row |= {"change": change, "platform": key[0], "symbol": key[1]}
            yield row | {"version_before": before and before.sha256[:12], "version": after and after.sha256[:12]}


def _newest(documents: Iterable[Document], day: datetime | None) -> dict[tuple[str, str], Document]:
    found: dict[tuple[str, str], Document] = {}
    for each in sorted(documents, key=lambda one: (str(one.dated or one.read_at or ""), one.document_id)):
        if was_out(each.dated or each.read_at, day) and (day is not None or each.current):
            found[each.platform, each.url] = each
    return found
