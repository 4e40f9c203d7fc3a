"""The keys of ``[sources.NAME]`` that only the kind ``huggingface`` knows, and what they make a collection cost."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from codebook.people import Strict
from collect.huggingface.mentions import most_named, named_in
from collect.huggingface.pages import Repository, repository_of
from collect.source import Earlier, Expected, Site, SourceOptions, Whole

_DISCUSSIONS_ON_A_PAGE = 50
_MODELS_ON_A_PAGE = 1000


class Candidates(Strict):
    """``candidates``: the first ``limit`` models that have a tag, in the Hub's order.

    Where the Hub has more, the candidates' slice is ``truncated`` and says so: a limit keeps a study small, and a study
    that has one has not looked everywhere.
    """

    filter: str = Field(min_length=1)
    sort: Literal["created_at", "downloads", "last_modified", "likes", "trending_score"] = "downloads"
    limit: int = Field(default=100, ge=1)

    @property
    def query(self) -> str:
        """What they are called in ``slices``."""
        return f"candidates tagged {self.filter}, by {self.sort}"


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class HuggingFaceOptions(SourceOptions):
    """Which repositories are looked in, and where links for readers begin.

    Args:
        repos: ``owner/name`` for models, ``datasets/owner/name`` and ``spaces/owner/name`` for the others.
        candidates: Models by a tag, or a list of such.
        mentioned: Whether to look in repositories that the study's other sites name, in links and in code such as
            ``from_pretrained("owner/name")``. A name that the Hub does not know costs one request, and its answer is
            in ``slices``.
        mentioned_limit: How many of those at most; the ones that are named on most pages are taken.
        public_url: Answers of the API hold no links for readers; here those begin.
    """

    repos: list[str] = Field(default_factory=list)
    candidates: Annotated[list[Candidates], BeforeValidator(_as_list)] = Field(default_factory=list)
    mentioned: bool = False
    mentioned_limit: int = Field(default=1000, ge=1)
    public_url: str = Field(default="https://huggingface.co", pattern=r"^https?://[^\s]+[^/\s]$")

    @property
    def reads_elsewhere(self) -> bool:
        """See :attr:`collect.source.SourceOptions.reads_elsewhere`."""
        return self.mentioned

    def expected(self, site: Site, earlier: Earlier) -> Expected:
        """See :meth:`collect.source.SourceOptions.expected`.

        A list of discussions has no filter by time and shows 50 on a page. So a later run asks for every page of it:
        one request for each repository, and one more for every further 50 discussions.
        """
        known = _pages_of_lists(earlier.windows)
        names = set(self.repos) | {native_id.rpartition("#")[0] for native_id in earlier.threads}
        if self.mentioned:
            names |= set(most_named(named_in(site.elsewhere()), self.mentioned_limit))
        lists = sum(known.values()) + sum(Repository.of(name) not in known for name in names)
        listing = lists + sum(math.ceil((each.limit + 1) / _MODELS_ON_A_PAGE) for each in self.candidates)
        if earlier.since is None:
            listing += sum(each.limit for each in self.candidates)
        note = "one request per 50 discussions and repository, at least one each; one per new or changed discussion"
        return Expected(listing, 1000, note)

    @field_validator("repos")
    @classmethod
    def _are_repositories(cls, given: list[str]) -> list[str]:
        for each in given:
            if not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", Repository.of(each).name, re.ASCII):
                raise ValueError(f"{each!r} is not owner/name, datasets/owner/name or spaces/owner/name")
        return given

    @model_validator(mode="after")
    def _name_some(self) -> "HuggingFaceOptions":
        if not self.repos and not self.candidates and not self.mentioned:
            raise ValueError(
                "name repositories in `repos`, have the Hub list them with `candidates`, or set `mentioned = true`"
            )
        if len({each.query for each in self.candidates}) < len(self.candidates):
            raise ValueError("two `candidates` have the same filter and order")
        return self


def _pages_of_lists(windows: Mapping[str, tuple[Whole, ...]]) -> dict[Repository, int]:
    pages: dict[Repository, int] = {}
    for query, whole in windows.items():
        if repository := repository_of(query):
            pages[repository] = max(1, math.ceil((whole[-1].reported or 0) / _DISCUSSIONS_ON_A_PAGE))
    return pages
