"""The one place where requests are made: raw first, page-wise checkpoints, one waiting policy, no secrets.

Clients (PyGithub, huggingface_hub, stackapi, requests) send through :class:`Wire` by the adapters in
``codebook.transports``. A request that this run has already had answered is answered from the raw store; so a command
that was killed simply runs again. What differs between sites, how they say "wait" and where secrets stand, is a
:class:`Dialect`.
"""

import base64
import email.utils
import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

from codebook.errors import StoppedEarly
from codebook.masks import TOKEN
from codebook.raw import Page, RawStore, page_id

_LOST = 0
"""Status of an exchange that got no answer: connection refused, reset, timed out, or a body cut short."""

_RETRIED = frozenset({_LOST, 408, 409, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_REFUSED = frozenset({401, 403})
_DROPPED_HEADERS = frozenset({"set-cookie", "authorization", "proxy-authorization"})
_ATTEMPTS = 12
_WORTH_SAYING = 5.0
_TICK = 1.0
_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers with lower-case names, body. Status 0: nothing usable came, ``body`` says why."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do about an answer.

    Args:
        again: Ask again; the answer is not stored.
        wait: Seconds to wait before the next request (of this kind, if ``again`` is false); None: back off.
        reason: What the site said, for progress lines and errors.
    """

    again: bool = False
    wait: float | None = 0.0
    reason: str = ""


def _no_opinion(_answer: Answer) -> Verdict | None:
    return None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of site talks.

    Args:
        verdict: Judges an answer before the general policy does; None leaves it to that.
        secret_parameters: Query parameters that must not be stored.
        seconds_between: Least time between two requests, from the site's published rate.
        json_only: HTML where JSON was due counts as a fault.
    """

    verdict: Callable[[Answer], Verdict | None] = _no_opinion
    secret_parameters: frozenset[str] = frozenset()
    seconds_between: float = 0.0
    json_only: bool = True


@dataclass
class Wire:
    """Sends one site's requests for one run.

    Args:
        store: Where answers go before anyone sees them.
        run_id: The run that pays for them.
        base_url: Removed from stored requests, so that another host or port gives the same pages.
        dialect: The site's way of talking.
        max_wait: Seconds that one request may wait in all before the command stops.
        tell: Gets a line when something was found damaged.
        watch: Called after every request and once a second of waiting; ``sent``, ``waited`` and ``reason`` (why it
            waits just now, empty if it does not) say how things stand, ``waits`` the seconds by reason.
    """

    store: RawStore
    run_id: str
    base_url: str = ""
    dialect: Dialect = field(default_factory=Dialect)
    max_wait: float = 900.0
    tell: Callable[[str], None] = lambda _line: None
    watch: Callable[[], None] | None = None
    sleep: Callable[[float], None] = time.sleep
    sent: int = 0
    replayed: int = 0
    waited: float = 0.0
    waits: Counter[str] = field(default_factory=Counter)
    reason: str = ""
    secrets: frozenset[str] = frozenset()
    """What must not be stored or said even if the site says it: its token."""
    _known: dict[str, tuple[str, int]] | None = None
    _next_at: float = 0.0

    def exchange(self, method: str, url: str, asked: bytes, send: Callable[[], Answer]) -> Answer:
        """Answer a request from this run's raw records, or send it and store what came.

        Args:
            method: HTTP method.
            url: Full URL with query.
            asked: Body of the request.
            send: Makes the request; it returns an answer with status 0 where none came.

        Raises:
            StoppedEarly: The site did not give a usable answer in ``max_wait`` seconds, or the disk is full.
        """
        request = self.stored_form(method, url, asked)
        known = self._checkpoint().get(page_id(request))
        if known is not None:
            self.replayed += 1
            page = self.store.at(known)
            return Answer(page.status, page.headers, page.body)
        answer = self._until_usable(request, send)
        page = self.keep(request, answer)
        return Answer(page.status, page.headers, page.body)

    def keep(self, request: str, answer: Answer) -> Page:
        """Store an answer, or something read from elsewhere under a request that names it, as a page of this run."""
        headers = {k: self.told(v) for k, v in answer.headers.items() if k not in _DROPPED_HEADERS}
        body = answer.body
        for secret in self._written_secrets():
            body = body.replace(secret.encode(), TOKEN.encode())
        page = self.store.erase(Page(request, answer.status, headers, body, self.run_id, self.base_url))
        self._checkpoint()[page.page_id] = self.store.append(page)
        return page

    def told(self, text: str) -> str:
        """Text without the secrets of this wire."""
        for secret in self._written_secrets():
            text = text.replace(secret, TOKEN)
        return text

    def _written_secrets(self) -> list[str]:
        """The secrets as they may be written: plain, in JSON, in a URL, in a Basic header; the longest first."""
        forms = set[str]()
        for secret in self.secrets:
            if len(secret) >= _SHORTEST_SECRET:
                encoded = base64.b64encode(secret.encode()).decode()
                forms |= {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), encoded}
        return sorted(forms, key=lambda form: (-len(form), form))

    def has(self, request: str) -> bool:
        """Whether this run has an answer to ``request`` in its raw records."""
        return page_id(request) in self._checkpoint()

    def stored_form(self, method: str, url: str, asked: bytes = b"") -> str:
        """A request as it is stored and identified: no host, no secrets, parameters in the order they were sent."""
        parts = urlsplit(url)
        query = [
            (k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in self.dialect.secret_parameters
        ]
        # Clients spell the host in their own way, PyGithub with ":443"; only the path tells requests apart.
        path = parts.path.removeprefix(urlsplit(self.base_url).path) + ("?" + urlencode(query) if query else "")
        return self.told(f"{method} {path}" + (f"\n{asked.decode('utf-8', 'replace')}" if asked else ""))

    def _checkpoint(self) -> dict[str, tuple[str, int]]:
        if self._known is None:
            mine = ((place, page) for place, page in self.store.places() if page.run_id == self.run_id)
            # A refusal may be over by now: the token was set, the licence accepted. It is asked again.
            self._known = {page.page_id: place for place, page in mine if page.status not in _REFUSED}
            for damage in self.store.damage:
                self.tell(f"{self.store.folder.name}: {damage}")
        return self._known

    def _until_usable(self, request: str, send: Callable[[], Answer]) -> Answer:
        waited, attempt, last = 0.0, 0, ""
        while True:
            self._pace()
            answer = send()
            self.sent += 1
            self._show()
            verdict = self._judge(answer)
            if not verdict.again:
                self._next_at = max(self._next_at, time.monotonic() + (verdict.wait or 0.0))
                return answer
            attempt, last = attempt + 1, self.told(verdict.reason)
            seconds = min(60.0, 0.5 * 2**attempt) * random.uniform(0.5, 1) if verdict.wait is None else verdict.wait  # noqa: S311
            if waited + seconds > self.max_wait or attempt >= _ATTEMPTS:
                raise StoppedEarly(
                    f"no usable answer after {attempt} attempts and {waited:.0f} s of waiting; the site says: {last}",
                    where=f"{self.base_url}{request.splitlines()[0].split(' ', 1)[1][:200]}",
                    hint="What was got is safe. Run the same command again later, or with a larger --max-wait.",
                )
            self._rest(seconds, last)
            waited += seconds

    def _rest(self, seconds: float, reason: str) -> None:
        """Wait, and let whoever watches know why."""
        self.reason = f"waiting {seconds:.0f} s: {reason}" if seconds > _WORTH_SAYING else ""
        self.waits[reason] += math.ceil(seconds)
        while seconds > 0:
            step = min(seconds, _TICK) if self.watch else seconds
            self.sleep(step)
            self.waited += step
            seconds -= step
            self._show()
        self.reason = ""

    def _show(self) -> None:
        if self.watch:
            self.watch()

    def _pace(self) -> None:
        early = self._next_at - time.monotonic()
        if early > self.max_wait:
            raise StoppedEarly(
                f"the site asks for a pause of {early:.0f} s before the next request",
                where=self.base_url,
                hint="What was got is safe. Run the same command again later, or with a larger --max-wait.",
            )
        if early > 0:
            self._rest(early, "the site asked for a pause")
        self._next_at = time.monotonic() + self.dialect.seconds_between

    def _judge(self, answer: Answer) -> Verdict:
        special = self.dialect.verdict(answer) if answer.status != _LOST else None
        if special is not None:
            return special
        if answer.status in _RETRIED:
            said = answer.body.decode("utf-8", "replace")[:120] if answer.status == _LOST else f"HTTP {answer.status}"
            return Verdict(again=True, wait=asked_to_wait(answer.headers), reason=said)
        if self.dialect.json_only and answer.status < 300 and not _is_json(answer.body):  # noqa: PLR2004
            return Verdict(again=True, wait=None, reason="the answer is not JSON")
        return Verdict()


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def asked_to_wait(headers: dict[str, str]) -> float | None:
    """Seconds that headers ask to wait, by ``Retry-After`` (RFC 9110, 10.2.3) or a reset time; None if none does."""
    after = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", after):
        return float(after)
    if after:
        try:
            return max(0.0, (email.utils.parsedate_to_datetime(after) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
        return max(0.0, int(headers["x-ratelimit-reset"]) - time.time()) + 1
    return None
