"""Pages of documentation, by their addresses in ``[platforms.pages]``."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from codebook.blobs import Blobs
from codebook.downloads import Downloads
from codebook.errors import StoppedEarly, StudyError
from codebook.study import Study
from codebook.wire import Answer, Wire
from platforms.fetch.records import PAGE, url

_LARGEST = 5_000_000
_ACCEPT = "text/html, text/markdown, text/plain;q=0.9, */*;q=0.1"
_TIMES_LOST = 3
"""Answers that were lost after which the other pages are asked for first."""


def addresses(study: Study) -> list[tuple[str, str]]:
    """Platform and address of every page of a study.

    Raises:
        StudyError: An address cannot be asked for.
    """
    found = []
    for platform, pages in study.settings.platforms.pages.items():
        for page in dict.fromkeys(pages):
            if urlsplit(page).scheme not in ("http", "https") or "@" in urlsplit(page).netloc:
                line = study.origin.line(("platforms", "pages", platform))
                where = f"study.toml:{line}" if line else "study.toml"
                hint = "Give an address that begins with https://, without user name or password."
                raise StudyError(f"{page[:200]!r} cannot be asked for", where=where, hint=hint)
            found.append((platform, page))
    return found


def fetch(wire: Wire, blobs: Blobs, pages: list[tuple[str, str]]) -> Iterator[str]:
    """Ask for every page; yields its address once it is stored.

    Raises:
        StoppedEarly: Some did not come; all others were asked for.
    """
    downloads, lost = Downloads(None, "", _ACCEPT), list[StoppedEarly]()
    for platform, page in pages:
        where = url(platform=platform, address=page)
        try:
            wire.exchange(PAGE, where, b"", _Patient(downloads, blobs, page).send)
            yield page
        except StoppedEarly as error:
            wire.tell(str(error))
            lost.append(error)
    if lost:
        raise StoppedEarly(
            f"{len(lost)} of {len(pages)} pages did not come",
            hint="All others are safe. Run the same command again later, or take them out of [platforms.pages].",
        ) from lost[0]


class _Patient:
    """Asks for one page, a few times."""

    def __init__(self, downloads: Downloads, blobs: Blobs, page: str) -> None:
        self._downloads = downloads
        self._blobs = blobs
        self._page = page
        self._lost = 0

    def send(self) -> Answer:
        """Ask; the answer says what was kept.

        Raises:
            StoppedEarly: No answer came time after time.
        """
        answer = self._downloads.get(self._page, _LARGEST)
        if answer.status == 0 or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._lost += 1
            if self._lost >= _TIMES_LOST:
                why = answer.body.decode("utf-8", "replace")[:80] if answer.status == 0 else f"HTTP {answer.status}"
                raise StoppedEarly(f"not usable: {why}", where=self._page, hint="The other pages are asked for.")
            return answer
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return answer
        said = {
            "status": answer.status,
            "content_type": answer.headers.get("content-type", ""),
            "sha256": self._blobs.keep(answer.body[:_LARGEST]),
            "cut": len(answer.body) > _LARGEST,
        }
        return Answer(HTTPStatus.OK, {}, json.dumps(said).encode())
