"""The models of the Hugging Face Hub, or of a mirror of it.

The Hub lists models by pages; each says, in a ``Link`` header, how the next one is asked for. It gives no count: a list
is whole when a page comes that names no next one. Requests are made by ``huggingface_hub``'s own paging, through the
wire, so a list that was stopped goes on at its page.
"""

from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import quote

from huggingface_hub import is_offline_mode
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import _http as hub_http
from huggingface_hub.utils._pagination import paginate

from codebook.errors import StoppedEarly, StudyError
from codebook.harmless import one_line
from codebook.huggingface import AGENT, PUBLIC, through
from codebook.raw import Page
from codebook.wire import Answer, Dialect, Verdict, Wire
from scan.hub import Earlier, HubOptions, Registry, Seen
from scan.huggingface.options import ON_A_PAGE, HuggingFaceOptions
from scan.huggingface.pages import PATH, seen_on
from scan.said import member, text
from scan.shapes import decoded

EXPAND = (
    "cardData",
    "config",
    "disabled",
    "downloads",
    "gated",
    "lastModified",
    "library_name",
    "pipeline_tag",
    "private",
    "safetensors",
    "sha",
    "siblings",
    "tags",
)
"""What a list is to say of each model."""

_OFTEN = 4
"""How often a list may show a model before it counts as one that goes round in circles."""

_ASKED_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})


class HuggingFace:
    """The Hugging Face Hub; see :class:`scan.hub.Hub`."""

    Options: type[HubOptions] = HuggingFaceOptions

    def dialect(self, registry: Registry) -> Dialect:
        """Judge answers by the ``RateLimit`` header, and stop at a token that is refused.

        Source: https://huggingface.co/docs/hub/rate-limits
        """

        def verdict(answer: Answer) -> Verdict | None:
            if answer.status == HTTPStatus.UNAUTHORIZED and registry.token:
                # Raised here, the answer is not stored; so the same run goes on with a corrected token.
                raise StudyError("the Hub does not accept the token", hint=f"Correct ${registry.token_env}.")
            if answer.status == HTTPStatus.OK and not _is_the_hubs(answer.body):
                return Verdict(again=True, wait=None, reason="the answer is not that of the Hub")
            limit = hub_http.parse_ratelimit_headers(answer.headers)
            if limit is None or limit.remaining or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return None
            again = answer.status in _ASKED_AGAIN
            return Verdict(again=again, wait=limit.reset_in_seconds + 1.0, reason="the Hub's rate limit is reached")

        return Dialect(verdict=verdict)

    def fetch(self, registry: Registry, wire: Wire, earlier: Earlier) -> Iterator[str]:  # noqa: ARG002 - lists are whole
        """List every shard; see :meth:`scan.hub.Hub.fetch`. A list says all that is stored here, in few requests."""
        if is_offline_mode():
            raise StudyError("HF_HUB_OFFLINE is set", hint="Unset it, or rebuild from raw records with --from-raw.")
        base_url = registry.base_url or PUBLIC
        with through(wire, base_url):
            for native_id, revision in registry.only:
                _ask_for_one(registry, base_url, native_id, revision)
                yield native_id
            if registry.only:
                return
            for shard in registry.options.asked():
                yield from _listed(registry, base_url, shard)

    def parse(self, page: Page, registry: Registry) -> Iterator[Seen]:  # noqa: ARG002 - a page says all of it
        """Say what stands on a stored page."""
        return seen_on(page)


def _is_the_hubs(body: bytes) -> bool:
    """Whether it is a list of models, or one model."""
    found = decoded(body)
    return isinstance(found, list) or text(member(found, "id")) is not None


def _ask_for_one(registry: Registry, base_url: str, native_id: str, revision: str | None) -> None:
    """Have what the Hub says of one repository stored; a refusal, and where it was moved to, is an answer, too."""
    url = f"{base_url}{PATH}/{quote(native_id)}" + (f"/revision/{quote(revision, safe='')}" if revision else "")
    hub_http.get_session().get(url, params={"blobs": "true"}, headers=_headers(registry), follow_redirects=False)


def _headers(registry: Registry) -> dict[str, str]:
    return AGENT | ({"authorization": f"Bearer {registry.token.strip()}"} if registry.token else {})


def _listed(registry: Registry, base_url: str, shard: list[tuple[str, str]]) -> Iterator[str]:
    """The ids of one shard, page by page as they are stored."""
    limit = registry.options.limit
    parameters = [*shard, ("limit", str(min(limit or ON_A_PAGE, ON_A_PAGE))), *(("expand", each) for each in EXPAND)]
    items: Iterator[Any] = iter(paginate(f"{base_url}{PATH}", params=parameters, headers=_headers(registry)))
    shown: Counter[str] = Counter()
    try:
        for number, item in enumerate(islice(items, limit or None)):
            native_id = text(item.get("id")) if isinstance(item, dict) else None
            if native_id and number % ON_A_PAGE == 0:
                _must_be_new(native_id, shown, f"{base_url}{PATH}")
            if native_id:
                yield native_id
    except HfHubHTTPError as error:
        status = error.response.status_code
        kind = StoppedEarly if status >= HTTPStatus.INTERNAL_SERVER_ERROR else StudyError
        raise kind(
            f"the Hub refuses the list of models: {one_line(str(error), 200)}",
            where=f"{base_url}{PATH}",
            hint="Correct [hubs] in study.toml, or run the same command again later.",
        ) from error


def _must_be_new(native_id: str, shown: Counter[str], where: str) -> None:
    """Stop at a list whose pages lead back to each other; of every thousand models, one is looked at."""
    shown[native_id] += 1
    if shown[native_id] == _OFTEN:
        raise StudyError("the list of models never ends: its pages lead back to each other", where=where)
