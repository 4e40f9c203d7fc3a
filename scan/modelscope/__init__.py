"""ModelScope, or a server that speaks its API: all models, their files, and what its loader would run.

A later run reads the lists anew, for they show which models are gone; it asks for files only of models whose
``last_modified`` is another one.
"""

from collections.abc import Iterator
from typing import ClassVar, Literal
from urllib.parse import quote

from pydantic import Field

from codebook.raw import Page
from codebook.wire import Dialect, Wire
from scan import said
from scan.client import Client, dialect
from scan.hub import Earlier, HubOptions, Registry, Seen
from scan.listed import in_turn
from scan.modelscope.listing import Listing
from scan.modelscope.pages import BRANCH, CONFIGURATIONS, LARGEST, files, revision, seen_on

PUBLIC = "https://www.modelscope.cn"
"""Where the hub is, if ``study.toml`` names no ``base_url``."""


class ModelScopeOptions(HubOptions):
    """The keys of ``[hubs.*]`` that only the kind ``modelscope`` knows.

    Args:
        files_limit: Of how many models files are asked for, the most downloaded ones first; all if it is not given, and
            none at 0. Each costs a request, and one more for ``configuration.json`` and ``config.json`` where it has
            them.
    """

    asks_for_one: ClassVar[Literal["never", "newest", "any"]] = "newest"

    files_limit: int | None = Field(default=None, ge=0)

    def content(self, registry: Registry, native_id: str, revision: str | None, path: str) -> str:
        """``GET /api/v1/models/{id}/repo?Revision=&FilePath=`` (modelscope_hub, ``get_download_url``)."""
        asked = f"Revision={quote(revision or BRANCH, safe='')}&FilePath={quote(path, safe='')}"
        return f"{registry.base_url or PUBLIC}/api/v1/models/{quote(native_id)}/repo?{asked}"


class ModelScope:
    """See :class:`scan.hub.Hub`."""

    Options: type[HubOptions] = ModelScopeOptions

    def dialect(self, registry: Registry) -> Dialect:
        """Judge answers by their JSON: an answer of status 200 may say inside that it is none."""
        return dialect(registry, _is_the_hubs, "ModelScope", "message")

    def fetch(self, registry: Registry, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """Ask for all lists, and then for the files of the models that are new or changed."""
        client = Client(registry, wire, PUBLIC)
        for native_id, _ in registry.only:
            _ask_for_files(client, native_id)
            yield native_id
        if registry.only:
            return
        listing = Listing(client, wire)
        listing.read()
        for each, wanted in in_turn(listing.models.values(), registry.options.files_limit, wire, earlier):
            if wanted:
                _ask_for_files(client, each.native_id)
            yield each.native_id

    def parse(self, page: Page, registry: Registry) -> Iterator[Seen]:  # noqa: ARG002 - a page says everything by itself
        """Say what stands on a stored page."""
        return seen_on(page)


def _is_the_hubs(body: object) -> bool:
    return isinstance(said.member(body, "data"), dict) or said.member(body, "Code") is not None


def _ask_for_files(client: Client, native_id: str) -> None:
    """Ask for a model's list of files, and for those of them by which a loader decides."""
    path = f"/api/v1/models/{quote(native_id)}/repo"
    _, body = client.one(f"{path}/files", [("Revision", BRANCH), ("Recursive", "True")])
    at = revision(body) or BRANCH
    for item in files(body):
        size = said.count(item.get("Size"))
        if item.get("Path") in CONFIGURATIONS and (size or 0) <= LARGEST:
            client.content(path, [("Revision", at), ("FilePath", item["Path"])], size)
