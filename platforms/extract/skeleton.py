"""One Python source as a skeleton: the functions that matter to the rules, their defaults, and the constants.

This module runs inside a process that is bounded (:mod:`codebook.apart`), because the parser of CPython is no sandbox;
it needs the standard library only. Nothing of the source is executed.

A statement is one of these lists; the blocks are lists of statements::

    ["if", line, test, then, else]   ["loop", line, test or None, body]   ["try", body, [handlers], else, finally]
    ["set", line, [names], value]    ["raise", line, text]                ["return", line, value]
    ["do", line, expression]
"""

import ast
import json
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from platforms.extract.expressions import Form, dotted, form, parts

VERSION = 2
"""Counted up whenever the same bytes give another skeleton; skeletons that were kept carry it."""

_LARGEST = 400
"""Parts of the value of a constant; larger ones are tables of the package, not settings."""

DEEPEST = 90
"""Nested blocks; the parser takes no more than 100 anyway."""

Block = list[Any]


def answer(question: bytes) -> dict[str, Any]:
    """The skeleton asked for: a JSON list of names on the first line, the source behind it."""
    names, _, data = question.partition(b"\n")
    return skeleton(data, json.loads(names))


def skeleton(data: bytes, names: Iterable[str]) -> dict[str, Any]:
    """Read one source.

    Args:
        data: The source.
        names: Switches, functions and constants that rules speak of; a function is kept if it says one of them, is
            one of them, or is called by one that is kept.

    Returns:
        ``problem`` (None or why it cannot be parsed), ``functions`` by qualified name with ``line``, ``end``,
        ``parameters`` (name, default or None, its text, line), ``extra`` (the name of ``**kwargs`` or None) and
        ``body``; ``fields`` of classes (class, name, default, its text, line); ``constants`` (name, value, text, line).
    """
    found: dict[str, Any] = {"problem": None, "functions": {}, "fields": [], "constants": []}
    tree, problem = _parsed(data)
    if tree is None:
        return {**found, "problem": problem}
    wanted = frozenset(names)
    every = dict(_functions(tree.body, ""))
    found["functions"] = {name: _function(every[name]) for name in sorted(_kept(every, wanted, data))}
    found["fields"] = list(_fields(tree.body, "", wanted))
    found["constants"] = list(_constants(tree.body))
    return found


def _parsed(data: bytes) -> tuple[ast.Module | None, str | None]:
    python = f"Python {sys.version_info[0]}.{sys.version_info[1]} cannot parse it"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the source, and nobody asked
        try:
            return ast.parse(data), None
        except SyntaxError as error:
            return None, f"{python}: line {error.lineno or 0}: {error.msg}"
        except (ValueError, RecursionError) as error:
            return None, f"{python}: {error}"
        except MemoryError:
            return (
                None,
                "it is nested too deeply for the parser, or needs more memory as a tree than the parser may have",
            )


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(body: list[ast.stmt], before: str) -> Iterator[tuple[str, _Function]]:
    """All functions by qualified name; where a name is defined twice, as under ``if``, the last one counts."""
    for node in body:
        match node:
            case ast.ClassDef():
                yield from _functions(node.body, f"{before}{node.name}.")
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if not any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list):
                    yield f"{before}{node.name}", node
            case ast.If() | ast.Try() | ast.With():
                inner = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt)]
                yield from _functions(inner, before)


def _kept(every: dict[str, _Function], wanted: frozenset[str], data: bytes) -> set[str]:
    """Functions that say one of the names, or are one, and functions of the module that these call.

    Lines are looked through for the words first: a walk over the tree costs more than the parser did.
    """
    whole = {part for name in wanted for part in (name, name.partition(".")[2])}
    plain = b"|".join(re.escape(name.encode()) for name in sorted(wanted) if "." not in name)
    says = re.compile(rb"\b(?:%s)\b" % plain if plain else rb"(?!)")
    lines = re.split(rb"\r\n|\n|\r", data)
    kept = {n for n, f in every.items() if n in whole or says.search(b"\n".join(lines[f.lineno - 1 : f.end_lineno]))}
    top = {name for name in every if "." not in name}
    todo = list(kept)
    while todo:
        called = (_words(every[todo.pop()]) & top) - kept
        kept |= called
        todo += called
    return kept


def _words(function: _Function) -> set[str]:
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}


def _function(node: _Function) -> dict[str, Any]:
    return {
        "line": node.lineno,
        "end": node.end_lineno,
        "method": [dotted(form(d)) for d in node.decorator_list],
        "parameters": list(_parameters(node.args)),
        "extra": node.args.kwarg.arg if node.args.kwarg else None,
        "body": _block(node.body, 0),
    }


def _parameters(arguments: ast.arguments) -> Iterator[list[Any]]:
    before = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(before) - len(arguments.defaults)) + list(arguments.defaults)
    for argument, default in [
        *zip(before, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]:
        value = None if default is None else form(default)
        yield [argument.arg, value, _text(default), argument.lineno]


def _text(node: ast.expr | None) -> str | None:
    """An expression as it would be written; None if there is none, or it is too long to be a default to quote."""
    if node is None or not _is_small(node, 40):
        return None
    return ast.unparse(node)[:200]


def _is_small(node: ast.expr, most: int) -> bool:
    """Whether an expression has at most so many parts."""
    return next(islice(ast.walk(node), most, None), None) is None


def _block(body: list[ast.stmt], depth: int) -> Block:
    return [] if depth > DEEPEST else [made for node in body for made in _statement(node, depth + 1)]


def _statement(node: ast.stmt, deep: int) -> Iterator[list[Any]]:
    match node:
        case ast.If():
            yield ["if", node.lineno, form(node.test), _block(node.body, deep), _block(node.orelse, deep)]
        case ast.While():
            yield ["loop", node.lineno, form(node.test), _block(node.body, deep)]
        case ast.For() | ast.AsyncFor():
            yield ["do", node.lineno, form(node.iter)]
            yield [
                "loop",
                node.lineno,
                None,
                [["set", node.lineno, _names(node.target), ["other", []]], *_block(node.body, deep)],
            ]
        case ast.Try() | ast.TryStar():
            handlers = [_block(handler.body, deep) for handler in node.handlers]
            yield ["try", _block(node.body, deep), handlers, _block(node.orelse, deep), _block(node.finalbody, deep)]
        case ast.With() | ast.AsyncWith():
            yield from (["do", node.lineno, form(item.context_expr)] for item in node.items)
            yield from _block(node.body, deep)
        case ast.Match():
            yield ["do", node.lineno, form(node.subject)]
            for case in node.cases:
                yield ["if", node.lineno, ["other", []], _block(case.body, deep), []]
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            yield from _assigned(node)
        case ast.Raise():
            yield ["raise", node.lineno, (_text(node.exc) or "")[:200] or _called(node.exc), form(node.exc)]
        case ast.Return():
            yield ["return", node.lineno, form(node.value)]
        case ast.Expr():
            yield ["do", node.lineno, form(node.value)]


def _called(node: ast.expr | None) -> str:
    return dotted(form(node.func)) if isinstance(node, ast.Call) else ""


def _assigned(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[list[Any]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if isinstance(node, ast.AugAssign):
        yield ["set", node.lineno, _names(node.target), ["other", [form(node.value)]]]
        return
    if node.value is None:
        return
    for target in targets:
        if (
            isinstance(target, ast.Tuple)
            and isinstance(node.value, ast.Tuple)
            and len(target.elts) == len(node.value.elts)
        ):
            for one, value in zip(target.elts, node.value.elts, strict=True):
                yield ["set", node.lineno, _names(one), form(value)]
        elif isinstance(target, ast.Tuple | ast.List):
            yield ["set", node.lineno, _names(target), ["other", [form(node.value)]]]
        else:
            yield ["set", node.lineno, _names(target), form(node.value)]


def _names(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Tuple | ast.List):
        return [name for item in target.elts for name in _names(item)]
    return [name] if (name := dotted(form(target))) and not name.startswith(".") else []


def _fields(body: list[ast.stmt], before: str, wanted: frozenset[str]) -> Iterator[list[Any]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and node.name in wanted:
                    yield [
                        f"{before}{node.name}",
                        item.target.id,
                        form(item.value),
                        _text(_plain(item.value)),
                        item.lineno,
                    ]
            yield from _fields(node.body, f"{before}{node.name}.", wanted)


def _plain(default: ast.expr | None) -> ast.expr | None:
    """The default inside ``field(default=...)``, else the default itself."""
    if isinstance(default, ast.Call) and dotted(form(default.func)).split(".")[-1] == "field":
        return next((k.value for k in default.keywords if k.arg == "default"), default)
    return default


def _constants(body: list[ast.stmt]) -> Iterator[list[Any]]:
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_small(value, _LARGEST):
                yield [name, form(value), _text(value), node.lineno]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_small(value, _LARGEST):
                yield [name, form(value), _text(value), node.lineno]


def said(expression: Form) -> Iterator[Form]:
    """An expression and all inside it."""
    todo = [expression]
    while todo:
        one = todo.pop()
        yield one
        todo.extend(parts(one))
