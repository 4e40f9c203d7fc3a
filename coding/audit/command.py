"""The command ``coding audit``."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import click

from codebook.command import say, show, shows_a_table, with_study
from codebook.errors import DoesNotHold
from codebook.rows import Audited
from codebook.study import Study
from coding.audit.chain import Break, Verified, verify
from coding.label_studio import accounts

_WIDTH = 60
COLUMNS = tuple(field.name for field in fields(Audited))


@click.command()
@with_study
@shows_a_table
def audit(study: Study, *, fmt: str, output: Path | None) -> None:
    """Show what was edited, deleted or made by another account between pulls, and verify the raw records.

    Every pull names, by hash, all records before it, and the run ledger names every pull. Exit status 1 if a record was
    changed, removed or reordered.
    """
    found, breaks = verify(study)
    rows = [{name: _cell(getattr(row, name), fmt) for name in COLUMNS} for row in study.read(Audited)]
    show(rows, COLUMNS, fmt, output)
    for line in _said(found):
        say(line)
    for each in breaks:
        say(f"{each.where}: {each.what}")
    if breaks:
        raise _broken(breaks)


def _cell(value: object, fmt: str) -> object:
    """A value as it is printed; on a screen nobody reads whole annotations."""
    long = fmt == "text" and isinstance(value, str) and len(value) > _WIDTH
    return f"{str(value)[:_WIDTH]}…" if long else value


def _broken(breaks: list[Break]) -> DoesNotHold:
    hint = "The lines above say where. Restore raw/coding and runs.jsonl from a backup, and compare."
    return DoesNotHold(f"the raw records are not what they were when they came: {len(breaks)} breaks", hint=hint)


def _said(found: Iterable[Verified]) -> Iterable[str]:
    for one in found:
        for chain in one.chains.values():
            if chain.ends:
                old = f", {chain.before} older ones not chained" if chain.before else ""
                last = f"; the last is {chain.ends[-1]}" if chain.linked else ""
                yield f"{chain.project}: {chain.linked} pulls chained{old}{last}"
        for run_id, at, count in one.rewritings:
            yield f"{one.coder}: {run_id} rewrote records on purpose at {at} and replaced {count} hashes"


def told(study: Study, run_id: str) -> Iterable[str]:
    """A line for everything that a run found, and one for every account that worked in another's project."""
    rows = [row for row in study.read(Audited) if row.run_id == run_id]
    everybody = {row.coder for row in rows} | _named(study)
    coders = {accounts.email(study, coder): coder for coder in everybody}
    for row in rows:
        yield _line(row)
    strangers = Counter((row.account or "", row.coder) for row in rows if row.own is False)
    for (account, coder), count in strangers.items():
        if account in coders:
            yield (
                f"{count} annotations of {coder} bear the account of {coders[account]}. Do both log in with one"
                " account? Each has their own: coding coders"
            )


def _named(study: Study) -> set[str]:
    people = study.settings.coders
    return {*people.names, *study.settings.screening.raters, people.adjudicator} - {""}


def _line(row: Audited) -> str:
    by = f" by {row.account}" if row.account else ""
    when = f" at {row.at:%Y-%m-%d %H:%M:%S}" if row.at else ""
    between = f"found {row.found_at:%Y-%m-%d %H:%M:%S} UTC"
    since = f", since {row.not_before:%Y-%m-%d %H:%M:%S}" if row.not_before else ""
    unit = f" ({row.unit_id})" if row.unit_id else ""
    where = "" if row.purpose == "coding" else f" {row.purpose}"
    what = "made or saved by another account" if row.event == "another account" else row.event
    return f"audit: {row.coder}{where}: {row.annotation_id}{unit} {what}{by}{when} ({between}{since})"
