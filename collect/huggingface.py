"""Discussions and pull requests of Hugging Face models, datasets and Spaces.

The Hub has no search in discussions. So every discussion of every wanted repository is asked for, and the keywords are
looked for afterwards, in what was stored. Requests go through ``huggingface_hub``; what comes back is read by
``collect.huggingface_pages``.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Literal
from urllib.parse import quote

import httpx2
from huggingface_hub import HfApi, constants, get_session, is_offline_mode, set_client_factory
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import _http as hub_http
from pydantic import Field, field_validator, model_validator

from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.raw import Page
from codebook.settings import Strict
from codebook.transports import TIMEOUT, WireTransport
from codebook.wire import Answer, Dialect, Verdict, Wire
from collect.huggingface_pages import Repository, asked_for, count, discussions, seen_on, time_of
from collect.source import Earlier, Expected, Seen, Site, SourceOptions

HUB = "https://huggingface.co"
_MOST_PAGES = 2000
"""Pages of one repository's list, should it never end."""

_AGENT = {"user-agent": f"qualdev/{version('qualdev')} hf_hub/{version('huggingface_hub')}"}
"""Instead of the library's own, which tells what else is installed."""


class Candidates(Strict):
    """``candidates``: the first ``limit`` models that have a tag, in the Hub's order."""

    filter: str
    sort: Literal["created_at", "downloads", "last_modified", "likes", "trending_score"] = "downloads"
    limit: int = Field(default=100, ge=1)


class HuggingFaceOptions(SourceOptions):
    """The keys of ``[sources.*]`` that only the kind ``huggingface`` knows.

    ``repos`` are ``owner/name`` for models, ``datasets/owner/name`` and ``spaces/owner/name`` for the others. Answers
    of the API hold no links for readers; ``public_url`` is where those begin.
    """

    repos: list[str] = Field(default_factory=list)
    candidates: Candidates | None = None
    public_url: str = Field(default=HUB, pattern=r"^https?://[^\s]+[^/\s]$")

    def expected(self, site: Site, earlier: Earlier) -> Expected:  # noqa: ARG002
        """See :meth:`collect.source.SourceOptions.expected`."""
        repositories = len(self.repos) + (self.candidates.limit if self.candidates else 0)
        return Expected(repositories, 1000, "one list per repository and one request per discussion")

    @field_validator("repos")
    @classmethod
    def _are_repositories(cls, given: list[str]) -> list[str]:
        for each in given:
            if not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", Repository.of(each).name, re.ASCII):
                raise ValueError(f"{each!r} is not owner/name, datasets/owner/name or spaces/owner/name")
        return given

    @model_validator(mode="after")
    def _name_some(self) -> "HuggingFaceOptions":
        if not self.repos and not self.candidates:
            raise ValueError("name repositories in `repos`, or have the Hub list them with `candidates`")
        return self


class HuggingFace:
    """The Hugging Face Hub, or a mirror of it; see :class:`collect.source.Source`."""

    Options: type[SourceOptions] = HuggingFaceOptions

    def dialect(self, site: Site) -> Dialect:
        """Judge answers by the ``RateLimit`` header, and stop at a token that is refused.

        Every answer says how many requests are left in the running five minutes; at none, the next request waits for
        the next five. Source: https://huggingface.co/docs/hub/rate-limits
        """

        def verdict(answer: Answer) -> Verdict | None:
            if answer.status == httpx2.codes.UNAUTHORIZED and site.token:
                # Raised here, the answer is not stored; so the same run goes on with a corrected token.
                raise StudyError("the Hub does not accept the token", hint=f"Correct ${site.token_env}.")
            limit = hub_http.parse_ratelimit_headers(answer.headers)
            if limit is None or limit.remaining or answer.status >= httpx2.codes.INTERNAL_SERVER_ERROR:
                return None
            too_many = answer.status == httpx2.codes.TOO_MANY_REQUESTS
            return Verdict(again=too_many, wait=limit.reset_in_seconds + 1.0, reason="the Hub's rate limit is reached")

        return Dialect(verdict=verdict)

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:  # noqa: ARG002
        """Ask for the list of discussions of every repository, and for each discussion that was opened in the dates.

        The list has no filter by date, so it is read whole. A repository that is gone, private, or has its discussions
        closed is passed over; the stored answer says so.
        """
        if is_offline_mode():
            raise StudyError("HF_HUB_OFFLINE is set", hint="Unset it, or rebuild from raw records with --from-raw.")
        api = HfApi(endpoint=site.base_url or HUB, token=site.token or False, headers=_AGENT)
        done: set[Repository] = set()
        with _through(wire, api.endpoint):
            for name in _wanted(api, site.options):
                if (asked := Repository.of(name)) not in done:
                    done.add(asked)
                    yield from _discussions(api, asked, site, wire, done)

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:
        """Say what stands on a stored page."""
        return seen_on(page, site.options.public_url)


class _HubTransport(WireTransport):
    """Keeps the library's requests on the study's host and their waits finite."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        super().__init__(wire)
        self.base_url = base_url
        self.last = ""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to the study's host, wherever a ``Link`` or ``Location`` of the site leads.

        A proxy or a replay hands on the Hub's own links; followed as they are, they would take the token elsewhere.
        """
        if not str(request.url).startswith(self.base_url + "/"):
            request.url = httpx2.URL(self.base_url + request.url.raw_path.decode("ascii"))
            request.headers["host"] = request.url.netloc.decode("ascii")
        if str(request.url) == self.last:
            raise StudyError("the site's answer leads back to itself", where=self.last)
        self.last = str(request.url)
        request.extensions["timeout"] = httpx2.Timeout(TIMEOUT).as_dict()  # list_models() would wait for ever
        return super().handle_request(request)


@contextmanager
def _through(wire: Wire, base_url: str) -> Iterator[None]:
    """Let ``huggingface_hub`` send through ``wire``, and leave it as it was.

    Its retries do not double ours: it asks again after 408, 429 and 5xx, and the wire hands on none of them. Its
    telemetry is off, for that asks the site for a list of coding agents, once in a while and between our requests.
    """

    def client() -> httpx2.Client:
        return httpx2.Client(transport=_HubTransport(wire, base_url), follow_redirects=True, timeout=TIMEOUT)

    before = hub_http._GLOBAL_CLIENT_FACTORY  # noqa: SLF001 - the library has no way to ask for it
    telemetry_was_off, constants.HF_HUB_DISABLE_TELEMETRY = constants.HF_HUB_DISABLE_TELEMETRY, True
    set_client_factory(client)
    try:
        yield
    except httpx2.HTTPError as error:
        raise StudyError(f"the site cannot be asked: {one_line(str(error), 200)}", where=base_url) from error
    finally:
        set_client_factory(before)
        constants.HF_HUB_DISABLE_TELEMETRY = telemetry_was_off


def _wanted(api: HfApi, options: HuggingFaceOptions) -> list[str]:
    if options.candidates is None:
        return options.repos
    wanted = options.candidates
    try:
        models = list(api.list_models(filter=wanted.filter, sort=wanted.sort, limit=wanted.limit))
    except (HfHubHTTPError, AttributeError, KeyError, TypeError) as error:
        raise StudyError(
            f"the list of candidates cannot be read: {one_line(str(error), 200)}",
            where=f"{api.endpoint}/api/models?filter={wanted.filter}",
            hint="Correct `candidates`, or name the repositories in `repos`.",
        ) from error
    return [*options.repos, *(model.id for model in models)]


def _discussions(api: HfApi, asked: Repository, site: Site, wire: Wire, done: set[Repository]) -> Iterator[str]:
    """Fetch the discussions of one repository; yield the native id of each that is stored."""
    repository, seen = asked, set[int]()
    for p in range(_MOST_PAGES):
        repository, page = _list(api, repository, p)
        if p == 0 and repository != asked and repository in done:
            return  # renamed, and already asked for by its new name
        done.add(repository)
        new = [item for item in discussions(page) if item["num"] not in seen]
        seen.update(item["num"] for item in new)
        for item in new:
            if _in_dates(item, site) and _is_stored(api, repository, item["num"], wire):
                yield f"{repository.path}#{item['num']}"
        # Nothing new ends it too: where `count` promises more than there is, the library's own loop never ends.
        if not new or len(seen) >= (count(page) or 0):
            return


def _list(api: HfApi, repository: Repository, p: int) -> tuple[Repository, Any]:
    """Ask for one page of a list, as ``HfApi.get_repo_discussions`` does.

    That call asks for no single page, and cannot go on behind a discussion whose author is deleted.

    Returns:
        The repository by the name that answered (a renamed one redirects), and the page; None if it was refused.
    """
    url = f"{api.endpoint}/api/{repository.kind}s/{quote(repository.name)}/discussions"
    headers = _AGENT | ({"authorization": f"Bearer {api.token}"} if api.token else {})
    response = get_session().get(url, params={"p": p}, headers=headers)
    answered = asked_for(response.url.path)
    return answered[0] if answered else repository, response.json() if response.is_success else None


def _in_dates(item: dict[str, Any], site: Site) -> bool:
    opened = time_of(item.get("createdAt"))
    return opened is None or site.since <= opened.date() < site.until


def _is_stored(api: HfApi, repository: Repository, number: int, wire: Wire) -> bool:
    """Have one discussion stored; say whether the site gave it."""
    before = wire.sent + wire.replayed
    try:
        api.get_discussion_details(repository.name, number, repo_type=repository.kind)
    except HfHubHTTPError:
        return False
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The library cannot read the answer: a deleted author, a text that is gone. It is stored, and parse() can.
        if wire.sent + wire.replayed == before:
            raise StudyError(f"huggingface_hub does not ask for {repository.path!r}: {error}") from error
    return True
