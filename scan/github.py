"""Repositories on GitHub, or behind a server that speaks its REST API: the commit of a branch, its tree, its files.

``GET /repos/{id}/commits/{ref}`` gives ``sha``, ``GET /repos/{id}/git/trees/{sha}?recursive=1`` all paths with sizes
(``truncated`` where there are more than 100,000 or 7 MB of them), ``GET /repos/{id}/contents/{path}?ref=`` a file of up
to 1 MB as base64. Without a token, 60 requests an hour are answered.

Source: docs.github.com, "REST API endpoints for Git trees", "for repository contents" and "Rate limits for the REST
API", version 2022-11-28.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from codebook.errors import StudyError
from codebook.wire import Answer, Dialect, Verdict, asked_to_wait
from scan import said
from scan.client import Client, refusal
from scan.hub import Registry
from scan.shapes import commit, decoded, rows

PUBLIC = "https://api.github.com"
RAW = "https://raw.githubusercontent.com"

_IN_WORDS = re.compile(r"rate.?limit|abuse|wait a few minutes", re.IGNORECASE)
_MINUTE = 60.0
"""What GitHub asks for after a secondary limit without a time."""

BLOB = "blob"
"""A tree also names folders (``tree``) and submodules (``commit``), which are no files."""


def dialect(registry: Registry) -> Dialect:
    """Wait at a limit, which is said with status 403 or 429, and stop at a token that is refused."""

    def verdict(answer: Answer) -> Verdict | None:
        if answer.status == HTTPStatus.UNAUTHORIZED and registry.token:
            raise StudyError("GitHub does not accept the token", hint=f"Correct ${registry.token_env}.")
        message = said.text(said.member(decoded(answer.body), "message")) or ""
        if answer.status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS) and _IN_WORDS.search(message):
            return Verdict(again=True, wait=asked_to_wait(answer.headers) or _MINUTE, reason=message[:120])
        return None

    return Dialect(verdict=verdict)


AS_IT_IS = "application/vnd.github.raw+json"
"""The media type by which the API gives the bytes of a file instead of JSON with base64 in it."""


def raw_url(base_url: str, repository: str, revision: str | None, path: str) -> str:
    """Where the bytes of a file are: on GitHub's host for these, which counts no requests, or behind the API asked."""
    at = quote(revision or "HEAD", safe="")
    if base_url in ("", PUBLIC):
        return f"{RAW}/{quote(repository)}/{at}/{quote(path)}"
    return f"{base_url}/repos/{quote(repository)}/contents/{quote(path)}?ref={at}"


def head_of(client: Client, repository: str, ref: str = "HEAD") -> tuple[str | None, str | None]:
    """The commit of a branch, and why it is not known."""
    status, body = client.one(f"/repos/{quote(repository)}/commits/{quote(ref, safe='')}")
    at = commit(said.member(body, "sha")) if status == HTTPStatus.OK else None
    return at, None if at else f"GitHub does not give it: {refusal(status, body)}"


def tree_of(client: Client, repository: str, at: str) -> tuple[dict[str, int | None], str | None]:
    """Sizes of a commit's files by path, and why they are not all known."""
    status, body = client.one(f"/repos/{quote(repository)}/git/trees/{at}", [("recursive", "1")])
    return files_in(body), whole_tree(status, body)


def files_in(body: Any) -> dict[str, int | None]:
    """Sizes by path of the files in an answer that is a tree."""
    files = {}
    for each in rows(said.member(body, "tree")):
        path = said.text(each.get("path"))
        if path and each.get("type") == BLOB:
            files[path] = said.count(each.get("size"))
    return files


def whole_tree(status: int, body: Any) -> str | None:
    """Why an answer does not show all files of a commit; None if it does."""
    if status != HTTPStatus.OK or not isinstance(said.member(body, "tree"), list):
        return f"its files are not told: {refusal(status, body)}"
    return "GitHub does not tell all of its files: the tree is too large" if body.get("truncated") else None


def content_of(client: Client, repository: str, at: str, path: str) -> tuple[bytes, str | None]:
    """The content of a file of up to 1 MB, and why there is none."""
    status, body = client.one(f"/repos/{quote(repository)}/contents/{quote(path)}", [("ref", at)])
    return content_in(status, body)


def content_in(status: int, body: Any) -> tuple[bytes, str | None]:
    """The content in an answer that is a file."""
    told: Mapping[str, Any] = body if isinstance(body, dict) else {}
    content = told.get("content")
    if status != HTTPStatus.OK or not isinstance(content, str) or told.get("encoding") != "base64":
        return b"", f"it could not be had: {refusal(status, body)}"
    try:
        return base64.b64decode(content), None
    except (binascii.Error, ValueError):
        return b"", "it could not be had: its content is not base64"
