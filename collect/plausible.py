"""Answers that cannot be true: asked for again, and not stored, so that a site that mends can be asked to the end."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from codebook.wire import Answer, Verdict, Wire

Wrong = Callable[[Any], str | None]
"""Says of an answer's JSON what cannot be true of it; nothing if it can."""


def nothing_new(new: int, *, more: bool) -> str:
    """What is wrong with a page that promises ``more`` and lists ``new`` items that no page before it did.

    A result that shifts while it is read repeats some items; one that repeats them all, and goes on, would never end.
    """
    return "there is more, but the page lists nothing new" if more and not new else ""


@contextmanager
def unless(wire: Wire, wrong: Wrong | None) -> Iterator[None]:
    """While this lasts, an answer with something wrong is no answer: the wire asks again, and stops in the end."""
    before = wire.dialect

    def verdict(answer: Answer) -> Verdict | None:
        said = before.verdict(answer)
        if wrong is None or answer.status != HTTPStatus.OK or (said and said.again):
            return said
        try:
            problem = wrong(json.loads(answer.body))
        except (ValueError, RecursionError):
            return said  # the wire's own policy says that it is not JSON
        return Verdict(again=True, wait=said.wait or None if said else None, reason=problem) if problem else said

    wire.dialect = replace(before, verdict=verdict)
    try:
        yield
    finally:
        wire.dialect = before
