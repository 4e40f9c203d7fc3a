"""Releases of client packages that tests write themselves, in the shape of each generation of real code."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from textwrap import dedent

from codebook.rows.claims import Claim, Release
from platforms.evidence import Package, Rule, Wanted
from platforms.extract.claims import of_release
from platforms.extract.skeletons import Skeletons

_FIRST = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # tables hold UTC without a zone


@dataclass(frozen=True)
class Written:
    """A kept release of which the contents are in memory."""

    release: Release
    contents: Mapping[str, bytes] = field(repr=False)

    @property
    def files(self) -> Mapping[str, str]:
        """SHA-256 by path."""
        return {path: hashlib.sha256(data).hexdigest() for path, data in self.contents.items()}

    def read(self, path: str) -> bytes:
        """One file."""
        return self.contents[path]


def release(version: str, files: Mapping[str, str | bytes], package: str = "pack", number: int = 0) -> Written:
    """A release with these sources; texts are dedented."""
    contents = {p: d if isinstance(d, bytes) else dedent(d).encode() for p, d in files.items()}
    row = Release(
        package=package,
        version=version,
        platform="somewhere",
        released=_FIRST + timedelta(days=number),
        yanked=False,
        archive=f"{package}-{version}.whl",
        files=len(contents),
        state="read",
        problem=None,
        run_id="platforms-fetch-1",
    )
    return Written(row, contents)


def plug_in(*rules: Rule, package: str = "pack") -> Package:
    """A package with these rules, of which every Python file is wanted."""
    return Package(package=package, platform="somewhere", wanted=Wanted(("*.py",)), rules=rules)


def claims_of(files: Mapping[str, str | bytes], *rules: Rule) -> list[Claim]:
    """The claims of one release."""
    with Skeletons(None) as skeletons:
        return of_release(release("1.0", files), plug_in(*rules), skeletons)
