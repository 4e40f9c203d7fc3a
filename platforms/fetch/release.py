"""One release: which of its archives is read, and what is read of it."""

import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import IO, cast

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from pypi_simple import DistributionPackage

from codebook.blobs import Blobs
from codebook.harmless import one_line
from codebook.wire import Answer
from platforms.fetch.archives import UNREADABLE, Taken, from_tar, from_zip
from platforms.fetch.ranges import Ask, NoAnswerError, Remote, TooLargeError
from platforms.fetch.records import Reading, State
from platforms.fetch.selection import Selection

_TIMES_BROKEN = 3
"""Answers that break off, or are not what was asked for, after which an archive is given up."""

_TARS = (".tar.gz", ".tgz", ".tar.bz2")
_KEPT_HEADERS = ("retry-after", "x-ratelimit-remaining", "x-ratelimit-reset")


def candidates(archives: Sequence[DistributionPackage]) -> list[DistributionPackage]:
    """The archives of a release that are worth reading, best first: a wheel for every machine, one for any, sources."""
    wheels = sorted((each for each in archives if each.package_type == "wheel"), key=_turn)
    sources = [each for each in archives if each.package_type == "sdist" and each.filename.endswith((*_TARS, ".zip"))]
    return [*wheels[:1], *sorted(sources, key=_turn)[:1]]


def _turn(archive: DistributionPackage) -> tuple[bool, bool, int, str]:
    try:
        tags = parse_wheel_filename(archive.filename)[3]
        for_all = any(tag.abi == "none" and tag.platform == "any" for tag in tags)
    except InvalidWheelFilename:
        for_all = False
    return not for_all, archive.size is None, archive.size or 0, archive.filename


def without_archive(archives: Sequence[DistributionPackage]) -> Reading:
    """What is said of a release of which no archive can be read."""
    kinds = sorted({each.package_type or "unknown" for each in archives})
    return Reading(problem=f"it has neither a wheel nor an archive of sources, only: {', '.join(kinds)}")


class Attempt:
    """Reads one archive; after an answer was lost it can be sent again.

    Args:
        archive: What the index says of it.
        ask: Asks for it.
        selection: What of it is wanted.
        blobs: Where contents are kept.
        before: What of this archive was read before, when something else was wanted.
    """

    def __init__(
        self,
        archive: DistributionPackage,
        ask: Ask,
        selection: Selection,
        blobs: Blobs,
        before: Mapping[str, str] | None = None,
    ) -> None:
        self._archive = archive
        self._before = before or {}
        self._selection = selection
        self._blobs = blobs
        self._remote = Remote(ask, archive.size)
        self._broken = 0
        self._digest = archive.digests.get("sha256")

    def send(self) -> Answer:
        """Read it, and say what was read as the body of an answer; or what the wire is to judge."""
        sdist = self._archive.package_type == "sdist"
        taken = Taken(self._selection, self._blobs.keep, sdist=sdist, had=self._had)
        try:
            why = self._take(taken)
        except NoAnswerError as error:
            return self._unusable(error.answer)
        return _said(self._reading(taken, why))

    def _take(self, taken: Taken) -> str | None:
        """Take what is wanted; why there is no more, if it ended before the end."""
        try:
            if self._archive.filename.endswith(_TARS):
                content = self._remote.whole()
                self._must_be_as_told(content)
                from_tar(content, self._archive.filename, taken)
            else:
                self._remote.open()
                if self._remote.is_whole is not None:
                    self._must_be_as_told(self._remote.is_whole)
                from_zip(cast("IO[bytes]", self._remote), self._remote, taken)
        except TooLargeError as error:
            return str(error)
        except UNREADABLE as error:
            return f"the archive is damaged: {one_line(str(error), 120) or type(error).__name__}"
        return None

    def _had(self, path: str) -> bytes | None:
        sha256 = self._before.get(path)
        return self._blobs.read(sha256) if sha256 else None

    def _must_be_as_told(self, content: bytes) -> None:
        if self._digest and hashlib.sha256(content).hexdigest() != self._digest.lower():
            self._remote.forget()
            raise NoAnswerError(Answer(0, {}, b"what came does not have the SHA-256 that the index tells"))

    def _reading(self, taken: Taken, why: str | None) -> Reading:
        state: State = "read"
        problems = [f"{what} ({count} of them)" if count > 1 else what for what, count in taken.problems.items()]
        if why:
            problems.append(why)
        elif not taken.sources:
            problems.append(f"it has no Python source among {taken.members} members")
        if problems:
            state = "partial" if taken.files else "not_read"
        return self._of(
            members=taken.members, files=taken.files, state=state, problem="; ".join(problems)[:500] or None
        )

    def _of(self, **values: object) -> Reading:
        size = self._remote.size or self._archive.size
        known = {"archive": self._archive.filename, "sha256": self._digest, "size": size, "got": self._remote.got}
        return Reading.model_validate(known | values)

    def _unusable(self, answer: Answer) -> Answer:
        """An answer that the wire judges; after some that were broken, what stands in place of the archive."""
        headers = {name: value for name, value in answer.headers.items() if name in _KEPT_HEADERS}
        lost = answer.status == 0 and (b"ConnectionError" in answer.body or b"Timeout" in answer.body)
        if lost or answer.status not in (0, HTTPStatus.INTERNAL_SERVER_ERROR):
            return Answer(answer.status, headers, answer.body if answer.status == 0 else b"")
        self._broken += 1
        if self._broken < _TIMES_BROKEN:
            return Answer(answer.status, headers, answer.body)
        what = one_line(answer.body.decode("utf-8", "replace"), 120) if answer.status == 0 else f"HTTP {answer.status}"
        return _said(self._of(problem=f"asked for {_TIMES_BROKEN} times, and it never came whole: {what}", again=True))


def _said(reading: Reading) -> Answer:
    return Answer(HTTPStatus.OK, {}, reading.model_dump_json().encode())
