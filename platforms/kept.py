"""What is kept: releases of client packages with their files, and documents with their text. Read from raw records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codebook.blobs import Blobs
from codebook.moments import in_utc
from codebook.rows import Release
from codebook.study import Study
from platforms.contents import content_of
from platforms.fetch.records import Held, Listed, Package, Reading
from platforms.packages import Client, chosen

NOT_ASKED = "not asked for yet"


@dataclass(frozen=True, slots=True)
class KeptRelease:
    """A release of a client package, as an extractor sees it.

    Args:
        release: Its row: package, version, platform, date, and whether it was read.
        files: Hashes of its contents by the paths of an installed package; none if it was not read.
        blobs: Where the contents are.
    """

    release: Release
    files: Mapping[str, str]
    blobs: Blobs

    def read(self, path: str) -> bytes:
        """The content of one of its files.

        Raises:
            KeyError: It has no such file.
            StudyError: The content is gone or damaged.
        """
        return content_of(self.blobs, self.files[path])


def releases(study: Study, package: str | None = None) -> Iterator[KeptRelease]:
    """The releases of the study's packages: by package, then oldest version first, also those that were not read.

    Args:
        study: The study folder.
        package: Only this one, by its canonical name.

    Raises:
        StudyError: ``study.toml`` names a package of which it is not known whose client it is.
    """
    for name, client in chosen(study, (package,) if package else ()).items():
        yield from of_package(study, client, Package.of(name, study.raw("platforms", name).pages()))


def of_package(study: Study, client: Client, package: Package) -> Iterator[KeptRelease]:
    """The releases of one package whose raw records have been read."""
    blobs = Blobs.of(study, "platforms")
    for listed in package.in_order:
        held = package.held.get(str(listed.version))
        yield KeptRelease(_row(package.name, client, listed, held), held.reading.files if held else {}, blobs)


def _row(name: str, client: Client, listed: Listed, held: Held | None) -> Release:
    reading = held.reading if held else Reading(problem=NOT_ASKED)
    times = [each.upload_time for each in listed.archives if each.upload_time]
    return Release(
        package=name,
        version=str(listed.version),
        platform=client.platform,
        released=in_utc(min(times)) if times else None,
        yanked=all(each.is_yanked for each in listed.archives),
        archive=reading.archive,
        files=len(reading.files),
        state=reading.state,
        problem=reading.problem,
        run_id=held.run_id if held else listed.run_id,
    )
