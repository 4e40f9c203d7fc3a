"""The releases of one package after the other: what is asked for, and what of it had come before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from pypi_simple import DistributionPackage

from codebook.blobs import Blobs
from codebook.raw import Page
from codebook.wire import Answer, Wire
from platforms.fetch import records
from platforms.fetch.index import Index
from platforms.fetch.records import RELEASE, Held, Listed, Package, Reading
from platforms.fetch.release import Attempt, candidates, without_archive
from platforms.fetch.selection import Selection
from platforms.packages import Client


@dataclass(frozen=True, slots=True)
class Asked:
    """Which releases of a package are asked for.

    Args:
        since: Only those that came out on this day or later, and those without a date.
        limit: Only so many of them, the newest versions.
    """

    since: date | None = None
    limit: int | None = None

    def of(self, listed: list[Listed]) -> list[Listed]:
        """Those that are, newest version first."""
        chosen = [each for each in reversed(listed) if self._is_late(each)]
        return chosen if self.limit is None else chosen[: self.limit]

    def _is_late(self, listed: Listed) -> bool:
        times = [each.upload_time for each in listed.archives if each.upload_time]
        if self.since is None or not times:
            return True
        aware = (each if each.tzinfo else each.replace(tzinfo=UTC) for each in times)
        return min(aware) >= datetime.combine(self.since, time.min, UTC)


@dataclass
class Errand:
    """Gets the releases of one package.

    Args:
        name: The package.
        client: What of it is wanted.
        index: Where it is.
        blobs: Where contents are kept.
        asked: Which releases.
    """

    name: str
    client: Client
    index: Index
    blobs: Blobs
    asked: Asked

    def run(self, wire: Wire) -> Iterator[str]:
        """Ask; yields a version once what is known of it is stored."""
        before = Package.of(self.name, wire.store.pages())
        files = self.index.listed(wire, self.name)
        releases, odd = records.by_version(files, wire.run_id)
        if odd:
            wire.tell(f"{len(odd)} files on the list are of no release that can be ordered, for example {odd[0]}")
        if files and not any(each.upload_time for each in files):
            wire.tell("the package index gives no dates, so that it is not known when releases came out")
        selection = Selection(self.client.wanted)
        in_order = sorted(releases.values(), key=lambda each: each.version)
        for listed in self.asked.of(in_order):
            held = before.held.get(str(listed.version))
            if not self._is_had(held, listed, selection):
                self._get(wire, listed, selection, held)
            yield str(listed.version)

    def _is_had(self, held: Held | None, listed: Listed, selection: Selection) -> bool:
        if held is None or held.wanted != selection.fingerprint or held.reading.again:
            return False
        if held.reading.archive is None:
            return not candidates(listed.archives)
        is_same = any(_is_of(held.reading, archive) for archive in listed.archives)
        return is_same and all(map(self.blobs.has, held.reading.files.values()))

    def _get(self, wire: Wire, listed: Listed, selection: Selection, held: Held | None) -> None:
        worth = candidates(listed.archives)
        if not worth:
            where = self._where(listed, selection, None)
            request = wire.stored_form(RELEASE, where)
            if not wire.has(request):
                said = without_archive(listed.archives).model_dump_json().encode()
                wire.keep(request, Answer(records.OK, {}, said))
        for archive in worth:
            reading = self._read(wire, listed, selection, archive, held)
            if reading.state != "not_read" or reading.again:
                return

    def _read(
        self, wire: Wire, listed: Listed, selection: Selection, archive: DistributionPackage, held: Held | None
    ) -> Reading:
        where = self._where(listed, selection, archive)
        before = held.reading.files if held and _is_of(held.reading, archive) else {}
        attempt = Attempt(archive, self.index.asking(archive.url), selection, self.blobs, before)
        answer = wire.exchange(RELEASE, where, b"", attempt.send)
        page = Page(f"{RELEASE} {where}", answer.status, answer.headers, answer.body, wire.run_id)
        return records.held_on(page).reading

    def _where(self, listed: Listed, selection: Selection, archive: DistributionPackage | None) -> str:
        named = {"archive": archive.filename} if archive else {}
        digest = (archive.digests.get("sha256") or "")[:16] if archive else ""
        return records.url(
            package=self.name, version=str(listed.version), wanted=selection.fingerprint, digest=digest, **named
        )


def _is_of(reading: Reading, archive: DistributionPackage) -> bool:
    """Whether a reading is of this archive: the same name and, as the index tells it, the same bytes."""
    return reading.archive == archive.filename and reading.sha256 == archive.digests.get("sha256")
