"""Where Python would find a module in a repository that stands on its import path.

Source: the Python reference, "The import system", and ``FileFinder.find_spec`` of importlib/_bootstrap_external.py: a
package with an ``__init__`` first, then a module, then a folder without one (a portion of a namespace package).
Bytecode beside no source is a module, too; that in ``__pycache__`` is not.
"""

from dataclasses import dataclass

from scan.relevance.source import Import
from scan.relevance.tree import Tree, inside

_COMPILED = (".so", ".pyd")


@dataclass(frozen=True, slots=True)
class Target:
    """One file that an import runs."""

    path: str
    initial: bool
    """Whether it runs as the ``__init__`` of a package on the way."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one part of a dotted name leads: the file that runs, if any, and the folders of its submodules.

    ``besides`` are the module's compiled forms: it depends on the system which of all these runs.
    """

    file: str | None
    folders: tuple[str, ...]
    besides: tuple[str, ...] = ()

    def targets(self, *, initial: bool) -> list[Target]:
        """The files that may run."""
        files = (self.file, *self.besides) if self.file else ()
        return [Target(path, initial=initial) for path in files]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What one import runs, and what of it is not there; an outside package is neither."""

    targets: tuple[Target, ...] = ()
    missing: str | None = None
    outside: bool = False


class Modules:
    """The modules of one repository.

    Args:
        tree: The repository.
        roots: Folders on the import path; the repository's own root is an empty string.
        packaged: The repository itself is imported as a package, so that relative imports work at its root.
    """

    def __init__(self, tree: Tree, roots: tuple[str, ...] = ("",), *, packaged: bool = False) -> None:
        self._tree = tree
        self._packaged = packaged
        self.lookups = 0
        """Names that were looked for."""
        self._inits: dict[str, tuple[Target, ...]] = {}
        self._roots = roots
        self._compiled: dict[str, list[str]] = {}
        for path in sorted(path for path in tree.files if path.endswith(_COMPILED)):
            self._compiled.setdefault(_stem(path), []).append(path)

    def resolve(self, path: str, found: Import, exported: "dict[str, tuple[str, ...]]") -> Resolved:
        """What one import statement of the file ``path`` runs.

        ``exported`` has the ``__all__`` of packages by the path of their ``__init__``, for ``from package import *``.
        """
        start = self._start(path, found.level) if found.level else self._roots
        if start is None:
            return Resolved(missing=f"{_shown(found)} leads above the top-level package")
        parts = tuple(part for part in found.module.split(".") if part)
        initial = self._initials(start[0]) if found.level else ()
        targets, place, rest = self._walk(start, parts)
        if rest:
            known = bool(targets) or found.level > 0  # a folder alone gives way to an installed package
            return Resolved(
                (*initial, *targets), f"{_shown(found)} is not in the repository" if known else None, not known
            )
        last = self._names(place, found.names, exported)
        return Resolved((*initial, *targets, *last))

    def _start(self, path: str, level: int) -> tuple[str, ...] | None:
        """The folder that a relative import starts at; None above the top-level package."""
        folder = path.rpartition("/")[0]
        start = inside(folder, "../" * (level - 1))
        if start is None or (start in self._roots and not self._packaged):
            return None
        return (start,)

    def _initials(self, folder: str) -> tuple[Target, ...]:
        """The ``__init__`` of the package in this folder and of those around it."""
        if folder not in self._inits:
            parts = folder.split("/")
            chain = (self._first("/".join((*parts[: n + 1], "__init__"))) for n in range(len(parts)))
            self._inits[folder] = tuple(Target(path, initial=True) for path in chain if path)
        return self._inits[folder]

    def _walk(self, start: tuple[str, ...], parts: tuple[str, ...]) -> tuple[list[Target], Place, tuple[str, ...]]:
        targets: list[Target] = []
        place = Place(None, start)
        for n, part in enumerate(parts):
            found = self._locate(place.folders, part)
            if found is None:
                return targets, place, parts[n:]
            place = found
            targets += found.targets(initial=n < len(parts) - 1)
        return targets, place, ()

    def _names(self, place: Place, names: tuple[str, ...], exported: dict[str, tuple[str, ...]]) -> tuple[Target, ...]:
        """Submodules among the names that are imported from a package."""
        if "*" in names:
            names = exported.get(place.file or "", ())
        found = (self._locate(place.folders, name) for name in names)
        return tuple(target for at in found if at is not None for target in at.targets(initial=False))

    def _locate(self, folders: tuple[str, ...], name: str) -> Place | None:
        portions = []
        self.lookups += len(folders)
        for folder in folders:
            path = f"{folder}/{name}" if folder else name
            package = self._first(f"{path}/__init__")
            if package:
                return Place(package, (path,))
            source, compiled = self._first(path), self._compiled.get(path, [])
            if source or compiled:
                self.lookups += len(compiled)
                first, *besides = ([source] if source else []) + compiled
                return Place(first, (), tuple(besides))
            if self._tree.has_folder(path):
                portions.append(path)
        return Place(None, tuple(portions)) if portions else None

    def _first(self, stem: str) -> str | None:
        """The source of a module; without one, its bytecode beside where the source would be."""
        return next((path for path in (f"{stem}.py", f"{stem}.pyc") if path in self._tree.files), None)


def _stem(path: str) -> str:
    """``a/b`` of ``a/b.cpython-311-x86_64-linux-gnu.so``."""
    folder, slash, name = path.rpartition("/")
    return folder + slash + name.split(".", 1)[0]


def _shown(found: Import) -> str:
    return "." * found.level + (found.module or "")
