"""A repository as a loader meets it, and what is said of its files."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

REASONS: Mapping[str, str] = {
    "auto_map": "a class reference in an `auto_map` names it",
    "custom_pipelines": "a task in `custom_pipelines` of config.json names it",
    "custom_generate": "it is `custom_generate/generate.py`",
    "modules.json": "a module type of Sentence Transformers names it",
    "model_index.json": "a pipeline or component of Diffusers names it",
    "hubconf": "it is `hubconf.py`",
    "configuration.json": "ModelScope imports every Python file, because of `allow_remote` or `plugins`",
    "ms_wrapper": "it is `ms_wrapper.py`",
    "python_config": "it is a Python configuration, which is executed when it is read",
    "_base_": "a configuration inherits from it",
    "custom_imports": "a configuration has it imported",
    "relative import": "another relevant file imports it, by the rule of the loader of Transformers",
    "import": "another relevant file imports it",
    "package __init__": "Python runs it before a module of its package",
    "not executed": "only code that does not run on import names it: TYPE_CHECKING, or `if __name__ == '__main__'`",
}
"""What the word before the colon of a ``reason`` means."""


Rule = Literal["transformers", "diffusers", "python", "config"]
"""How imports are followed: as that loader does, as Python does, or as mmengine does with a configuration."""


MOST_PROBLEMS = 100
"""What is told of one file before it says "and more"."""


class Unread(Exception):
    """The content of a file is not there; the message says why."""


@dataclass(frozen=True)
class Tree:
    """The files of one repository at one revision.

    Args:
        platform: The platform whose loader it is for; of one that is not known, nothing can be said.
        files: Path with ``/`` between its parts, to the SHA-256 of its bytes where that is known.
        read: Gives the bytes of one of these paths.
        native_id: ``<owner>/<name>``, so that a reference to the repository itself is known as one.

    ``read`` raises :class:`Unread` where the content is not there.
    """

    platform: str
    files: Mapping[str, str | None]
    read: Callable[[str], bytes]
    native_id: str = ""

    def has_folder(self, path: str) -> bool:
        """Whether a file stands somewhere below ``path``."""
        start = f"{path}/"
        at = bisect_left(self._sorted, start)
        return at < len(self._sorted) and self._sorted[at].startswith(start)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.files)


def inside(folder: str, path: str) -> str | None:
    """``path`` as seen from ``folder``, normalised without looking at a disk; None if it leads out of the repository.

    >>> inside("a/b", "../c.py")
    'a/c.py'
    >>> inside("a", "../../c.py") is None
    True
    """
    if path.startswith("/"):
        return None
    parts: list[str] = []
    for part in [*folder.split("/"), *path.split("/")]:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said of one file: the columns of ``model_files`` that are known here.

    ``relevant`` is None where it cannot be known, because something that decides it could not be read.
    """

    path: str
    relevant: bool | None
    reason: str | None = None
    distance: int | None = None
    unresolved: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Code that loading takes from somewhere else.

    Args:
        target: ``owner/repo`` on the same hub, or a package.
        module: Path of the file, or the module that is named; empty if none is.
        where: The file and key that name it.
        revision: The revision that is asked for; None is whatever the default branch holds on the day.
    """

    target: str
    module: str
    where: str
    revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What is said of one repository; ``files`` has one verdict for each of its paths, in order.

    ``needs_custom_code`` is None if a file that would say so could not be read.
    """

    files: tuple[Verdict, ...]
    loads_by: tuple[str, ...] = ()
    needs_custom_code: bool | None = False
    elsewhere: tuple[Reference, ...] = ()
    problems: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values, for :meth:`from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Closure":
        """What :meth:`as_json` gave, also after it was written as JSON."""
        return cls(
            files=tuple(Verdict(**v | {"unresolved": tuple(v["unresolved"])}) for v in values["files"]),
            loads_by=tuple(values["loads_by"]),
            needs_custom_code=values["needs_custom_code"],
            elsewhere=tuple(Reference(**r) for r in values["elsewhere"]),
            problems=tuple(values["problems"]),
        )


class Entry(NamedTuple):
    """A file that loading begins with, and the rule by which its imports are followed."""

    path: str
    reason: str
    rule: Rule


@dataclass
class Found:
    """Entry points that the rules of a platform find.

    Args:
        entries: In the order found.
        by: Names for ``models.loads_by``.
        unread: Files that would have said more.
    """

    entries: list[Entry] = field(default_factory=list)
    by: set[str] = field(default_factory=set)
    elsewhere: set[Reference] = field(default_factory=set)
    problems: dict[str, dict[str, None]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def problem(self, path: str, message: str) -> None:
        """Note what is wrong with a file."""
        noted = self.problems.setdefault(path, {})
        if len(noted) < MOST_PROBLEMS:
            noted[message] = None
        elif message not in noted:
            noted["and more"] = None

    def said(self, path: str) -> str | None:
        """All that is wrong with a file; None if nothing is."""
        return "; ".join(self.problems.get(path, ())) or None
