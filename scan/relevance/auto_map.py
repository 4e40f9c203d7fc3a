"""Class references in configurations, as Transformers reads them: ``auto_map``, ``custom_pipelines``.

Source: transformers 5.23.0. Configurations in which an ``auto_map`` is read: models/auto/configuration_auto.py:406 and
auto_factory.py:207, :358 (config.json), tokenization_auto.py:823 (tokenizer_config.json, an old form of which is a
list), processing_auto.py:251-316 (all of them), image_processing_auto.py:639, feature_extraction_auto.py:332,
video_processing_auto.py:367. Values are a reference, a pair of slow and fast ones, or one per backend
(image_processing_auto.py:479). ``custom_pipelines``: pipelines/__init__.py:1032-1066. The form of a reference:
dynamic_module_utils.py, ``get_class_from_dynamic_module``. ``code_revision`` is an argument of the caller's there, so
a reference into another repository takes what its default branch holds on the day.
"""

from collections import deque
from collections.abc import Iterator

from scan.relevance.repository import Repository
from scan.relevance.tree import Entry, Found, Reference, inside

FILES = (
    "config.json",
    "tokenizer_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
)
_DEEPEST = 3
"""How deep in a configuration an ``auto_map`` may stand: a part's own configuration, and a part of that."""


def auto_map(repository: Repository, found: Found, folder: str = "") -> None:
    """Find the files that configurations in one folder name."""
    for name in FILES:
        path = f"{folder}/{name}" if folder else name
        config = repository.object(path, found)
        for key, value in _maps(config, ""):
            for reference, where in _references(value, key, path, found):
                named(repository, found, reference, (path, where), "auto_map")
        _pipelines(repository, found, config.get("custom_pipelines"), path)


def _maps(config: dict[str, object], prefix: str, depth: int = 0) -> Iterator[tuple[str, object]]:
    """Every ``auto_map`` of a configuration and of its parts, with its place."""
    if "auto_map" in config:
        yield f"{prefix}auto_map", config["auto_map"]
    if depth < _DEEPEST:
        for key, value in config.items():
            if isinstance(value, dict) and key != "auto_map":
                yield from _maps(value, f"{prefix}{key[:60]}.", depth + 1)


def _references(value: object, where: str, path: str, found: Found) -> Iterator[tuple[str, str]]:
    """The references in an ``auto_map``, each with its place; the old form is the pair of a tokenizer."""
    if value is None:
        return
    if not isinstance(value, dict | list):
        found.by.add("auto_map")
        found.problem(path, f"{where} is neither an object nor a list: {type(value).__name__}")
        return
    todo: deque[tuple[str, object]] = deque([(where, value)])
    while todo:
        at, item = todo.popleft()
        if isinstance(item, str):
            yield item, at
        elif isinstance(item, dict) and at.count(".") - where.count(".") < _DEEPEST - 1:
            todo.extend((f"{at}.{str(key)[:60]}", part) for key, part in item.items())
        elif isinstance(item, list) and all(part is None or isinstance(part, str) for part in item):
            todo.extend((at, part) for part in item)
        elif item is not None:
            found.by.add("auto_map")
            found.problem(path, f"{at} is no class reference: {type(item).__name__}")


def named(
    repository: Repository,
    found: Found,
    reference: str,
    where: tuple[str, str],
    by: str,
) -> None:
    """Note the file that a class reference names: ``module.Class``, or ``owner/repo--module.Class``.

    ``where`` is the configuration and the place in it.
    """
    path, key = where
    found.by.add(by)
    target, dashes, rest = reference.rpartition("--")
    module, dot, name = rest.partition(".")
    if "--" in target or not (module and dot and name) or "." in name:
        found.problem(path, f"{key} is no class reference: {reference[:200]!r}")
        return
    if dashes and target != repository.tree.native_id:
        found.elsewhere.add(Reference(target[:200], f"{module[:200]}.py", f"{path} {key}"))
        return
    folder = path.rpartition("/")[0]
    beside, at_root = inside(folder, f"{module}.py"), inside("", f"{module}.py")
    file = next((f for f in (beside, at_root) if f is not None and f in repository), None)
    if file is None:
        found.problem(path, f"{key} names {module[:200]}.py, which is not in the repository")
    else:
        found.entries.append(Entry(file, f"{by}: {key} in {path}", "transformers"))


def _pipelines(repository: Repository, found: Found, tasks: object, path: str) -> None:
    if not tasks:
        return
    if not isinstance(tasks, dict):
        found.problem(path, f"custom_pipelines is no object: {type(tasks).__name__}")
        return
    for task, entry in tasks.items():
        implementation = entry.get("impl") if isinstance(entry, dict) else None
        where = f"custom_pipelines.{str(task)[:60]}"
        if isinstance(implementation, str):
            named(repository, found, implementation, (path, where), "custom_pipelines")
        else:
            found.problem(path, f"{where} names no class")
