"""The package index: where it is, what it lists, and its files. Its address is never stored and never said."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from urllib.parse import unquote, urlsplit, urlunsplit

from pypi_simple import ACCEPT_ANY, PYPI_SIMPLE_ENDPOINT, DistributionPackage

from codebook.downloads import Downloads
from codebook.errors import Missing, StudyError
from codebook.raw import Page
from codebook.wire import Answer, Wire
from platforms.fetch.records import LISTING, listing, url

_LARGEST_LIST = 100_000_000
_PIP_SECONDS = 60
_LATER = frozenset({0, 408, 409, 429, 500, 502, 503, 504, *range(520, 525)})
"""Statuses about which the wire asks again."""

_HINT = "Is [platforms].index right, or what pip is set to use, where it is empty?"


@dataclass(frozen=True)
class Index:
    """Where packages are.

    Args:
        address: Of the simple repository API, without what proves who asks.
        user: Who asks, ``name:password``; empty for nobody.
        certificates: File of the certificates to trust, if it is not the usual one.
    """

    address: str
    user: str = ""
    certificates: str | None = None

    @property
    def password(self) -> str | None:
        """What must not be stored or said."""
        return self.user.partition(":")[2] or None

    @cached_property
    def _downloads(self) -> tuple[Downloads, Downloads]:
        basic = f"Basic {base64.b64encode(self.user.encode()).decode()}" if self.user else None
        made = (Downloads(basic, self.address, kind, certificates=self.certificates) for kind in (ACCEPT_ANY, "*/*"))
        return next(made), next(made)

    @property
    def _origin(self) -> str:
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    def page_of(self, package: str) -> str:
        """Where the list of a package's files is."""
        return f"{self.address.rstrip('/')}/{package}/"

    def listed(self, wire: Wire, package: str) -> list[DistributionPackage]:
        """The files of a package, as the index lists them; what it says is stored first.

        Raises:
            StudyError: It has no such package, or refuses.
            Missing: What answers is no package index.
            StoppedEarly: No usable answer came in time.
        """
        where = url(package=package)

        def send() -> Answer:
            answer = self._downloads[0].get(self.page_of(package), _LARGEST_LIST)
            _must_be_a_list(answer, package)
            content_type = answer.headers.get("content-type", "")
            retry = {k: v for k, v in answer.headers.items() if k == "retry-after"}
            # Addresses on the index's own host become relative ones, so that nothing stored says where it is.
            body = answer.body.replace(self._origin.encode(), b"")
            return Answer(answer.status, {"content-type": content_type} | retry, body)

        answer = wire.exchange(LISTING, where, b"", send)
        page = Page(f"{LISTING} {where}", answer.status, answer.headers, answer.body, wire.run_id)
        return listing(page, package, self.page_of(package))

    def asking(self, address: str) -> Callable[[int, tuple[int, int] | None], Answer]:
        """How a file is asked for, whole or in part."""
        return lambda limit, span: self._downloads[1].get(address, limit, span)


def _must_be_a_list(answer: Answer, package: str) -> None:
    """Refuse what is never going to be a list of files, so that it is not stored either."""
    if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        hint = f"Correct [platforms].packages. {_HINT}"
        raise StudyError(f"the package index has no package {package!r}", where=package, hint=hint)
    if answer.status in _LATER:
        return
    if answer.status != HTTPStatus.OK:
        raise StudyError(f"the package index refuses: HTTP {answer.status}", where=package, hint=_HINT)
    page = Page(f"{LISTING} {url(package=package)}", answer.status, answer.headers, answer.body, "")
    try:
        # A list in HTML has links at least; any page has none that lead to archives.
        is_list = listing(page, package) or "json" in answer.headers.get("content-type", "")
    except ValueError:
        is_list = False
    if not is_list or len(answer.body) > _LARGEST_LIST:
        raise Missing("what answers for the package index gives no list of files", where=package, hint=_HINT)


def index_of(stated: str) -> Index:
    """The index that a study states, else the one that pip is set to use, else pip's own default.

    Args:
        stated: ``[platforms].index``; may be empty.

    Raises:
        StudyError: What pip is set to use is no address of HTTP.
    """
    settings = {} if stated else _pip_settings()
    whole = stated or settings.get("index-url") or PYPI_SIMPLE_ENDPOINT
    parts = urlsplit(whole)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        hint = "Name one in [platforms].index."
        raise StudyError("the package index that pip is set to use cannot be asked over HTTP", hint=hint)
    user = ":".join(unquote(each or "") for each in (parts.username, parts.password)) if parts.username else ""
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return Index(urlunsplit(bare), user, settings.get("cert"))


def _pip_settings() -> dict[str, str]:
    """What pip's configuration and environment say, by key; the later and more special of two sections stands."""
    try:
        command = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "config", "list"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PIP_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    found = dict[str, tuple[int, str]]()
    for line in done.stdout.splitlines() if done.returncode == 0 else ():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        rank = {"global": 0, "install": 1, "download": 1, ":env:": 2}.get(section, -1)
        if rank >= found.get(key, (0, ""))[0]:
            found[key] = (rank, _unquoted(value))
    return {key: value for key, (_, value) in found.items()}


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] == value[-1:] == "'" else json.loads(value) if value.startswith('"') else value
