"""Module types of Sentence Transformers that are classes of the repository's own.

Source: sentence-transformers 6.2.0: base/model.py:1336 (``modules.json``), base/modules/router.py:660-675
(``router_config.json``), util/misc.py:158-248 (a class outside of ``sentence_transformers`` is taken from the
repository by Transformers' loader, and from an installed package if that fails).
"""

from scan.relevance.auto_map import auto_map, named
from scan.relevance.repository import Repository
from scan.relevance.tree import Found, Reference, inside

FILE = "modules.json"
_OWN = "sentence_transformers."


def sentence_modules(repository: Repository, found: Found) -> None:
    """Find the files of custom module types, and what the modules' own configurations name."""
    if FILE not in repository:
        return
    modules = repository.json(FILE, found)
    if not isinstance(modules, list):
        if modules is not None:
            found.problem(FILE, f"not a JSON list: {type(modules).__name__}")
        return
    folders = set()
    for number, module in enumerate(modules):
        kind = module.get("type") if isinstance(module, dict) else None
        if not isinstance(kind, str):
            found.problem(FILE, f"module {number} has no type")
            continue
        _type(repository, found, kind, (FILE, f"{number}.type"))
        path = module.get("path")
        folder = inside("", path) if isinstance(path, str) else None
        if folder:
            folders.add(folder)
    for folder in sorted(folders):
        auto_map(repository, found, folder)
        _router(repository, found, f"{folder}/router_config.json")
    _router(repository, found, "router_config.json")


def _router(repository: Repository, found: Found, path: str) -> None:
    types = repository.object(path, found).get("types")
    for key, kind in types.items() if isinstance(types, dict) else ():
        if isinstance(kind, str):
            _type(repository, found, kind, (path, f"types.{str(key)[:60]}"))


def _type(repository: Repository, found: Found, kind: str, where: tuple[str, str]) -> None:
    if kind.startswith(_OWN):
        return
    module, _, name = kind.rpartition(".")
    if "--" in kind or (name and f"{module}.py" in repository):
        named(repository, found, kind, ("modules.json", f"{where[1]} of {where[0]}"), "modules.json")
    else:
        found.elsewhere.add(Reference(module.partition(".")[0] or kind, module, f"{where[0]} {where[1]}"))
