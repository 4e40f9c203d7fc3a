"""The keys of ``[hubs.NAME]`` that only the kind ``huggingface`` knows."""

import re
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator

from codebook.huggingface import PUBLIC
from scan.hub import HubOptions, Registry

ON_A_PAGE = 1000
"""Models that the Hub gives at most on one page."""

_SORTED_BY = {"created_at": "createdAt", "last_modified": "lastModified", "trending_score": "trendingScore"}
"""Orders that the Hub spells in its own way."""


class HuggingFaceOptions(HubOptions):
    """Which of the Hub's models are listed.

    Args:
        filter: Only models that have all these tags, for example ``custom_code``.
        owners: Only models of these users and organisations; each is a shard of its own.
        sort: In which order; matters where there is a limit.
        limit: At most so many models of a shard, above 1,000 in whole thousands; 0 for all. A shard that is cut so is
            ``partial``.
    """

    asks_for_one: ClassVar[Literal["never", "newest", "any"]] = "any"

    filter: list[str] = Field(default_factory=list)
    owners: list[str] = Field(default_factory=list)
    sort: Literal["", "created_at", "downloads", "last_modified", "likes", "trending_score"] = ""
    limit: int = Field(default=0, ge=0)

    @field_validator("owners")
    @classmethod
    def _are_names(cls, owners: list[str]) -> list[str]:
        for owner in owners:
            if not re.fullmatch(r"[\w.-]{1,96}", owner, re.ASCII):
                raise ValueError(f"{owner!r} is no name of a user or an organisation")
        if len(set(owners)) < len(owners):
            raise ValueError("an owner is named twice")
        return owners

    @model_validator(mode="after")
    def _in_an_order(self) -> "HuggingFaceOptions":
        if self.limit and not self.sort:
            raise ValueError("a `limit` without a `sort` takes whichever models come first; name an order")
        if self.limit > ON_A_PAGE and self.limit % ON_A_PAGE:
            raise ValueError(f"a `limit` above {ON_A_PAGE} is a whole number of thousands")
        return self

    def asked(self) -> list[list[tuple[str, str]]]:
        """The shards, each as the parameters that it is asked for with, in order."""
        rest = [("filter", tag) for tag in self.filter]
        if self.sort:
            rest.append(("sort", _SORTED_BY.get(self.sort, self.sort)))
        return [[("author", owner), *rest] for owner in self.owners] or [rest]

    def content(self, registry: Registry, native_id: str, revision: str | None, path: str) -> str | Path:
        """See :meth:`scan.hub.HubOptions.content`."""
        where = f"{quote(native_id)}/resolve/{quote(revision or 'main', safe='')}/{quote(path)}"
        return f"{registry.base_url or PUBLIC}/{where}"
