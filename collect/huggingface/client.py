"""``huggingface_hub``'s client with every request going through the wire, and what is asked with it.

Lists of models are the library's own call. Its two calls for discussions are not used: they ask for no single page, do
not wait at a 429, loop for ever where a list promises more than it has, and cannot read a deleted author or a lost
text. The same requests are made with its session instead, and the raw JSON is read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from huggingface_hub import HfApi, get_session
from huggingface_hub.errors import HfHubHTTPError

from codebook import huggingface
from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.huggingface import AGENT, PUBLIC, VERSION
from codebook.wire import Wire
from collect.huggingface.options import Candidates
from collect.huggingface.pages import Repository, asked_for


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
        self._api = HfApi(endpoint=base_url or PUBLIC, token=token or False, headers=AGENT)
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
        headers = AGENT | ({"authorization": f"Bearer {self._api.token}"} if self._api.token else {})
        response = get_session().get(url, params=query, headers=headers, extensions={VERSION: version})
        answered = asked_for(response.url.path)
        try:
            body = response.json()
        except ValueError:
            body = None
        return Answered(answered[0] if answered else repository, response.status_code, body)


@contextmanager
def through(wire: Wire, base_url: str, token: str | None) -> Iterator[Hub]:
    """A Hub whose every answer goes through ``wire``; see :func:`codebook.huggingface.through`."""
    hub = Hub(base_url, token)
    with huggingface.through(wire, hub.base_url):
        yield hub
