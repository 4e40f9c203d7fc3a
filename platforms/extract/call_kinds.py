"""What a call is by its name: a question to the user, a warning, an end, a look into what was given."""

from collections.abc import Iterator
from typing import Any, Literal

from platforms.extract.expressions import Form
from platforms.extract.skeleton import Block
from platforms.extract.values import constant

Kind = Literal["prompt", "raise", "warn", "run"]


def key_asked(name: str, last: str, arguments: list[Form]) -> str | None:
    """The key that ``x.pop(key)``, ``x.get(key)`` or ``os.getenv(key)`` asks for."""
    if last in ("pop", "get", "getenv", "setdefault") and arguments and isinstance(constant(arguments[0]), str):
        return str(constant(arguments[0])) if "." in name else None
    return None


def kind_of(name: str, last: str, runs: frozenset[str]) -> Kind | None:
    """What a call does, by its name; None if nothing that matters here."""
    owner = name.split(".")[-2].lower() if "." in name[1:] else ""
    if name == "input" or (last in ("confirm", "ask") and owner in ("click", "typer", "confirm", "prompt")):
        return "prompt"
    if last in ("warn", "warning", "warning_once", "warn_once", "warn_explicit") and (
        "log" in owner or owner == "warnings"
    ):
        return "warn"
    if name in ("sys.exit", "exit"):
        return "raise"
    return "run" if last in runs else None


def harmless(name: str) -> bool:
    """Calls that are known to do nothing with a switch but look at it."""
    return name.rsplit(".", maxsplit=1)[-1] in (
        "isinstance",
        "bool",
        "str",
        "dict",
        "print",
        "len",
        "repr",
        "getattr",
        "setattr",
        "update",
    )


def calls(block: Block) -> Iterator[Form]:
    """All calls in a block, in the order of its lines."""
    todo: list[Any] = list(block)
    found = []
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo.extend(one.values())
        elif isinstance(one, list):
            if len(one) == 6 and one[0] == "call":  # noqa: PLR2004 - the form of a call
                found.append(one)
            todo.extend(item for item in one if isinstance(item, list | dict))
    return iter(sorted(found, key=lambda call: int(call[1])))
