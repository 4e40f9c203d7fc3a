"""``huggingface_hub`` with every request going through a wire, for the Hub and for what answers as it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import httpx2
from huggingface_hub import constants, set_client_factory
from huggingface_hub.utils import _http as hub_http

from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.transports import TIMEOUT, WireTransport
from codebook.wire import Wire

PUBLIC = "https://huggingface.co"
"""Where the Hub is, if ``study.toml`` names no ``base_url``."""

AGENT = {"user-agent": f"qualdev/{version('qualdev')} hf_hub/{version('huggingface_hub')}"}
"""Instead of the library's own, which tells what else is installed."""

VERSION = "seen"
"""Request extension, and parameter of the stored request: the version that a list showed. It is not sent."""


class HubTransport(WireTransport):
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
        """Add the version of what is asked for, which its list shows and its own page does not."""
        known = request.extensions.get(VERSION)
        return str(request.url.copy_merge_params({VERSION: known})) if known else str(request.url)


@contextmanager
def through(wire: Wire, base_url: str) -> Iterator[None]:
    """Let ``huggingface_hub`` send through ``wire``, and leave it as it was.

    Its retries do not double ours: it asks again after 408, 429 and 5xx, and the wire hands on none of them. Its
    telemetry is off, for that asks the site for a list of coding agents, once in a while and between our requests.

    Args:
        wire: Where requests go.
        base_url: The only host that is asked, and the path on it.

    Raises:
        StudyError: The library cannot make sense of the address.
    """

    def client() -> httpx2.Client:
        return httpx2.Client(transport=HubTransport(wire, base_url), follow_redirects=True, timeout=TIMEOUT)

    before = hub_http._GLOBAL_CLIENT_FACTORY  # noqa: SLF001 - the library has no way to ask for it
    telemetry_was_off, constants.HF_HUB_DISABLE_TELEMETRY = constants.HF_HUB_DISABLE_TELEMETRY, True
    set_client_factory(client)
    try:
        yield
    except httpx2.HTTPError as error:
        said = f"the site cannot be asked: {one_line(str(error), 200)}"
        raise StudyError(said, where=base_url, hint="Is `base_url` right?") from error
    finally:
        set_client_factory(before)
        constants.HF_HUB_DISABLE_TELEMETRY = telemetry_was_off
