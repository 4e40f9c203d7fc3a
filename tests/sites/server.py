"""A local HTTP server for a fake site: real sockets, scripted answers, faults and sudden death."""

import json
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as the site sees it. ``query`` keeps order and repeats."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes

    def first(self, name: str, default: str = "") -> str:
        return next((v for k, v in self.query if k == name), default)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    body = json.dumps(value).encode()
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8", **headers})


class FakeSite(Protocol):
    """What a site must do; ``base_url`` is set before the first request and is where it is reached."""

    base_url: str

    def answer(self, asked: Asked) -> Reply: ...


class _Server(ThreadingHTTPServer):
    """A server that says nothing when a client is killed in the middle of a request."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of our own mistakes only."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class LocalSite:
    """Serves a :class:`FakeSite` on 127.0.0.1 for the length of a ``with`` block.

    Args:
        site: Answers the requests.
        fault: Called with the request's number (from 1) and the request; a reply replaces the site's, None does not,
            "drop" closes the connection without a word, "reset" breaks it, "cut" ends it in the middle of the answer.
        dies_after: From the request behind this one on, every connection is dropped, as if the site were gone.
    """

    def __init__(
        self,
        site: FakeSite,
        fault: Callable[[int, Asked], Reply | str | None] | None = None,
        dies_after: int | None = None,
    ) -> None:
        self.site = site
        self.fault = fault
        self.dies_after = dies_after
        self.seen: list[Asked] = []
        self._lock = threading.Lock()
        local = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else every answer waits 40 ms for the client's acknowledgement

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def _handle(self) -> None:
                local._handle(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _handle  # noqa: N815

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self.server.server_port}"
        site.base_url = self.base_url
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        parts = urlsplit(handler.path)
        asked = Asked(
            handler.command,
            parts.path,
            tuple(parse_qsl(parts.query, keep_blank_values=True)),
            {k.lower(): v for k, v in handler.headers.items()},
            handler.rfile.read(length),
        )
        with self._lock:
            self.seen.append(asked)
            number = len(self.seen)
        if self.dies_after is not None and number > self.dies_after:
            handler.close_connection = True
            handler.connection.close()
            return
        reply = self.fault(number, asked) if self.fault else None
        if reply in ("drop", "reset"):
            if reply == "reset":  # to close without lingering sends RST instead of FIN
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        cut = reply == "cut"
        if not isinstance(reply, Reply):
            reply = self.site.answer(asked)
        cut = cut and bool(reply.body)  # without a body it is whole, and a client that keeps the connection is right
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if cut:
            handler.close_connection = True
        if handler.command != "HEAD":
            handler.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
