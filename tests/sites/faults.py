"""Everything that the four sites do instead of answering, by kind of site, drawn by chance from a seed."""

import email.utils
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from sites import discourse, stackexchange
from sites.server import Asked, LocalSite, Reply, as_json

_HTML = b"<!DOCTYPE html><html><head><title>We are down</title></head><body>Please stand by.</body></html>"
_MOST_IN_A_ROW = 4
"""Faults that one request meets before it is answered; the wire gives up at 12."""

Fault = Reply | str
Make = Callable[["Faults", Asked], Fault | None]
"""Makes a fault for a request, None where the site knows none of this kind for it."""


def _html(status: int) -> Make:
    return lambda _faults, _asked: Reply(status, _HTML, {"Content-Type": "text/html"})


def _said(status: int, body: object, **headers: str) -> Make:
    return lambda _faults, _asked: as_json(body, status, **headers)


def _date(faults: "Faults", _asked: Asked) -> Reply:
    moment = email.utils.formatdate(time.time() + faults.seconds, usegmt=True)
    return as_json({"message": "busy"}, 503, **{"Retry-After": moment})


def _half_of_the_json(faults: "Faults", asked: Asked) -> Reply:
    whole = faults.local.site.answer(asked)
    return replace(whole, body=whole.body[: len(whole.body) // 2])


EVERYWHERE: dict[str, Make] = {
    "429 with Retry-After in seconds": lambda f, _: as_json({}, 429, **{"Retry-After": str(f.seconds)}),
    "503 with Retry-After as a date": _date,
    "429 without a header": _said(429, {"message": "Too many requests"}),
    "500": _said(500, {"message": "Server Error"}),
    "502 as HTML": _html(502),
    "503 as HTML": _html(503),
    "504": _said(504, {"message": "timeout"}),
    "409": _said(409, {"message": "Conflict"}),
    "HTML where JSON was due": _html(200),
    "half of the JSON": _half_of_the_json,
    "nothing at all": lambda _f, _a: Reply(200, b"", {"Content-Type": "application/json"}),
    "body cut short": lambda _f, _a: "cut",
    "connection reset": lambda _f, _a: "reset",
    "connection closed": lambda _f, _a: "drop",
}


def _only(path: str, make: Make) -> Make:
    return lambda faults, asked: make(faults, asked) if path in asked.path else None


def _reset_header(status: int) -> Make:
    def make(faults: "Faults", _asked: Asked) -> Reply:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + faults.seconds)}
        return as_json({"message": "API rate limit exceeded for user ID 1."}, status, **headers)

    return make


def _graphql_limit(faults: "Faults", _asked: Asked) -> Reply:
    error = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + faults.seconds)}
    return as_json({"data": None, "errors": [error]}, **headers)


_SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
_GITHUB: dict[str, Make] = {
    "403 primary limit with a reset header": _reset_header(403),
    "429 primary limit with a reset header": _reset_header(429),
    "403 secondary limit": _said(403, _SECONDARY),
    "403 secondary limit with Retry-After": lambda f, _: as_json(_SECONDARY, 403, **{"Retry-After": str(f.seconds)}),
    "GraphQL RATE_LIMITED in HTTP 200": _only("/graphql", _graphql_limit),
    "GraphQL out of time in HTTP 200": _only(
        "/graphql",
        _said(200, {"data": None, "errors": [{"message": "Something went wrong while executing your query."}]}),
    ),
}


def _backoff(faults: "Faults", asked: Asked) -> Reply:
    """A good answer that asks for a pause after it."""
    body = json.loads(faults.local.site.answer(asked).body)
    return as_json(body | {"backoff": faults.seconds})


def _throttle(faults: "Faults", _asked: Asked) -> Reply:
    wait = f"more requests available in {faults.seconds} seconds"
    return stackexchange.throttled(f"too many requests from this IP, {wait}")


_STACKEXCHANGE: dict[str, Make] = {
    "backoff": _only("/search/", _backoff),
    "more requests available in N seconds": _throttle,
    "violation of backoff": lambda _f, _a: stackexchange.throttled("Violation of backoff parameter"),
    "503 temporarily_unavailable": _said(
        400, {"error_id": 503, "error_message": "try again", "error_name": "temporarily_unavailable"}
    ),
}
_DISCOURSE: dict[str, Make] = {
    "429 of the search without a time": _only("/search", lambda _f, _a: discourse.slow_down()),
    "extras.wait_seconds": lambda f, _: discourse.limited(f.seconds),
    "grouped_search_result.error in HTTP 200": _only("/search", lambda _f, _a: discourse.overloaded()),
    "409 of the search": _only("/search", _said(409, {"errors": ["the search was not made"]})),
}
_HUGGINGFACE: dict[str, Make] = {
    "429 with a RateLimit header": lambda f, _: as_json({}, 429, RateLimit=f'"api";r=0;t={f.seconds}'),
}
KINDS = {
    "github": EVERYWHERE | _GITHUB,
    "stackoverflow": EVERYWHERE | _STACKEXCHANGE,
    "pytorch_forum": EVERYWHERE | _DISCOURSE,
    "huggingface": EVERYWHERE | _HUGGINGFACE,
}
"""The faults of each site by their names."""


@dataclass
class Faults:
    """Makes a share of a site's answers faulty; assign it to ``local.fault``.

    Args:
        local: The running site.
        kinds: What may happen, by name.
        seed: The same seed and requests give the same faults.
        share: Of all responses.
        seconds: What the site asks to wait, where it says a time.
    """

    local: LocalSite
    kinds: dict[str, Make]
    seed: int = 1
    share: float = 1 / 3
    seconds: int = 1
    made: Counter[str] = field(default_factory=Counter)
    _row: Counter[object] = field(default_factory=Counter)
    _deck: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def __call__(self, _number: int, asked: Asked) -> Fault | None:
        same = (asked.path, asked.query, asked.body)
        if self.chance.random() >= self.share or self._row[same] >= _MOST_IN_A_ROW:
            return None
        self._row[same] += 1
        name, fault = next(self._fitting(asked))
        self._deck.remove(name)
        self.made[name] += 1
        return fault

    def _fitting(self, asked: Asked) -> Iterator[tuple[str, Fault]]:
        """Kinds that fit a request, with the fault; none comes again before all that fit have come, the own first."""
        while True:
            for name in list(self._deck):
                fault = self.kinds[name](self, asked)
                if fault is not None:
                    yield name, fault
            missing = [name for name in self.kinds if name not in self._deck]
            self._deck += sorted(missing, key=lambda name: (name in EVERYWHERE, self.chance.random()))
