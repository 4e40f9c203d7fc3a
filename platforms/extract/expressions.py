"""Expressions of a hostile source as small nested lists: what following a switch needs, and nothing that can run.

This module runs inside the process that parses (:mod:`platforms.extract.skeleton`) and needs the standard library only.
The forms are:

==========================================  =================================================================
``["c", value]``                            a constant
``["n", "a.b"]``                            a name, or names with dots
``["not", e]`` ``["and", [e]]`` ``["or", [e]]``   truth
``["cmp", op, a, b]``                       one comparison; ``op`` is the class of ``ast``
``["if", test, a, b]``                      ``a if test else b``
``["seq", [e]]``                            list, tuple or set
``["sub", base, index]``                    ``base[index]``
``["attr", e, name]``                       an attribute of something that is no name
``["call", line, f, [e], {name: e}, star]``  a call; ``f`` is an expression; ``star``: it hands on ``**something``
``["other", [e]]``                          anything else, with the expressions inside it
==========================================  =================================================================
"""

import ast
from typing import Any

Form = list[Any]

DEEPEST = 60
"""Nested expressions; what is deeper is ``other``."""

LONGEST = 500
"""Characters of a text that is kept whole; following a switch compares short words only."""


def form(node: ast.expr | None, depth: int = 0) -> Form:
    """The form of an expression."""
    if node is None:
        return ["c", None]
    if depth > DEEPEST:
        return ["other", []]
    return _form(node, depth + 1)


def _form(node: ast.expr, deep: int) -> Form:  # noqa: PLR0911 - one case for each form
    match node:
        case ast.Constant():
            return _constant(node.value)
        case ast.Name() | ast.Attribute():
            return _name(node, deep)
        case ast.UnaryOp(op=ast.Not()):
            return ["not", form(node.operand, deep)]
        case ast.BoolOp():
            word = "and" if isinstance(node.op, ast.And) else "or"
            return [word, [form(value, deep) for value in node.values]]
        case ast.Compare(ops=[op], comparators=[right]):
            return ["cmp", type(op).__name__, form(node.left, deep), form(right, deep)]
        case ast.IfExp():
            return ["if", form(node.test, deep), form(node.body, deep), form(node.orelse, deep)]
        case ast.List() | ast.Tuple() | ast.Set():
            return ["seq", [form(item, deep) for item in node.elts]]
        case ast.Subscript():
            return ["sub", form(node.value, deep), form(node.slice, deep)]
        case ast.Call():
            return _call(node, deep)
        case ast.Await() | ast.Starred() | ast.NamedExpr():
            return form(node.value, deep)
    return ["other", [form(child, deep) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]]


def _constant(value: object) -> Form:
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 1 << 53):
        return ["c", value] if value == value else ["other", []]  # noqa: PLR0124 - not a number is not equal to itself
    return ["c", value] if isinstance(value, str) and len(value) <= LONGEST else ["other", []]


def _name(node: ast.expr, deep: int) -> Form:
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < DEEPEST:
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ["n", ".".join([node.id, *reversed(parts)])]
    return ["attr", form(node, deep), parts[0]] if parts else ["other", []]


def _call(node: ast.Call, deep: int) -> Form:
    named = {k.arg: form(k.value, deep) for k in node.keywords if k.arg}
    star = any(k.arg is None for k in node.keywords)
    return ["call", node.lineno, form(node.func, deep), [form(a, deep) for a in node.args], named, star]


def dotted(expression: Form) -> str:
    """The name that an expression is, empty if it is none; of a chain the last part only, behind a dot."""
    if expression[0] == "n":
        return str(expression[1])
    return f".{expression[2]}" if expression[0] == "attr" else ""


def parts(expression: Form) -> list[Form]:  # noqa: PLR0911 - one case for each form
    """The expressions directly inside one."""
    match expression[0]:
        case "not":
            return [expression[1]]
        case "and" | "or" | "seq" | "other":
            return list(expression[1])
        case "cmp":
            return [expression[2], expression[3]]
        case "if":
            return [expression[1], expression[2], expression[3]]
        case "sub":
            return [expression[1], expression[2]]
        case "attr":
            return [expression[1]]
        case "call":
            return [expression[2], *expression[3], *expression[4].values()]
    return []


def written(expression: Form) -> str | None:
    """A short expression as it would be written; None where it has parts that are not kept."""
    match expression:
        case ["c", value]:
            return repr(value)
        case ["n", name]:
            return str(name)
        case ["call", _, function, arguments, named, False]:
            texts = [written(function), *map(written, arguments), *map(written, named.values())]
            if any(text is None for text in texts):
                return None
            keywords = [f"{name}={written(value)}" for name, value in named.items()]
            return f"{texts[0]}({', '.join([*(str(written(a)) for a in arguments), *keywords])})"
        case ["if", test, one, other]:
            texts = [written(one), written(test), written(other)]
            return None if None in texts else f"{texts[0]} if {texts[1]} else {texts[2]}"
    return None
