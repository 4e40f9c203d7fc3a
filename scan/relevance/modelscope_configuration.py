"""``configuration.json`` and ``ms_wrapper.py`` of ModelScope.

Source: modelscope at 2905da12: pipelines/builder.py:168-184 and models/base/base_model.py:197-213 (``plugins`` are
installed and imported, ``allow_remote`` imports the model's folder; loading a model that has plugins needs
``trust_remote_code=True``, and with that base_model.py:210 imports the folder, too), utils/plugins.py:377-413 and
utils/ast_utils.py:455 (every ``.py`` file but those whose name or folder begins with two underscores; ``__init__.py``
counts), utils/plugins.py:53 (``pai-easycv`` needs no trust), utils/automodel_utils.py:23 (``ms_wrapper.py``).
"""

import re

from scan.relevance.repository import Repository
from scan.relevance.tree import Entry, Found, Reference

FILE = "configuration.json"
WRAPPER = "ms_wrapper.py"
_TRUSTED = {"pai-easycv"}


def configuration(repository: Repository, found: Found) -> None:
    """Find what ``configuration.json`` has imported, and the wrapper."""
    if WRAPPER in repository:
        found.by.add("ms_wrapper")
        found.entries.append(Entry(WRAPPER, f"ms_wrapper: {WRAPPER}", "python"))
    config = repository.object(FILE, found)
    plugins = _plugins(config.get("plugins"), found)
    keys = [key for key, holds in (("allow_remote", config.get("allow_remote")), ("plugins", plugins)) if holds]
    found.elsewhere |= {Reference(plugin, "", f"{FILE} plugins") for plugin in plugins}
    if not keys:
        return
    found.by.add(FILE)
    for path in sorted(repository.tree.files):
        if path.endswith(".py") and _is_scanned(path):
            found.entries.append(Entry(path, f"{FILE}: {' and '.join(keys)}", "python"))


def _plugins(value: object, found: Found) -> list[str]:
    """Packages that are not the vendor's own."""
    named = [value] if isinstance(value, str) else value
    if named is None:
        return []
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        found.problem(FILE, f"plugins is no list of names: {type(value).__name__}")
        return []
    return [name[:200] for name in named if name and re.split(r"[><=!~]", name.strip())[0].strip() not in _TRUSTED]


def _is_scanned(path: str) -> bool:
    *folders, name = path.split("/")
    inner = (folder.startswith("__") or folder.endswith((".json", ".md")) for folder in folders)
    return not any(inner) and (name == "__init__.py" or not name.startswith("__"))
