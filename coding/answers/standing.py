"""Which annotations count: of everything that came back, the one that was saved last per place and unit."""

from collections.abc import Iterable, Iterator

from codebook.rows import Quarantined
from codebook.versions.chain import Chain
from coding.answers import annotations
from coding.answers.annotations import Reading
from coding.projects.label import Label, Place, Purpose
from coding.recode import Carried, carried, of_any_version
from coding.records import Records


def codings(found: Iterable[Records], chain: Chain) -> Carried:
    """What stands, and what does not, of the last pull of every project in which is coded, in the newest codebook."""
    stand, apart = standing(of_any_version(found, chain), "coding")
    result = carried((row for reading in stand for row in reading.codings()), chain)
    for reading in stand:
        apart += reading.apart()
    result.apart = distinct([*apart, *result.apart])
    return result


def standing(found: Iterable[Records], purpose: Purpose) -> tuple[list[Reading], list[Quarantined]]:
    """Of the last pull of every project for a purpose: per place and unit the annotation that was saved last.

    Returns:
        These, and what is kept apart as a whole; the problems inside of one that stands are not among it.
    """
    latest: dict[tuple[Place, str], Reading] = {}
    apart: list[Quarantined] = []
    for entry in (entry for each in found for entry in _entries(each, purpose)):
        if isinstance(entry, Quarantined):
            apart.append(entry)
            continue
        key = (entry.pull.label.place, entry.unit.unit_id)
        other = latest.setdefault(key, entry)
        if other is not entry:
            older, latest[key] = sorted((other, entry), key=Reading.order)
            apart += older.apart([("superseded", older.value)])
    return list(latest.values()), apart


def skipped(found: Iterable[Records], purpose: Purpose, apart: Iterable[Quarantined]) -> Iterator[tuple[str, Label]]:
    """The units that somebody skipped, and in which project.

    Args:
        found: The records.
        purpose: What the projects are for.
        apart: What :func:`standing` or :func:`codings` keeps apart of them; it names projects by number.
    """
    pulls = [pull for each in found for pull in each.last_pulls() if pull.label.purpose == purpose]
    labels = {(pull.label.coder, str(pull.project)): pull.label for pull in pulls}
    for row in apart:
        label = labels.get((str(row.coder), row.annotation_id.partition("/")[0]))
        if row.reason == "skipped" and row.unit_id and label:
            yield row.unit_id, label


def distinct(apart: Iterable[Quarantined]) -> list[Quarantined]:
    """Each row of ``quarantine`` once."""
    return list({(row.annotation_id, row.reason, row.value): row for row in apart}.values())


def _entries(found: Records, purpose: Purpose) -> Iterator[Reading | Quarantined]:
    for pull in (pull for pull in found.last_pulls() if pull.label.purpose == purpose):
        known = found.units(pull.label.uid)
        for page in found.exports(pull):
            yield from annotations.read(page.json(), pull, known, page.run_id)
