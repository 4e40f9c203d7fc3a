"""What mmengine reads in a Python configuration: what it inherits from, and what it has imported.

Source: mmengine 0.10.7, mmengine/config/config.py: ``_get_base_files`` (:1200), ``_get_base_modules`` (:542),
``fromfile`` (:462, ``custom_imports``), ``_pre_substitute_base_vars`` (:767) and ``_substitute_env_variables`` (:690),
which replace ``{{ ... }}`` in the text before it is parsed.
"""

import ast
import re
from typing import Any, NamedTuple

_TEMPLATE = re.compile(rb"\{\{[^{}\n]{0,500}\}\}")
_MARKS = {"_base_", "custom_imports", "default_scope", "model", "_deprecation_"}


class Config(NamedTuple):
    """``bases`` are paths or ``package::path``; ``modules`` are those of ``read_base``; each with its line.

    ``computed`` are lines where a value is no constant, so that only running it would tell.
    """

    bases: tuple[tuple[int, str], ...]
    modules: tuple[tuple[int, str], ...]
    custom_imports: tuple[tuple[int, str], ...]
    computed: tuple[tuple[int, str], ...]


def as_config(rows: list[list[list[Any]]]) -> Config:
    """A :class:`Config` from its JSON form."""
    return Config(*(tuple((line, text) for line, text in part) for part in rows))


def without_templates(data: bytes) -> bytes:
    """The text with ``{{ ... }}`` replaced by zeros of a kind that parses in and out of quotation marks."""
    return _TEMPLATE.sub(b"0", data)


def config_of(tree: ast.Module) -> Config | None:
    """What mmengine would read at the top level; None if the file has no mark of a configuration."""
    bases: list[tuple[int, str]] = []
    modules: list[tuple[int, str]] = []
    custom: list[tuple[int, str]] = []
    computed: list[tuple[int, str]] = []
    marked = False
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name), *_], value=value) if name in _MARKS:
                marked = True
                if name in {"_base_", "custom_imports"}:
                    texts = _texts(value if name == "_base_" else _imports(value))
                    (bases if name == "_base_" else custom).extend((node.lineno, text) for text in texts or ())
                    if texts is None:
                        computed.append((node.lineno, f"{name} is computed"))
            case ast.With(items=[ast.withitem(context_expr=ast.Call(func=ast.Name(id="read_base")))], body=body):
                marked = True
                modules += [(n.lineno, "." * n.level + (n.module or "")) for n in body if isinstance(n, ast.ImportFrom)]
    return Config(tuple(bases), tuple(modules), tuple(custom), tuple(computed)) if marked else None


def _imports(value: ast.expr) -> ast.expr | None:
    """The ``imports`` of ``dict(imports=[...])`` or of ``{"imports": [...]}``."""
    if isinstance(value, ast.Call):
        return next((k.value for k in value.keywords if k.arg == "imports"), None)
    if isinstance(value, ast.Dict):
        pairs = zip(value.keys, value.values, strict=True)
        return next((v for k, v in pairs if isinstance(k, ast.Constant) and k.value == "imports"), None)
    return None


def _texts(value: ast.expr | None) -> list[str] | None:
    """A string, or a list or tuple of strings; None if it is anything else."""
    items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    texts = [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]
    return texts if len(texts) == len(items) else None
