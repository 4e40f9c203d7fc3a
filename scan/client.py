"""A JSON API behind a wire: one GET, with the hub's token, that never leaves the hub's host."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import requests

from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.transports import WireAdapter
from codebook.wire import Answer, Dialect, Verdict, Wire
from scan import said
from scan.hub import Registry
from scan.shapes import decoded

Query = Sequence[tuple[str, str]]

_ASKED_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})

_TIMES_FAILED = 3
"""Answers 500 after which one thing is given up."""

_MOST_FAILED = 10
"""Things that may be given up one after the other."""


def dialect(registry: Registry, is_its: Callable[[object], bool], what: str, message: str) -> Dialect:
    """How a hub talks whose answer of status 200 may say inside that it is none: such a one is asked for again.

    Args:
        registry: The section of the study.
        is_its: Whether an answer, as JSON, is one of the hub's own.
        what: The hub, for what is said of other answers.
        message: The member of an answer that says what is wrong.
    """

    def verdict(answer: Answer) -> Verdict | None:
        if answer.status == HTTPStatus.UNAUTHORIZED and registry.token:
            raise StudyError("the hub does not accept the token", hint=f"Correct ${registry.token_env}.")
        body = decoded(answer.body)
        if answer.status == HTTPStatus.OK and body is not None and not is_its(body):
            reason = said.text(said.member(body, message)) or f"the answer is not that of {what}"
            return Verdict(again=True, wait=None, reason=reason)
        return None

    return Dialect(verdict=verdict)


class Client:
    """What is asked of one hub.

    Args:
        registry: The section of the study; its token is sent as a bearer token.
        wire: Where requests go.
        public: Where the hub is, if the section names no ``base_url``.
    """

    def __init__(self, registry: Registry, wire: Wire, public: str) -> None:
        self.base_url = registry.base_url or public
        self._wire = wire
        self._failed_in_a_row = 0
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", "User-Agent": f"qualdev/{version('qualdev')}"})
        if registry.token:
            self._session.headers["Authorization"] = f"Bearer {registry.token.strip()}"
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, WireAdapter(wire, follow=True))

    def json(self, path: str, query: Query = ()) -> tuple[int, Any]:
        """Status and JSON of an answer; the JSON is None where there is none.

        Raises:
            StoppedEarly: No usable answer came in time.
            StudyError: The request cannot be made.
        """
        status, body = self._get(path, query)
        return status, decoded(body)

    def listed(self, path: str, query: Query = ()) -> Any:
        """The JSON of what a hub must give; a refusal is not stored, so that the same run goes on once it is mended.

        Raises:
            StoppedEarly: No usable answer came in time.
            StudyError: The hub refuses.
        """

        def refused(usual: Dialect, answer: Answer) -> Verdict | None:
            verdict = usual.verdict(answer)
            client_error = HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
            if not (verdict and verdict.again) and client_error and answer.status not in _ASKED_AGAIN:
                raise StudyError(
                    f"the hub refuses its list: {refusal(answer.status, decoded(answer.body))}",
                    where=self.base_url + path,
                    hint="Is `base_url` right, and the token, if the hub wants one?",
                )
            return verdict

        with self._judging(lambda usual: replace(usual, verdict=lambda answer: refused(usual, answer))):
            return self.json(path, query)[1]

    def one(self, path: str, query: Query = ()) -> tuple[int, Any]:
        """As :meth:`json`, for one of many things that a hub may be unable to give.

        A server that fails at one model (OpenCSG answers 500 for one whose repository is gone) must not keep a run from
        all others; so the third such answer stands. Where thing after thing fails, it is the server: the run stops.
        """
        with self._patient(lambda usual, answer: usual.verdict(answer)):
            return self.json(path, query)

    def content(self, path: str, query: Query = (), size: int | None = None) -> tuple[int, bytes]:
        """Status and body of a file of a stranger, which need not be JSON; patient as :meth:`one`.

        Args:
            path: Where it is.
            query: The same.
            size: Its bytes, as a listing says; a body of another length (a page of a proxy) is asked for again.
        """

        def other(_usual: Dialect, answer: Answer) -> Verdict | None:
            if answer.status == HTTPStatus.OK and size is not None and len(answer.body) != size:
                return Verdict(again=True, wait=None, reason=f"{len(answer.body)} bytes came of a file of {size}")
            return None

        with self._judging(lambda usual: replace(usual, json_only=False)), self._patient(other):
            return self._get(path, query)

    @contextmanager
    def _patient(self, judge: Callable[[Dialect, Answer], Verdict | None]) -> Iterator[None]:
        """While this lasts, a thing that the server fails at, or that ``judge`` refuses, is given up in the end."""
        failed = 0

        def given_up(usual: Dialect, answer: Answer) -> Verdict | None:
            nonlocal failed
            verdict = judge(usual, answer)
            if answer.status != HTTPStatus.INTERNAL_SERVER_ERROR and not (answer.status == HTTPStatus.OK and verdict):
                self._failed_in_a_row = 0
                return verdict
            failed += 1
            if failed < _TIMES_FAILED or self._failed_in_a_row >= _MOST_FAILED:
                return verdict
            self._failed_in_a_row += 1
            return Verdict()

        with self._judging(lambda usual: replace(usual, verdict=lambda answer: given_up(usual, answer))):
            yield

    @contextmanager
    def _judging(self, changed: Callable[[Dialect], Dialect]) -> Iterator[None]:
        before = self._wire.dialect
        self._wire.dialect = changed(before)
        try:
            yield
        finally:
            self._wire.dialect = before

    def _get(self, path: str, query: Query) -> tuple[int, bytes]:
        try:
            answer = self._session.get(self.base_url + path, params=list(query), allow_redirects=False)
        except (requests.RequestException, UnicodeError) as error:
            said_so = f"the hub cannot be asked: {type(error).__name__}"
            raise StudyError(said_so, where=self.base_url, hint="Is `base_url` right?") from None
        return answer.status_code, answer.content


def refusal(status: int, body: Any) -> str:
    """Why a hub did not give what was asked for, in its own words if it has any."""
    words = (said.text(said.member(body, key)) for key in ("message", "Message", "msg", "error"))
    return one_line(f"HTTP {status} {next((each for each in words if each), '')}", 200)
