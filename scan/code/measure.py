"""How large a content is, and whether this Python parses it: asked as a scanner is, for the parser is no sandbox.

A source may kill the parser or keep it busy for minutes (see ``scan/relevance/worker.py``). So contents are measured in
the bounded processes in which tools run, and one that cannot be measured is a row that says why.
"""

import ast
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from codebook.scanning import Scan
from scan.scanner import Code, Kit, Said, SeenFinding, Staged

NAME = "contents"
"""Where measures lie, beside the folders of the tools."""

VERSION = "1"
"""Counted up whenever the same bytes give other measures."""

PYTHON = ".py"
_MEMORY = 1000
_BATCH = (1000, 20_000_000)
_LARGEST = 4_000_000
_SECONDS = 30.0


class Measure:
    """Measures contents; a scanner whose one finding of each is its measures."""

    def kit(self, settings: Scan, study: Path) -> Kit:
        """What it takes: nothing but bounds."""
        del study
        seconds = min(settings.time_limit, _SECONDS)
        return Kit(tool=NAME, tool_version=VERSION, rules_hash="", seconds=seconds, megabytes=_MEMORY, batch=_BATCH)

    def refuses(self, code: Code) -> str | None:
        """Nothing is refused."""
        del code
        return None

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """Measure one after the other."""
        del kit, folder
        for each in staged:
            measures = measured(each.path.read_bytes(), each.code.suffix)
            yield Said(sha256=each.code.sha256, status="scanned", findings=(measures,))

    def parse(self, finding: Mapping[str, Any]) -> SeenFinding:
        """Measures are rows of their own table."""
        raise ValueError(f"no finding: {sorted(finding)}")


def measured(data: bytes, suffix: str) -> dict[str, Any]:
    """The measures of a content.

    Args:
        data: Its bytes.
        suffix: ``.py`` if it is Python.

    Returns:
        ``suffix``, ``bytes``, ``lines``, ``code_lines``, ``parses``, ``problem``, as in the table ``contents``.
    """
    text = None if b"\0" in data else _text(data)
    found: dict[str, Any] = {
        "suffix": suffix,
        "bytes": len(data),
        "lines": None if text is None else data.count(b"\n") + (not data.endswith(b"\n") and bool(data)),
        "code_lines": None,
        "parses": None,
        "problem": None,
    }
    if suffix != PYTHON:
        return found
    tree, problem = _parsed(data)
    lines = _code_lines(data, tree) if tree else None
    return found | {"parses": tree is not None, "problem": problem, "code_lines": lines}


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1") if data[:200].lstrip().startswith(b"#") else None


def _parsed(data: bytes) -> tuple[ast.Module | None, str | None]:
    if len(data) > _LARGEST:
        return None, f"{len(data)} bytes, more than the {_LARGEST} that are parsed"
    python = f"Python {sys.version_info[0]}.{sys.version_info[1]} cannot parse it"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the scanned text, and nobody asked
        try:
            return ast.parse(data), None
        except SyntaxError as error:
            return None, f"{python}: line {error.lineno or 0}: {error.msg}"
        except MemoryError:
            return None, f"{python}: it is nested too deeply, or needs too much memory"
        except (ValueError, RecursionError) as error:
            return None, f"{python}: {error}"


def _code_lines(data: bytes, tree: ast.Module) -> int:
    """Lines that are not blank, not only a comment, and not of a docstring.

    A line inside a string counts, whatever it looks like. Lines are the parser's: it ends them by CR and LF.
    """
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    code = {n for n, line in enumerate(lines, 1) if (bare := line.strip()) and not bare.startswith(b"#")}
    documented = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and node.end_lineno:
            code.update(range(node.lineno, node.end_lineno + 1) if node.end_lineno > node.lineno else ())
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            documented |= _docstring(node)
    return len(code - documented)


def _docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    first = node.body[0] if node.body else None
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return set()
    if not isinstance(first.value.value, str):
        return set()
    return set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
