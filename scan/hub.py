"""A hub: one place from which models are listed, and their code is taken.

As a source of ``collect``, a hub has two halves. ``fetch`` asks the hub through its real client and the wire, which
stores every answer before anyone looks at it. ``parse`` is a pure function from one stored page to what stands on it.
Tables are made from parsed pages only, so that a rebuild from raw records is the same code as a live run.

The hazard: hubs cap what a query gives. So a listing goes in shards, each small enough to be given whole, and ``parse``
says of each page which shard it belongs to and how many models the hub says there are. Every run asks for the list of
every shard anew, which is how models that are gone are known; what it asks of each model, ``earlier`` may spare it.

What several pages say of one model is put together: the later page wins where it says something. Files come from the
newest run that has a page with files of the model, if that was in the ``version`` that was seen last.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from pydantic import Field

from codebook.people import Strict
from codebook.raw import Page
from codebook.wire import Dialect, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenModel:
    """A model as it stands on a page; what the page does not say is None, or empty.

    ``native_id`` is ``<owner>/<name>``, as the hub spells it. ``version`` is the hub's own mark that changes with the
    model: a later run that sees the same one asks for nothing more of it. ``platform`` is None where the hub serves one
    platform, whose name the hub's kind is. ``facts`` are what the loader's truth is read from where a listing has it,
    for example ``{"auto_map": ("AutoModel=modeling_x.X",)}``; a key with nothing behind it says that the hub was looked
    at for it and has none, a missing key that nobody has looked. ``files_whole`` says that the page names all files.

    A hub of several platforms puts the platform in front: ``<platform>/<owner>/<name>``.

    ``asked`` is the revision that a page about one repository was asked for with; None is the newest one. ``moved_to``
    is the native id under which a repository is now.
    """

    native_id: str
    platform: str | None = None
    asked: str | None = None
    revision: str | None = None
    version: str | None = None
    tags: tuple[str, ...] = ()
    task: str | None = None
    library: str | None = None
    downloads: int | None = None
    modified_at: datetime | None = None
    licence: str | None = None
    mirror_of: str | None = None
    moved_to: str | None = None
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files_whole: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    """A file of a model as it stands on a page. ``sha256`` is that of the bytes, where the hub tells it."""

    model: str
    path: str
    sha256: str | None = None
    bytes: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenShard:
    """What one result page says about its shard; ``hits`` are the native ids on this page.

    Every model that a hub lists is a hit of a shard, and what is a hit nowhere is in no table. ``more`` says that
    another page follows: a shard whose last page says so is not whole. ``problem`` says why the shard cannot be whole,
    if that can be known; ``skipped`` that it was not asked for.
    """

    query: str
    reported: int | None = None
    hits: tuple[str, ...] = ()
    more: bool = False
    problem: str | None = None
    skipped: bool = False


Seen = SeenModel | SeenFile | SeenShard


@dataclass(frozen=True, slots=True)
class Known:
    """A model that finished runs have got whole: its ``version``, and the newest page that shows it."""

    version: str | None
    page: Callable[[], Page]


@dataclass(frozen=True)
class Earlier:
    """What finished runs have got of a hub, as it was when this run began.

    Args:
        read: Gives the models that were got whole, by native id; called once, and only if they are asked for.
    """

    read: Callable[[], Mapping[str, Known]] = dict

    @cached_property
    def models(self) -> Mapping[str, Known]:
        """The models that were got whole, by native id."""
        return self.read()

    def has(self, native_id: str, version: str | None) -> bool:
        """Whether a model has been got whole in just this version."""
        known = self.models.get(native_id)
        return known is not None and version is not None and known.version == version


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """One ``[hubs.NAME]`` of a study.

    ``folder`` is the study folder. ``token`` comes from the environment variable that the section names, None if it is
    not set. ``options`` is an instance of the hub's ``Options``. ``only`` has the repositories to which a fetch is
    restricted, each with a revision or None for the newest one; where it is empty, the study's lists are asked for.
    """

    name: str
    kind: str
    base_url: str = ""
    folder: Path = Path()
    token: str | None = None
    token_env: str = ""
    options: Any = None
    only: tuple[tuple[str, str | None], ...] = ()


class HubOptions(Strict):
    """The keys of ``[hubs.NAME]`` that only one kind knows, what all have, and where the content of a file is.

    Args:
        largest_file: Bytes of a file of code or configuration whose content is still kept.
        largest_model: Bytes of contents that are kept of one model.
        most_files: Contents that are kept of one model.
    """

    asks_for_one: ClassVar[Literal["never", "newest", "any"]] = "never"
    """Whether the hub is asked for single repositories (:attr:`Registry.only`), and at which of their revisions."""

    accept: ClassVar[str] = "*/*"
    """The media type by which the content of a file is asked for."""

    largest_file: int = Field(default=5_000_000, ge=0)
    largest_model: int = Field(default=100_000_000, ge=0)
    most_files: int = Field(default=10_000, ge=0)

    @abstractmethod
    def content(self, registry: Registry, native_id: str, revision: str | None, path: str) -> str | Path:
        """Where the bytes of one file at one revision are: a URL to ask for, or a path on this machine."""


class Hub(Protocol):
    """One kind of hub."""

    Options: type[HubOptions]
    """The keys of ``study.toml`` that only this kind knows."""

    def dialect(self, registry: Registry) -> Dialect:
        """How the hub says that it wants us to wait, and where secrets stand in its URLs."""
        ...

    def fetch(self, registry: Registry, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """Ask for what the study wants and ``earlier`` lacks; yield a model's native id once all of it is stored.

        The list of every shard is asked for in every run. A model that ``earlier`` has is yielded, too.

        Raises:
            StoppedEarly: The hub gave no usable answer in time.
            StudyError: The hub refuses what the study asks for.
        """
        ...

    def parse(self, page: Page, registry: Registry) -> Iterator[Seen]:
        """Say what stands on a stored page. Pure: the same page and registry give the same."""
        ...
