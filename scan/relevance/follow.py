"""One step of the walk: the files that one file has imported, by the rule of the loader that runs it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from scan.relevance.modules import Modules, Resolved
from scan.relevance.repository import Repository
from scan.relevance.source import Import, Source
from scan.relevance.tree import Rule, inside

_NOT_RUN = {"type_checking", "main"}
_WORDS = {"function": "in a function", "try": "in a try", "call": "by a call"}


@dataclass(frozen=True, slots=True)
class Step:
    """A file to go to. ``rule`` is None where the one in force goes on."""

    path: str
    reason: str
    rule: Rule | None = None


@dataclass
class Followed:
    """What one file leads to. ``whole`` says that its imports could be read."""

    steps: list[Step] = field(default_factory=list)
    aside: list[tuple[str, str]] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    problem: str | None = None
    whole: bool = True


_SPENT = "its imports were not all followed, because the repository has too many"

BESIDE: frozenset[Rule] = frozenset({"transformers", "diffusers"})
"""The rules by which relative imports are resolved beside the entry point."""

MOST_LOOKUPS = 1_000_000
"""Names that are looked for in one repository; the real ones need some thousands."""

MOST_ROOTS = 50
"""Folders on the import path; for each new one, all is walked again."""

MOST_UNRESOLVED = 1000
"""Imports of one file that are listed as unresolved; the rest is counted."""


class Follower:
    """Follows imports in one repository; ``roots`` grows by folders that files put on the import path."""

    def __init__(self, repository: Repository, roots: tuple[str, ...]) -> None:
        self._repository = repository
        self._modules = Modules(repository.tree, roots, packaged=repository.tree.platform == "modelscope")
        self._beside_looked_for = 0
        self.roots = roots

    @property
    def is_spent(self) -> bool:
        """Whether as many names were looked for as may be."""
        return self._modules.lookups + self._beside_looked_for > MOST_LOOKUPS

    def follow(self, path: str, rule: Rule, base: str) -> Followed:
        """What ``path`` leads to; ``base`` is the folder of the entry point."""
        if self.is_spent:
            return Followed(problem=_SPENT, whole=False)
        if not path.endswith(".py"):
            return Followed(problem="compiled, so its imports were not read")
        source = self._repository.source(path)
        if rule in BESIDE:
            return self._beside(path, source, base, dotted=rule == "diffusers")
        if rule == "config":
            return self._config(path, source)
        return self._python(path, source)

    def _beside(self, at: str, source: Source, base: str, *, dotted: bool) -> Followed:
        """Relative imports as Transformers gathers them: all beside the entry point, from the text.

        Source: ``get_relative_import_files`` of transformers 5.23.0, dynamic_module_utils.py:134-168.
        """
        followed = Followed(problem=source.undecodable or source.problem, whole=source.undecodable is None)
        lines: dict[str, int] = {}
        for line, module in source.beside:
            lines.setdefault(module, line)
        self._beside_looked_for += len(source.beside)
        for module, line in lines.items():
            name = module.replace(".", "/") if dotted and module.count(".") == 1 else module
            path = inside(base, f"{name}.py")
            if path is not None and path in self._repository:
                followed.steps.append(Step(path, f"relative import: {at} line {line}"))
            elif path is None:
                followed.unresolved.append(f"line {line}: .{module[:200]} leads out of the repository")
            else:
                followed.unresolved.append(f"line {line}: .{module[:200]} is not in the repository")
        for found in source.imports:
            shown = "." * found.level + found.module
            if found.level and shown[1:] not in lines and not _NOT_RUN & set(found.where):
                followed.unresolved.append(f"line {found.line}: {shown[:200]} is not gathered by the loader")
        _note_dynamic(source, followed)
        return followed

    def _python(self, path: str, source: Source) -> Followed:
        """All imports of the syntax tree, as Python would find them."""
        followed = Followed(problem=source.problem, whole=source.problem is None or source.templated)
        self._follow(path, source.imports, followed)
        for line, steps in source.added:
            folder = inside(path, "/".join(steps))
            if folder is None:
                followed.unresolved.append(f"line {line}: sys.path gets a folder outside of the repository")
            elif folder not in self.roots and len(self.roots) < MOST_ROOTS:
                self.roots = (*self.roots, folder)
            elif folder not in self.roots:
                followed.unresolved.append(f"line {line}: sys.path gets more than {MOST_ROOTS} folders")
        _note_dynamic(source, followed)
        return followed

    def _follow(self, path: str, imports: Iterable[Import], followed: Followed) -> None:
        for found in _distinct(imports):
            if self.is_spent:
                followed.problem, followed.whole = _SPENT, False
                return
            resolved = self._resolve(path, found)
            never = _NOT_RUN & set(found.where)
            marks = [_WORDS[mark] for mark in found.where if mark in _WORDS]
            said = ", ".join([f"{path} line {found.line}", *marks])
            for target in resolved.targets:
                if target.path == path:
                    continue
                if never:
                    followed.aside.append((target.path, f"not executed: {said}"))
                else:
                    word = "package __init__" if target.initial else "import"
                    followed.steps.append(Step(target.path, f"{word}: {said}", "python"))
            if resolved.missing and not never:
                followed.unresolved.append(f"line {found.line}: {resolved.missing[:200]}")

    def _resolve(self, path: str, found: Import) -> Resolved:
        exported: dict[str, tuple[str, ...]] = {}
        if "*" in found.names:
            plain = self._modules.resolve(path, found._replace(names=()), exported)
            inits = [t.path for t in plain.targets if t.path.endswith("/__init__.py")]
            exported = {init: self._repository.source(init).exported for init in inits}
        return self._modules.resolve(path, found, exported)

    def _config(self, path: str, source: Source) -> Followed:
        """A configuration: what it inherits from, what it has imported, and its own imports.

        Where mmengine fills templates, the text before that need not be Python.
        """
        followed = Followed()
        config = source.config
        folder = path.rpartition("/")[0]
        for line, base in config.bases if config else ():
            self._base(followed, (path, line), base, self._of_package(base) if "::" in base else inside(folder, base))
        for line, module in config.modules if config else ():
            level = len(module) - len(module.lstrip("."))
            name = module[level:].replace(".", "/") + ".py"
            self._base(followed, (path, line), module, inside(folder, "../" * (level - 1) + name) if level else name)
        for line, module in config.custom_imports if config else ():
            resolved = self._modules.resolve(path, Import(line, 0, module, (), ()), {})
            steps = (Step(t.path, f"custom_imports: {path} line {line}", "python") for t in resolved.targets)
            followed.steps.extend(steps)
            if resolved.missing or resolved.outside:
                followed.unresolved.append(f"line {line}: custom_imports of {module[:200]}, not in the repository")
        followed.unresolved += [f"line {line}: {text}" for line, text in (config.computed if config else ())]
        inherited = {line for line, _ in config.modules} if config else set()
        own = tuple(found for found in source.imports if found.line not in inherited)
        plain = self._python(path, replace(source, imports=own))
        followed.steps += plain.steps
        followed.unresolved += plain.unresolved
        followed.aside, followed.whole = plain.aside, plain.whole
        followed.problem = None if source.templated else plain.problem
        return followed

    def _of_package(self, base: str) -> str | None:
        """The file that ``package::path`` means, if this is the repository of that package.

        Source: mmengine 0.10.7, config/config.py:1262-1280: the configurations of an installed package.
        """
        package, _, rest = base.partition("::")
        if f"{package}/__init__.py" not in self._repository:
            return None
        places = (inside(folder, rest) for folder in (f"{package}/.mim/configs", ".mim/configs", "configs"))
        return next((path for path in places if path is not None and path in self._repository), None)

    def _base(self, followed: Followed, at: tuple[str, int], base: str, target: str | None) -> None:
        path, line = at
        if target is not None and target in self._repository:
            followed.steps.append(Step(target, f"_base_: {path} line {line}", "config"))
        else:
            followed.unresolved.append(f"line {line}: _base_ {base[:200]} is not in the repository")


def _distinct(imports: Iterable[Import]) -> Iterable[Import]:
    """The first of those that import the same in the same way."""
    first: dict[Import, Import] = {}
    for found in imports:
        first.setdefault(found._replace(line=0), found)
    return first.values()


def _note_dynamic(source: Source, followed: Followed) -> None:
    followed.unresolved += [f"line {line}: {text}" for line, text in source.dynamic]
