"""``huggingface_hub``'s client with every request going through the wire, and what is asked with it.

Lists of models are the library's own call. Its two calls for discussions are not used: they ask for no single page, do
not wait at a 429, loop for ever where a list promises more than it has, and cannot read a deleted author or a lost
text. The same requests are made with its session instead, and the raw JSON is read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

import httpx2
from huggingface_hub import HfApi, constants, get_session, set_client_factory
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import _http as hub_http

from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.transports import TIMEOUT, WireTransport
from codebook.wire import Wire
from collect.huggingface.options import Candidates
from collect.huggingface.pages import VERSION, Repository, asked_for

PUBLIC = "https://huggingface.co"
"""Where the Hub is, if ``study.toml`` names no ``base_url``."""

_AGENT = {"user-agent": f"qualdev/{version('qualdev')} hf_hub/{version('huggingface_hub')}"}
"""Instead of the library's own, which tells what else is installed."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the Hub said about a repository, by the name that answered: a renamed one redirects."""

    repository: Repository
    status: int
    body: Any


class Hub:
    """What is asked of a Hub.

    Args:
        base_url: Where it is.
        token: For private things and a higher rate; None for none, not the machine's own.
    """

    def __init__(self, base_url: str, token: str | None) -> None:
        self._api = HfApi(endpoint=base_url or PUBLIC, token=token or False, headers=_AGENT)
        self.base_url = self._api.endpoint

    def tagged(self, wanted: Candidates) -> list[str]:
        """Ids of the models that have a tag: the wanted number and one more, if there are more.

        Raises:
            StudyError: The Hub refuses, or what it gives is no list of models.
        """
        try:
            models = self._api.list_models(filter=wanted.filter, sort=wanted.sort, limit=wanted.limit + 1)
            return [model.id for model in models]
        except (HfHubHTTPError, AttributeError, KeyError, TypeError) as error:
            raise StudyError(
                f"the list of candidates cannot be read: {one_line(str(error), 200)}",
                where=f"{self.base_url}/api/models?filter={wanted.filter}",
                hint="Correct `candidates`, or name the repositories in `repos`.",
            ) from error

    def discussions(self, repository: Repository, p: int, *, again: bool = False) -> Answered:
        """One page of the list of a repository's discussions, counted from 0.

        To ask for a list ``again`` in one run, its default is spelled out: the wire knows answers by their request.
        """
        return self._get(repository, "", {"p": str(p)} | ({"type": "all"} if again else {}), None)

    def discussion(self, repository: Repository, number: int, version: str | None) -> Answered:
        """One discussion with all that was said; ``version`` is what the list says, and is stored with the answer."""
        return self._get(repository, f"/{number}", {}, version)

    def _get(self, repository: Repository, what: str, query: dict[str, str], version: str | None) -> Answered:
        url = f"{self.base_url}/api/{repository.kind}s/{quote(repository.name)}/discussions{what}"
        headers = _AGENT | ({"authorization": f"Bearer {self._api.token}"} if self._api.token else {})
        response = get_session().get(url, params=query, headers=headers, extensions={VERSION: version})
        answered = asked_for(response.url.path)
        try:
            body = response.json()
        except ValueError:
            body = None
        return Answered(answered[0] if answered else repository, response.status_code, body)


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
            raise StudyError("the site's answer leads back to itself", where=self.last, hint="Is `base_url` right?")
        self.last = str(request.url)
        request.extensions["timeout"] = httpx2.Timeout(TIMEOUT).as_dict()  # list_models() would wait for ever
        return super().handle_request(request)

    def stored_as(self, request: httpx2.Request) -> str:
        """Add the version of the discussion that is asked for, which its list shows and its own page does not."""
        known = request.extensions.get(VERSION)
        return str(request.url.copy_merge_params({VERSION: known})) if known else str(request.url)


@contextmanager
def through(wire: Wire, base_url: str, token: str | None) -> Iterator[Hub]:
    """Let ``huggingface_hub`` send through ``wire``, and leave it as it was.

    Its retries do not double ours: it asks again after 408, 429 and 5xx, and the wire hands on none of them. Its
    telemetry is off, for that asks the site for a list of coding agents, once in a while and between our requests.
    """
    hub = Hub(base_url, token)

    def client() -> httpx2.Client:
        return httpx2.Client(transport=_HubTransport(wire, hub.base_url), follow_redirects=True, timeout=TIMEOUT)

    before = hub_http._GLOBAL_CLIENT_FACTORY  # noqa: SLF001 - the library has no way to ask for it
    telemetry_was_off, constants.HF_HUB_DISABLE_TELEMETRY = constants.HF_HUB_DISABLE_TELEMETRY, True
    set_client_factory(client)
    try:
        yield hub
    except httpx2.HTTPError as error:
        said = f"the site cannot be asked: {one_line(str(error), 200)}"
        raise StudyError(said, where=hub.base_url, hint="Is `base_url` right?") from error
    finally:
        set_client_factory(before)
        constants.HF_HUB_DISABLE_TELEMETRY = telemetry_was_off
