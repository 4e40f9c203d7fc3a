"""How GitHub says "wait", and which of its answers end a run.

Primary limits come as 403 or 429 with a reset time, secondary ones as 403 or 429 with ``Retry-After`` or only in words,
those of GraphQL inside a 200. A token that is refused ends the run before the answer is stored: the same command asks
again with the next token.
"""

import json
import re
from http import HTTPStatus
from typing import Any

from codebook.errors import StudyError
from codebook.wire import Answer, Verdict, asked_to_wait
from collect.github.shapes import inside, what_it_says
from collect.source import Site

_IN_WORDS = re.compile(r"rate.?limit|abuse|wait a few minutes", re.IGNORECASE)
_LIMIT_TYPES = ("RATE_LIMIT", "RATE_LIMITED")
_REDIRECTS = (301, 302, 303, 307, 308)
_MINUTE = 60.0
"""What GitHub asks for after a secondary limit without a time (docs.github.com, "Rate limits for the REST API")."""


def verdict(answer: Answer, site: Site) -> Verdict | None:
    """Judge an answer for the wire; None leaves it to the general policy.

    Raises:
        StudyError: The token is refused, or the site is somewhere else.
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
        return _limited(answer)
    if answer.status == HTTPStatus.OK:
        return _of_graphql_errors(answer, site) or _no_searches_left(answer)
    return None


def _limited(answer: Answer) -> Verdict | None:
    wait = asked_to_wait(answer.headers)
    in_words = _IN_WORDS.search(answer.body[:2000].decode("utf-8", "replace"))
    if answer.status == HTTPStatus.FORBIDDEN and wait is None and not in_words:
        return None
    return _wait(wait, what_it_says(_body(answer)) or f"HTTP {answer.status}")


def _of_graphql_errors(answer: Answer, site: Site) -> Verdict | None:
    if b'"errors"' not in answer.body:
        return None
    body = _body(answer)
    errors = inside(body, "errors")
    types = [inside(error, "type") for error in errors] if isinstance(errors, list) else []
    if any(kind in _LIMIT_TYPES for kind in types):
        return _wait(asked_to_wait(answer.headers), what_it_says(body))
    if inside(body, "data") is None and "INSUFFICIENT_SCOPES" in types:
        raise _token_refused(site, body)
    if inside(body, "data") is None and what_it_says(body).startswith("Something went wrong"):
        return Verdict(again=True, wait=None, reason=what_it_says(body))
    return None


def _no_searches_left(answer: Answer) -> Verdict | None:
    if answer.headers.get("x-ratelimit-resource") == "search" and answer.headers.get("x-ratelimit-remaining") == "0":
        return Verdict(wait=min(asked_to_wait(answer.headers) or 0.0, _MINUTE + 1))
    return None


def _wait(seconds: float | None, said: str) -> Verdict:
    return Verdict(again=True, wait=_MINUTE if seconds is None else seconds, reason=said)


def _body(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def _token_refused(site: Site, body: object) -> StudyError:
    variable = f"${site.token_env}" if site.token_env else "the variable that token_env names"
    return StudyError(
        f"the token in {variable} is refused" if site.token else f"the site wants a token, and {variable} is not set",
        where=what_it_says(body) or "HTTP 401",
        hint=f"Put a valid token into {variable} and run the same command again.",
    )
