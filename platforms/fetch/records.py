"""Raw records of releases and documentation: what each says, and what all of a package's say together. Pure.

There are four kinds. ``LISTING`` is the answer of the package index about a package, as it gave it; ``RELEASE`` says
what was read of one archive; ``PAGE`` is what came of a page, ``FOLDER`` what a folder of documentation held.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, ConfigDict, ValidationError
from pypi_simple import DistributionPackage, ProjectPage, UnsupportedRepoVersionError

from codebook.harmless import valid_text
from codebook.raw import Page

LISTING, RELEASE, PAGE, FOLDER = "LISTING", "RELEASE", "PAGE", "FOLDER"
PAGES, DOCUMENTS, BLOBS = "pages", "documents", "blobs"
RESERVED = (PAGES, DOCUMENTS, BLOBS)
"""Folders of ``raw/platforms`` that are no package's."""

OK = 200
State = Literal["read", "partial", "not_read"]


def url(**named: str) -> str:
    """What a record is stored under; something else is asked for."""
    return "/?" + urlencode(list(named.items()))


def named(page: Page) -> dict[str, str]:
    """What :func:`url` was given."""
    return dict(parse_qsl(page.path.partition("?")[2], keep_blank_values=True))


def kind(page: Page) -> str:
    """Which of the four kinds a record is."""
    return page.request.partition(" ")[0]


class Reading(BaseModel):
    """What was read of one archive.

    Args:
        archive: Its name.
        sha256: Its hash, as the index tells it.
        size: Its bytes.
        got: How many of them were asked for.
        members: How many it has.
        files: Hashes of the contents that are kept, by the paths of an installed package.
        state: Whether it was read.
        problem: Why not, or not all of it.
        again: It is worth to ask once more.
    """

    model_config = ConfigDict(frozen=True)

    archive: str | None = None
    sha256: str | None = None
    size: int | None = None
    got: int = 0
    members: int = 0
    files: dict[str, str] = {}
    state: State = "not_read"
    problem: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A reading, what was wanted then, and who asked."""

    reading: Reading
    wanted: str
    run_id: str


@dataclass
class Listed:
    """A release on the list of the index.

    Args:
        version: Its version, in normal form.
        archives: Those of it that are known by name.
        run_id: The run that saw it last.
    """

    version: Version
    archives: list[DistributionPackage]
    run_id: str


@dataclass
class Package:
    """What the raw records of one package say.

    Args:
        name: Its name.
        releases: By version, as listed; what was listed once and is not any more stays.
        held: By version, what was read of it.
        odd: Names on the list that are no release.
        undated: Whether the newest list gives no dates.
    """

    name: str
    releases: dict[str, Listed] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    odd: tuple[str, ...] = ()
    undated: bool = False

    @classmethod
    def of(cls, name: str, pages: Iterable[Page]) -> "Package":
        """Read all records, oldest first."""
        package = cls(name)
        for page in pages:
            package.add(page)
        return package

    def add(self, page: Page) -> None:
        """Take the next record."""
        if kind(page) == LISTING:
            self._list(page)
        elif kind(page) == RELEASE:
            version, held = named(page).get("version", ""), held_on(page)
            before = self.held.get(version)
            # What was had once is not lost by a later refusal.
            if before is None or held.reading.state != "not_read" or before.reading.state == "not_read":
                self.held[version] = held

    def _list(self, page: Page) -> None:
        listed = listing(page, self.name)
        releases, odd = by_version(listed, page.run_id)
        self.releases |= releases
        self.odd = tuple(odd)
        self.undated = bool(listed) and not any(each.upload_time for each in listed)

    @property
    def in_order(self) -> list[Listed]:
        """The releases, oldest version first."""
        return sorted(self.releases.values(), key=lambda each: each.version)


def held_on(page: Page) -> Held:
    """What a ``RELEASE`` record says."""
    wanted, archive = named(page).get("wanted", ""), named(page).get("archive")
    if page.status != OK:
        reading = Reading(
            archive=archive, problem=f"the package index does not give it: HTTP {page.status}", again=True
        )
        return Held(reading, wanted, page.run_id)
    try:
        return Held(Reading.model_validate_json(page.body), wanted, page.run_id)
    except ValidationError:
        return Held(Reading(archive=archive, problem="its raw record says nothing", again=True), wanted, page.run_id)


def listing(page: Page, package: str, base_url: str = "") -> list[DistributionPackage]:
    """The files on a ``LISTING`` record, in the JSON or the HTML form of the simple repository API (PEP 503, 691).

    Args:
        page: The record.
        package: Whose it is.
        base_url: Where it came from, for addresses of files that are relative.

    Raises:
        ValueError: It is no such list.
    """
    try:
        if "json" in page.headers.get("content-type", ""):
            return ProjectPage.from_json_data(json.loads(page.body), base_url or None).packages
        text = page.body.decode("utf-8", "replace")
        return ProjectPage.from_html(package, text, base_url or None).packages
    except (UnsupportedRepoVersionError, RecursionError) as error:
        raise ValueError(str(error)) from None


def by_version(files: Iterable[DistributionPackage], run_id: str) -> tuple[dict[str, Listed], list[str]]:
    """Releases by version in normal form, and the names of files that belong to none."""
    releases, odd = dict[str, Listed](), list[str]()
    for file in files:
        try:
            version = Version(file.version or "")
        except InvalidVersion:
            odd.append(valid_text(file.filename))
            continue
        releases.setdefault(str(version), Listed(version, [], run_id)).archives.append(file)
    return releases, odd
