"""Tables from raw records: ``units``, ``shown``, ``codings``, ``quarantine``, ``recode``; see :data:`DERIVED`.

No server is asked, and no settings.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from codebook.errors import StudyError
from codebook.ledger import Run
from codebook.raw import RawStore
from codebook.rows import (
    Coding,
    Decision,
    Planned,
    Quarantined,
    Ranked,
    Recode,
    Row,
    Screened,
    Screening,
    ShownText,
    Suggestion,
    Topic,
    UnitOfCoding,
)
from codebook.study import Study, table_name
from codebook.versions import recorded
from coding import records
from coding.adjudication import tables as adjudication
from coding.agreement import frozen
from coding.answers.shown import shown
from coding.answers.standing import codings
from coding.arms import tables as arms
from coding.audit import events
from coding.kept import Kept, Tables
from coding.projects.label import Place
from coding.proposals import tables as proposals
from coding.ranking import steps
from coding.ranking import tables as ranking
from coding.records import Records
from coding.sampling import plan
from coding.screening import tables as screening
from coding.suggestions import record as suggestions
from coding.topics import record as topics

Tell = Callable[[str], None]


def all_records(study: Study, tell: Tell) -> list[Records]:
    """The raw records of all coders; damage is told, that of the recorded codebooks too."""
    found = []
    for coder, store in records.stores(study).items():
        found.append(records.read(store))
        for damage in store.damage:
            tell(f"{coder}: {damage}")
    for damage in recorded.damage(study):
        tell(f"codebook versions: {damage}")
    return found


def units(found: Iterable[Records]) -> Iterator[UnitOfCoding]:
    """What was pushed to whom; where a coder was given a unit in two projects, the newer one."""
    rows: dict[tuple[str, Place], UnitOfCoding] = {}
    pushed = [(each.changes, push) for each in found for push in each.pushes if push.label.purpose == "coding"]
    for changes, push in pushed:
        changed = changes.get(push.label.uid, {})
        for unit in push.units:
            rows[unit.unit_id, push.label.place] = UnitOfCoding(
                unit_id=unit.unit_id,
                thread_id=unit.thread_id,
                kind="post" if unit.kind == "post" else "thread",
                coder=push.label.coder,
                round=push.label.round,
                arm=push.label.arm,
                content_sha256=unit.content_sha256,
                changed=unit.unit_id in changed,
                run_id=push.run_id,
            )
    yield from rows.values()


def need_raw(study: Study) -> None:
    """Refuse to rebuild tables whose raw records are gone: of coders all or one's; a plan, order, topics, suggestions.

    Raises:
        StudyError: A table has rows, and there is not one record that they could come from.
    """
    found = all_records(study, lambda _: None)
    pulled = {pull.label.coder for each in found for pull in each.last_pulls()}
    pushed = {push.label.coder for each in found for push in each.pushes}
    _must_have(Coding, study, pulled, (row.coder for row in study.read(Coding)))
    _must_have(Screening, study, pulled, (row.coder for row in study.read(Screening)))
    _must_have(UnitOfCoding, study, pushed, (row.coder for row in study.read(UnitOfCoding)))
    for row_type, there in ((Screened, pulled), (Decision, pushed)):
        _must_have(row_type, study, there, ("" for _ in study.read(row_type) if not there))
    made: tuple[tuple[type[Row], RawStore, str], ...] = (
        (Planned, plan.store(study), "coding sample"),
        (Ranked, steps.store(study), "coding screen --order"),
        (Topic, topics.store(study), "coding topics"),
        (Suggestion, suggestions.store(study), "coding suggest"),
    )
    for made_type, store, command in made:
        kept = {store.folder.name for _ in islice(store.pages(), 1)}
        _must_have(made_type, study, kept, ("" for _ in study.read(made_type) if not kept), f"make new ones: {command}")


def _must_have(
    row_type: type[Row],
    study: Study,
    there: set[str],
    people: Iterable[str],
    other: str = "pull them again: coding pull",
) -> None:
    lost = [person for person in people if person not in there]
    if lost:
        whose = f" of {lost[0]}" if there else ""
        raise StudyError(
            f"there are no raw records{whose} for tables/{table_name(row_type)}.parquet (rows: {len(lost)})",
            where=str(study.path / "raw" / "coding"),
            hint=f"Restore the raw records from a backup, or {other}. No table was changed.",
        )


def _units(_study: Study, found: list[Records], kept: Kept) -> Tables:
    if not any(push.label.purpose == "coding" for each in found for push in each.pushes):
        return []
    return [(UnitOfCoding, [unit for unit in units(found) if kept.thread(unit.thread_id)])]


def _codings(study: Study, found: list[Records], kept: Kept) -> Tables:
    if not any(pull.label.purpose == "coding" for each in found for pull in each.pulls):
        return []
    chain = recorded.chain(study)
    given = codings(found, chain)
    tables: Tables = [(Coding, list(kept.codings(given.codings))), (Quarantined, list(kept.apart(given.apart)))]
    again: list[Row] = [row for row in given.recode if kept.thread(row.thread_id)]
    return [*tables, (Recode, again)] if chain.splits else tables


def _shown(_study: Study, found: list[Records], kept: Kept) -> Tables:
    if not any(pull.label.purpose == "coding" for each in found for pull in each.pulls):
        return []
    threads = {unit.unit_id: unit.thread_id for unit in units(found)}
    return [(ShownText, [row for row in shown(found) if kept.thread(threads[row.unit_id])])]


DERIVED: tuple[Callable[[Study, list[Records], Kept], Tables], ...] = (
    plan.tables,
    _units,
    _shown,
    _codings,
    arms.tables,
    proposals.tables,
    screening.tables,
    ranking.tables,
    events.tables,
    adjudication.tables,
    frozen.tables,
    suggestions.tables,
    topics.tables,
)
"""What gives tables from raw records, in the order in which they are written; no table where there are no records.

Rows that several give for one table, as for ``quarantine``, are put together.
"""


def rebuild(study: Study, tell: Tell, *, run: Run | None = None, folder: Path | None = None) -> dict[str, int]:
    """Write the tables that the raw records give: in the study for a run, or into ``folder``.

    Returns:
        The number of rows by table.
    """
    found, kept = all_records(study, tell), Kept(study)
    given: dict[type[Row], list[Row]] = {}
    for row_type, rows in (table for derived in DERIVED for table in derived(study, found, kept)):
        given[row_type] = [*given.get(row_type, ()), *rows]
    for row_type, rows in given.items():
        if run:
            run.write(row_type, rows)
        else:
            study.write(row_type, rows, folder)
    return {row_type.__name__: len(rows) for row_type, rows in given.items()}
