"""Calls that import, or change where imports are looked for: what can be read off them, and what cannot."""

import ast
import re
import unicodedata

_WORDS = (
    *(b"import_module", b"__import__", b"run_path", b"run_module", b"exec_module", b"load_module", b"load_source"),
    *(b"spec_from_file_location", b"SourceFileLoader", b"walk_packages", b"addsitedir", b"trust_remote_code"),
)
_HINTS = (
    (b"exec", re.compile(rb"(?<![.\w])exec(?:file)?[\s\\]*\(")),
    (b"eval", re.compile(rb"(?<![.\w])eval[\s\\]*\(")),
    (b"sys", re.compile(rb"\bsys[\s\\]*\.[\s\\]*path")),
    (b"hub", re.compile(rb"hub[\s\\]*\.[\s\\]*load")),
)
_LOADERS = {"run_path", "run_module", "exec_module", "load_module", "load_source", "spec_from_file_location"} | {
    "SourceFileLoader",
    "walk_packages",
    "addsitedir",
}
_BUILTIN = {"exec", "eval", "execfile"}
_SAME = {"str", "Path", "PurePath", "abspath", "realpath", "normpath", "fspath", "resolve", "absolute", "as_posix"}
_DEEPEST = 20
"""Calls inside each other; nobody writes more by hand, and a hostile file may go deeper than the interpreter can."""

Where = tuple[str, ...]


def worth_looking(data: bytes) -> bool:
    """Whether the file can hold such a call. Names are compared as Python compares them, in their NFKC form.

    A file that may declare another encoding is always worth it.
    """
    if b"coding" in b"".join(data.split(b"\n", 2)[:2]):
        return True
    if not data.isascii():
        data = unicodedata.normalize("NFKC", data.decode("utf-8", "replace")).encode()
    return any(word in data for word in _WORDS) or any(word in data and hint.search(data) for word, hint in _HINTS)


class Calls:
    """Collects such calls from a syntax tree."""

    def __init__(self) -> None:
        self.imports: list[tuple[int, int, str, tuple[str, ...], Where]] = []
        self.added: list[tuple[int, tuple[str, ...]]] = []
        self.dynamic: list[tuple[int, str]] = []
        self._paths: dict[str, tuple[str, ...]] = {}

    def visit(self, tree: ast.Module) -> None:
        """Look at every call of the tree, constants of the module first."""
        for node in tree.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    steps = self._path(value)
                    if steps is not None:
                        self._paths[name] = steps
        todo: list[ast.AST] = [tree]
        while todo:
            each = todo.pop()
            todo.extend(ast.iter_child_nodes(each))
            if isinstance(each, ast.Call):
                self._call(each)
            elif isinstance(each, ast.Assign | ast.AugAssign) and _changes_path(each):
                self.dynamic.append((each.lineno, "sys.path is assigned"))
        for found in (self.imports, self.added, self.dynamic):
            found.sort()

    def _call(self, node: ast.Call) -> None:
        name = _name(node.func)
        if name in {"import_module", "__import__"}:
            self._imported(node, name)
        elif name in _LOADERS or (name in _BUILTIN and isinstance(node.func, ast.Name)):
            self.dynamic.append((node.lineno, f"{name}()"))
        elif name in {"append", "insert"} and _is_path(node.func) and node.args:
            self._added(node, node.args[-1])
        elif name == "extend" and _is_path(node.func):
            self.dynamic.append((node.lineno, "sys.path.extend()"))
        elif name == "load" and isinstance(node.func, ast.Attribute) and _name(node.func.value) == "hub":
            self.dynamic.append((node.lineno, f"hub.load({_shown(node)})"))
        elif any(k.arg == "trust_remote_code" and _may_be_true(k.value) for k in node.keywords):
            self.dynamic.append((node.lineno, f"{name or 'a call'}({_shown(node)}, trust_remote_code=...)"))

    def _imported(self, node: ast.Call, name: str) -> None:
        first = _constant(node)
        if first is None:
            self.dynamic.append((node.lineno, f"{name}() of a computed name"))
            return
        level = len(first) - len(first.lstrip("."))
        self.imports.append((node.lineno, level, first[level:], (), ("call",)))

    def _added(self, node: ast.Call, value: ast.expr) -> None:
        steps = self._path(value)
        if steps is None:
            self.dynamic.append((node.lineno, "sys.path gets a computed folder"))
        else:
            self.added.append((node.lineno, steps))

    def _path(self, node: ast.expr, depth: int = 0) -> tuple[str, ...] | None:
        """A path that is built from ``__file__`` by the usual means, as steps from the file; None if by others."""
        if depth > _DEEPEST:
            return None
        match node:
            case ast.Name(id=name):
                steps = () if name == "__file__" else self._paths.get(name)
            case ast.Attribute(value=value, attr="parent"):
                steps = _then(self._path(value, depth + 1), "..")
            case ast.Subscript(value=ast.Attribute(value=value, attr="parents"), slice=ast.Constant(value=int(n))):
                steps = _then(self._path(value, depth + 1), *[".."] * (n + 1)) if 0 <= n < _DEEPEST else None
            case ast.BinOp(left=left, op=ast.Div() | ast.Add(), right=ast.Constant(value=str(part))):
                steps = _then(self._path(left, depth + 1), *part.split("/"))
            case ast.Call():
                steps = self._called(node, depth + 1)
            case _:
                steps = None
        return steps

    def _called(self, node: ast.Call, depth: int) -> tuple[str, ...] | None:
        match node:
            case ast.Call(func=ast.Attribute(attr="joinpath", value=first), args=rest):
                steps = self._joined(first, rest, depth)
            case ast.Call(func=func, args=[first, *rest]) if _name(func) == "join":
                steps = self._joined(first, rest, depth)
            case ast.Call(func=func, args=[first]) if _name(func) == "dirname":
                steps = _then(self._path(first, depth), "..")
            case ast.Call(func=func, args=[first]) if _name(func) in _SAME:
                steps = self._path(first, depth)
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]) if attr in _SAME:
                steps = self._path(value, depth)
            case _:
                steps = None
        return steps

    def _joined(self, first: ast.expr, rest: list[ast.expr], depth: int) -> tuple[str, ...] | None:
        parts = [p.value for p in rest if isinstance(p, ast.Constant) and isinstance(p.value, str)]
        if len(parts) != len(rest) or any(part.startswith("/") for part in parts):
            return None
        return _then(self._path(first, depth), *[step for part in parts for step in part.split("/")])


def _then(before: tuple[str, ...] | None, *steps: str) -> tuple[str, ...] | None:
    return None if before is None else (*before, *steps)


def _name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _is_path(func: ast.expr) -> bool:
    """Whether this is a method of ``sys.path``."""
    return isinstance(func, ast.Attribute) and _is_sys_path(func.value)


def _is_sys_path(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="sys"), attr="path"):
            return True
    return False


def _changes_path(node: ast.Assign | ast.AugAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(_is_sys_path(t.value if isinstance(t, ast.Subscript) else t) for t in targets)


def _constant(node: ast.Call) -> str | None:
    match node.args:
        case [ast.Constant(value=str(text)), *_]:
            return text
    return None


def _may_be_true(node: ast.expr) -> bool:
    return not (isinstance(node, ast.Constant) and not node.value)


def _shown(node: ast.Call) -> str:
    """The first argument where it is a constant, cut; no text of the file goes further than this."""
    first = _constant(node)
    return "..." if first is None else repr(first[:100])
