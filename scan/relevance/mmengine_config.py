"""Python configurations of OpenMMLab, which mmengine executes to read them.

Source: mmengine 0.10.7, config/config.py:921 (``eval`` of the compiled file), :1107 (``exec`` of one with imports).
A file counts as a configuration if it lies below a folder ``configs``, or sets one of the marks of a configuration:
``_base_``, ``custom_imports``, ``default_scope``, ``model``, or a ``with read_base()``.
"""

from scan.relevance.repository import Repository
from scan.relevance.tree import Entry, Found

_FOLDERS = {"configs", "config"}


def configs(repository: Repository, found: Found) -> None:
    """Find every configuration."""
    for path in sorted(repository.tree.files):
        if path.endswith(".py") and _is_config(repository, path):
            found.by.add("python_config")
            found.entries.append(Entry(path, f"python_config: {path}", "config"))


def _is_config(repository: Repository, path: str) -> bool:
    below = _FOLDERS & set(path.split("/")[:-1])
    if below:
        return not path.endswith("/__init__.py")
    return repository.source(path).config is not None
