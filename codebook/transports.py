"""How the clients' own HTTP libraries send through a :class:`~codebook.wire.Wire`.

requests (PyGithub, StackAPI, our Discourse client) takes a :class:`WireAdapter`, httpx2 (huggingface_hub) a
:class:`WireTransport`. Both are those libraries' public extension points.
"""

import io
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
import requests
import requests.adapters
import urllib3

from codebook.wire import Answer, Wire

TIMEOUT = 60.0
"""Seconds without a byte after which an answer counts as lost."""

_HOPS = 5
"""Redirects that are followed for one request."""


class WireAdapter(requests.adapters.HTTPAdapter):
    """Mount it on a ``requests`` session: ``session.mount("https://", WireAdapter(wire))``.

    Args:
        wire: Where requests go.
        follow: Follow redirects within a host here, so that the answer is stored under what was asked. A site that
            renames things redirects from names that are ids to us.
    """

    def __init__(self, wire: Wire, *, follow: bool = False) -> None:
        super().__init__(max_retries=0)
        self.wire = wire
        self.follow = follow

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the signature of the base class
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """See :meth:`requests.adapters.HTTPAdapter.send`; ``stream`` has no effect, bodies are read whole."""

        def once() -> Answer:
            try:
                sent = self._answer(request, timeout=timeout or TIMEOUT, verify=verify, cert=cert, proxies=proxies)
                return Answer(sent.status_code, {k.lower(): v for k, v in sent.headers.items()}, sent.content)
            except requests.RequestException as error:
                return _lost(error)

        asked = request.body or b""
        body = asked.encode() if isinstance(asked, str) else bytes(asked)
        answer = self.wire.exchange(request.method or "GET", request.url or "", body, once)
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(answer.body), headers=_decoded(answer.headers), status=answer.status, preload_content=False
        )
        response: requests.Response = self.build_response(request, raw)
        return response

    def _answer(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        sent = super().send(request, stream=False, **options)
        for _ in range(_HOPS if self.follow else 0):
            moved = _moved_within_host(request.url or "", sent.headers.get("location", ""))
            if not sent.is_redirect or moved is None:
                break
            request = request.copy()
            request.prepare_url(moved, None)
            sent = super().send(request, stream=False, **options)
        return sent


class WireTransport(httpx2.BaseTransport):
    """Give it to an ``httpx2.Client(transport=...)``."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.inner = httpx2.HTTPTransport(proxy=_proxy(wire.base_url))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """See ``httpx2.BaseTransport.handle_request``."""

        def once() -> Answer:
            try:
                response = self.inner.handle_request(request)
                try:
                    body = b"".join(response.iter_bytes())
                finally:
                    response.close()
                return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)
            except httpx2.TransportError as error:
                return _lost(error)

        answer = self.wire.exchange(request.method, self.stored_as(request), request.read(), once)
        return httpx2.Response(answer.status, headers=_decoded(answer.headers), content=answer.body, request=request)

    def stored_as(self, request: httpx2.Request) -> str:
        """The URL under which the answer is stored and known again: the one that is asked for."""
        return str(request.url)

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()


def _moved_within_host(url: str, location: str) -> str | None:
    try:
        moved = urljoin(url, location)
        return moved if _host(moved) == _host(url) else None
    except ValueError:
        return None


def _host(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for a URL, as requests would choose it."""
    parts = urlsplit(url)
    bypassed = not parts.hostname or bool(urllib.request.proxy_bypass(parts.hostname))
    return None if bypassed else urllib.request.getproxies().get(parts.scheme)


def _lost(error: Exception) -> Answer:
    return Answer(0, {}, f"no answer: {type(error).__name__}".encode())


def _decoded(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that are still true of a body that is already decompressed and joined."""
    return {k: v for k, v in headers.items() if k not in ("content-encoding", "content-length", "transfer-encoding")}
