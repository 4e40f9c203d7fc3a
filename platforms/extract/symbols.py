"""Functions and constants of one release, found by symbol: a module that moved is no other function."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from platforms.extract.skeletons import Skeleton


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its file, qualified name and skeleton."""

    path: str
    name: str
    made: Mapping[str, Any] = field(compare=False)

    @property
    def module(self) -> str:
        """Last part of the name of its module."""
        parts = self.path.removesuffix(".py").removesuffix("/__init__").split("/")
        return parts[-1]

    @property
    def is_method(self) -> bool:
        """Whether it takes the object or the class first."""
        return "." in self.name and "staticmethod" not in self.made["method"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of a module; ``value`` is an expression."""

    path: str
    name: str
    value: list[Any] = field(compare=False)
    text: str | None
    line: int


class Symbols:
    """What stands in the files of one release.

    Args:
        skeletons: By path.
    """

    def __init__(self, skeletons: Mapping[str, Skeleton]) -> None:
        self.problems = {path: made["problem"] for path, made in skeletons.items() if made["problem"]}
        self.functions = [
            Function(p, n, f) for p, made in sorted(skeletons.items()) for n, f in made["functions"].items()
        ]
        self.fields = [(p, *row) for p, made in sorted(skeletons.items()) for row in made["fields"]]
        self._by_last: dict[str, list[Function]] = {}
        for function in self.functions:
            self._by_last.setdefault(function.name.rsplit(".", 1)[-1], []).append(function)
        self._constants: dict[str, list[Constant]] = {}
        for path, made in sorted(skeletons.items()):
            for row in made["constants"]:
                self._constants.setdefault(row[0], []).append(Constant(path, *row))

    def named(self, name: str) -> Function | None:
        """The one function with this qualified name; of several the one in the shortest path, None if there is none.

        Packages keep old modules beside new ones for a while; the shorter path is the one that users import.
        """
        found = [f for f in self._by_last.get(name.rsplit(".", 1)[-1], []) if name in (f.name, f"{f.module}.{f.name}")]
        return min(found, key=lambda f: (f.path.count("/"), len(f.path), f.path), default=None)

    def called(self, name: str, caller: Function) -> list[Function]:
        """The functions that a call in ``caller`` may mean; empty if they are not among the kept files.

        A class stands for all its methods, since what its object does later depends on what it was made with.
        """
        last = name.rsplit(".", 1)[-1]
        owner = name.split(".")[-2] if "." in name else ""
        if owner in ("self", "cls", "super()"):
            owner = ".".join(caller.name.split(".")[:-1])
        if owner and (method := [f for f in self._by_last.get(last, []) if f.name.endswith(f"{owner}.{last}")]):
            return _nearest(method, caller)
        if plain := [f for f in self._by_last.get(last, []) if f.name == last]:
            return _nearest(plain, caller) if not owner or len(plain) == 1 else []
        return _nearest_class([f for f in self.functions if f.name.startswith(f"{last}.")], caller)

    def constant(self, name: str, near: str) -> Constant | None:
        """The constant of a module: that of the file ``near``, else the only one of its name."""
        found = self._constants.get(name.rsplit(".", 1)[-1], [])
        here = [c for c in found if c.path == near and "." not in name]
        if here:
            return here[-1]
        return found[-1] if len({c.path for c in found}) == 1 else None

    def matching(self, names: tuple[str, ...]) -> Iterator[Function]:
        """The first of the names that is a function here, if any."""
        for name in names:
            found = self.named(name)
            if found is not None:
                yield found
                return


def _nearest(found: list[Function], caller: Function) -> list[Function]:
    here = [f for f in found if f.path == caller.path]
    return (here or found)[:4]


def _nearest_class(found: list[Function], caller: Function) -> list[Function]:
    here = [f for f in found if f.path == caller.path]
    return here or found
