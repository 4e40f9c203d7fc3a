"""How GitHub says "wait", and which of its answers end a run.

Primary limits come as 403 or 429 with a reset time, secondary ones as 403 or 429 with ``Retry-After`` or only in words,
those of GraphQL inside a 200. A token that is refused, or that lacks a scope, ends the run before the answer is stored:
the same command asks again with the next token.

The published limits (docs.github.com, "Rate limits for the REST API" and "Rate limits and query limits for the GraphQL
API"): 5,000 requests or points an hour with a token and 60 without, 10 searches a minute without one, 2,000 points a
minute for GraphQL, 100 requests at once. We ask one after the other, pause between requests by the shortest of these,
and when an answer says that nothing is left of a longer one, the next request waits for its reset.
"""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from codebook.errors import StudyError
from codebook.wire import Answer, Verdict, asked_to_wait
from collect.github.batch_pages import out_of_time
from collect.github.shapes import inside, what_it_says
from collect.source import Site

_IN_WORDS = re.compile(r"rate.?limit|abuse|wait a few minutes", re.IGNORECASE)
_LIMIT_TYPES = ("RATE_LIMIT", "RATE_LIMITED")
_REDIRECTS = (301, 302, 303, 307, 308)
_MINUTE = 60.0
"""What GitHub asks for after a secondary limit without a time (docs.github.com, "Rate limits for the REST API")."""

_RESETS = {"search": _MINUTE + 1, "graphql": 3601.0, "core": 3601.0}
"""Seconds after which each count begins anew at the latest, whatever the clocks say."""

_SECONDS_BETWEEN = {"with a token": 60 / 2000, "without": 60 / 10}
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_PATIENCE = 5
"""Times that a query may run out of GitHub's time before less is asked for; a busy site has fewer in a row."""

_SCOPES_WANTED = re.compile(r"requires one of the following scopes: \[([^\]]{0,200})\]")
_NOT_FOR_THIS_TOKEN = re.compile(r"not accessible by (personal access token|integration)")


def seconds_between(site: Site) -> float:
    """The pause between two requests; none on this machine, where what answers is a replay."""
    here = urlsplit(site.base_url).hostname in _HERE
    return 0.0 if here else _SECONDS_BETWEEN["with a token" if site.token else "without"]


def verdict(answer: Answer, site: Site) -> Verdict | None:
    """Judge an answer for the wire; None leaves it to the general policy.

    Raises:
        StudyError: The token is refused or lacks a scope, or the site is somewhere else.
    """
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise _token_refused(site, _body(answer))
    if answer.status in _REDIRECTS:  # those within the host have been followed
        raise StudyError(
            f"the site redirects to another address: {answer.headers.get('location', '')[:200]}",
            where=site.base_url,
            hint=f"Correct base_url of [sources.{site.name}] in study.toml.",
        )
    if answer.status == HTTPStatus.ACCEPTED:  # PyGithub would ask again for ever, and be answered from the raw store
        return Verdict(again=True, wait=None, reason="the answer is not ready yet")
    if answer.status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
        return _limited(answer, site)
    if answer.status == HTTPStatus.NOT_FOUND:
        return _from_someone_else(answer)
    if answer.status == HTTPStatus.OK:
        return _of_graphql_errors(answer, site) or _nothing_left(answer)
    return None


class Impatient:
    """Judges the answers to one query that can be asked for less: what keeps running out of time is let through.

    Args:
        usual: How answers are judged otherwise.
    """

    def __init__(self, usual: Callable[[Answer], Verdict | None]) -> None:
        self._usual = usual
        self._times = 0

    def __call__(self, answer: Answer) -> Verdict | None:
        """See :class:`codebook.wire.Dialect`."""
        if not out_of_time(answer.status, _body(answer)):
            return self._usual(answer)
        self._times += 1
        return Verdict() if self._times >= _PATIENCE else _not_in_time(answer)


def _not_in_time(answer: Answer) -> Verdict:
    return Verdict(again=True, wait=asked_to_wait(answer.headers), reason=_said(answer))


def _limited(answer: Answer, site: Site) -> Verdict | None:
    wait = asked_to_wait(answer.headers)
    in_words = _IN_WORDS.search(answer.body[:2000].decode("utf-8", "replace"))
    if answer.status == HTTPStatus.FORBIDDEN and wait is None and not in_words:
        _must_have_scopes(answer, site)
        return _from_someone_else(answer)
    return _wait(wait, _said(answer))


def _from_someone_else(answer: Answer) -> Verdict | None:
    """Doubt a refusal that is no JSON object: a page of a proxy or a portal says nothing of what was asked for."""
    if isinstance(_body(answer), dict):
        return None
    return Verdict(again=True, wait=None, reason=f"HTTP {answer.status}, and the answer is not GitHub's JSON")


def _must_have_scopes(answer: Answer, site: Site) -> None:
    """Raise if the headers of a refusal, or its words, say that the token lacks a right."""
    body = _body(answer)
    has, wanted = (_words(answer.headers.get(f"x-{name}oauth-scopes", "")) for name in ("", "accepted-"))
    if "x-oauth-scopes" in answer.headers and wanted and not has & wanted:
        raise _lacks(site, f"one of the scopes {', '.join(sorted(wanted))}", body)
    if _NOT_FOR_THIS_TOKEN.search(what_it_says(body)):
        rights = answer.headers.get("x-accepted-github-permissions", "")[:200]
        raise _lacks(site, f"the permission {rights}" if rights else "a permission", body)


def _of_graphql_errors(answer: Answer, site: Site) -> Verdict | None:
    if b'"errors"' not in answer.body:
        return None
    body = _body(answer)
    errors = inside(body, "errors")
    types = [inside(error, "type") for error in errors] if isinstance(errors, list) else []
    if any(kind in _LIMIT_TYPES for kind in types):
        return _wait(asked_to_wait(answer.headers), what_it_says(body))
    data = inside(body, "data")
    if not isinstance(data, dict) or not any(data.values()):
        if "INSUFFICIENT_SCOPES" in types:
            raise _lacks(site, _scopes(what_it_says(body, 2000)), body)
        if _NOT_FOR_THIS_TOKEN.search(what_it_says(body)):
            raise _lacks(site, "a permission", body)
        if out_of_time(answer.status, body):
            return _not_in_time(answer)
    return None


def _nothing_left(answer: Answer) -> Verdict | None:
    resets = _RESETS.get(answer.headers.get("x-ratelimit-resource", ""))
    if resets is not None and answer.headers.get("x-ratelimit-remaining") == "0":
        return Verdict(wait=min(asked_to_wait(answer.headers) or 0.0, resets))
    return None


def _wait(seconds: float | None, said: str) -> Verdict:
    return Verdict(again=True, wait=_MINUTE if seconds is None else seconds, reason=said)


def _said(answer: Answer) -> str:
    return what_it_says(_body(answer)) or f"HTTP {answer.status}"


def _body(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _words(listed: str) -> set[str]:
    return {word.strip() for word in listed[:200].split(",")} - {""}


def _scopes(said: str) -> str:
    wanted = _SCOPES_WANTED.search(said)
    return f"one of the scopes {wanted[1]}".replace("'", "") if wanted else "a scope"


def _variable(site: Site) -> str:
    return f"${site.token_env}" if site.token_env else "the variable that token_env names"


def _lacks(site: Site, right: str, body: object) -> StudyError:
    parts = urlsplit(site.base_url)
    public = not parts.hostname or parts.hostname == "api.github.com"
    settings = "https://github.com/settings/tokens" if public else f"{parts.scheme}://{parts.netloc}/settings/tokens"
    return StudyError(
        f"the token in {_variable(site)} lacks {right}; set it at {settings}",
        where=what_it_says(body),
        hint="Then run the same command again.",
    )


def _token_refused(site: Site, body: object) -> StudyError:
    variable = _variable(site)
    return StudyError(
        f"the token in {variable} is refused" if site.token else f"the site wants a token, and {variable} is not set",
        where=what_it_says(body) or "HTTP 401",
        hint=f"Put a valid token into {variable} and run the same command again.",
    )
