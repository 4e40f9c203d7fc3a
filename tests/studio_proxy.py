"""A proxy before the real Label Studio that kills the client, or fails, at a chosen request."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

import requests
from sites.server import Asked, Reply, as_json

When = Literal["before", "while", "after"]
"""The request has come in and is not passed on; it is passed on; its answer is there and is not passed back."""

_DROPPED = {"host", "connection", "content-length", "accept-encoding", "transfer-encoding"}


@dataclass
class Proxy:
    """Passes requests through to a server, but for what is to happen at one of them.

    Args:
        server: Where the real one is.
    """

    server: str
    base_url: str = ""
    counts: Callable[[Asked], bool] = lambda _: True
    """Which requests are counted."""
    passes: Callable[[bytes], bytes] = lambda body: body
    """What becomes of the body of a request on its way."""
    _left: int = -1
    _when: When = "before"
    _fails: bool = False
    _client: int = 0
    _known: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def kill_at(self, number: int, when: When, counts: Callable[[Asked], bool] = lambda _: True) -> None:
        """Kill the client at the request of that number, from 1, of those that count."""
        self._left, self._when, self._fails, self.counts = number, when, False, counts

    def fail_at(self, number: int, when: When, counts: Callable[[Asked], bool] = lambda _: True) -> None:
        """Answer the request of that number with HTTP 500, before or after the real server has done what it asks."""
        self._left, self._when, self._fails, self.counts = number, when, True, counts

    def calm(self) -> None:
        """Pass everything through."""
        self._left = -1

    def expect(self) -> None:
        """A client is about to start."""
        self._known.clear()

    def client(self, pid: int) -> None:
        """Tell who the client is."""
        self._client = pid
        self._known.set()

    def answer(self, asked: Asked) -> Reply:
        """See :class:`sites.server.FakeSite`."""
        with self._lock:
            self._left -= self.counts(asked)
            now = self._left == 0
            self._left -= now
        if not now:
            return self._passed(asked)
        if self._fails:
            if self._when != "before":
                self._passed(asked)
            return as_json({"detail": "Something went wrong."}, 500)
        return self._killed(asked)

    def _killed(self, asked: Asked) -> Reply:
        self._known.wait(60)
        if self._when == "before":
            self._kill()
            return Reply(503)
        if self._when == "while":
            threading.Timer(0.02, self._kill).start()
            return self._passed(asked)
        reply = self._passed(asked)
        self._kill()
        return reply

    def _kill(self) -> None:
        with suppress(ProcessLookupError):  # it was done before
            os.kill(self._client, signal.SIGKILL)

    def _passed(self, asked: Asked) -> Reply:
        headers = {name: value for name, value in asked.headers.items() if name not in _DROPPED}
        query = f"?{urlencode(asked.query)}" if asked.query else ""
        url = f"{self.server}{asked.path}{query}"
        answer = requests.request(
            asked.method, url, data=self.passes(asked.body), headers=headers, allow_redirects=False, timeout=120
        )
        kept = {name: answer.headers[name] for name in ("Content-Type", "Location") if name in answer.headers}
        if token := answer.cookies.get("csrftoken"):  # all that the sign-up page needs
            kept["Set-Cookie"] = f"csrftoken={token}; Path=/"
        return Reply(answer.status_code, answer.content, kept)
