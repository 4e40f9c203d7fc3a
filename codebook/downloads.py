"""The bytes of one file or page of a host, whole or in part, bounded in size and time."""

import time
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from importlib.metadata import version
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from codebook.transports import TIMEOUT
from codebook.wire import Answer

_CHUNK = 1 << 16
_HOPS = 5
_LONGEST = 600.0
"""Seconds after which a body that still comes counts as lost."""

_MOST_OF_A_REFUSAL = 10_000
_Origin = tuple[str, str | None, int | None]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GIVEN = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})


class Downloads:
    """Asks for files.

    Args:
        authorization: What the header of that name says; None for none.
        base_url: The only host that it is sent to, whatever else is asked and wherever redirects lead; if there is
            none, it is the host that a file is asked for from.
        accept: The media type that is asked for.
        certificates: File of the certificates to trust; None for those that requests trusts.
    """

    def __init__(
        self, authorization: str | None, base_url: str, accept: str, *, certificates: str | None = None
    ) -> None:
        self._authorization = authorization
        self._base_url = base_url
        self._session = requests.Session()
        self._session.auth = lambda request: request  # without one, requests would look for a .netrc
        agent = f"qualdev/{version('qualdev')}"
        self._session.headers.update({"Accept": accept, "Accept-Encoding": "identity", "User-Agent": agent})
        if certificates:
            self._session.verify = certificates

    def get(self, url: str, limit: int, span: tuple[int, int] | None = None) -> Answer:
        """Ask once, redirects followed.

        Args:
            url: What to ask for.
            limit: Bytes behind which a body is cut; one byte more comes, so that a longer one is told from a whole one.
            span: First byte, and the one behind the last; for a part, which need not be given: see the status.

        Returns:
            An answer whose body is the content; status 0 where none came whole.
        """
        own = _origin(self._base_url or url)
        try:
            for _ in range(_HOPS):
                with closing(self._send(url, own, span)) as response:
                    moved = _moved(url, response)
                    if moved is None:
                        return _read(response, limit)
                url = moved
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            return Answer(0, {}, f"no answer: {type(error).__name__}".encode())
        except (requests.RequestException, ValueError):
            return Answer(HTTPStatus.LOOP_DETECTED, {}, b'{"error": "it leads to what is no address"}')
        return Answer(HTTPStatus.LOOP_DETECTED, {}, b'{"error": "redirected too often"}')

    def _send(self, url: str, own: _Origin, span: tuple[int, int] | None) -> requests.Response:
        headers = {"Authorization": self._authorization} if self._authorization and _origin(url) == own else {}
        if span:
            headers["Range"] = f"bytes={span[0]}-{span[1] - 1}"
        return self._session.get(url, headers=headers, stream=True, allow_redirects=False, timeout=TIMEOUT)


def _read(response: requests.Response, limit: int) -> Answer:
    most = limit + 1 if response.status_code in _GIVEN else _MOST_OF_A_REFUSAL
    # Content-Encoding, which was not asked for, is undone by urllib3 in pieces of this size, whatever it stands for.
    chunks = response.raw.stream(_CHUNK, decode_content=True)
    content = _up_to(most, chunks)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, content)


def _up_to(most: int, chunks: Iterator[bytes]) -> bytes:
    began, parts, size = time.monotonic(), list[bytes](), 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size >= most:
            break
        if time.monotonic() - began > _LONGEST:
            raise urllib3.exceptions.ProtocolError("the answer never ends")
    return b"".join(parts)[:most]


def _moved(url: str, response: requests.Response) -> str | None:
    """Where a redirect leads; None for what is none, or leads from HTTPS to plain HTTP or to another scheme."""
    location = response.headers.get("location")
    if response.status_code not in _REDIRECTS or not location:
        return None
    moved = urljoin(url, location)
    schemes = ("https",) if url.startswith("https:") else ("https", "http")
    return moved if urlsplit(moved).scheme in schemes else None


def _origin(url: str) -> _Origin:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
