"""Configurations of OpenMMLab in YAML or JSON: data themselves, which may inherit from Python and have it imported.

Source: mmengine 0.10.7, config/config.py:921-945 (they are loaded), :1234 (``_base_``), :462 (``custom_imports``).
"""

from scan import bounded_yaml
from scan.relevance.modules import Modules
from scan.relevance.repository import Repository
from scan.relevance.source import Import
from scan.relevance.tree import Entry, Found, inside

_SUFFIXES = (".yml", ".yaml", ".json")
_KEYS = (b"_base_", b"custom_imports")


def data_configs(repository: Repository, found: Found) -> None:
    """Find the Python files that configurations below a folder ``configs`` inherit from or have imported."""
    for path in sorted(repository.tree.files):
        if path.endswith(_SUFFIXES) and "configs" in path.split("/")[:-1]:
            config = _config(repository, path, found)
            for base in _texts(config.get("_base_")):
                target = inside(path.rpartition("/")[0], base)
                if target is not None and target.endswith(".py") and target in repository:
                    _note(found, Entry(target, f"_base_: {path}", "config"))
            custom = config.get("custom_imports")
            for module in _texts(custom.get("imports") if isinstance(custom, dict) else None):
                _imported(repository, found, path, module)


def _config(repository: Repository, path: str, found: Found) -> dict[object, object]:
    """What it says; nothing where it has none of the keys, which is most of the time."""
    data = repository.content(path, found)
    if data is None or not any(key in data for key in _KEYS):
        return {}
    value, wrong = bounded_yaml.read(data)  # JSON is YAML
    if wrong:
        found.problem(path, wrong)
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    """A string, or those of a list."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _imported(repository: Repository, found: Found, path: str, module: str) -> None:
    resolved = Modules(repository.tree).resolve(path, Import(0, 0, module, (), ()), {})
    for target in resolved.targets:
        _note(found, Entry(target.path, f"custom_imports: {path}", "python"))
    if resolved.missing or resolved.outside:
        found.problem(path, f"custom_imports of {module[:200]}, not in the repository")


def _note(found: Found, entry: Entry) -> None:
    found.by.add("python_config")
    found.entries.append(entry)
