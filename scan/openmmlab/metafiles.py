"""What a ``model-index.yml`` and its metafiles say. Pure.

An index names its metafiles under ``Import``; a metafile lists ``Models``, each with ``Name``, ``Config`` (a file of
the package), ``Weights`` (a URL), ``In Collection`` and ``Results``, and ``Collections``, which are no models.

Source: model-index 0.1.11 (``load_model_index.py``: keys in any case, a list of models at the top) and what openmim
0.3.9 reads (``commands/search.py:238``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from scan.bounded_yaml import read

_LONGEST = 500
_MOST_CONFIGS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of a metafile; ``name`` is empty where it has none. ``configs`` and ``weights`` are as written."""

    name: str
    configs: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    collection: str | None = None
    tasks: tuple[str, ...] = ()
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Metafile:
    """What one file says: its models, how many entries there are (one that is no model counts), and its imports."""

    models: tuple[Entry, ...] = ()
    reported: int | None = None
    imports: tuple[str, ...] = ()
    problem: str | None = None


def metafile(content: bytes) -> Metafile:
    """Read a file; what cannot be read has a problem."""
    tree, problem = read(content)
    if problem:
        return Metafile(problem=problem)
    if isinstance(tree, list):
        tree = {"models": tree}
    if not isinstance(tree, dict):
        return Metafile(problem="it is neither a list of models nor an index")
    keys = {str(key).lower(): value for key, value in tree.items()}
    listed = keys.get("models")
    if listed is not None and not isinstance(listed, list):
        return Metafile(imports=_words(keys.get("import")), problem="its `Models` is no list")
    models = tuple(_entry(each) for each in listed or () if isinstance(each, dict))
    return Metafile(models, len(listed or ()), _words(keys.get("import")))


def is_in_package(path: str) -> bool:
    """Whether a path that a stranger wrote stays in the folder that it is read from."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\x00" not in path and "\\" not in path


def file_name(url: str) -> str | None:
    """The name of the file that a URL leads to."""
    try:
        return PurePosixPath(urlsplit(url).path).name[:_LONGEST] or None
    except ValueError:
        return None


def _entry(model: dict[Any, Any]) -> Entry:
    keys = {str(key).lower().replace(" ", ""): value for key, value in model.items()}
    results = keys.get("results")
    tasks = [each.get("Task") for each in results if isinstance(each, dict)] if isinstance(results, list) else []
    return Entry(
        name=_word(keys.get("name")) or "",
        configs=_words(keys.get("config"))[:_MOST_CONFIGS],
        weights=_words(keys.get("weights"))[:_MOST_CONFIGS],
        collection=_word(keys.get("incollection")),
        tasks=_words(tasks),
        licence=_word(keys.get("license")),
    )


def _word(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        return None
    try:
        return str(value).strip()[:_LONGEST] or None
    except ValueError:  # a number of 5,000 digits
        return None


def _words(value: Any) -> tuple[str, ...]:
    """One word or a list of words, each once, in order."""
    return tuple(dict.fromkeys(_each(value)))


def _each(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if word := _word(each):
            yield word
