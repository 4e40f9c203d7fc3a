"""``[scan]`` and ``[platforms]`` of ``study.toml``: what looks at code, and whose mechanisms are compared."""

from pydantic import Field

from codebook.people import Strict


class Scan(Strict):
    """``[scan]``: which tools look at the models' code, with which rules, and within which bounds.

    ``tools`` are those that ``scan code`` runs without ``--tool``; where it is empty, all that are installed.
    ``rules`` are folders or files of the team's own rules, from the study folder: Semgrep's ``.yaml`` and ``.yml``,
    YARA's ``.yar`` and ``.yara``; ``own_rules`` says whether qualdev's rules are used as well. ``time_limit`` is in
    seconds for one file, ``memory_limit`` in megabytes for one process of a tool; ``processes`` are at work at once
    (0: as many as there are processors). ``scheduler`` is the address of a Dask scheduler.
    """

    tools: list[str] = Field(default_factory=list)
    rules: list[str] = Field(default_factory=list)
    own_rules: bool = True
    time_limit: float = Field(default=60.0, gt=0)
    memory_limit: int = Field(default=1400, ge=200)
    processes: int = Field(default=0, ge=0, le=512)
    scheduler: str = ""


class Platforms(Strict):
    """``[platforms]``: whose mechanisms are compared, from which packages and which documentation.

    ``packages`` are client packages whose releases are read from the package index; ``index`` is its address, where it
    is empty the one that pip is set to use. ``platform_of`` says of packages that qualdev has no rules for which
    platform they are clients of. ``documents`` are folders of documentation with a ``manifest.csv``, from the study
    folder; ``pages`` are addresses of documentation pages by platform. ``reviews`` are files of claims that people
    confirmed, corrected or added.
    """

    names: list[str] = Field(default_factory=list)
    packages: list[str] = Field(default_factory=list)
    index: str = Field(default="", pattern=r"^(https?://[^\s]+[^/\s])?$")
    platform_of: dict[str, str] = Field(default_factory=dict)
    documents: list[str] = Field(default_factory=list)
    pages: dict[str, list[str]] = Field(default_factory=dict)
    reviews: list[str] = Field(default_factory=list)
