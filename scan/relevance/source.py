"""What one Python file imports, read off its text and its syntax tree; nothing of it is executed.

This module runs inside the process that parses (:mod:`scan.relevance.worker`) and needs the standard library only.
"""

import ast
import re
import sys
import warnings
from dataclasses import asdict, dataclass
from io import BytesIO, TextIOWrapper
from itertools import islice
from typing import Any, NamedTuple

from scan.relevance import calls, mmengine_source

VERSION = 1
"""Counted up whenever the same bytes give another :class:`Source`; results that were kept carry it."""


TOO_MUCH = "it is nested too deeply for the parser, or needs more memory as a syntax tree than the parser may have"
_PYTHON = f"Python {sys.version_info[0]}.{sys.version_info[1]} cannot parse it"


MOST_EXPORTED = 1000
"""Names of an ``__all__`` that are looked up; every file may import all of them, so that more would take too long."""


class Import(NamedTuple):
    """One ``import`` or ``from ... import``.

    ``level`` counts leading dots. ``module`` is empty in ``from . import x``. ``names`` is empty for ``import x``.
    ``where`` holds what surrounds it: ``function``, ``try``, ``type_checking``, ``main``.
    """

    line: int
    level: int
    module: str
    names: tuple[str, ...]
    where: tuple[str, ...]


class Beside(NamedTuple):
    """What Transformers' loader reads as a relative import: the text after the first dot, up to white space."""

    line: int
    module: str


class Added(NamedTuple):
    """A folder that the file puts on ``sys.path``, as steps from the file itself (``..`` leaves the file's name)."""

    line: int
    steps: tuple[str, ...]


class Note(NamedTuple):
    """Something at a line that cannot be followed without running it."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Facts of one file. ``problem`` says why Python cannot parse it, ``undecodable`` why Transformers cannot read it.

    ``templated`` says that the facts are there although Python cannot parse it, since mmengine fills its ``{{ }}``.
    ``config`` is what mmengine would read in it; None if it has no mark of a configuration.
    """

    imports: tuple[Import, ...] = ()
    exported: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()
    added: tuple[Added, ...] = ()
    dynamic: tuple[Note, ...] = ()
    config: mmengine_source.Config | None = None
    problem: str | None = None
    templated: bool = False
    undecodable: str | None = None


def as_source(values: dict[str, Any]) -> Source:
    """A :class:`Source` from its JSON form."""
    config = values["config"]
    return Source(
        imports=tuple(Import(a, b, c, tuple(d), tuple(e)) for a, b, c, d, e in values["imports"]),
        exported=tuple(values["exported"]),
        beside=tuple(Beside(*row) for row in values["beside"]),
        added=tuple(Added(line, tuple(steps)) for line, steps in values["added"]),
        dynamic=tuple(Note(*row) for row in values["dynamic"]),
        config=None if config is None else mmengine_source.as_config(config),
        problem=values["problem"],
        templated=values["templated"],
        undecodable=values["undecodable"],
    )


def facts(data: bytes) -> dict[str, Any]:
    """The facts of a source as JSON has them; runs inside the process that parses."""
    return asdict(source_of(data))


def source_of(data: bytes) -> Source:
    """Read one file."""
    beside, undecodable = relative_imports(data)
    try:
        return _read(data, beside, undecodable)
    except MemoryError:
        return Source(beside=beside, undecodable=undecodable, problem=TOO_MUCH)


def _read(data: bytes, beside: tuple[Beside, ...], undecodable: str | None) -> Source:
    tree, problem = _parsed(data)
    if tree is None:
        return Source(beside=beside, undecodable=undecodable, problem=problem)
    statements = _Statements()
    statements.visit(tree.body)
    called = calls.Calls()
    if calls.worth_looking(data):
        called.visit(tree)
    return Source(
        imports=(*statements.imports, *(Import(*row) for row in called.imports)),
        exported=_exported(tree),
        beside=beside,
        added=tuple(Added(*row) for row in called.added),
        dynamic=tuple(Note(*row) for row in called.dynamic),
        config=mmengine_source.config_of(tree),
        problem=problem,
        templated=problem is not None,
        undecodable=undecodable,
    )


_IMPORT = re.compile(r"^[^\S\n]*import\s+\.(\S+)\s*$", flags=re.MULTILINE)
_FROM = re.compile(r"^[^\S\n]*from\s+\.(\S+)\s+import", flags=re.MULTILINE)


def relative_imports(data: bytes) -> tuple[tuple[Beside, ...], str | None]:
    r"""The relative imports that Transformers sees, docstrings and all.

    Source: ``get_relative_imports`` of transformers 5.23.0, dynamic_module_utils.py:123-131. Its patterns start with
    ``^\s*``, which takes time quadratic in the number of blank lines; blanks of the same line are enough for the same
    matches, because the nearest start of a line is always one of those that ``^\s*`` may start at.
    """
    try:
        text = TextIOWrapper(BytesIO(data), encoding="utf-8").read()
    except UnicodeDecodeError as error:
        return (), f"not UTF-8: {error.reason} at byte {error.start}"
    found = sorted((m.start(1), m[1]) for pattern in (_IMPORT, _FROM) for m in pattern.finditer(text))
    rows, line, at = [], 1, 0
    for start, module in found:
        line += text.count("\n", at, start)
        at = start
        rows.append(Beside(line, module))
    return tuple(rows), None


def _parsed(data: bytes) -> tuple[ast.Module | None, str | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the scanned text, and nobody asked
        try:
            return ast.parse(data), None
        except SyntaxError as error:
            first = error
        except (ValueError, RecursionError) as error:
            return None, f"{_PYTHON}: {error}"
        problem = f"{_PYTHON}: line {first.lineno or 0}: {first.msg}"
        filled = mmengine_source.without_templates(data)
        if filled == data:
            return None, problem
        try:
            return ast.parse(filled), problem
        except (SyntaxError, ValueError, RecursionError):
            return None, problem


class _Statements:
    """Collects imports, statement by statement; expressions hold none."""

    def __init__(self) -> None:
        self.imports: list[Import] = []

    def visit(self, body: list[ast.stmt]) -> None:
        todo: list[tuple[list[ast.stmt], tuple[str, ...]]] = [(body, ())]
        while todo:
            block, where = todo.pop()
            for node in block:
                self._one(node, where)
                todo.extend(_blocks(node, where))
        self.imports.sort()

    def _one(self, node: ast.stmt, where: tuple[str, ...]) -> None:
        if isinstance(node, ast.Import):
            self.imports += [Import(node.lineno, 0, a.name, (), where) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(a.name for a in node.names)
            self.imports.append(Import(node.lineno, node.level, node.module or "", names, where))


def _blocks(node: ast.stmt, where: tuple[str, ...]) -> list[tuple[list[ast.stmt], tuple[str, ...]]]:
    """The blocks of statements inside a statement, with what surrounds them."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            inner = [(node.body, _with(where, "function"))]
        case ast.Try() | ast.TryStar():
            handlers = [handler.body for handler in node.handlers]
            inner = [(block, _with(where, "try")) for block in (node.body, *handlers, node.orelse)]
            inner.append((node.finalbody, where))
        case ast.If():
            mark, negated = _never(node.test)
            marked, other = (node.orelse, node.body) if negated else (node.body, node.orelse)
            inner = [(marked, _with(where, mark) if mark else where), (other, where)]
        case ast.For() | ast.AsyncFor() | ast.While():
            inner = [(node.body, where), (node.orelse, where)]
        case ast.ClassDef() | ast.With() | ast.AsyncWith():
            inner = [(node.body, where)]
        case ast.Match():
            inner = [(case.body, where) for case in node.cases]
        case _:
            inner = []
    return inner


def _with(where: tuple[str, ...], mark: str) -> tuple[str, ...]:
    return where if mark in where else (*where, mark)


def _never(test: ast.expr) -> tuple[str | None, bool]:
    """The mark of a test that is false on import, and whether it stands under ``not``."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _never(test.operand)[0] if not isinstance(test.operand, ast.UnaryOp) else None, True
    if isinstance(test, ast.Name | ast.Attribute):
        name = test.id if isinstance(test, ast.Name) else test.attr
        return ("type_checking" if name == "TYPE_CHECKING" else None), False
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return "main", False
    return None, False


def _exported(tree: ast.Module) -> tuple[str, ...]:
    """The constant names in ``__all__``: ``from package import *`` imports those that are modules."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=items) | ast.Tuple(elts=items)):
                names = (i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str))
                return tuple(islice(names, MOST_EXPORTED))
    return ()
